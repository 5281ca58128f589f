//! What a recording may be at worst, and a room of twelve.

use autoproto_core::{AudioView, TimeSpan};
use autoproto_tests::{checkout, sound};

pub(super) const RATE: usize = 16_000;

fn noise(seconds: f64) -> Vec<f32> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0.2 * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0)
    };
    std::iter::repeat_with(next)
        .take((seconds * RATE as f64) as usize)
        .collect()
}

/// What each person of a recording of the examples says, one stretch after the other.
fn people(recording: &str) -> Vec<Vec<f32>> {
    let file = |kind: &str| format!("examples/data/{recording}.{kind}");
    let samples = sound(&file("flac"), 200.0);
    let audio = AudioView::new(&samples);
    let mut found: Vec<(String, Vec<f32>)> = Vec::new();
    for line in std::fs::read_to_string(checkout().join(file("rttm")))
        .unwrap()
        .lines()
    {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (start, length): (f64, f64) = (fields[3].parse().unwrap(), fields[4].parse().unwrap());
        let said = audio.slice(TimeSpan::new(start, start + length));
        match found.iter_mut().find(|(name, _)| name == fields[7]) {
            Some((_, all)) => all.extend_from_slice(said),
            None => found.push((fields[7].to_owned(), said.to_vec())),
        }
    }
    found.into_iter().map(|(_, said)| said).collect()
}

/// The same, played `speed` times as fast: another voice.
fn played(said: &[f32], speed: f64) -> Vec<f32> {
    let at = |i: usize| {
        let place = i as f64 * speed;
        let (left, share) = (place as usize, place.fract() as f32);
        let sample = |i: usize| said.get(i).copied().unwrap_or(0.0);
        sample(left) * (1.0 - share) + sample(left + 1) * share
    };
    (0..(said.len() as f64 / speed) as usize).map(at).collect()
}

/// Twelve voices, twice around in turns of three to five seconds.
pub(super) fn twelve() -> Vec<f32> {
    let mut voices: Vec<Vec<f32>> = ["standup-en", "planning-ru", "rollout-ru"]
        .iter()
        .flat_map(|recording| people(recording))
        .collect();
    assert_eq!(voices.len(), 10);
    for (of, speed) in [(0, 1.25), (5, 0.8)] {
        let other = played(&voices[of], speed);
        voices.push(other);
    }
    let mut sound = Vec::new();
    for round in 0..2 {
        for (who, voice) in voices.iter().enumerate() {
            let length = RATE * (3 + (who + round) % 3);
            let from = round * 5 * RATE;
            sound.extend(voice.iter().cycle().skip(from).take(length));
            sound.extend([0.0; RATE / 4]);
        }
    }
    sound
}

pub(super) fn sounds() -> Vec<(&'static str, Vec<f32>)> {
    let meeting = sound("examples/data/standup-en.flac", 15.0);
    let other = sound("examples/data/planning-ru.flac", 15.0);
    let two = |seconds: usize| meeting[RATE..RATE * (1 + seconds)].to_vec();
    let sprinkled = meeting.iter().enumerate().map(|(i, s)| match i % 1009 {
        0 => f32::NAN,
        500 => f32::INFINITY,
        501 => f32::NEG_INFINITY,
        502 => f32::MAX,
        _ => *s,
    });
    let mut gone = meeting.clone();
    gone[RATE * 5..RATE * 9].fill(f32::NAN);
    let loud = meeting.iter().map(|s| s * 1e6).collect();
    let faint = meeting.iter().map(|s| s * 1e-6).collect();
    vec![
        ("nothing", Vec::new()),
        ("one sample", vec![0.5]),
        ("a hundred samples", vec![0.1; 100]),
        ("digital silence", vec![0.0; 10 * RATE]),
        ("noise", noise(10.0)),
        ("two seconds", two(2)),
        (
            "less than a frame more than a window",
            two(10)[..10 * RATE - 7].to_vec(),
        ),
        ("one speaker", people("rollout-ru")[0][..12 * RATE].to_vec()),
        (
            "all overlap",
            meeting.iter().zip(&other).map(|(a, b)| a + b).collect(),
        ),
        ("no numbers here and there", sprinkled.collect()),
        ("no numbers for a while", gone),
        ("no number at all", vec![f32::NAN; 12 * RATE]),
        ("far too loud", loud),
        ("far too faint", faint),
    ]
}

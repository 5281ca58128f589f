//! Sounds that are made up, and recordings cut and stretched; the same every time.

use std::error::Error;
use std::f64::consts::TAU;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use autoproto_core::media::{WavFormat, write_wav};
use autoproto_core::{AudioView, SAMPLE_RATE, TimeSpan};

/// A pause that may be cut in, in seconds.
const PAUSE: f64 = 0.2;
/// Seconds of silence put in at once.
const SILENCE: f64 = 5.0;
/// How loud the silence that is put in is: -66 dB, as in a quiet room.
const FLOOR: f64 = 0.0005;

/// Uniform noise (Steele et al., "SplitMix", 2014).
struct Noise(u64);

impl Noise {
    /// From -1 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// 16-bit WAV.
pub fn write(path: &Path, samples: &[f32]) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    write_wav(AudioView::new(samples), WavFormat::Pcm16, &mut file)?;
    file.flush()?;
    Ok(())
}

fn at(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE)) as usize
}

/// The middles of the pauses between `speech`, which is in order.
fn pauses(speech: &[TimeSpan]) -> Vec<f64> {
    let pairs = speech.windows(2);
    pairs
        .filter(|pair| pair[1].start - pair[0].end >= PAUSE)
        .map(|pair| 0.5 * (pair[0].end + pair[1].start))
        .collect()
}

/// What lies before the last pause within `longest` seconds; nothing where there is none.
pub fn first_chunk(samples: &[f32], speech: &[TimeSpan], longest: f64) -> Option<Vec<f32>> {
    let cut = pauses(speech)
        .into_iter()
        .rfind(|pause| *pause <= longest)?;
    Some(samples.get(..at(cut))?.to_vec())
}

/// With silence put into its pauses, evenly, until this share of the whole is such silence; nothing where there is no
/// pause.
pub fn with_silence(samples: &[f32], speech: &[TimeSpan], share: f64) -> Option<Vec<f32>> {
    let pauses = pauses(speech);
    let silence = samples.len() as f64 / f64::from(SAMPLE_RATE) * share / (1.0 - share);
    let times = ((silence / SILENCE).round() as usize).clamp(1, pauses.len().max(1));
    let each = at(silence / times as f64);
    let (mut made, mut from, mut noise) = (Vec::new(), 0, Noise(1));
    for i in 0..times {
        let to = at(*pauses.get(i * pauses.len() / times)?);
        made.extend_from_slice(samples.get(from..to)?);
        made.extend((0..each).map(|_| (FLOOR * noise.next()) as f32));
        from = to;
    }
    made.extend_from_slice(samples.get(from..)?);
    Some(made)
}

/// Sounds of this length in which nobody speaks, with their names.
pub fn wordless(seconds: f64) -> Vec<(&'static str, Vec<f32>)> {
    let count = at(seconds);
    let sound = |of: &mut dyn FnMut(f64) -> f64| -> Vec<f32> {
        let time = |i: usize| i as f64 / f64::from(SAMPLE_RATE);
        (0..count).map(|i| of(time(i)) as f32).collect()
    };
    let (mut white, mut faint, mut pink) = (Noise(2), Noise(3), Pink::new(4));
    vec![
        ("silence", vec![0.0; count]),
        ("faint noise, -60 dB", sound(&mut |_| 0.001 * faint.next())),
        ("white noise, -20 dB", sound(&mut |_| 0.1 * white.next())),
        ("pink noise, -20 dB", sound(&mut |_| 0.1 * pink.next())),
        ("music-like tones", sound(&mut |t| 0.1 * music(t))),
        ("hum of 50 Hz", sound(&mut |t| 0.1 * hum(t))),
    ]
}

/// Noise whose octaves are equally loud: a sum of values that hold for 1, 2, 4, … samples (the algorithm of Voss, as told
/// by Gardner, 1978).
struct Pink {
    noise: Noise,
    held: [f64; 12],
    count: u32,
}

impl Pink {
    fn new(seed: u64) -> Self {
        Self {
            noise: Noise(seed),
            held: [0.0; 12],
            count: 0,
        }
    }

    fn next(&mut self) -> f64 {
        self.count = self.count.wrapping_add(1);
        let octave = self.count.trailing_zeros() as usize;
        if let Some(held) = self.held.get_mut(octave) {
            *held = self.noise.next();
        }
        self.held.iter().sum::<f64>() / (self.held.len() as f64).sqrt()
    }
}

/// Four chords over and over, two seconds each, plucked twice a second.
fn music(t: f64) -> f64 {
    const CHORDS: [[f64; 3]; 4] = [
        [261.63, 329.63, 392.00],
        [220.00, 261.63, 329.63],
        [174.61, 220.00, 261.63],
        [196.00, 246.94, 293.66],
    ];
    let chord = CHORDS[(t / 2.0) as usize % CHORDS.len()];
    let fading = (-4.0 * (t % 0.5)).exp();
    let tone = |pitch: f64| -> f64 {
        let partial = |n: f64| (TAU * n * pitch * t).sin() / n;
        [1.0, 2.0, 3.0, 4.0].into_iter().map(partial).sum()
    };
    fading * chord.into_iter().map(tone).sum::<f64>()
}

/// Mains with its harmonics, swelling slowly.
fn hum(t: f64) -> f64 {
    let swell = 0.8 + 0.2 * (TAU * 0.3 * t).sin();
    let partial = |n: f64| (TAU * 50.0 * n * t).sin() / n;
    swell * [1.0, 2.0, 3.0, 5.0].into_iter().map(partial).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEECH: [TimeSpan; 3] = [
        TimeSpan {
            start: 0.0,
            end: 20.0,
        },
        TimeSpan {
            start: 20.1,
            end: 26.0,
        },
        TimeSpan {
            start: 27.0,
            end: 40.0,
        },
    ];

    #[test]
    fn silence_goes_into_the_pauses_and_has_its_share() {
        let sound = vec![0.5; at(40.0)];
        let made = with_silence(&sound, &SPEECH, 0.3).unwrap_or_default();
        let silent = made.iter().filter(|s| s.abs() < 0.001).count();
        assert!((silent as f64 / made.len() as f64 - 0.3).abs() < 0.01);
        assert_eq!(
            made.iter().position(|s| s.abs() < 0.001),
            Some(at(26.5)),
            "the pause of a tenth of a second is none"
        );
        assert!(with_silence(&sound, &SPEECH[..2], 0.3).is_none());
    }

    #[test]
    fn a_chunk_ends_in_a_pause() {
        let sound = vec![0.5; at(40.0)];
        let chunk = first_chunk(&sound, &SPEECH, 28.0);
        assert_eq!(chunk.map(|chunk| chunk.len()), Some(at(26.5)));
        assert!(first_chunk(&sound, &SPEECH, 26.0).is_none());
    }

    #[test]
    fn sounds_are_the_same_every_time_and_not_clipped() {
        let (first, again) = (wordless(5.0), wordless(5.0));
        assert_eq!(first, again);
        for (name, sound) in first {
            let most = sound.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
            assert!(
                most < 1.0 && (most > 0.0 || name == "silence"),
                "{name}: {most}"
            );
        }
    }
}

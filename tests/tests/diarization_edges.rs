//! Diarization of what a recording may be at worst, by every recipe and with both accuracies: the timeline is valid and
//! inside the audio, nothing panics, and a fired token ends it within a window.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use autoproto_tests::{checkout, library, models, sound};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use autoproto_core::diarize::{Accuracy, OnnxDiarizer};
use autoproto_core::models::{DiarizerModels, ModelStore, find};
use autoproto_core::testing::{Sound, diarizer_contract};
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    AudioView, CancelToken, Context, Diarization, DiarizeOptions, Diarizer, Error, Progress,
    SpeakerCount, SpeakerId, SpeakerTurn, SpeechRegion, TimeSpan, VadOptions,
    VoiceActivityDetector,
};
use serde_json::{Value, json};

const RATE: usize = 16_000;
const ACCURACIES: [Accuracy; 2] = [Accuracy::Exact, Accuracy::Fast];

/// The recipes, by name, each with an embedding that shows another way to listen: pieces, masks that are cut out, and the
/// trunk of a network that ends in statistics.
fn recipes() -> Vec<(&'static str, Value)> {
    let golden = |file: &str| {
        checkout()
            .join("tests/golden/diarization_windows")
            .join(file)
    };
    let ge2e = json!({
        "file": checkout().join("models/speaker-embedding-ge2e.onnx"),
        "front_end": { "kind": "waveform", "level": -30.0 },
        "span": 1.6, "hop": 0.4, "least": 0.5, "input": "waveform", "output": "embedding"
    });
    let tiny = json!({
        "file": golden("tiny_wespeaker.onnx"),
        "front_end": { "kind": "fbank", "bins": 80 },
        "span": 2.0, "hop": 0.5, "least": 0.025, "input": "feats", "output": "embs"
    });
    let segmentation = |step: f64| {
        json!({
            "file": checkout().join("models/segmentation-powerset.onnx"),
            "window": 10.0, "step": step, "frame_shift": 270, "receptive_field": 991,
            "input": "x", "output": "y"
        })
    };
    let plda = json!({
        "transform": { "file": golden("xvec_transform.npz") },
        "model": { "file": golden("plda.npz") }
    });
    let pieces = json!({ "kind": "pieces", "threshold": 0.27 });
    let ahc = json!({ "kind": "ahc", "threshold": 0.7, "min_cluster_size": 12 });
    let vbx = json!({ "kind": "vbx", "threshold": 0.6, "fa": 0.07, "fb": 0.8 });
    vec![
        (
            "pieces",
            json!({ "segmentation": segmentation(1.0), "embedding": ge2e, "recipe": pieces }),
        ),
        (
            "windows, AHC",
            json!({ "segmentation": segmentation(1.0), "embedding": ge2e, "recipe": ahc }),
        ),
        (
            "windows, VBx",
            json!({ "segmentation": segmentation(1.0), "embedding": ge2e, "recipe": vbx, "plda": plda }),
        ),
        (
            "trunk",
            json!({ "segmentation": segmentation(1.0), "embedding": tiny, "recipe": ahc }),
        ),
        // 0.777 s are no whole number of feature frames.
        (
            "trunk, odd steps",
            json!({ "segmentation": segmentation(0.777), "embedding": tiny, "recipe": ahc }),
        ),
    ]
}

fn load(manifest: &Value, accuracy: Accuracy) -> OnnxDiarizer {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("diarizer.json"), manifest.to_string()).unwrap();
    let store = ModelStore::new([checkout().join("models")]);
    let opened = DiarizerModels::open(folder.path().to_str().unwrap(), &store).unwrap();
    OnnxDiarizer::load(&opened, &library(), 2)
        .unwrap()
        .with_accuracy(accuracy)
}

fn quiet<T>(work: impl FnOnce(&Context<'_>) -> T) -> T {
    let cancel = CancelToken::new();
    work(&Context::new(&cancel, &|_: Progress| {}))
}

fn whole(audio: AudioView<'_>) -> Vec<SpeechRegion> {
    let span = TimeSpan::new(0.0, audio.duration());
    vec![SpeechRegion { span }]
}

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
fn twelve() -> Vec<f32> {
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

fn sounds() -> Vec<(&'static str, Vec<f32>)> {
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

fn counts() -> Vec<SpeakerCount> {
    let between = |min, max| SpeakerCount::between(min, max).unwrap();
    vec![
        SpeakerCount::default(),
        between(1, 1),
        between(2, 2),
        between(2, 4),
        between(30, 30),
        between(100, 100),
    ]
}

/// As the contract has it, and to the last digit.
fn assert_valid(what: &str, found: &Diarization, duration: f64, count: SpeakerCount) {
    for turns in [&found.turns, &found.exclusive] {
        for SpeakerTurn { span, .. } in turns {
            assert!(
                span.start.is_finite() && span.end.is_finite(),
                "{what}: {span:?}"
            );
            assert!(
                0.0 <= span.start && span.start < span.end && span.end <= duration,
                "{what}: {span:?} in {duration} s"
            );
        }
        let by_start = |pair: &[SpeakerTurn]| pair[0].span.start <= pair[1].span.start;
        assert!(turns.windows(2).all(by_start), "{what}: not by start");
    }
    for pair in found.exclusive.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{what}: {pair:?}");
    }
    let speakers = found.speakers();
    let numbers: Vec<SpeakerId> = (0..).take(speakers.len()).map(SpeakerId).collect();
    assert_eq!(speakers, numbers, "{what}");
    let begins = |id: &SpeakerId| {
        let own = found.turns.iter().find(|t| t.speaker == *id);
        own.map(|t| t.span.start).unwrap()
    };
    assert!(
        numbers
            .windows(2)
            .all(|pair| begins(&pair[0]) <= begins(&pair[1])),
        "{what}: not by first speech"
    );
    assert!(
        found
            .exclusive
            .iter()
            .all(|t| speakers.contains(&t.speaker)),
        "{what}"
    );
    assert!(
        speakers.len() <= count.max(),
        "{what}: {} speakers",
        speakers.len()
    );
    assert_eq!(found.voices.len(), speakers.len(), "{what}: voices");
    for voice in &found.voices {
        let length = voice.similarity(voice).sqrt();
        assert!(
            voice.0.is_empty() || (length - 1.0).abs() < 1e-3,
            "{what}: {length}"
        );
    }
}

fn try_all(what: &str, diarizer: &mut OnnxDiarizer, samples: &[f32]) {
    let audio = AudioView::new(samples);
    let none: &[SpeechRegion] = &[];
    let odd = [
        SpeechRegion {
            span: TimeSpan::new(-5.0, 1.0),
        },
        SpeechRegion {
            span: TimeSpan::new(f64::NAN, 1e9),
        },
    ];
    // What the voice activity detector says can only matter in one way: once is enough, in short sounds.
    let whole = whole(audio);
    let all = [whole.as_slice(), none, &odd];
    let said = if audio.duration() < 5.0 {
        &all[..]
    } else {
        &all[..1]
    };
    for speech in said {
        let prepared = quiet(|ctx| diarizer.prepare(audio, speech, ctx))
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        for count in counts() {
            for threshold in [None, Some(0.0), Some(2.0), Some(f32::NAN)] {
                let mut options = DiarizeOptions::default().with_speakers(count);
                options.threshold = threshold;
                let found = quiet(|ctx| diarizer.cluster(&prepared, &options, ctx))
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                let what = format!("{what}, {count:?}, {threshold:?}");
                assert_valid(&what, &found, audio.duration(), count);
            }
        }
    }
}

#[test]
fn whatever_the_sound_is_the_timeline_is_valid() {
    if models("whatever_the_sound_is_the_timeline_is_valid").is_none() {
        return;
    }
    let sounds = sounds();
    for (recipe, manifest) in recipes() {
        for accuracy in ACCURACIES {
            let mut diarizer = load(&manifest, accuracy);
            for (name, samples) in &sounds {
                let what = format!("{recipe}, {accuracy:?}: {name}");
                try_all(&what, &mut diarizer, samples);
            }
        }
    }
}

#[test]
fn every_recipe_keeps_the_contract() {
    let Some(store) = models("every_recipe_keeps_the_contract") else {
        return;
    };
    let samples = sound("examples/data/standup-en.flac", 20.0);
    let audio = AudioView::new(&samples);
    let model = store.open(&find("silero-vad-6.2").unwrap()).unwrap();
    let mut vad = SileroVad::load(&model, &library()).unwrap();
    let speech = quiet(|ctx| vad.detect(audio, &VadOptions::default(), ctx)).unwrap();
    for (recipe, manifest) in recipes() {
        for accuracy in ACCURACIES {
            println!("{recipe}, {accuracy:?}");
            let mut diarizer = load(&manifest, accuracy);
            diarizer_contract(&mut diarizer, Some(Sound::new(audio).with_speech(&speech)));
        }
    }
}

#[test]
fn twelve_speakers_are_as_many_as_asked_for() {
    if models("twelve_speakers_are_as_many_as_asked_for").is_none() {
        return;
    }
    let samples = twelve();
    let audio = AudioView::new(&samples);
    for (recipe, manifest) in recipes() {
        for accuracy in ACCURACIES {
            let mut diarizer = load(&manifest, accuracy);
            let speech = whole(audio);
            let prepared = quiet(|ctx| diarizer.prepare(audio, &speech, ctx)).unwrap();
            for count in [
                SpeakerCount::default(),
                SpeakerCount::exactly(12).unwrap(),
                SpeakerCount::between(10, 14).unwrap(),
                SpeakerCount::exactly(40).unwrap(),
            ] {
                let options = DiarizeOptions::default().with_speakers(count);
                let found = quiet(|ctx| diarizer.cluster(&prepared, &options, ctx)).unwrap();
                let what = format!("{recipe}, {accuracy:?}, {count:?}");
                assert_valid(&what, &found, audio.duration(), count);
                let speakers = found.speakers().len();
                println!("{what}: {speakers} speakers");
                // Eight seconds are each one's: pieces tell them all. A window holds three voices, and of ten seconds a
                // fifth must be one's alone, so that windows may lose some.
                if recipe == "pieces" && count.max() == 12 {
                    assert_eq!(speakers, 12, "{what}");
                }
            }
        }
    }
}

/// Prepares and clusters with a token that fires at the `at`-th report of progress; how many came after it, or `None`
/// where so many never came.
fn reports_after(diarizer: &mut OnnxDiarizer, samples: &[f32], at: usize) -> Option<usize> {
    let (cancel, seen) = (CancelToken::new(), AtomicUsize::new(0));
    let sink = |_: Progress| {
        if seen.fetch_add(1, Ordering::Relaxed) + 1 == at {
            cancel.cancel();
        }
    };
    let ctx = Context::new(&cancel, &sink);
    let audio = AudioView::new(samples);
    let done = diarizer.diarize(audio, &whole(audio), &DiarizeOptions::default(), &ctx);
    let seen = seen.load(Ordering::Relaxed);
    if seen < at {
        assert!(done.is_ok());
        return None;
    }
    assert!(
        matches!(done, Err(Error::Cancelled)),
        "fired at {at}, {done:?}"
    );
    Some(seen - at)
}

#[test]
fn a_fired_token_ends_it_within_a_window() {
    if models("a_fired_token_ends_it_within_a_window").is_none() {
        return;
    }
    let samples = sound("examples/data/standup-en.flac", 40.0);
    for (recipe, manifest) in recipes() {
        for accuracy in ACCURACIES {
            let what = format!("{recipe}, {accuracy:?}");
            let mut diarizer = load(&manifest, accuracy);
            let audio = AudioView::new(&samples);
            let (options, speech) = (DiarizeOptions::default(), whole(audio));
            // Before: nothing is reported, whichever stage it meets.
            let fired = CancelToken::new();
            fired.cancel();
            let reports = Mutex::new(Vec::new());
            let sink = |p: Progress| reports.lock().unwrap().push(p);
            let ctx = Context::new(&fired, &sink);
            let prepared = quiet(|ctx| diarizer.prepare(audio, &speech, ctx)).unwrap();
            let cancelled = |done: bool| assert!(done, "{what}");
            cancelled(matches!(
                diarizer.prepare(audio, &speech, &ctx),
                Err(Error::Cancelled)
            ));
            cancelled(matches!(
                diarizer.cluster(&prepared, &options, &ctx),
                Err(Error::Cancelled)
            ));
            cancelled(matches!(
                diarizer.diarize(audio, &speech, &options, &ctx),
                Err(Error::Cancelled)
            ));
            assert!(reports.lock().unwrap().is_empty(), "{what}");
            // In between, up to the last report, which comes before the clustering.
            let mut fired = 0;
            for at in (1..).map_while(|i| [1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 90].get(i - 1)) {
                match reports_after(&mut diarizer, &samples, *at) {
                    Some(after) => assert_eq!(after, 0, "{what}: fired at {at}"),
                    None => break,
                }
                fired += 1;
            }
            assert!(fired >= 3, "{what}: {fired} reports");
        }
    }
}

/// A manifest that is wrong of its model is told, not believed.
#[test]
fn frames_that_are_not_where_the_manifest_says_are_told() {
    if models("frames_that_are_not_where_the_manifest_says_are_told").is_none() {
        return;
    }
    let samples = sound("examples/data/standup-en.flac", 12.0);
    let audio = AudioView::new(&samples);
    for (recipe, manifest) in recipes() {
        for (shift, field) in [(160, 991), (16_000, 16_000), (540, 991)] {
            let mut wrong = manifest.clone();
            wrong["segmentation"]["frame_shift"] = json!(shift);
            wrong["segmentation"]["receptive_field"] = json!(field);
            let mut diarizer = load(&wrong, Accuracy::Exact);
            match quiet(|ctx| diarizer.prepare(audio, &whole(audio), ctx)) {
                Err(Error::Backend { source, .. }) => {
                    let text = source.to_string();
                    assert!(
                        text.contains("frames for 160000 samples"),
                        "{recipe}: {text}"
                    );
                }
                other => panic!("{recipe}, {shift}: {other:?}"),
            }
        }
    }
}

/// Windows and steps at the ends of what a manifest may say.
#[test]
fn odd_windows_give_valid_timelines() {
    if models("odd_windows_give_valid_timelines").is_none() {
        return;
    }
    let samples = sound("examples/data/standup-en.flac", 14.0);
    for (recipe, manifest) in recipes() {
        for (window, step) in [
            (1.0, 1.0),
            (1.0, 0.1),
            (10.0, 10.0),
            (3.21, 0.33),
            (60.0, 5.0),
        ] {
            for accuracy in ACCURACIES {
                let mut odd = manifest.clone();
                odd["segmentation"]["window"] = json!(window);
                odd["segmentation"]["step"] = json!(step);
                let mut diarizer = load(&odd, accuracy);
                let audio = AudioView::new(&samples);
                let prepared = quiet(|ctx| diarizer.prepare(audio, &whole(audio), ctx)).unwrap();
                for count in counts() {
                    let options = DiarizeOptions::default().with_speakers(count);
                    let found = quiet(|ctx| diarizer.cluster(&prepared, &options, ctx)).unwrap();
                    let what = format!("{recipe}, {accuracy:?}, {window} s every {step} s");
                    assert_valid(&what, &found, audio.duration(), count);
                }
            }
        }
    }
}

/// Ten minutes, of which four are silence, so that what is shared between windows is given up and begun again.
#[test]
fn ten_minutes_go_fast() {
    if models("ten_minutes_go_fast").is_none() {
        return;
    }
    let meeting = sound("examples/data/standup-en.flac", 120.0);
    let mut samples: Vec<f32> = meeting.iter().copied().cycle().take(180 * RATE).collect();
    samples.extend(vec![0.0; 240 * RATE]);
    samples.extend(meeting.iter().cycle().take(180 * RATE));
    let audio = AudioView::new(&samples);
    let speech = [(0.0, 180.0), (420.0, 600.0)].map(|(start, end)| SpeechRegion {
        span: TimeSpan::new(start, end),
    });
    let (_, manifest) = recipes()
        .into_iter()
        .find(|(name, _)| *name == "trunk")
        .unwrap();
    let mut diarizer = load(&manifest, Accuracy::Fast);
    let found =
        quiet(|ctx| diarizer.diarize(audio, &speech, &DiarizeOptions::default(), ctx)).unwrap();
    assert_valid(
        "ten minutes",
        &found,
        audio.duration(),
        SpeakerCount::default(),
    );
    let said = |from: f64, to: f64| -> f64 {
        let part = TimeSpan::new(from, to);
        found.exclusive.iter().map(|t| t.span.overlap(&part)).sum()
    };
    assert!(said(0.0, 181.0) > 90.0 && said(419.0, 600.0) > 90.0);
    assert!(
        said(190.0, 410.0) < 1.0,
        "{} s of silence",
        said(190.0, 410.0)
    );
}

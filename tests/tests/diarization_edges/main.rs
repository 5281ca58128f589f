//! Diarization of what a recording may be at worst, by every recipe and with both accuracies: the timeline is valid and
//! inside the audio, nothing panics, and a fired token ends it within a window.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod recipes;
mod sounds;
mod validity;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use autoproto_core::diarize::{Accuracy, OnnxDiarizer};
use autoproto_core::models::find;
use autoproto_core::testing::{Sound, diarizer_contract};
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    AudioView, CancelToken, Context, DiarizeOptions, Diarizer, Error, Progress, SpeakerCount,
    SpeechRegion, TimeSpan, VadOptions, VoiceActivityDetector,
};
use autoproto_tests::{library, models, sound};
use serde_json::json;

use recipes::{ACCURACIES, load, recipes};
use sounds::{RATE, sounds, twelve};
use validity::assert_valid;

fn quiet<T>(work: impl FnOnce(&Context<'_>) -> T) -> T {
    let cancel = CancelToken::new();
    work(&Context::new(&cancel, &|_: Progress| {}))
}

fn whole(audio: AudioView<'_>) -> Vec<SpeechRegion> {
    let span = TimeSpan::new(0.0, audio.duration());
    vec![SpeechRegion { span }]
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

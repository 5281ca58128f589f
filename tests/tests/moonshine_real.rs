//! Moonshine tiny on real speech: the words, their times, and that nothing is made up. `make models
//! MODELS="moonshine-tiny-en-encoder moonshine-tiny-en-decoder moonshine-tiny-en-tokenizer"` gets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use autoproto_core::metrics::wer;
use autoproto_core::models::{ModelStore, TranscriberModels, find};
use autoproto_core::testing::{Sound, transcriber_contract};
use autoproto_core::transcribe::{MoonshineTranscriber, TranscribeOptions, Transcriber};
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    AudioView, CancelToken, Context, Error, Language, Progress, SpeechRegion, TimeSpan, Transcript,
    VadOptions, VoiceActivityDetector,
};
use autoproto_tests::{checkout, library, skip, sound};
use serde_json::Value;

/// Moonshine and the voice activity detector for the test `name`; where a file is absent, the test is skipped.
fn engines(name: &str) -> Option<(MoonshineTranscriber, SileroVad)> {
    let store = ModelStore::standard(Some(&checkout().join("models")));
    let models = match TranscriberModels::open("moonshine-tiny-en", &store) {
        Ok(TranscriberModels::Moonshine(models)) => models,
        Err(error @ Error::ModelMissing { .. }) => {
            skip(name, &error.to_string());
            return None;
        }
        other => panic!("{other:?}"),
    };
    let silero = store.open(&find("silero-vad-6.2").unwrap()).unwrap();
    let vad = match SileroVad::load(&silero, &library()) {
        Err(error @ Error::LibraryMissing { .. }) => {
            skip(name, &error.to_string());
            return None;
        }
        loaded => loaded.unwrap(),
    };
    let moonshine = MoonshineTranscriber::load(&models, &library(), 2).unwrap();
    Some((moonshine, vad))
}

fn speech(vad: &mut SileroVad, audio: AudioView<'_>) -> Vec<SpeechRegion> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    vad.detect(audio, &VadOptions::default(), &ctx).unwrap()
}

fn heard(
    moonshine: &mut MoonshineTranscriber,
    samples: &[f32],
    speech: &[SpeechRegion],
) -> Transcript {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let options = TranscribeOptions::default();
    moonshine
        .transcribe(AudioView::new(samples), speech, &options, &ctx)
        .unwrap()
}

fn text(transcript: &Transcript) -> String {
    let words: Vec<&str> = transcript.words().map(|w| w.text.as_str()).collect();
    words.join(" ")
}

fn whole(samples: &[f32]) -> [SpeechRegion; 1] {
    let span = TimeSpan::new(0.0, AudioView::new(samples).duration());
    [SpeechRegion { span }]
}

fn json(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(checkout().join(path)).unwrap()).unwrap()
}

#[test]
fn moonshine_keeps_the_contract() {
    let Some((mut moonshine, mut vad)) = engines("moonshine_keeps_the_contract") else {
        return;
    };
    let samples = sound("tests/data/jfk.wav", 11.0);
    let audio = AudioView::new(&samples);
    let speech = speech(&mut vad, audio);
    transcriber_contract(&mut moonshine, Some(Sound::new(audio).with_speech(&speech)));
}

#[test]
fn a_meeting_is_heard_with_few_errors_and_words_where_they_are_said() {
    let name = "a_meeting_is_heard_with_few_errors_and_words_where_they_are_said";
    let Some((mut moonshine, mut vad)) = engines(name) else {
        return;
    };
    let samples = sound("examples/data/standup-en.flac", 200.0);
    let speech = speech(&mut vad, AudioView::new(&samples));
    let got = heard(&mut moonshine, &samples, &speech);

    let truth = json("examples/data/standup-en.json");
    let said: Vec<&str> = truth["utterances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["text"].as_str().unwrap())
        .collect();
    let errors = wer(&said.join(" "), &text(&got), Language::ENGLISH);
    eprintln!("{errors:?}, {:.3}", errors.rate());
    assert!(errors.rate() <= 0.08, "{errors:?}");
    assert!(
        errors.deletions * 50 <= errors.reference_words(),
        "{errors:?}"
    );
    assert!(got.uncovered.is_empty(), "{:?}", got.uncovered);

    let off = distances(&got, &json("tests/golden/standup_en_words.json"));
    eprintln!(
        "{} words, median {:.3} s, 90 % within {:.3} s",
        off.len(),
        off[off.len() / 2],
        off[off.len() * 9 / 10]
    );
    assert!(off.len() >= 230, "{}", off.len());
    assert!(off[off.len() / 2] <= 0.05, "median {}", off[off.len() / 2]);
    assert!(
        off[off.len() * 9 / 10] <= 0.15,
        "90 % {}",
        off[off.len() * 9 / 10]
    );
}

/// How far the begins of words are from those of the alignment, for every word that both have in their order: the
/// shortest first.
fn distances(got: &Transcript, aligned: &Value) -> Vec<f64> {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let got: Vec<(String, f64)> = got
        .words()
        .map(|w| (plain(&w.text), w.span.start))
        .collect();
    let want: Vec<(String, f64)> = aligned
        .as_array()
        .unwrap()
        .iter()
        .map(|w| (plain(w[0].as_str().unwrap()), w[1].as_f64().unwrap()))
        .collect();
    // The longest common subsequence.
    let mut longest = vec![vec![0_usize; want.len() + 1]; got.len() + 1];
    for (i, (a, _)) in got.iter().enumerate().rev() {
        for (j, (b, _)) in want.iter().enumerate().rev() {
            longest[i][j] = if a == b {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut off) = (0, 0, Vec::new());
    while i < got.len() && j < want.len() {
        if got[i].0 == want[j].0 {
            off.push((got[i].1 - want[j].1).abs());
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    off.sort_by(f64::total_cmp);
    off
}

/// Noise that is the same every time: xorshift.
fn noise(count: usize, level: f32) -> Vec<f32> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    (0..count).map(|_| level * next()).collect()
}

#[test]
fn sounds_without_words_give_none_though_they_are_called_speech() {
    let name = "sounds_without_words_give_none_though_they_are_called_speech";
    let Some((mut moonshine, _)) = engines(name) else {
        return;
    };
    let tones = |seconds: usize, hertz: &[f32]| -> Vec<f32> {
        let at = |i: usize| i as f32 / 16_000.0 * std::f32::consts::TAU;
        let sum = |i| hertz.iter().map(|f| (f * at(i)).sin()).sum::<f32>();
        (0..seconds * 16_000).map(|i| 0.1 * sum(i)).collect()
    };
    for seconds in [1, 3, 12, 25] {
        let count = seconds * 16_000;
        let brown: Vec<f32> = noise(count, 0.05)
            .iter()
            .scan(0.0, |sum, s| {
                *sum = 0.98 * *sum + s;
                Some(*sum)
            })
            .collect();
        let tune: Vec<f32> = [262.0, 330.0, 392.0, 440.0]
            .iter()
            .cycle()
            .take(seconds)
            .flat_map(|hertz| tones(1, &[*hertz]))
            .collect();
        for (what, samples) in [
            ("silence", vec![0.0; count]),
            ("faint noise", noise(count, 0.003)),
            ("noise", noise(count, 0.3)),
            ("brown noise", brown),
            ("hum", tones(seconds, &[50.0, 100.0])),
            ("a chord", tones(seconds, &[220.0, 277.2, 329.6])),
            ("a tune", tune),
        ] {
            let got = heard(&mut moonshine, &samples, &whole(&samples));
            assert_eq!(text(&got), "", "{seconds} s of {what}: {:?}", got.removed);
            assert!(!got.uncovered.is_empty(), "{seconds} s of {what}");
        }
    }
}

#[test]
fn most_of_a_language_that_it_does_not_know_is_taken_out_and_listed() {
    let name = "most_of_a_language_that_it_does_not_know_is_taken_out_and_listed";
    let Some((mut moonshine, mut vad)) = engines(name) else {
        return;
    };
    let samples = sound("examples/data/rollout-ru.flac", 60.0);
    let speech = speech(&mut vad, AudioView::new(&samples));
    let got = heard(&mut moonshine, &samples, &speech);
    let spoken: f64 = speech.iter().map(|r| r.span.duration()).sum();
    let uncovered: f64 = got.uncovered.iter().map(TimeSpan::duration).sum();
    eprintln!(
        "{} words, {uncovered:.1} of {spoken:.1} s uncovered, {:?}",
        got.words().count(),
        got.removed.len()
    );
    assert!(got.words().count() <= 60, "{}", text(&got));
    assert!(uncovered > 0.5 * spoken, "{uncovered} of {spoken}");
    assert!(!got.removed.is_empty());

    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let options = TranscribeOptions::default().with_language(Some(Language::RUSSIAN));
    let refused = moonshine.transcribe(AudioView::new(&samples), &speech, &options, &ctx);
    assert_eq!(refused.unwrap_err().code(), "invalid-option");
}

#[test]
fn one_voice_at_work_or_two_hear_the_same() {
    let Some((mut two, mut vad)) = engines("one_voice_at_work_or_two_hear_the_same") else {
        return;
    };
    let store = ModelStore::standard(Some(&checkout().join("models")));
    let Ok(TranscriberModels::Moonshine(models)) =
        TranscriberModels::open("moonshine-tiny-en", &store)
    else {
        panic!("it was there before");
    };
    let mut one = MoonshineTranscriber::load(&models, &library(), 1).unwrap();
    let samples = sound("examples/data/standup-en.flac", 40.0);
    let speech = speech(&mut vad, AudioView::new(&samples));
    assert_eq!(
        heard(&mut one, &samples, &speech),
        heard(&mut two, &samples, &speech)
    );
}

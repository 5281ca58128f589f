//! Recognisers with a Conformer over small models that hear tones: words and their times are known beforehand.
//! `tests/data/conformer/make_models.py` made the models, with the tensors of GigaAM's and Parakeet's.

#![cfg(all(feature = "onnx", feature = "testing"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use autoproto_core::models::{ConformerModels, ConformerSignature};
use autoproto_core::onnx::{OnnxLibrary, OnnxRuntime, describe};
use autoproto_core::testing::{Sound, transcriber_contract};
use autoproto_core::transcribe::ConformerTranscriber;
use autoproto_core::{
    AudioView, CancelToken, Context, Device, Language, Progress, Result, SpeechRegion, TimeSpan,
    TranscribeOptions, Transcriber, Transcript,
};
use serde_json::{Value, json};

const KINDS: [&str; 3] = ["ctc", "rnnt", "tdt"];
/// A tone, its token and its begin in seconds; each lasts as long as `LENGTH`.
type Tones = [(usize, f64)];
const LENGTH: f64 = 0.24;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/conformer")
}

/// Whether ONNX Runtime is here; else the test `name` is noted as skipped.
fn library(name: &str) -> bool {
    let Err(error) = describe(&OnnxLibrary::default()) else {
        return true;
    };
    if let Some(list) = std::env::var_os("AUTOPROTO_SKIPS") {
        let list = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(list);
        let line = format!("{name}: {error}\n");
        list.unwrap().write_all(line.as_bytes()).unwrap();
    }
    eprintln!("SKIPPED {name}: {error}");
    false
}

fn signature(kind: &str) -> Value {
    let text = std::fs::read_to_string(data().join(format!("{kind}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn load_from(folder: &Path, signature: Value) -> Result<ConformerTranscriber> {
    let signature: ConformerSignature = serde_json::from_value(signature).unwrap();
    let models = ConformerModels::open(folder, signature)?;
    ConformerTranscriber::load(&models, &OnnxRuntime::default().with_device(Device::Cpu))
}

fn load(kind: &str) -> ConformerTranscriber {
    load_from(&data(), signature(kind)).unwrap()
}

/// Faint noise with tones in it.
fn sound(kind: &str, seconds: f64, tones: &Tones) -> Vec<f32> {
    let text = std::fs::read_to_string(data().join("tones.json")).unwrap();
    let hertz: HashMap<String, Vec<f64>> = serde_json::from_str(&text).unwrap();
    let mut state = 7_u64;
    (0..(seconds * 16_000.0) as u32)
        .map(|i| {
            state = (1_103_515_245 * state + 12_345) % (1 << 31);
            let noise = 0.01 * (state as f64 / f64::from(1 << 30) - 1.0);
            let t = f64::from(i) / 16_000.0;
            let tone: f64 = tones
                .iter()
                .filter(|(_, start)| (*start..start + LENGTH).contains(&t))
                .map(|(token, _)| {
                    0.3 * (2.0 * std::f64::consts::PI * hertz[kind][*token] * t).sin()
                })
                .sum();
            (noise + tone) as f32
        })
        .collect()
}

fn regions(spans: &[(f64, f64)]) -> Vec<SpeechRegion> {
    let region = |(start, end): &(f64, f64)| SpeechRegion {
        span: TimeSpan::new(*start, *end),
    };
    spans.iter().map(region).collect()
}

fn hear(
    transcriber: &mut ConformerTranscriber,
    samples: &[f32],
    speech: &[SpeechRegion],
) -> Transcript {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let options = TranscribeOptions::default();
    transcriber
        .transcribe(AudioView::new(samples), speech, &options, &ctx)
        .unwrap()
}

/// Two stretches of speech with a long silence between them: "We agreed." and "the I" (or "Мы решили." and "это я").
const SPOKEN: [(usize, f64); 7] = [
    (1, 0.6),
    (2, 1.2),
    (3, 1.56),
    (4, 1.92),
    (5, 6.0),
    (6, 6.6),
    (7, 6.96),
];
const SPEECH: [(f64, f64); 2] = [(0.3, 2.6), (5.6, 7.6)];

fn words(kind: &str) -> [&'static str; 4] {
    if kind == "tdt" {
        // The last tokens are a byte and a letter.
        ["We", "agreed.", "theIn", ""]
    } else {
        ["Мы", "решили.", "этоя", ""]
    }
}

#[test]
fn words_have_the_letters_and_the_times_of_their_tones() {
    let name = "words_have_the_letters_and_the_times_of_their_tones";
    if !library(name) {
        return;
    }
    for kind in KINDS {
        let samples = sound(kind, 9.0, &SPOKEN);
        let heard = hear(&mut load(kind), &samples, &regions(&SPEECH));
        let got: Vec<&str> = heard.words().map(|w| w.text.as_str()).collect();
        assert_eq!(got, words(kind)[..3], "{kind}");
        assert_eq!(
            heard.segments.len(),
            2,
            "{kind}: a long silence parts windows"
        );
        // Begin of the first tone, begin of the last with letters in it.
        let frame = if kind == "tdt" { 0.08 } else { 0.04 };
        let spans = [(0.6, 0.6), (1.2, 1.56), (6.0, 6.96)];
        for (word, (first, last)) in heard.words().zip(spans) {
            let (start, end) = (word.span.start, word.span.end);
            assert!((start - first).abs() <= frame + 0.02, "{kind}: {word:?}");
            let latest = last + LENGTH + frame;
            assert!(end > last && end <= latest + 0.02, "{kind}: {word:?}");
            assert!(word.confidence > 0.5, "{kind}: {word:?}");
        }
        assert!(heard.uncovered.is_empty(), "{kind}: {:?}", heard.uncovered);
        let code = if kind == "tdt" { "en" } else { "ru" };
        assert_eq!(heard.language.map(|l| l.code()), Some(code), "{kind}");
    }
}

#[test]
fn windows_heard_together_are_heard_as_they_are_alone() {
    let name = "windows_heard_together_are_heard_as_they_are_alone";
    if !library(name) {
        return;
    }
    for kind in KINDS {
        // Windows of unlike lengths, in batches of 1, 2, 3 and all.
        let mut tones = Vec::new();
        let mut speech = Vec::new();
        for (i, at) in [0.0, 6.0, 12.5, 17.0, 22.0].into_iter().enumerate() {
            for token in 1..=1 + i {
                tones.push((token, at + 0.6 * token as f64));
            }
            speech.push((at + 0.3, at + 1.2 + 0.6 * (1 + i) as f64));
        }
        let samples = sound(kind, 28.0, &tones);
        let speech = regions(&speech);
        let alone = hear(&mut load(kind).with_batch(1), &samples, &speech);
        assert!(alone.words().count() >= 8, "{kind}");
        assert_eq!(alone.segments.len(), 5, "{kind}");
        for batch in [2, 3, 16] {
            let together = hear(&mut load(kind).with_batch(batch), &samples, &speech);
            let texts = |t: &Transcript| {
                t.words()
                    .map(|w| (w.text.clone(), w.span))
                    .collect::<Vec<_>>()
            };
            assert_eq!(texts(&together), texts(&alone), "{kind}, {batch} at once");
        }
    }
}

#[test]
fn a_transducer_carries_what_it_said_from_token_to_token() {
    let name = "a_transducer_carries_what_it_said_from_token_to_token";
    if !library(name) {
        return;
    }
    // The first token once more after another: the models hold back what was said, but for the CTC model.
    let tones = [(1, 0.6), (2, 1.2), (1, 1.8)];
    for (kind, count) in [("ctc", 3), ("rnnt", 2), ("tdt", 2)] {
        let samples = sound(kind, 3.0, &tones);
        let heard = hear(&mut load(kind), &samples, &regions(&[(0.3, 2.7)]));
        assert_eq!(heard.words().count(), count, "{kind}");
        // And it forgets that from one window to the next.
        let samples = sound(kind, 9.0, &[(1, 0.6), (1, 5.6)]);
        let speech = regions(&[(0.3, 1.2), (5.3, 6.2)]);
        let heard = hear(&mut load(kind), &samples, &speech);
        assert_eq!(heard.words().count(), 2, "{kind}");
    }
}

#[test]
fn speech_without_words_is_uncovered_and_silence_is_not_listened_to() {
    let name = "speech_without_words_is_uncovered_and_silence_is_not_listened_to";
    if !library(name) {
        return;
    }
    for kind in KINDS {
        let samples = sound(kind, 12.0, &SPOKEN);
        let mut speech = SPEECH.to_vec();
        speech.push((9.0, 11.5)); // nothing but noise
        let heard = hear(&mut load(kind), &samples, &regions(&speech));
        assert_eq!(heard.words().count(), 3, "{kind}");
        assert_eq!(heard.uncovered, [TimeSpan::new(9.0, 11.5)], "{kind}");
        let deaf = hear(&mut load(kind), &samples, &[]);
        assert_eq!(deaf, Transcript::default(), "{kind}");
    }
}

#[test]
fn each_kind_keeps_the_contract() {
    let name = "each_kind_keeps_the_contract";
    if !library(name) {
        return;
    }
    for kind in KINDS {
        let samples = sound(kind, 9.0, &SPOKEN);
        let sound = Sound::new(AudioView::new(&samples)).with_speech(&regions(&SPEECH));
        transcriber_contract(&mut load(kind), Some(sound));
    }
}

#[test]
fn a_language_that_the_model_does_not_understand_is_refused_by_name() {
    let name = "a_language_that_the_model_does_not_understand_is_refused_by_name";
    if !library(name) {
        return;
    }
    let samples = sound("ctc", 1.0, &[]);
    let transcribe = |kind: &str, language: Language| {
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        let ctx = Context::new(&cancel, &sink);
        let options = TranscribeOptions::default().with_language(Some(language));
        load(kind).transcribe(AudioView::new(&samples), &[], &options, &ctx)
    };
    let error = transcribe("ctc", Language::ENGLISH).unwrap_err();
    assert_eq!(error.code(), "invalid-option");
    assert!(error.to_string().contains("`en`"), "{error}");
    transcribe("ctc", Language::RUSSIAN).unwrap();
    transcribe("tdt", Language::RUSSIAN).unwrap();
}

#[test]
fn a_fired_token_stops_it_after_the_window_at_hand() {
    let name = "a_fired_token_stops_it_after_the_window_at_hand";
    if !library(name) {
        return;
    }
    for kind in KINDS {
        let samples = sound(kind, 9.0, &SPOKEN);
        let cancel = CancelToken::new();
        let reports = Mutex::new(Vec::new());
        let sink = |p: Progress| {
            if p.fraction > 0.0 {
                cancel.cancel();
            }
            reports.lock().unwrap().push(p.fraction);
        };
        let ctx = Context::new(&cancel, &sink);
        let options = TranscribeOptions::default();
        let audio = AudioView::new(&samples);
        let answer = load(kind).transcribe(audio, &regions(&SPEECH), &options, &ctx);
        assert_eq!(answer.unwrap_err().code(), "cancelled");
        let reports = reports.into_inner().unwrap();
        assert_eq!(
            reports.len(),
            2,
            "{kind}: the begin and the first window: {reports:?}"
        );
    }
}

/// How a changed signature is refused.
fn refusal(kind: &str, place: &str, to: Value) -> String {
    let mut signature = signature(kind);
    *signature.pointer_mut(place).unwrap() = to;
    let error = match load_from(&data(), signature) {
        Err(error) => error,
        Ok(_) => panic!("{kind} {place}: it opened"),
    };
    format!("{}: {error}", error.code())
}

#[test]
fn a_signature_that_does_not_fit_is_told_when_it_is_loaded() {
    let name = "a_signature_that_does_not_fit_is_told_when_it_is_loaded";
    if !library(name) {
        return;
    }
    for (kind, place, to, told) in [
        (
            "ctc",
            "/encoder/features",
            json!("audio"),
            "it has no `audio`: it takes features, feature_lengths",
        ),
        (
            "ctc",
            "/encoder/output",
            json!("logits"),
            "it has no `logits`",
        ),
        ("rnnt", "/predictor/token", json!("y"), "it has no `y`"),
        ("rnnt", "/predictor/scores", json!("z"), "it has no `z`"),
        (
            "tdt",
            "/predictor/state_in",
            json!(["a", "b"]),
            "it has no `a`",
        ),
        ("tdt", "/vocabulary/file", json!("tones.json"), "tones.json"),
        ("tdt", "/vocabulary/file", json!("none.txt"), "io: "),
        (
            "ctc",
            "/model/file",
            json!("russian.txt"),
            "model-damaged: ",
        ),
        ("ctc", "/encoder/subsampling", json!(0), "invalid-option: "),
    ] {
        let refused = refusal(kind, place, to);
        assert!(refused.contains(told), "{kind} {place}: {refused}");
    }
    let mut hashed = signature("ctc");
    hashed["model"]["sha256"] = json!("00");
    let error = load_from(&data(), hashed).err().unwrap();
    assert!(error.to_string().contains("SHA-256"), "{error}");
}

#[test]
fn numbers_that_do_not_fit_are_an_error_of_the_run() {
    let name = "numbers_that_do_not_fit_are_an_error_of_the_run";
    if !library(name) {
        return;
    }
    for (kind, place, to) in [
        // More bins than the model takes, fewer frames than were given, states of another width, durations it lacks.
        ("ctc", "/encoder/front_end", json!("nemo128")),
        ("ctc", "/encoder/subsampling", json!(2)),
        ("rnnt", "/state", json!([1, 11])),
        ("tdt", "/durations", json!([0, 1, 2])),
        ("tdt", "/vocabulary/file", json!("short.txt")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(data()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        std::fs::write(folder.path().join("short.txt"), "a 0\n<blk> 1\n").unwrap();
        let mut signature = signature(kind);
        match signature.pointer_mut(place) {
            Some(value) => *value = to,
            None => panic!("{place}"),
        }
        let mut transcriber = load_from(folder.path(), signature).unwrap();
        let samples = sound(kind, 9.0, &SPOKEN);
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        let ctx = Context::new(&cancel, &sink);
        let options = TranscribeOptions::default();
        let audio = AudioView::new(&samples);
        let answer = transcriber.transcribe(audio, &regions(&SPEECH), &options, &ctx);
        assert_eq!(answer.expect_err(place).code(), "backend", "{kind} {place}");
    }
}

#[test]
fn sound_that_is_no_sound_and_regions_that_are_none_are_heard_as_silence() {
    let name = "sound_that_is_no_sound_and_regions_that_are_none_are_heard_as_silence";
    if !library(name) {
        return;
    }
    for kind in KINDS {
        let mut transcriber = load(kind);
        for samples in [
            vec![f32::NAN; 32_000],
            vec![f32::INFINITY; 32_000],
            vec![0.0; 3],
        ] {
            let spans = [(-3.0, -1.0), (0.0, 2.0), (1.5, f64::NAN), (90.0, 99.0)];
            let heard = hear(&mut transcriber, &samples, &regions(&spans));
            assert_eq!(heard.words().count(), 0, "{kind}");
        }
    }
}

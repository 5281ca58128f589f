//! A diarizer from a folder of one's own: a model that wants filter banks runs, and a wrong manifest or file is told.
//! `data/diarizer-fbank/make_model.py` made the models.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use autoproto_tests::skip;
use std::path::{Path, PathBuf};

use autoproto_core::diarize::OnnxDiarizer;
use autoproto_core::media::{self, MediaOptions};
use autoproto_core::models::{DiarizerModels, ModelStore, onnx_file};
use autoproto_core::{
    AudioView, CancelToken, Context, DiarizeOptions, Diarizer, Error, Progress, Result,
    SpeakerCount, SpeechRegion, TimeSpan,
};
use serde_json::{Value, json};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn open(folder: &Path) -> Result<DiarizerModels> {
    DiarizerModels::open(
        folder.to_str().unwrap(),
        &ModelStore::new([here("../models")]),
    )
}

/// A copy of the folder whose manifest was changed; the models stay where they are.
fn changed(change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(here("data/diarizer-fbank/diarizer.json")).unwrap();
    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["segmentation"]["file"] = json!(here("../models/segmentation-powerset.onnx"));
    manifest["embedding"]["file"] = json!(here("data/diarizer-fbank/embedding.onnx"));
    change(&mut manifest);
    std::fs::write(folder.path().join("diarizer.json"), manifest.to_string()).unwrap();
    folder
}

fn code(change: impl FnOnce(&mut Value)) -> &'static str {
    open(changed(change).path()).expect_err("it opened").code()
}

#[test]
fn a_model_that_wants_filter_banks_runs_end_to_end() {
    let models = open(&here("data/diarizer-fbank")).unwrap();
    let mut diarizer = match OnnxDiarizer::load(&models, &autoproto_tests::library(), 2) {
        Err(error @ Error::LibraryMissing { .. }) => {
            return skip(
                "a_model_that_wants_filter_banks_runs_end_to_end",
                &error.to_string(),
            );
        }
        loaded => loaded.unwrap(),
    };
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let decoded = media::decode(
        here("../examples/data/standup-en.flac"),
        &MediaOptions::default(),
        &ctx,
    );
    let decoded = decoded.unwrap();
    let audio = AudioView::new(decoded.audio.view().slice(TimeSpan::new(10.0, 26.0)));
    let speech = [SpeechRegion {
        span: TimeSpan::new(0.0, audio.duration()),
    }];
    let options = DiarizeOptions::default().with_speakers(SpeakerCount::exactly(2).unwrap());
    let prepared = diarizer.prepare(audio, &speech, &ctx).unwrap();
    let got = diarizer.cluster(&prepared, &options, &ctx).unwrap();
    assert_eq!(got.speakers().len(), 2);
    assert!(got.voices.iter().all(|v| v.0.len() == 32));
    // The features reach the model: different sounds give different voices.
    let alike = got.voices[0].similarity(&got.voices[1]);
    assert!((-1.0..0.9999).contains(&alike), "{alike}");
    let spoken: f64 = got.exclusive.iter().map(|t| t.span.duration()).sum();
    assert!(spoken > 8.0 && spoken <= audio.duration(), "{spoken} s");
    assert_eq!(
        diarizer.diarize(audio, &speech, &options, &ctx).unwrap(),
        got
    );
}

#[test]
fn a_tensor_that_the_model_lacks_is_told_with_those_it_has() {
    let folder = changed(|m| m["embedding"]["input"] = json!("fbank"));
    match OnnxDiarizer::load(
        &open(folder.path()).unwrap(),
        &autoproto_tests::library(),
        1,
    ) {
        Err(error @ Error::LibraryMissing { .. }) => {
            skip(
                "a_tensor_that_the_model_lacks_is_told_with_those_it_has",
                &error.to_string(),
            );
        }
        Err(Error::Backend { source, .. }) => {
            let text = source.to_string();
            assert!(text.contains("`fbank`") && text.contains("feats"), "{text}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it loaded"),
    }
}

#[test]
fn an_unchanged_copy_opens() {
    assert!(open(changed(|_| {}).path()).is_ok());
}

#[test]
fn a_file_of_another_hash_is_refused() {
    assert_eq!(
        code(|m| m["embedding"]["sha256"] = json!("0".repeat(64))),
        "model-damaged"
    );
}

#[test]
fn a_missing_file_is_named() {
    let folder = changed(|m| m["embedding"]["file"] = json!("nothing.onnx"));
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error.code(), "io");
    assert!(error.to_string().contains("nothing.onnx"), "{error}");
}

#[test]
fn weights_in_another_file_are_refused() {
    let path = here("data/diarizer-fbank/external.onnx");
    let reason = onnx_file::check(&std::fs::read(&path).unwrap()).unwrap_err();
    assert_eq!(reason, "its weights lie in another file");
    let refused = |m: &mut Value| {
        m["embedding"]["file"] = json!(path);
        m["embedding"].as_object_mut().unwrap().remove("sha256");
    };
    assert_eq!(code(refused), "model-damaged");
}

#[test]
fn a_page_or_half_a_file_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(here("data/diarizer-fbank/embedding.onnx")).unwrap();
    for (name, bytes) in [
        ("page.onnx", &b"<!DOCTYPE html><html></html>"[..]),
        ("half.onnx", &whole[..whole.len() / 2]),
        ("empty.onnx", &[]),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let refused = |m: &mut Value| {
            m["embedding"]["file"] = json!(path);
            m["embedding"].as_object_mut().unwrap().remove("sha256");
        };
        assert_eq!(code(refused), "model-damaged", "{name}");
    }
}

#[test]
fn numbers_that_cannot_be_meant_are_refused() {
    for (model, field, value) in [
        ("segmentation", "window", json!(1e12)),
        ("segmentation", "window", json!(-5)),
        ("segmentation", "step", json!(0)),
        ("segmentation", "step", json!(100)),
        ("segmentation", "frame_shift", json!(0)),
        ("segmentation", "receptive_field", json!(1_u64 << 40)),
        ("segmentation", "receptive_field", json!(1)),
        ("embedding", "span", json!(1e9)),
        ("embedding", "hop", json!(0.0)),
        ("recipe", "threshold", json!(7)),
        (
            "embedding",
            "front_end",
            json!({ "kind": "fbank", "bins": 1_000_000 }),
        ),
        (
            "embedding",
            "front_end",
            json!({ "kind": "fbank", "bins": 0 }),
        ),
        ("embedding", "front_end", json!({ "kind": "mfcc" })),
        (
            "embedding",
            "front_end",
            json!({ "kind": "waveform", "level": 1e30 }),
        ),
        (
            "embedding",
            "curve",
            json!({ "slope": 0.0, "midpoint": 0.5 }),
        ),
        (
            "embedding",
            "curve",
            json!({ "slope": 20.0, "midpoint": 2.0 }),
        ),
        ("embedding", "curve", json!({ "slope": 20.0 })),
        ("embedding", "span", json!(null)),
        ("embedding", "input", json!(3)),
    ] {
        let got = code(|m| m[model][field] = value.clone());
        assert_eq!(got, "parse", "{model}.{field} = {value}");
    }
}

#[test]
fn a_manifest_that_is_no_json_says_where() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("diarizer.json"),
        "{\n \"segmentation\": }",
    )
    .unwrap();
    match open(folder.path()) {
        Err(Error::Parse { line, .. }) => assert_eq!(line, 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_folder_of_nothing_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(folder.path()).unwrap_err().code(), "model-missing");
}

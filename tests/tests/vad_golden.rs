//! Speech probabilities and regions against silero-vad's own; `golden/make_silero.py` wrote them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use autoproto_tests::skip;
use std::path::{Path, PathBuf};

use autoproto_core::media::{self, MediaOptions};
use autoproto_core::models::{ModelStore, find};
use autoproto_core::vad::{SileroVad, regions_of};
use autoproto_core::{
    CancelToken, Context, Error, Progress, SpeechRegion, VadOptions, VoiceActivityDetector,
};
use serde_json::Value;

const RATE: f64 = 16_000.0;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string(here("golden/silero_jfk.json")).unwrap()).unwrap()
}

fn probabilities(list: &Value) -> Vec<f32> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|p| p.as_f64().unwrap() as f32)
        .collect()
}

/// Silero counts in whole samples: half a narrow gap may differ by one.
fn assert_same(got: &[SpeechRegion], want: &Value) {
    let want = want.as_array().unwrap();
    assert_eq!(got.len(), want.len(), "{got:?} is not {want:?}");
    for (region, want) in got.iter().zip(want) {
        let (start, end) = (region.span.start * RATE, region.span.end * RATE);
        let near = |got: f64, want: &Value| (got - want.as_f64().unwrap()).abs() <= 1.0;
        assert!(
            near(start, &want[0]) && near(end, &want[1]),
            "{start}..{end} is not {want}"
        );
    }
}

#[test]
fn regions_are_those_of_get_speech_timestamps() {
    let golden = golden();
    let cases = golden["scripted"].as_array().unwrap();
    assert!(cases.len() >= 12);
    for case in cases {
        let duration = case["samples"].as_f64().unwrap() / RATE;
        let probabilities = probabilities(&case["probabilities"]);
        let got = regions_of(
            &probabilities,
            512.0 / RATE,
            duration,
            &VadOptions::default(),
        );
        assert_same(&got, &case["regions"]);
    }
}

#[test]
fn probabilities_and_regions_are_those_of_silero_vad() {
    let store = ModelStore::new([here("../models")]);
    let model = store.open(&find("silero-vad-6.2").unwrap()).unwrap();
    let mut vad = match SileroVad::load(&model, &autoproto_tests::library()) {
        Err(error @ Error::LibraryMissing { .. }) => {
            return skip(
                "probabilities_and_regions_are_those_of_silero_vad",
                &error.to_string(),
            );
        }
        loaded => loaded.unwrap(),
    };
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let decoded = media::decode(here("data/jfk.wav"), &MediaOptions::default(), &ctx).unwrap();
    let audio = decoded.audio.view();

    let golden = golden();
    let (got, want) = (
        vad.probabilities(audio, &ctx).unwrap(),
        probabilities(&golden["probabilities"]),
    );
    assert_eq!(got.len(), want.len());
    let furthest = got
        .iter()
        .zip(&want)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(furthest < 1e-4, "{furthest} away");
    assert_same(
        &vad.detect(audio, &VadOptions::default(), &ctx).unwrap(),
        &golden["regions"],
    );
}

//! The diarizer against its statement in numpy, `golden/diarization_reference.py`, on two meetings.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use autoproto_tests::skip;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use autoproto_core::diarize::{OnnxDiarizer, Prepared};
use autoproto_core::media::{self, MediaOptions};
use autoproto_core::metrics::{DerOptions, LabelledTurn, der};
use autoproto_core::models::{DiarizerModels, ModelStore, find};
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    CancelToken, Context, DiarizeOptions, Diarizer, Error, Progress, SpeakerCount, SpeechRegion,
    TimeSpan, VadOptions, VoiceActivityDetector,
};
use serde_json::Value;

/// What windows without speech that are passed over, and 32-bit numbers, may move.
const MOST: f64 = 0.02;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn turns(list: &Value) -> Vec<LabelledTurn> {
    let turn = |t: &Value| {
        LabelledTurn::new(
            t[0].as_f64().unwrap(),
            t[1].as_f64().unwrap(),
            t[2].to_string(),
        )
    };
    list.as_array().unwrap().iter().map(turn).collect()
}

fn engines(name: &str) -> Option<(SileroVad, OnnxDiarizer)> {
    let (store, library) = (
        ModelStore::new([here("../models")]),
        autoproto_tests::library(),
    );
    let models = DiarizerModels::open("powerset-ge2e", &store).unwrap();
    match OnnxDiarizer::load(&models, &library, 2) {
        Err(error @ Error::LibraryMissing { .. }) => {
            skip(name, &error.to_string());
            None
        }
        loaded => {
            let vad = store.open(&find("silero-vad-6.2").unwrap()).unwrap();
            Some((SileroVad::load(&vad, &library).unwrap(), loaded.unwrap()))
        }
    }
}

fn assert_near(
    diarizer: &OnnxDiarizer,
    prepared: &Prepared,
    case: &Value,
    key: &str,
    speakers: SpeakerCount,
) {
    let options = DiarizeOptions::default().with_speakers(speakers);
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let got = diarizer.cluster(prepared, &options, &ctx).unwrap();
    let (want, found) = (turns(&case[key]), got.speakers().len());
    let labels: BTreeSet<&str> = want.iter().map(|t| t.label.as_str()).collect();
    let name = format!("{} {key}", case["recording"]);
    assert_eq!(found, labels.len(), "{name}: speakers");
    let got: Vec<LabelledTurn> = got.turns.iter().map(LabelledTurn::from).collect();
    let error = der(&want, &got, &DerOptions::default());
    println!("{name}: {:.3} % from the reference", 100.0 * error.rate());
    assert!(error.rate() <= MOST, "{name}: {error:?}");
}

#[test]
fn turns_are_those_of_the_reference() {
    let Some((mut vad, mut diarizer)) = engines("turns_are_those_of_the_reference") else {
        return;
    };
    let text = std::fs::read_to_string(here("golden/diarization.json")).unwrap();
    let golden: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(golden.len(), 2);
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    for case in &golden {
        let path = here(&format!(
            "../examples/data/{}.flac",
            case["recording"].as_str().unwrap()
        ));
        let decoded = media::decode(&path, &MediaOptions::default(), &ctx).unwrap();
        let audio = decoded.audio.view();
        let speech = vad.detect(audio, &VadOptions::default(), &ctx).unwrap();
        let prepared = diarizer.prepare(audio, &speech, &ctx).unwrap();
        let exactly = |n| SpeakerCount::exactly(n).unwrap();
        assert_near(&diarizer, &prepared, case, "free", SpeakerCount::default());
        assert_near(&diarizer, &prepared, case, "exactly_2", exactly(2));
        assert_near(
            &diarizer,
            &prepared,
            case,
            "at_least_4",
            SpeakerCount::between(4, 20).unwrap(),
        );
    }
}

/// Where the voice activity detector passes nothing over, only the numbers' width is left.
#[test]
fn with_every_window_the_turns_are_the_reference_nearly_to_a_frame() {
    let name = "with_every_window_the_turns_are_the_reference_nearly_to_a_frame";
    let Some((_, mut diarizer)) = engines(name) else {
        return;
    };
    let text = std::fs::read_to_string(here("golden/diarization.json")).unwrap();
    let golden: Vec<Value> = serde_json::from_str(&text).unwrap();
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let path = here("../examples/data/planning-ru.flac");
    let decoded = media::decode(&path, &MediaOptions::default(), &ctx).unwrap();
    let audio = decoded.audio.view();
    let everything = [SpeechRegion {
        span: TimeSpan::new(0.0, audio.duration()),
    }];
    let got = diarizer
        .diarize(audio, &everything, &DiarizeOptions::default(), &ctx)
        .unwrap();
    let got: Vec<LabelledTurn> = got.turns.iter().map(LabelledTurn::from).collect();
    let case = golden
        .iter()
        .find(|c| c["recording"] == "planning-ru")
        .unwrap();
    let error = der(&turns(&case["free"]), &got, &DerOptions::default());
    println!("{:.3} % from the reference", 100.0 * error.rate());
    assert!(error.rate() <= 0.003, "{error:?}");
}

//! What the authors' own files make of three seconds of speech: `../golden/make_moonshine.py`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use serde_json::Value;

use super::decoder::{Networks, Said};
use super::tokenizer::Tokenizer;
use crate::cancel::CancelToken;
use crate::error::Error;
use crate::models::{ModelStore, TranscriberModels};
use crate::onnx::{OnnxLibrary, OnnxRuntime};
use crate::skipped::skipped;
use crate::types::Device;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/moonshine_jfk.json")).unwrap()
}

/// The samples of a WAVE file of 16-bit mono at 16 kHz, from its chunk `data` on.
fn samples(wave: &[u8]) -> Vec<f32> {
    let data = wave.windows(4).position(|w| w == b"data").unwrap() + 8;
    let (pairs, _) = wave[data..].as_chunks::<2>();
    let each = |pair: &[u8; 2]| f32::from(i16::from_le_bytes(*pair)) / 32_768.0;
    pairs.iter().map(each).collect()
}

/// The networks and the first seconds of the recording, for the test `name`; where either is absent, the test is skipped.
fn ready(name: &str) -> Option<(Networks, Tokenizer, Vec<f32>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let store = ModelStore::standard(Some(&root.join("models")));
    let models = match TranscriberModels::open("moonshine-tiny-en", &store) {
        Ok(TranscriberModels::Moonshine(models)) => models,
        Err(error @ Error::ModelMissing { .. }) => {
            skipped(name, &error.to_string());
            return None;
        }
        other => panic!("{other:?}"),
    };
    let Ok(wave) = std::fs::read(root.join("tests/data/jfk.wav")) else {
        skipped(name, "tests/data/jfk.wav is absent");
        return None;
    };
    let runtime = OnnxRuntime::new(OnnxLibrary::default())
        .with_device(Device::Cpu)
        .with_threads(1);
    let networks = match Networks::load(&models, &runtime) {
        Err(error @ Error::LibraryMissing { .. }) => {
            skipped(name, &error.to_string());
            return None;
        }
        loaded => loaded.unwrap(),
    };
    let tokenizer = Tokenizer::read(models.tokenizer.bytes()).unwrap();
    let seconds = golden()["seconds"].as_u64().unwrap() as usize;
    let mut sound = samples(&wave);
    sound.truncate(seconds * 16_000);
    Some((networks, tokenizer, sound))
}

fn whole(list: &Value) -> Vec<usize> {
    let list = list.as_array().unwrap();
    list.iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

#[test]
fn states_are_those_of_the_authors_encoder() {
    let Some((mut networks, _, sound)) = ready("states_are_those_of_the_authors_encoder") else {
        return;
    };
    let golden = &golden()["states"];
    let (shape, states) = networks.encode(&sound, &vec![1; sound.len()]).unwrap();
    assert_eq!(shape, whole(&golden["shape"]));
    let values = golden["values"].as_array().unwrap();
    for (place, value) in whole(&golden["places"]).into_iter().zip(values) {
        let (got, want) = (f64::from(states[place]), value.as_f64().unwrap());
        // Layers of 8-bit integers round a little otherwise on other processors.
        assert!((got - want).abs() < 0.05, "{got} is not {want}");
    }
}

#[test]
fn tokens_and_their_places_are_those_of_the_authors_decoder() {
    let name = "tokens_and_their_places_are_those_of_the_authors_decoder";
    let Some((mut networks, tokenizer, sound)) = ready(name) else {
        return;
    };
    let golden = golden();
    let said: Said = networks.hear(&sound, &CancelToken::new()).unwrap();
    assert_eq!(said.tokens, whole(&golden["tokens"]));
    assert!(said.repeats.is_empty());
    let probabilities = golden["probabilities"].as_array().unwrap();
    for (got, want) in said.probabilities.iter().zip(probabilities) {
        let want = want.as_f64().unwrap();
        assert!((f64::from(*got) - want).abs() < 0.05, "{got} is not {want}");
    }
    let places = said.attention.unwrap().places(said.tokens.len());
    for (place, begin) in places.iter().zip(whole(&golden["begins"])) {
        assert!(place.frame.abs_diff(begin) <= 1, "{place:?} is not {begin}");
        assert!(place.grounded > 0.4, "{place:?}");
    }
    let text: Vec<u8> = said
        .tokens
        .iter()
        .flat_map(|t| tokenizer.bytes(*t).to_vec())
        .collect();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        " And so my fellow Americans,"
    );
}

#[test]
fn a_token_that_has_fired_stops_the_decoder() {
    let Some((mut networks, _, sound)) = ready("a_token_that_has_fired_stops_the_decoder") else {
        return;
    };
    let cancel = CancelToken::new();
    cancel.cancel();
    let answer = networks.hear(&sound, &cancel);
    assert!(matches!(answer, Err(Error::Cancelled)), "{answer:?}");
}

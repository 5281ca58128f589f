//! DER, JER, WER and cpWER against the figures of pyannote.metrics, jiwer and meeteval; `golden/make_der.py`,
//! `make_jer.py`, `make_wer.py` and `make_cpwer.py` wrote them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use autoproto_core::Language;
use autoproto_core::metrics::{DerOptions, LabelledTurn, cpwer, der, jer, normalise, wer};
use serde_json::Value;

fn cases(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn turns(list: &Value) -> Vec<LabelledTurn> {
    let turn = |t: &Value| {
        LabelledTurn::new(
            t[0].as_f64().unwrap(),
            t[1].as_f64().unwrap(),
            t[2].as_str().unwrap(),
        )
    };
    list.as_array().unwrap().iter().map(turn).collect()
}

#[test]
fn der_is_that_of_pyannote_metrics() {
    let cases = cases("der.json");
    assert!(cases.len() >= 30, "only {} cases", cases.len());
    for case in cases {
        let options = DerOptions {
            collar: case["collar"].as_f64().unwrap(),
            skip_overlap: case["skip_overlap"].as_bool().unwrap(),
        };
        let got = der(
            &turns(&case["reference"]),
            &turns(&case["hypothesis"]),
            &options,
        );
        for (part, got) in [
            ("total", got.total),
            ("miss", got.miss),
            ("false_alarm", got.false_alarm),
            ("confusion", got.confusion),
            ("rate", got.rate()),
        ] {
            let want = case[part].as_f64().unwrap();
            assert!(
                (got - want).abs() < 1e-6,
                "{}: {part} is {got}, not {want}",
                case["name"]
            );
        }
    }
}

#[test]
fn wer_is_that_of_jiwer() {
    let cases = cases("wer.json");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let language = Language::new(text("language")).unwrap();
        assert_eq!(
            normalise(text("reference"), language),
            text("normal_reference")
        );
        assert_eq!(
            normalise(text("hypothesis"), language),
            text("normal_hypothesis")
        );
        let got = wer(text("reference"), text("hypothesis"), language);
        let got = (got.reference_words() as u64, got.edits() as u64);
        let want = (
            case["reference_words"].as_u64().unwrap(),
            case["edits"].as_u64().unwrap(),
        );
        assert_eq!(got, want, "words and edits of {case}");
    }
}

#[test]
fn jer_is_that_of_pyannote_metrics() {
    let cases = cases("jer.json");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    for case in cases {
        let options = DerOptions {
            collar: case["collar"].as_f64().unwrap(),
            skip_overlap: case["skip_overlap"].as_bool().unwrap(),
        };
        let got = jer(
            &turns(&case["reference"]),
            &turns(&case["hypothesis"]),
            &options,
        );
        for (part, got) in [
            ("speakers", got.speakers as f64),
            ("errors", got.errors),
            ("rate", got.rate()),
        ] {
            let want = case[part].as_f64().unwrap();
            // Of several pairings that share as much time, pyannote takes any, and this one the best.
            let better = case["tied"] == true && part != "speakers" && got < want;
            assert!(
                better || (got - want).abs() < 1e-6,
                "{}: {part} is {got}, not {want}",
                case["name"]
            );
        }
    }
}

fn utterances(list: &Value) -> Vec<(String, String)> {
    let said = |u: &Value| {
        (
            u[0].as_str().unwrap().into(),
            u[1].as_str().unwrap().to_owned(),
        )
    };
    list.as_array().unwrap().iter().map(said).collect()
}

/// All that a speaker says; of no one, nothing.
fn text_of(speaker: Option<&String>, said: &[(String, String)]) -> String {
    let theirs = said.iter().filter(|(who, _)| Some(who) == speaker);
    theirs
        .map(|(_, text)| text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn cpwer_is_that_of_meeteval() {
    let cases = cases("cpwer.json");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    let mut assigned = 0;
    for case in cases {
        let language = Language::new(case["language"].as_str().unwrap()).unwrap();
        let reference = utterances(&case["reference"]);
        let hypothesis = utterances(&case["hypothesis"]);
        let got = cpwer(&reference, &hypothesis, language);
        let name = &case["name"];
        let words = got.words().reference_words() as u64;
        assert_eq!(Some(words), case["reference_words"].as_u64(), "{name}");
        assert_eq!(
            Some(got.words().edits() as u64),
            case["edits"].as_u64(),
            "{name}"
        );
        // The mapping is one that has these edits, and names everyone once.
        let edits = got.mapping.iter().map(|(r, h)| {
            let (r, h) = (
                text_of(r.as_ref(), &reference),
                text_of(h.as_ref(), &hypothesis),
            );
            wer(&r, &h, language).edits()
        });
        assert_eq!(edits.sum::<usize>(), got.words().edits(), "{name}");
        if let Some(list) = case["assignment"].as_array() {
            assigned += 1;
            let mut got: Vec<Value> = got
                .mapping
                .iter()
                .map(|(r, h)| serde_json::json!([r, h]))
                .collect();
            let mut want = list.clone();
            got.sort_by_key(Value::to_string);
            want.sort_by_key(Value::to_string);
            assert_eq!(got, want, "{name}");
        }
    }
    assert!(
        assigned >= 10,
        "only {assigned} with one best assignment alone"
    );
}

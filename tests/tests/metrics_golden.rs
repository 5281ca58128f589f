//! DER and WER against the figures of pyannote.metrics and jiwer; `golden/make_der.py` and `make_wer.py` wrote them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use autoproto_core::Language;
use autoproto_core::metrics::{DerOptions, LabelledTurn, der, normalise, wer};
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

//! The arrays of `tests/golden/diarization_windows`, which `tests/golden/make_diarization_windows.py` makes with
//! pyannote.audio and says what they are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::powerset::{CLASSES, LOCAL};
use crate::skipped::skipped;

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/diarization_windows")
}

/// The arrays; `None`, told by name, where the crate stands without the rest of the project.
pub(super) fn golden(test: &str, index: &str) -> Option<Value> {
    let path = folder().join(index);
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Some(serde_json::from_str(&text).unwrap());
    }
    skipped(test, "the golden arrays are not beside the crate");
    None
}

/// An array of a file.
pub(super) struct Arrays<'a> {
    listed: &'a Value,
    bytes: Vec<u8>,
}

impl<'a> Arrays<'a> {
    pub(super) fn of(listed: &'a Value) -> Self {
        let file = folder().join(listed["file"].as_str().unwrap());
        Self {
            listed: &listed["arrays"],
            bytes: std::fs::read(file).unwrap(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !self.listed[name].is_null()
    }

    pub(super) fn shape(&self, name: &str) -> Vec<usize> {
        serde_json::from_value(self.listed[name]["shape"].clone()).unwrap()
    }

    pub(super) fn numbers(&self, name: &str) -> Vec<f64> {
        let listed = &self.listed[name];
        let from = usize::try_from(listed["offset"].as_u64().expect(name)).unwrap();
        let count: usize = self.shape(name).iter().product();
        let bytes = &self.bytes[from..];
        let of = |size: usize, read: &dyn Fn(&[u8]) -> f64| -> Vec<f64> {
            bytes.chunks(size).take(count).map(read).collect()
        };
        match listed["type"].as_str().unwrap() {
            "bits" => (0..count)
                .map(|i| f64::from(bytes[i / 8] >> (i % 8) & 1))
                .collect(),
            "u8" => of(1, &|b| f64::from(b[0])),
            "i8" => of(1, &|b| f64::from(b[0] as i8)),
            "i32" => of(4, &|b| f64::from(i32::from_le_bytes(b.try_into().unwrap()))),
            "f32" => of(4, &|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))),
            "f64" => of(8, &|b| f64::from_le_bytes(b.try_into().unwrap())),
            other => panic!("{other}"),
        }
    }
}

/// Log-probabilities that are decided as these flags, `[frames × 3]`.
pub(super) fn scores(flags: &[f64]) -> Vec<f32> {
    const BITS: [u8; CLASSES] = [0, 1, 2, 4, 3, 5, 6];
    let mut scores = Vec::new();
    for frame in flags.chunks(LOCAL) {
        let bits = (0..LOCAL).fold(0_u8, |bits, k| bits | u8::from(frame[k] == 1.0) << k);
        scores.extend(BITS.map(|class| if class == bits { 0.0_f32 } else { -9.0 }));
    }
    scores
}

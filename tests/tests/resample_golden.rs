//! Sound of five sample rates at 16 kHz against soxr's best quality; `golden/resample.py` wrote its figures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::f64::consts::{PI, TAU};
use std::path::{Path, PathBuf};

use autoproto_core::media::{self, MediaOptions};
use autoproto_core::{CancelToken, Context, Progress};
use serde_json::Value;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/resample")
}

/// The sound of the recipe, as `sound` in `resample.py` makes it.
fn sound(rate: u32, top: f64, recipe: &Value) -> Vec<f32> {
    let number = |key: &str| recipe[key].as_f64().unwrap();
    let (seconds, fade, lowest) = (number("seconds"), number("fade"), number("lowest"));
    let (partial, sweep) = (number("partial"), number("sweep"));
    let partials: Vec<(f64, f64)> = recipe["partials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p[0].as_f64().unwrap(), p[1].as_f64().unwrap()))
        .collect();
    (0..(seconds * f64::from(rate)) as u32)
        .map(|i| {
            let time = f64::from(i) / f64::from(rate);
            let noise: f64 = partials
                .iter()
                .map(|(place, phase)| {
                    let hertz = lowest + place * (top - lowest);
                    (TAU * (hertz * time + phase)).sin()
                })
                .sum();
            let turns = lowest * time + (top - lowest) / seconds * time * time / 2.0;
            let edge = (time.min(seconds - time) / fade).clamp(0.0, 1.0);
            let made = partial * noise + sweep * (TAU * turns).sin();
            (made * (0.5 - 0.5 * (PI * edge).cos())) as f32
        })
        .collect()
}

/// A mono WAV of 32-bit floats.
fn wav(rate: u32, samples: &[f32]) -> Vec<u8> {
    let size = 4 * samples.len() as u32;
    let mut bytes = Vec::from(*b"RIFF");
    bytes.extend((size + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([3, 0, 1, 0]); // floats, of one channel
    bytes.extend(rate.to_le_bytes());
    bytes.extend((4 * rate).to_le_bytes());
    bytes.extend([4, 0, 32, 0]); // bytes in a frame, bits in a sample
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    bytes
}

fn decoded(bytes: &[u8]) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    std::fs::write(&path, bytes).unwrap();
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let decoded = media::decode(
        &path,
        &MediaOptions::default(),
        &Context::new(&cancel, &sink),
    )
    .unwrap();
    decoded.audio.view().samples().to_vec()
}

#[test]
fn resampling_is_that_of_soxr() {
    let recipe = std::fs::read_to_string(golden().join("recipe.json")).unwrap();
    let recipe: Value = serde_json::from_str(&recipe).unwrap();
    let cases = recipe["cases"].as_array().unwrap();
    assert!(cases.len() >= 5, "only {} cases", cases.len());
    for case in cases {
        let rate = case["rate"].as_u64().unwrap() as u32;
        let want: Vec<f32> = std::fs::read(golden().join(format!("{rate}.f32")))
            .unwrap()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        let got = decoded(&wav(
            rate,
            &sound(rate, case["top"].as_f64().unwrap(), &recipe),
        ));
        assert_eq!(got.len(), want.len(), "samples from {rate}");

        // At the ends the sound begins and stops, and the edges of the two filters ring differently.
        let worst = |from: usize, to: usize| {
            let pairs = want.iter().zip(&got).take(to).skip(from);
            pairs.map(|(w, g)| (w - g).abs()).fold(0.0, f32::max)
        };
        let (inside, whole) = (worst(320, want.len() - 320), worst(0, want.len()));
        assert!(
            inside <= 5e-6 && whole <= 2e-4,
            "from {rate}: off by up to {inside:.1e}, {whole:.1e} with the ends"
        );
        let power = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            let pairs = want.iter().zip(&got);
            pairs
                .map(|(w, g)| of(f64::from(*w), f64::from(*g)).powi(2))
                .sum()
        };
        let decibels = 10.0 * (power(&|w, _| w) / power(&|w, g| w - g)).log10();
        assert!(
            decibels >= 90.0,
            "from {rate}: {decibels:.1} dB of signal to noise"
        );
    }
}

//! Voices under masks, heard in one run of the trunk, against pyannote.audio's small WeSpeaker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use super::super::frames::FrameGrid;
use super::super::powerset::LOCAL;
use super::super::segmentation::{Windows, samples};
use super::activity::Activity;
use super::golden_arrays::{Arrays, folder, golden, scores};
use super::mel::Mel;
use super::trunk::{self, Frames};
use crate::models::onnx_graph;
use crate::skipped::skipped;
use crate::{CancelToken, Context, Progress};

/// The masks of a window that are flags, with the voice that pyannote.audio hears under each.
fn masked(arrays: &Arrays<'_>, window: &str) -> Vec<(Vec<bool>, Vec<f64>)> {
    let frames = arrays.shape(&format!("{window}/masks"))[1];
    let (masks, voices) = (
        arrays.numbers(&format!("{window}/masks")),
        arrays.numbers(&format!("{window}/embeddings")),
    );
    masks
        .chunks(frames)
        .zip(voices.chunks(16))
        .filter(|(mask, _)| mask.iter().all(|m| *m == 0.0 || *m == 1.0))
        .map(|(mask, voice)| (mask.iter().map(|m| *m == 1.0).collect(), voice.to_vec()))
        .collect()
}

fn furthest(got: &[f32], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let apart = got.iter().zip(want).map(|(g, w)| (f64::from(*g) - w).abs());
    apart.fold(0.0, f64::max)
}

#[test]
fn voices_under_masks_are_those_of_pyannote_audio() {
    let name = "voices_under_masks_are_those_of_pyannote_audio";
    let Some(listed) = golden(name, "tiny_wespeaker.json") else {
        return;
    };
    let arrays = Arrays::of(&listed);
    let model = std::fs::read(folder().join("tiny_wespeaker.onnx")).unwrap();
    let pooling = onnx_graph::pooling(&model, "embs").expect("the pooling is found");
    assert_eq!((pooling.dim(), pooling.channels()), (16, 320));
    let trunk: Vec<f32> = arrays
        .numbers("short/trunk")
        .iter()
        .map(|v| *v as f32)
        .collect();
    let frames = Frames::by_channel(&trunk, 320);
    let masks = masked(&arrays, "short");
    assert!(masks.len() >= 7, "{}", masks.len());
    for (mask, want) in masks {
        let apart = furthest(&trunk::voice(&pooling, &frames, &mask), &want);
        assert!(apart < 2e-4, "{apart}");
    }
}

#[cfg(feature = "decode")]
#[test]
fn fast_hears_nearly_what_exact_hears() {
    use super::super::Accuracy;
    use super::listener::Listener;
    use crate::media::{self, MediaOptions};
    let Some((mut embedder, pooling)) = tiny("fast_hears_nearly_what_exact_hears") else {
        return;
    };
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/planning-ru.flac");
    let decoded = media::decode(&*recording, &MediaOptions::default(), &ctx).unwrap();
    let audio = decoded.audio.view();
    let windows = Windows::over(audio.len(), 160_000, super::aligned(16_000));
    let mut activity = Activity::new(FrameGrid::new(270, 991), windows);
    // Two speakers of every window, for a third and a fifth of it, at other places in each.
    for window in 0..windows.count {
        let mut flags = vec![0.0; 589 * LOCAL];
        let first = (37 * window) % 180;
        (first..first + 200).for_each(|t| flags[t * LOCAL] = 1.0);
        (first + 250..first + 370).for_each(|t| flags[t * LOCAL + 1] = 1.0);
        activity.add(Some(&scores(&flags)));
    }
    let mut hear = |accuracy| -> Vec<Vec<f32>> {
        let mut listener = Listener::new(&mut embedder, Some(&pooling), windows, accuracy);
        (0..windows.count)
            .flat_map(|window| listener.hear(audio, &activity, window).unwrap())
            .filter_map(|voice| voice.flatten())
            .collect()
    };
    let (exact, fast) = (hear(Accuracy::Exact), hear(Accuracy::Fast));
    assert_eq!(
        (exact.len(), fast.len()),
        (2 * windows.count, 2 * windows.count)
    );
    let cosine = |a: &[f32], b: &[f32]| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let mut alike: Vec<f32> = exact.iter().zip(&fast).map(|(a, b)| cosine(a, b)).collect();
    // What the next window's voice is to this one's says how much there is to lose.
    let mut apart: Vec<f32> = exact.windows(3).map(|v| cosine(&v[0], &v[2])).collect();
    alike.sort_by(f32::total_cmp);
    apart.sort_by(f32::total_cmp);
    let at = |v: &[f32], share: f64| v[(share * v.len() as f64) as usize];
    let (low, median) = (at(&alike, 0.1), at(&alike, 0.5));
    // The weights are random and the mean voice was taken out of them: of trained ones this is a hard trial.
    assert!(low > 0.85 && median > 0.97, "{low} {median}");
    assert!(median > at(&apart, 0.5) + 0.3);
}

/// The small network, ready to run, and its end.
#[cfg(feature = "decode")]
fn tiny(test: &str) -> Option<(super::super::embedding::Embedder, crate::models::Pooling)> {
    use crate::models::{CheckedModel, EmbeddingSignature, FbankSignature, FrontEnd};
    use crate::onnx::{OnnxLibrary, OnnxRuntime, OnnxSession};
    golden(test, "tiny_wespeaker.json")?;
    let path = std::env::var("WESPEAKER")
        .map_or_else(|_| folder().join("tiny_wespeaker.onnx"), PathBuf::from);
    let model = CheckedModel::open(&path).unwrap();
    let pooling = onnx_graph::pooling(model.bytes(), "embs").unwrap();
    let model = model.with_output(&pooling.trunk).unwrap();
    let runtime = OnnxRuntime::new(OnnxLibrary::default()).with_device(crate::Device::Cpu);
    let session = match OnnxSession::load(&model, &runtime, crate::Stage::Diarize, "onnx") {
        Err(error @ crate::Error::LibraryMissing { .. }) => {
            skipped(test, &error.to_string());
            return None;
        }
        loaded => loaded.unwrap(),
    };
    let signature = EmbeddingSignature {
        front_end: FrontEnd::Fbank(FbankSignature::default()),
        span: 2.0,
        hop: 0.5,
        least: 0.025,
        input: "feats".into(),
        output: "embs".into(),
        curve: None,
    };
    let embedder = super::super::embedding::Embedder::new(session, signature, 1);
    Some((embedder, pooling))
}

#[cfg(feature = "decode")]
#[test]
fn voices_are_heard_from_the_sound_to_the_last_layer() {
    use crate::media::{self, MediaOptions};
    let name = "voices_are_heard_from_the_sound_to_the_last_layer";
    let Some((mut embedder, pooling)) = tiny(name) else {
        return;
    };
    let listed = golden(name, "tiny_wespeaker.json").unwrap();
    assert!(super::pools(&mut embedder, &pooling));
    let mut other = pooling.clone();
    other.weight[..320].fill(0.0);
    assert!(
        !super::pools(&mut embedder, &other),
        "means alone are not it"
    );
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let arrays = Arrays::of(&listed);
    let fbank = crate::models::FbankSignature::default();
    let recording = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/data")
        .join(format!("{}.flac", listed["recording"].as_str().unwrap()));
    let decoded = media::decode(&*recording, &MediaOptions::default(), &ctx).unwrap();
    for window in ["long", "short"] {
        let seconds = |i: usize| samples(listed["seconds"][window][i].as_f64().unwrap());
        let (start, end) = (seconds(0), seconds(1));
        let features = Mel::new(&fbank).window(decoded.audio.view(), start, end - start);
        let frames = trunk::run(&mut embedder, &pooling, &features, 80).unwrap();
        for (mask, want) in masked(&arrays, window) {
            let apart = furthest(&trunk::voice(&pooling, &frames, &mask), &want);
            assert!(apart < 2e-4, "{window}: {apart}");
        }
    }
}

#[test]
fn a_network_that_ends_otherwise_has_no_pooling() {
    assert_eq!(onnx_graph::pooling(b"", "embs"), None);
    assert_eq!(onnx_graph::pooling(b"<!DOCTYPE html>", "embs"), None);
    let name = "a_network_that_ends_otherwise_has_no_pooling";
    let Some(_) = golden(name, "tiny_wespeaker.json") else {
        return;
    };
    let model = std::fs::read(folder().join("tiny_wespeaker.onnx")).unwrap();
    assert_eq!(onnx_graph::pooling(&model, "feats"), None);
    // Whatever is missing of it, it is nothing or whole.
    for length in (0..model.len()).step_by(1009) {
        if let Some(pooling) = onnx_graph::pooling(&model[..length], "embs") {
            assert_eq!(pooling.weight.len(), 2 * pooling.channels() * pooling.dim());
        }
    }
}

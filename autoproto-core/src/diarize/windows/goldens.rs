//! Each stage against pyannote.audio itself: `tests/golden/make_diarization_windows.py` says what the arrays are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::SpeakerCount;
use super::super::clustering::plda::Plda;
use super::super::frames::FrameGrid;
use super::super::powerset::{CLASSES, LOCAL};
use super::super::segmentation::{Windows, samples};
use super::activity::Activity;
use super::mel::Mel;
use super::speakers::{Rules, find};
use super::trunk::{self, Frames};
use super::voices::{Heard, Voices};
use super::{Prepared, chosen, cluster, telling};
use crate::metrics::{DerOptions, LabelledTurn, der};
use crate::models::{Recipe, onnx_graph};
use crate::{CancelToken, Context, Progress};

/// The share of a timeline that ties may move.
const TIES: f64 = 0.003;

fn folder() -> PathBuf {
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

/// Says that a test did not run, where the runner counts it.
fn skipped(test: &str, reason: &str) {
    let line = format!("{test}: {reason}");
    eprintln!("{line}");
    if let Some(list) = std::env::var_os("AUTOPROTO_SKIPS") {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(list).unwrap();
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
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

    fn has(&self, name: &str) -> bool {
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
fn scores(flags: &[f64]) -> Vec<f32> {
    const BITS: [u8; CLASSES] = [0, 1, 2, 4, 3, 5, 6];
    let mut scores = Vec::new();
    for frame in flags.chunks(LOCAL) {
        let bits = (0..LOCAL).fold(0_u8, |bits, k| bits | u8::from(frame[k] == 1.0) << k);
        scores.extend(BITS.map(|class| if class == bits { 0.0_f32 } else { -9.0 }));
    }
    scores
}

/// What `prepare` would give for a cut, from pyannote.audio's own decisions and embeddings.
fn prepared(index: &Value, cut: &Value, arrays: &Arrays<'_>, ctx: &Context<'_>) -> Prepared {
    let seconds = |key: &str| cut[key].as_f64().unwrap();
    let length = samples(seconds("end") - seconds("start"));
    let windows = Windows::over(
        length,
        samples(index["window"].as_f64().unwrap()),
        samples(index["step"].as_f64().unwrap()),
    );
    let shape = arrays.shape("segmentation");
    assert_eq!(shape[0], windows.count);
    let mut activity = Activity::new(FrameGrid::new(270, 991), windows);
    for window in arrays.numbers("segmentation").chunks(shape[1] * LOCAL) {
        activity.add(Some(&scores(window)));
    }
    let (masks, embeddings) = (arrays.numbers("mask"), arrays.numbers("embeddings"));
    let mut voices = Voices::default();
    for (masks, embeddings) in masks.chunks(LOCAL).zip(embeddings.chunks(LOCAL * 256)) {
        voices.add(std::array::from_fn(|local| {
            let voice: Vec<f32> = embeddings[local * 256..(local + 1) * 256]
                .iter()
                .map(|v| *v as f32)
                .collect();
            (masks[local] > 0.0).then(|| Some(voice).filter(|v| !v[0].is_nan()))
        }));
    }
    let telling = telling(&activity, &voices);
    let vectors = chosen(&voices, &telling).normalised();
    let linkage = super::super::clustering::levels::centroid_linkage(&vectors, 2, ctx).unwrap();
    Prepared {
        activity,
        voices,
        telling,
        linkage,
        duration: length as f64 / 16_000.0,
    }
}

fn recipe(listed: &Value) -> Recipe {
    let number = |key: &str| listed[key].as_f64().unwrap();
    let threshold = number("threshold") as f32;
    match listed["class"].as_str().unwrap() {
        "VBxClustering" => Recipe::Vbx {
            threshold,
            fa: number("Fa"),
            fb: number("Fb"),
        },
        _ => Recipe::Ahc {
            threshold,
            min_cluster_size: number("min_cluster_size") as usize,
        },
    }
}

fn bound(listed: &Value) -> SpeakerCount {
    let number = |key: &str| listed[key].as_u64().map(|n| usize::try_from(n).unwrap());
    match (number("num_speakers"), number("min_speakers")) {
        (Some(n), _) => SpeakerCount::exactly(n).unwrap(),
        (None, Some(min)) => SpeakerCount::between(min, number("max_speakers").unwrap()).unwrap(),
        _ => SpeakerCount::default(),
    }
}

/// The same clusters, whatever their numbers.
fn alike(got: &[Option<u16>], want: &[Option<u16>]) -> bool {
    let pairs: BTreeSet<_> = got.iter().zip(want).collect();
    let sides = (
        pairs.iter().map(|p| p.0).collect::<BTreeSet<_>>().len(),
        pairs.iter().map(|p| p.1).collect::<BTreeSet<_>>().len(),
    );
    let silent = pairs.iter().all(|(a, b)| a.is_none() == b.is_none());
    got.len() == want.len() && sides == (pairs.len(), pairs.len()) && silent
}

#[test]
fn every_stage_is_that_of_pyannote_audio() {
    let Some(index) = golden("every_stage_is_that_of_pyannote_audio", "index.json") else {
        return;
    };
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let read = |name: &str| {
        (
            folder().join(name),
            std::fs::read(folder().join(name)).unwrap(),
        )
    };
    let (transform, model) = (read("xvec_transform.npz"), read("plda.npz"));
    let plda = Plda::read((&transform.0, &transform.1), (&model.0, &model.1)).unwrap();
    let (mut compared, mut otherwise, mut timelines) = (0, 0, Vec::new());
    for (name, cut) in index["cuts"].as_object().unwrap() {
        let arrays = Arrays::of(cut);
        let prepared = prepared(&index, cut, &arrays, &ctx);
        let count: Vec<u8> = arrays.numbers("count").iter().map(|n| *n as u8).collect();
        let got = prepared.activity.speakers();
        assert_eq!(got.len(), count.len(), "{name}: frames");
        let apart: Vec<usize> = (0..got.len()).filter(|t| got[*t] != count[*t]).collect();
        assert!(apart.is_empty(), "{name}: count at {apart:?}");
        let least = usize::try_from(cut["least_clean_frames"].as_u64().unwrap()).unwrap();
        for (i, mask) in arrays.numbers("mask").iter().enumerate() {
            let (window, local) = (i / LOCAL, i % LOCAL);
            let (all, alone) = prepared.activity.spoken(window, local);
            let kept = prepared.activity.mask(window, local, least);
            let kept = kept.map_or(0, |m| m.iter().filter(|b| **b).count());
            let want = [0, all, alone][*mask as usize];
            assert_eq!(kept, want, "{name}: mask of {local} in {window}");
        }
        let rows: BTreeMap<u32, (usize, usize)> = prepared
            .voices
            .windows()
            .iter()
            .enumerate()
            .flat_map(|(w, l)| l.iter().enumerate().map(move |(k, h)| (*h, (w, k))))
            .filter_map(|(heard, at)| match heard {
                Heard::Voice(row) => Some((row, at)),
                _ => None,
            })
            .collect();
        let train: Vec<f64> = prepared
            .telling
            .iter()
            .flat_map(|row| [rows[row].0 as f64, rows[row].1 as f64])
            .collect();
        assert_eq!(
            train,
            arrays.numbers("train"),
            "{name}: training embeddings"
        );
        for (kind, listed) in index["clusterings"].as_object().unwrap() {
            for (bounds, listed_bound) in index["bounds"].as_object().unwrap() {
                let at = format!("{kind}/{bounds}");
                let recipe = recipe(listed);
                let rules = Rules {
                    recipe: &recipe,
                    plda: Some(&plda),
                    threshold: recipe.threshold(),
                    speakers: bound(listed_bound),
                    threads: 2,
                };
                let found = find(&prepared, rules, &ctx).unwrap();
                let got: Vec<Option<u16>> = found.clusters.iter().flatten().copied().collect();
                let forced = kind.starts_with("vbx")
                    && !arrays.has(&format!("{at}/labels"))
                    && bounds != "free"
                    && arrays.shape("train")[0] > 1;
                let numbered = |at: String| -> Vec<Option<u16>> {
                    let hard = arrays.numbers(&at);
                    hard.iter()
                        .zip(arrays.numbers("mask"))
                        .map(|(k, mask)| (mask > 0.0 && *k >= 0.0).then_some(*k as u16))
                        .collect()
                };
                let clusters_of = |bounds: &str| numbered(format!("{kind}/{bounds}/constrained"));
                let hard = numbered(format!("{at}/hard"));
                let apart = clusters_of(bounds);
                let count = |clusters: &[Option<u16>]| clusters.iter().flatten().max().copied();
                if forced && count(&apart) != count(&clusters_of("free")) {
                    // Given another number than its own, pyannote.audio begins a k-means at random: its runs differ.
                    assert_eq!(count(&got), count(&hard), "{name} {at}");
                    otherwise += 1;
                    continue;
                }
                let wanted = if kind.starts_with("vbx") {
                    &apart
                } else {
                    &hard
                };
                assert!(
                    alike(&got, wanted),
                    "{name} {at}: clusters\n{got:?}\n{wanted:?}"
                );
                compared += 1;
                let said = cluster(&prepared, rules, &ctx).unwrap();
                for (key, turns) in [("turns", &said.turns), ("exclusive", &said.exclusive)] {
                    let listed = cut["timelines"][&at][key].as_array().unwrap();
                    let inside = |s: f64| s.min(prepared.duration);
                    let want: Vec<LabelledTurn> = listed
                        .iter()
                        .map(|t| {
                            let seconds = |i: usize| inside(t[i].as_f64().unwrap());
                            LabelledTurn::new(seconds(0), seconds(1), t[2].to_string())
                        })
                        .filter(|t| t.span.duration() > 0.0)
                        .collect();
                    let got: Vec<LabelledTurn> = turns.iter().map(LabelledTurn::from).collect();
                    // Where as many windows hear one as another, numpy's sort takes either: a frame here and there.
                    let apart = der(&want, &got, &DerOptions::default()).rate();
                    assert!(apart < TIES, "{name} {at}: {key} {apart}");
                    timelines.push(apart < 1e-4);
                }
            }
        }
    }
    let equal = timelines.iter().filter(|same| **same).count();
    assert!(
        10 * equal >= 9 * timelines.len(),
        "{equal} of {}",
        timelines.len()
    );
    assert!(
        compared >= 70 && otherwise <= 8,
        "{compared} and {otherwise}"
    );
}

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

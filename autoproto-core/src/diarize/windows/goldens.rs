//! Each stage against pyannote.audio itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::SpeakerCount;
use super::super::clustering::plda::Plda;
use super::super::frames::FrameGrid;
use super::super::powerset::LOCAL;
use super::super::segmentation::{Windows, samples};
use super::activity::Activity;
use super::golden_arrays::{Arrays, folder, golden, scores};
use super::speakers::{Rules, find};
use super::voices::{Heard, Voices};
use super::{Prepared, chosen, cluster, telling};
use crate::metrics::{DerOptions, LabelledTurn, der};
use crate::models::Recipe;
use crate::{CancelToken, Context, Progress};

/// The share of a timeline that ties may move.
const TIES: f64 = 0.003;

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

//! What scipy, scikit-learn and pyannote.audio make of the same vectors: `../golden/make_clustering.py`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use serde::Deserialize;

use super::centres::constrained;
use super::flat::Cut;
use super::kmeans::kmeans;
use super::levels::centroid_linkage;
use super::linkage::Linkage;
use super::plda::{Features, Plda};
use super::vbx::{VbxOptions, cluster_vbx};
use super::vectors::Vectors;
use crate::{CancelToken, Context, Progress};

#[derive(Deserialize)]
struct Golden {
    wide: Wide,
    low: Low,
    vbx: VbxGolden,
    kmeans: Vec<KMeans>,
    assignments: Vec<Assignment>,
}

#[derive(Deserialize)]
struct Wide {
    heights: Vec<f64>,
    labels: std::collections::BTreeMap<String, Vec<usize>>,
}

#[derive(Deserialize)]
struct Low {
    vectors: Vec<f32>,
    merges: Vec<(usize, usize, f64, usize)>,
    cuts: Vec<CutGolden>,
}

#[derive(Deserialize)]
struct CutGolden {
    threshold: f64,
    size: usize,
    min: usize,
    max: usize,
    labels: Vec<usize>,
}

#[derive(Deserialize)]
struct VbxGolden {
    voices: Vec<f32>,
    phi: Vec<f64>,
    features: Vec<Vec<f64>>,
    labels: Vec<usize>,
    runs: Vec<VbxRun>,
}

#[derive(Deserialize)]
struct VbxRun {
    fa: f64,
    fb: f64,
    pi: Vec<f64>,
    gamma: Vec<Vec<f64>>,
    objective: Vec<f64>,
}

#[derive(Deserialize)]
struct KMeans {
    clusters: usize,
    inertia: f64,
}

#[derive(Deserialize)]
struct Assignment {
    least: f64,
    scores: Vec<Vec<Vec<Option<f64>>>>,
    clusters: Vec<Vec<i64>>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/clustering.json")).unwrap()
}

fn with_context<T>(work: impl FnOnce(&Context<'_>) -> T) -> T {
    let cancel = CancelToken::new();
    work(&Context::new(&cancel, &|_: Progress| {}))
}

fn tree(vectors: &Vectors) -> Linkage {
    with_context(|ctx| centroid_linkage(vectors, 2, ctx)).unwrap()
}

fn near(got: f64, want: f64, by: f64, what: &str) {
    assert!((got - want).abs() <= by, "{what}: {got} for {want}");
}

#[test]
fn merges_are_those_of_scipy() {
    let low = golden().low;
    let linkage = tree(&Vectors::new(12, low.vectors));
    assert_eq!(linkage.merges.len(), low.merges.len());
    for (got, (a, b, distance, size)) in linkage.merges.iter().zip(low.merges) {
        assert_eq!((got.a, got.b, got.size), (a, b, size));
        near(got.distance, distance, 1e-5, "distance");
    }
}

#[test]
fn wide_vectors_have_scipys_heights_and_labels() {
    let wide = golden().wide;
    let (numbers, _) = include_bytes!("../golden/clustering_voices.f32").as_chunks::<4>();
    let values = numbers.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let linkage = tree(&Vectors::new(256, values));
    assert_eq!(linkage.merges.len(), wide.heights.len());
    for (got, want) in linkage.merges.iter().zip(wide.heights) {
        near(got.distance, want, 1e-5, "height");
    }
    for (threshold, labels) in wide.labels {
        assert_eq!(
            linkage.below(threshold.parse().unwrap()),
            labels,
            "{threshold}"
        );
    }
}

#[test]
fn cuts_are_those_of_pyannote() {
    let low = golden().low;
    let vectors = Vectors::new(12, low.vectors);
    let linkage = tree(&vectors);
    assert_eq!(low.cuts.len(), 72);
    for want in low.cuts {
        let cut = Cut {
            threshold: want.threshold,
            min_cluster_size: want.size,
            min_clusters: want.min,
            max_clusters: want.max,
        };
        assert_eq!(linkage.cut(&vectors, &cut), want.labels, "{cut:?}");
    }
}

#[test]
fn features_are_those_of_pyannote_up_to_the_sign_of_each() {
    let want = golden().vbx;
    let plda = plda();
    for (got, want) in plda.phi().iter().zip(&want.phi) {
        near(*got, *want, 1e-9 * want, "phi");
    }
    let features = plda.transform(&Vectors::new(32, want.voices));
    assert_eq!((features.len(), features.dim()), (want.features.len(), 16));
    for k in 0..16 {
        let got: Vec<f64> = features.rows().map(|row| row[k]).collect();
        let sign = (got[0] * want.features[0][k]).signum();
        for (got, want) in got.into_iter().zip(&want.features) {
            near(sign * got, want[k], 1e-6, "feature");
        }
    }
}

fn plda() -> Plda {
    let path = Path::new("plda");
    Plda::read(
        (path, include_bytes!("../golden/xvec_transform.npz")),
        (path, include_bytes!("../golden/plda.npz")),
    )
    .unwrap()
}

#[test]
fn mixtures_are_those_of_pyannote() {
    let want = golden().vbx;
    let features = Features::new(16, want.features.concat());
    let own = plda().transform(&Vectors::new(32, want.voices));
    for run in want.runs {
        let options = VbxOptions {
            fa: run.fa,
            fb: run.fb,
            ..VbxOptions::default()
        };
        // Its features and ours, whose signs may be others.
        for features in [&features, &own] {
            let vbx = with_context(|ctx| {
                cluster_vbx(&want.labels, features, &want.phi, &options, 2, ctx)
            })
            .unwrap();
            assert_eq!(vbx.shares.len(), run.pi.len());
            assert_eq!(vbx.objective.len(), run.objective.len());
            for (got, want) in vbx.objective.iter().zip(&run.objective) {
                near(*got, *want, 1e-6 * want.abs(), "objective");
            }
            for (got, want) in vbx.shares.iter().zip(&run.pi) {
                near(*got, *want, 1e-6, "share");
            }
            let gamma = vbx.responsibilities.chunks_exact(run.pi.len());
            assert_eq!(gamma.len(), run.gamma.len());
            for (got, want) in gamma.flatten().zip(run.gamma.iter().flatten()) {
                near(*got, *want, 1e-6, "responsibility");
            }
        }
    }
}

#[test]
fn means_are_no_worse_than_scikit_learns() {
    let golden = golden();
    let vectors = Vectors::new(12, golden.low.vectors);
    for want in golden.kmeans {
        let (labels, inertia) = with_context(|ctx| kmeans(&vectors, want.clusters, ctx)).unwrap();
        assert_eq!(labels.iter().max(), Some(&(want.clusters - 1)));
        assert!(
            inertia <= want.inertia * (1.0 + 1e-5),
            "{} clusters: {inertia} for {}",
            want.clusters,
            want.inertia
        );
    }
}

#[test]
fn voices_are_assigned_as_by_pyannote() {
    for assignment in golden().assignments {
        for (scores, want) in assignment.scores.iter().zip(assignment.clusters) {
            let speakers = scores[0].len();
            let scores: Vec<f64> = scores
                .iter()
                .flatten()
                .map(|s| s.unwrap_or(f64::NAN))
                .collect();
            let got = constrained(&scores, speakers, assignment.least);
            let got: Vec<i64> = got
                .into_iter()
                .map(|s| s.map_or(-2, |s| s as i64))
                .collect();
            assert_eq!(got, want, "{scores:?}");
        }
    }
}

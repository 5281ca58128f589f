//! Voices to clusters, and clusters to the local speakers of every window.

use super::super::SpeakerCount;
use super::super::clustering::centres::{constrained, cosine_distances, weighted_means};
use super::super::clustering::flat::Cut;
use super::super::clustering::kmeans::kmeans;
use super::super::clustering::plda::Plda;
use super::super::clustering::vbx::{VbxOptions, cluster_vbx};
use super::super::clustering::vectors::Vectors;
use super::super::powerset::LOCAL;
use super::reconstruct::Clusters;
use super::voices::{Heard, Voices};
use super::{Prepared, chosen};
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::Recipe;

/// What decides how many speakers there are.
#[derive(Clone, Copy)]
pub(in crate::diarize) struct Rules<'a> {
    pub(in crate::diarize) recipe: &'a Recipe,
    pub(in crate::diarize) plda: Option<&'a Plda>,
    pub(in crate::diarize) threshold: f32,
    pub(in crate::diarize) speakers: SpeakerCount,
    pub(in crate::diarize) threads: usize,
}

/// The clusters, and whose each local speaker is.
pub(super) struct Found {
    pub(super) clusters: Vec<Clusters>,
    /// The mean voice of each cluster.
    pub(super) centroids: Vectors,
    /// What was not done as the recipe says.
    pub(super) note: Option<String>,
}

/// Finds the clusters and gives every local speaker that is heard to one of them.
pub(super) fn find(prepared: &Prepared, rules: Rules<'_>, ctx: &Context<'_>) -> Result<Found> {
    let telling = chosen(&prepared.voices, &prepared.telling);
    if let Some(plda) = rules.plda
        && !telling.is_empty()
        && plda.dim() != telling.dim()
    {
        let (wanted, given) = (plda.dim(), telling.dim());
        let reason = format!("the PLDA is of {wanted} numbers, and the voices have {given}");
        return Err(Error::backend(Stage::Diarize, "onnx", reason));
    }
    let bayesian = match (rules.recipe, rules.plda) {
        (Recipe::Vbx { fa, fb, .. }, Some(plda)) => Some((*fa, *fb, plda)),
        _ => None,
    };
    // Of less than two voices nothing can be told; one speaker that was asked for is one.
    let alone = if bayesian.is_some() {
        telling.len() < 2
    } else {
        rules.speakers.max().min(telling.len()) < 2
    };
    if alone {
        return Ok(Found {
            clusters: assigned(&prepared.voices, |_| [Some(0); LOCAL]),
            centroids: telling.means(&vec![0; telling.len()], 1),
            note: None,
        });
    }
    let mixed = match bayesian {
        Some((fa, fb, plda)) => by_vbx(prepared, &telling, rules, (fa, fb, plda), ctx)?,
        None => Mixed {
            centroids: by_tree(prepared, &telling, rules),
            apart: false,
            note: None,
        },
    };
    Ok(Found {
        clusters: if mixed.apart {
            one_each(&prepared.voices, &mixed.centroids)
        } else {
            nearest(&prepared.voices, &mixed.centroids)
        },
        centroids: mixed.centroids,
        note: mixed.note,
    })
}

/// pyannote.audio 3: the tree, cut.
fn by_tree(prepared: &Prepared, telling: &Vectors, rules: Rules<'_>) -> Vectors {
    let min_cluster_size = match rules.recipe {
        Recipe::Ahc {
            min_cluster_size, ..
        } => *min_cluster_size,
        _ => 1,
    };
    let cut = Cut {
        threshold: f64::from(rules.threshold),
        min_cluster_size,
        min_clusters: rules.speakers.min(),
        max_clusters: rules.speakers.max(),
    };
    let labels = prepared.linkage.cut(&telling.normalised(), &cut);
    telling.means(&labels, labels.iter().max().map_or(0, |most| most + 1))
}

/// A meeting of a hundred speakers whose every voice is heard in five ways has so many clusters; noise has more.
const MOST_BEGINNINGS: usize = 500;

/// What comes of the voices that tell.
struct Mixed {
    /// The mean voice of each cluster.
    centroids: Vectors,
    /// Whether no two local speakers of a window may be one.
    apart: bool,
    note: Option<String>,
}

/// community-1: the tree cut low, and a Bayesian model that takes speakers away.
fn by_vbx(
    prepared: &Prepared,
    telling: &Vectors,
    rules: Rules<'_>,
    (fa, fb, plda): (f64, f64, &Plda),
    ctx: &Context<'_>,
) -> Result<Mixed> {
    let mut threshold = f64::from(rules.threshold);
    let mut labels = dense(prepared.linkage.below(threshold));
    // Work grows with the number of clusters to begin with, of which the model only takes some away.
    while labels.iter().any(|label| *label >= MOST_BEGINNINGS) && threshold < 2.0 {
        threshold = (threshold * 1.05).max(0.1);
        labels = dense(prepared.linkage.below(threshold));
    }
    let asked = f64::from(rules.threshold);
    let note = (threshold > asked).then(|| {
        format!(
            "cut at {asked}, the voices are more than {MOST_BEGINNINGS} clusters: \
             VBx began with those of {threshold:.3}"
        )
    });
    let options = VbxOptions {
        fa,
        fb,
        ..VbxOptions::default()
    };
    let features = plda.transform(telling);
    let found = cluster_vbx(&labels, &features, plda.phi(), &options, rules.threads, ctx)?;
    let count = found.kept.len();
    let wanted = count.clamp(rules.speakers.min(), rules.speakers.max());
    if wanted == count {
        return Ok(Mixed {
            centroids: weighted_means(telling, &found.responsibilities, count),
            apart: true,
            note,
        });
    }
    // The number was given, and is another.
    let (labels, _) = kmeans(&telling.normalised(), wanted, ctx)?;
    let clusters = labels.iter().max().map_or(0, |most| most + 1);
    Ok(Mixed {
        centroids: telling.means(&labels, clusters),
        apart: false,
        note,
    })
}

/// Labels from 0 on without a gap, in their order.
fn dense(labels: Vec<usize>) -> Vec<usize> {
    let mut used = labels.clone();
    used.sort_unstable();
    used.dedup();
    let number = |label: &usize| used.binary_search(label).unwrap_or(0);
    labels.iter().map(number).collect()
}

/// `of` says the clusters of a window; silent local speakers have none.
fn assigned(voices: &Voices, mut of: impl FnMut(usize) -> Clusters) -> Vec<Clusters> {
    let heard = voices.windows().iter().enumerate();
    heard
        .map(|(window, locals)| {
            let mut clusters = of(window);
            for (cluster, heard) in clusters.iter_mut().zip(locals) {
                if *heard == Heard::Silent {
                    *cluster = None;
                }
            }
            clusters
        })
        .collect()
}

/// Each to the nearest cluster; those of whom too little is heard to the first, as pyannote.audio does it.
fn nearest(voices: &Voices, centroids: &Vectors) -> Vec<Clusters> {
    let distances = Distances::of(voices, centroids);
    assigned(voices, |window| {
        voices.windows()[window].map(|heard| match heard {
            Heard::Voice(row) => {
                let row = distances.row(row).iter().enumerate();
                let nearest = row.reduce(|a, b| if b.1 < a.1 { b } else { a });
                nearest.and_then(|(cluster, _)| u16::try_from(cluster).ok())
            }
            _ => Some(0),
        })
    })
}

/// No two of a window to one cluster, so that they are as near as can be in all; silent ones come last, but do take part,
/// as in pyannote.audio.
fn one_each(voices: &Voices, centroids: &Vectors) -> Vec<Clusters> {
    let distances = Distances::of(voices, centroids);
    let count = centroids.len();
    // Likeness is 2 less the distance; the least of all goes to whom nothing is known of.
    let farthest = distances.values.iter().copied().fold(0.0, f64::max);
    let silent = 2.0 - farthest - 1.0;
    let mut scores = vec![silent; LOCAL * count];
    assigned(voices, |window| {
        let locals = &voices.windows()[window];
        for (scores, heard) in scores.chunks_mut(count.max(1)).zip(locals) {
            match heard {
                Heard::Voice(row) => {
                    let row = distances.row(*row);
                    scores.iter_mut().zip(row).for_each(|(s, d)| *s = 2.0 - d);
                }
                _ => scores.fill(silent),
            }
        }
        let mut clusters = [None; LOCAL];
        let found = constrained(&scores, count, silent);
        for (cluster, found) in clusters.iter_mut().zip(found) {
            *cluster = found.and_then(|k| u16::try_from(k).ok());
        }
        clusters
    })
}

/// The cosine distance of every vector to every centroid, `[vectors × clusters]`.
struct Distances {
    values: Vec<f64>,
    clusters: usize,
}

impl Distances {
    fn of(voices: &Voices, centroids: &Vectors) -> Self {
        Self {
            values: cosine_distances(voices.vectors(), centroids),
            clusters: centroids.len(),
        }
    }

    fn row(&self, row: u32) -> &[f64] {
        let from = row as usize * self.clusters;
        self.values
            .get(from..from + self.clusters)
            .unwrap_or_default()
    }
}

//! From a linkage to clusters: a cut at a distance, and the number of speakers around it.

use super::linkage::Linkage;
use super::vectors::{Vectors, dot, norm};

/// How to cut a linkage into speakers, after pyannote.audio's agglomerative clustering.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::diarize) struct Cut {
    /// Clusters are this far apart or farther: a Euclidean distance between centroids of unit vectors, 0 to 2.
    pub(in crate::diarize) threshold: f64,
    /// A cluster of fewer vectors joins the nearest of those that have as many. Of few vectors, a tenth is enough.
    pub(in crate::diarize) min_cluster_size: usize,
    /// The fewest clusters; at least 1.
    pub(in crate::diarize) min_clusters: usize,
    /// The most clusters; the same as the fewest where their number is known.
    pub(in crate::diarize) max_clusters: usize,
}

impl Linkage {
    /// The cluster of each vector where merges up to a distance are made, numbered from 0 as scipy's `fcluster` with
    /// `criterion="distance"` does (from 1 there).
    ///
    /// A merge counts with the greatest distance among it and those below it, since a centroid can come nearer by merging.
    pub(in crate::diarize) fn below(&self, distance: f64) -> Vec<usize> {
        let mut highest = Vec::with_capacity(self.merges.len());
        for merge in &self.merges {
            let of = |id: usize| {
                id.checked_sub(self.vectors)
                    .and_then(|i| highest.get(i).copied())
                    .unwrap_or(f64::NEG_INFINITY)
            };
            highest.push(merge.distance.max(of(merge.a)).max(of(merge.b)));
        }
        self.labels(|merge| highest[merge] <= distance)
    }

    /// The cluster of each vector after the first `merges` merges.
    fn after(&self, merges: usize) -> Vec<usize> {
        self.labels(|merge| merge < merges)
    }

    /// The cluster of each vector, where `made` says which merges are made: those below a made one are made, too.
    ///
    /// Numbered along the tree from its root: first what is below the older cluster, then the younger one's, then single vectors.
    fn labels(&self, made: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut labels = vec![0; self.vectors];
        let mut count = 0;
        // A node below a made merge has that one's number.
        let mut waiting: Vec<(usize, Option<usize>)> = Vec::new();
        if self.vectors > 0 {
            waiting.push((self.vectors + self.merges.len() - 1, None));
        }
        while let Some((node, inside)) = waiting.pop() {
            let mut number = |inside: Option<usize>| {
                inside.unwrap_or_else(|| {
                    count += 1;
                    count - 1
                })
            };
            let Some(at) = node.checked_sub(self.vectors) else {
                labels[node] = number(inside);
                continue;
            };
            let Some(merge) = self.merges.get(at) else {
                continue;
            };
            let inside = if inside.is_none() && made(at) {
                Some(number(None))
            } else {
                inside
            };
            // The last one pushed is the first one seen.
            let single = |id: &usize| *id < self.vectors;
            for wanted in [true, false] {
                let both = [merge.b, merge.a].into_iter();
                waiting.extend(
                    both.filter(|id| single(id) == wanted)
                        .map(|id| (id, inside)),
                );
            }
        }
        labels
    }

    /// The speaker of each of the (unit) vectors that the linkage is of; every number from 0 to the highest is taken.
    ///
    /// Where the clusters at the threshold are too few or too many, the cut moves to the merge nearest to the threshold
    /// that gives as many as wanted, or nearly as many where none does.
    pub(in crate::diarize) fn cut(&self, vectors: &Vectors, cut: &Cut) -> Vec<usize> {
        let n = self.vectors;
        let tenth = (0.1 * n as f64).round_ties_even() as usize;
        let least = cut.min_cluster_size.min(tenth.max(1));
        let mut labels = self.below(cut.threshold);
        let large = large(&labels, least).iter().filter(|l| **l).count();
        let (min, max) = (
            cut.min_clusters.min(n).max(1),
            cut.max_clusters.min(n).max(1),
        );
        let wanted = large.max(min).min(max.max(min));
        if n > 1 && wanted != large {
            labels = self.after(self.merges_for(wanted, least, cut.threshold));
        }
        join_small(labels, vectors, least)
    }

    /// After how many merges there are as many large clusters as wanted, or nearly so.
    fn merges_for(&self, wanted: usize, least: usize, threshold: f64) -> usize {
        let size = |id: usize| match id.checked_sub(self.vectors) {
            None => 1,
            Some(at) => self.merges.get(at).map_or(0, |m| m.size),
        };
        let is_large = |size: usize| usize::from(size >= least);
        let mut large = if least <= 1 { self.vectors } else { 0 };
        let counts: Vec<usize> = self
            .merges
            .iter()
            .map(|m| {
                large = (large + is_large(m.size))
                    .saturating_sub(is_large(size(m.a)) + is_large(size(m.b)));
                large
            })
            .collect();
        let mut order: Vec<usize> = (0..self.merges.len()).collect();
        let away = |i: &usize| (self.merges[*i].distance - threshold).abs();
        order.sort_by(|a, b| away(a).total_cmp(&away(b)));
        let (mut best, mut best_count) = (self.merges.len(), 1_usize);
        for i in order.into_iter().filter(|&i| self.merges[i].size >= least) {
            if counts[i] == wanted {
                return i + 1;
            }
            if counts[i].abs_diff(wanted) < best_count.abs_diff(wanted) {
                (best, best_count) = (i + 1, counts[i]);
            }
        }
        best
    }
}

/// Which labels at least so many vectors have.
fn large(labels: &[usize], least: usize) -> Vec<bool> {
    let mut sizes = vec![0_usize; labels.iter().max().map_or(0, |m| m + 1)];
    labels.iter().for_each(|&l| sizes[l] += 1);
    sizes.into_iter().map(|size| size >= least).collect()
}

/// Each small cluster joins the large one with the nearest mean, by the cosine; all are one where none is large.
fn join_small(mut labels: Vec<usize>, vectors: &Vectors, least: usize) -> Vec<usize> {
    let large = large(&labels, least);
    let kept = large.iter().filter(|l| **l).count();
    if kept == 0 {
        labels.fill(0);
        return labels;
    }
    if kept == large.len() {
        return labels;
    }
    let means = vectors.means(&labels, large.len());
    let lengths: Vec<f64> = means.rows().map(norm).collect();
    let mut numbers = vec![0; large.len()];
    let large_ones = numbers.iter_mut().zip(&large).filter(|(_, large)| **large);
    for (next, (number, _)) in large_ones.enumerate() {
        *number = next;
    }
    let joined: Vec<usize> = (0..large.len())
        .map(|own| {
            if large[own] {
                return numbers[own];
            }
            let mut best = (f64::NEG_INFINITY, 0);
            for other in (0..large.len()).filter(|&other| large[other]) {
                let likeness =
                    dot(means.row(own), means.row(other)) / (lengths[own] * lengths[other]);
                if likeness > best.0 {
                    best = (likeness, numbers[other]);
                }
            }
            best.1
        })
        .collect();
    labels.iter_mut().for_each(|l| *l = joined[*l]);
    labels
}

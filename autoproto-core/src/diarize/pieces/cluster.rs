//! Voices to speakers.

use kodama::{Method, linkage};

use super::super::SpeakerCount;
use super::super::frames::FrameGrid;
use super::spans::Span;
use crate::types::Embedding;

/// Pieces with more overlap than this, as a mean probability, say little of one voice and don't take part.
const MOST_OVERLAP: f32 = 0.30;
/// Pieces of one region are averaged where their centres are at most this far apart, in seconds.
const SMOOTH: f64 = 0.81;
/// What a cluster must last to be a speaker: this many seconds, or this share of all speech up to so many seconds.
const LEAST: f64 = 1.5;
const LEAST_SHARE: (f64, f64) = (0.03, 8.0);
/// More pieces than this are thinned evenly: memory grows with their square.
const MOST_PIECES: usize = 4000;

/// The pieces and what is known of them.
pub(super) struct Pieces<'a> {
    pub(super) spans: &'a [Span],
    pub(super) voices: &'a [Embedding],
    /// That two speak at once, by frame.
    pub(super) overlap: &'a [f32],
    pub(super) grid: FrameGrid,
    /// Frames in a whole piece.
    pub(super) whole: usize,
}

/// The speakers, each as the numbers of its pieces, the one who speaks longest first. Pieces that tell too little are in none.
pub(super) fn speakers(
    pieces: &Pieces<'_>,
    tree: &Tree,
    count: SpeakerCount,
    threshold: f32,
) -> Vec<Vec<usize>> {
    // More are asked for than there are pieces that tell much: then every piece counts.
    let all;
    let tree = if tree.chosen.len() < count.min() && tree.chosen.len() < pieces.spans.len() {
        all = Tree::of(pieces, (0..pieces.spans.len()).take(MOST_PIECES).collect());
        &all
    } else {
        tree
    };
    if tree.chosen.len() < 2 {
        return if tree.chosen.is_empty() {
            Vec::new()
        } else {
            vec![tree.chosen.clone()]
        };
    }
    if count.is_exact() {
        return tree.exactly(pieces, count.min());
    }
    let (groups, masses) = tree.sorted(pieces, &tree.below(threshold));
    let total: f64 = masses.iter().sum();
    let least = LEAST
        .max((LEAST_SHARE.0 * total).min(LEAST_SHARE.1))
        .min(masses.first().copied().unwrap_or(0.0));
    let kept: Vec<Vec<usize>> = groups
        .into_iter()
        .zip(masses)
        .filter(|(_, mass)| *mass >= least)
        .map(|(g, _)| g)
        .collect();
    match kept.len() {
        n if n < count.min() => tree.exactly(pieces, count.min()),
        n if n > count.max() => tree.exactly(pieces, count.max()),
        _ => kept,
    }
}

/// Whole pieces without much overlap; where there are fewer than three, the longer half of all.
fn choose(pieces: &Pieces<'_>) -> Vec<usize> {
    let of = |least: usize, clear: bool| -> Vec<usize> {
        let fits = |span: &Span| {
            span.len() >= least && (!clear || mean(pieces.overlap, span) < MOST_OVERLAP)
        };
        (0..pieces.spans.len())
            .filter(|&i| fits(&pieces.spans[i]))
            .collect()
    };
    let mut chosen = of(pieces.whole, true);
    if chosen.len() < 3 {
        let mut lengths: Vec<usize> = pieces.spans.iter().map(Span::len).collect();
        lengths.sort_unstable();
        let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
        chosen = of(median.min(pieces.whole * 5 / 8), false);
    }
    let every = chosen.len().div_ceil(MOST_PIECES).max(1);
    chosen.into_iter().step_by(every).collect()
}

fn mean(values: &[f32], span: &Span) -> f32 {
    let inside = values
        .get(span.start..span.end.min(values.len()))
        .unwrap_or_default();
    if inside.is_empty() {
        0.0
    } else {
        inside.iter().sum::<f32>() / inside.len() as f32
    }
}

/// The mean of a piece and its neighbours in the region, weighted by how alike they are: noise falls, other regions stay out.
fn smoothed(pieces: &Pieces<'_>, at: usize) -> Embedding {
    let reach = 2 * pieces.grid.frames(SMOOTH);
    let centre = |span: &Span| span.start + span.end; // twice, to stay in whole numbers
    let own = &pieces.spans[at];
    let near = |i: &usize| {
        let other = &pieces.spans[*i];
        other.region == own.region && centre(other).abs_diff(centre(own)) <= reach
    };
    let before = (0..at).rev().take_while(near);
    let after = (at + 1..pieces.spans.len()).take_while(near);
    let voice = &pieces.voices[at];
    let mut sum = vec![0.0_f32; voice.0.len()];
    for i in before.chain(after).chain([at]) {
        let weight = voice.similarity(&pieces.voices[i]).max(0.0);
        sum.iter_mut()
            .zip(&pieces.voices[i].0)
            .for_each(|(s, v)| *s += weight * v);
    }
    Embedding::normalised(sum).unwrap_or_else(|| voice.clone())
}

/// Average-linkage agglomerative clustering over cosine distances.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// The numbers of the pieces that take part.
    chosen: Vec<usize>,
    /// Which clusters are joined, in kodama's numbering, and how far apart they were.
    merges: Vec<(usize, usize, f32)>,
}

impl Tree {
    /// Of the pieces that tell most.
    pub(super) fn grow(pieces: &Pieces<'_>) -> Self {
        Self::of(pieces, choose(pieces))
    }

    fn of(pieces: &Pieces<'_>, chosen: Vec<usize>) -> Self {
        let voices: Vec<Embedding> = chosen.iter().map(|&i| smoothed(pieces, i)).collect();
        let mut distances = Vec::with_capacity(voices.len() * voices.len().saturating_sub(1) / 2);
        for (i, a) in voices.iter().enumerate() {
            distances.extend(
                voices[i + 1..]
                    .iter()
                    .map(|b| (1.0 - a.similarity(b)).max(0.0)),
            );
        }
        let merges = if voices.len() < 2 {
            Vec::new()
        } else {
            linkage(&mut distances, voices.len(), Method::Average)
                .steps()
                .iter()
                .map(|step| (step.cluster1, step.cluster2, step.dissimilarity))
                .collect()
        };
        Self { chosen, merges }
    }

    /// The cluster of each chosen piece after the first `merges` merges.
    fn after(&self, merges: usize) -> Vec<usize> {
        let n = self.chosen.len();
        let mut parent: Vec<usize> = (0..2 * n).collect();
        for (i, (a, b, _)) in self.merges.iter().take(merges).enumerate() {
            parent[*a] = n + i;
            parent[*b] = n + i;
        }
        let root = |mut i: usize| {
            while parent[i] != i {
                i = parent[i];
            }
            i
        };
        (0..n).map(root).collect()
    }

    fn below(&self, threshold: f32) -> Vec<usize> {
        self.after(
            self.merges
                .iter()
                .take_while(|(_, _, distance)| *distance <= threshold)
                .count(),
        )
    }

    /// Exactly `count` speakers, or as many as there are pieces: the coarsest cut in which so many clusters last long enough,
    /// and the longest of those; where there is no such cut, half as long is enough, and so on.
    fn exactly(&self, pieces: &Pieces<'_>, count: usize) -> Vec<Vec<usize>> {
        let n = self.chosen.len();
        let count = count.min(n);
        let mut least = LEAST;
        while least > 0.05 {
            for clusters in count..=n.min(4 * count + 20) {
                let (mut groups, masses) = self.sorted(pieces, &self.after(n - clusters));
                if masses.get(count - 1).is_some_and(|mass| *mass >= least) {
                    groups.truncate(count);
                    return groups;
                }
            }
            least /= 2.0;
        }
        let (mut groups, _) = self.sorted(pieces, &self.after(n - count));
        groups.truncate(count);
        groups
    }

    /// The clusters as numbers of pieces, with the seconds they cover, the longest first.
    fn sorted(&self, pieces: &Pieces<'_>, labels: &[usize]) -> (Vec<Vec<usize>>, Vec<f64>) {
        let mut groups: std::collections::BTreeMap<usize, Vec<usize>> = Default::default();
        for (&piece, &label) in self.chosen.iter().zip(labels) {
            groups.entry(label).or_default().push(piece);
        }
        let mut all: Vec<(Vec<usize>, f64)> = groups
            .into_values()
            .map(|g| (mass(pieces, &g), g))
            .map(|(m, g)| (g, m))
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.into_iter().unzip()
    }
}

/// Seconds that the pieces cover; their numbers rise.
fn mass(pieces: &Pieces<'_>, group: &[usize]) -> f64 {
    let (mut frames, mut until) = (0, 0);
    for span in group.iter().map(|&i| &pieces.spans[i]) {
        frames += span.end.saturating_sub(span.start.max(until));
        until = until.max(span.end);
    }
    frames as f64 * pieces.grid.length()
}

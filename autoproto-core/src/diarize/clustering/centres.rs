//! Which voice is whose: likeness to the speakers' centres, and at most one voice of a window for each.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::vectors::{Vectors, dot, norm};

/// Up to so many voices, all ways to assign them are tried.
const FEW: usize = 3;
/// Scores are rounded to this share of the greatest for the assignment of many voices.
const STEPS: f64 = (1_u64 << 44) as f64;

/// The cosine distance, 0 to 2, of each vector to each centre, `[vectors, centres]`; NaN where one has no direction.
pub(in crate::diarize) fn cosine_distances(vectors: &Vectors, centres: &Vectors) -> Vec<f64> {
    let lengths: Vec<f64> = centres.rows().map(norm).collect();
    let mut distances = Vec::with_capacity(vectors.len().saturating_mul(lengths.len()));
    for row in vectors.rows() {
        let own = norm(row);
        let near = centres.rows().zip(&lengths);
        distances.extend(near.map(|(c, length)| 1.0 - dot(row, c) / (own * length)));
    }
    distances
}

/// The mean of the vectors for each speaker, each vector counting as `weights` `[n, speakers]` says.
pub(in crate::diarize) fn weighted_means(
    vectors: &Vectors,
    weights: &[f64],
    speakers: usize,
) -> Vectors {
    let dim = vectors.dim();
    let mut sums = vec![0.0_f64; dim * speakers];
    let mut totals = vec![0.0_f64; speakers];
    for (row, weights) in vectors.rows().zip(weights.chunks_exact(speakers.max(1))) {
        for (s, &weight) in weights.iter().enumerate() {
            totals[s] += weight;
            let sum = sums[s * dim..(s + 1) * dim].iter_mut();
            sum.zip(row).for_each(|(s, v)| *s += weight * f64::from(*v));
        }
    }
    let mut means = Vectors::with_capacity(dim, speakers);
    for (sum, total) in sums.chunks_exact(dim.max(1)).zip(totals) {
        let mean: Vec<f32> = sum.iter().map(|s| (s / total) as f32).collect();
        means.push(&mean);
    }
    means
}

/// The speaker of each voice of a window, no speaker having two, so that the sum of scores is the greatest.
///
/// `scores` is `[voices, speakers]`; as many voices get a speaker as can. A score that is NaN counts as `least`, as in
/// pyannote.audio, where that is the least score of the recording.
pub(in crate::diarize) fn constrained(
    scores: &[f64],
    speakers: usize,
    least: f64,
) -> Vec<Option<usize>> {
    if speakers == 0 {
        return Vec::new();
    }
    let score = |voice: usize, speaker: usize| {
        let score = scores[voice * speakers + speaker];
        if score.is_nan() { least } else { score }
    };
    let voices = scores.len() / speakers;
    if voices <= FEW {
        few(voices, speakers, score)
    } else {
        many(voices, speakers, score)
    }
}

/// All ways are tried: a voice needs no other speakers than its best few, since others can take no more than that.
fn few(voices: usize, speakers: usize, score: impl Fn(usize, usize) -> f64) -> Vec<Option<usize>> {
    let mut choices = [[None; FEW]; FEW];
    for (voice, choices) in choices.iter_mut().enumerate().take(voices) {
        for speaker in 0..speakers {
            let mut new = Some(speaker);
            for choice in choices.iter_mut().take(voices) {
                let better = match (new, *choice) {
                    (Some(new), Some(old)) => score(voice, new) > score(voice, old),
                    (new, _) => new.is_some(),
                };
                if better {
                    std::mem::swap(choice, &mut new);
                }
            }
        }
    }
    let mut search = Search {
        choices: &choices[..voices],
        score,
        best: f64::NEG_INFINITY,
        found: [None; FEW],
    };
    search.go(0, voices.saturating_sub(speakers), 0.0, [None; FEW]);
    search.found[..voices].to_vec()
}

struct Search<'a, S> {
    choices: &'a [[Option<usize>; FEW]],
    score: S,
    best: f64,
    found: [Option<usize>; FEW],
}

impl<S: Fn(usize, usize) -> f64> Search<'_, S> {
    /// Tries the speakers of `voice` and those after it; `spare` of them may go without.
    fn go(&mut self, voice: usize, spare: usize, sum: f64, taken: [Option<usize>; FEW]) {
        let Some(choices) = self.choices.get(voice) else {
            if sum > self.best || self.found.iter().all(Option::is_none) {
                (self.best, self.found) = (sum, taken);
            }
            return;
        };
        for choice in choices.iter().flatten() {
            if !taken.contains(&Some(*choice)) {
                let mut taken = taken;
                taken[voice] = Some(*choice);
                self.go(voice + 1, spare, sum + (self.score)(voice, *choice), taken);
            }
        }
        if spare > 0 {
            self.go(voice + 1, spare - 1, sum, taken);
        }
    }
}

/// By the Hungarian algorithm.
fn many(voices: usize, speakers: usize, score: impl Fn(usize, usize) -> f64) -> Vec<Option<usize>> {
    let all = (0..voices).flat_map(|v| (0..speakers).map(move |s| (v, s)));
    let greatest = all.fold(f64::MIN_POSITIVE, |most, (v, s)| {
        let size = score(v, s).abs();
        if size.is_finite() {
            most.max(size)
        } else {
            most
        }
    });
    let weight =
        |v: usize, s: usize| ((score(v, s) / greatest).clamp(-1.0, 1.0) * STEPS).round() as i64;
    let mut found = vec![None; voices];
    // The algorithm wants at least as many columns as rows.
    if voices <= speakers {
        let table = Matrix::from_fn(voices, speakers, |(v, s)| weight(v, s));
        let (_, columns) = kuhn_munkres(&table);
        found
            .iter_mut()
            .zip(columns)
            .for_each(|(f, s)| *f = Some(s));
    } else {
        let table = Matrix::from_fn(speakers, voices, |(s, v)| weight(v, s));
        for (speaker, voice) in kuhn_munkres(&table).1.into_iter().enumerate() {
            if let Some(found) = found.get_mut(voice) {
                *found = Some(speaker);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_counts_and_not_the_best_of_each() {
        let scores = [1.0, 0.9, 1.0, 0.2];
        assert_eq!(constrained(&scores, 2, 0.0), [Some(1), Some(0)]);
        assert_eq!(constrained(&scores, 1, 0.0).iter().flatten().count(), 1);
        assert_eq!(constrained(&[], 3, 0.0), []);
        assert_eq!(constrained(&[f64::NAN; 6], 2, f64::NAN).len(), 3);
    }

    #[test]
    fn few_and_many_voices_are_assigned_alike() {
        let mut state = 7_u64;
        for (voices, speakers) in [(1, 4), (2, 2), (3, 1), (3, 2), (3, 9), (2, 12)] {
            for _ in 0..50 {
                let scores: Vec<f64> = (0..voices * speakers)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1);
                        (state >> 40) as f64 / f64::from(1_u32 << 24) - 0.5
                    })
                    .collect();
                let score = |v: usize, s: usize| scores[v * speakers + s];
                assert_eq!(few(voices, speakers, score), many(voices, speakers, score));
            }
        }
    }

    #[test]
    fn cosines_are_of_directions_and_not_of_lengths() {
        let vectors = Vectors::new(2, vec![2.0, 0.0, 0.0, 0.0]);
        let centres = Vectors::new(2, vec![3.0, 3.0, -1.0, 0.0]);
        let distances = cosine_distances(&vectors, &centres);
        assert!((distances[0] - (1.0 - 0.5_f64.sqrt())).abs() < 1e-12);
        assert_eq!(distances[1], 2.0);
        assert!(distances[2].is_nan());
        let means = weighted_means(&centres, &[1.0, 0.0, 3.0, 1.0], 2);
        assert_eq!(means.values(), [0.0, 0.75, -1.0, 0.0]);
    }
}

//! k-means: a given number of clusters.
//!
//! Seeded as by Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007), the best of several tries
//! at each step, and refined as by Lloyd. scikit-learn does the same; its random numbers can't be had here, so that the
//! results are other, and as good or better: more starts are made than the three that pyannote.audio asks for, and each goes
//! on until nothing changes.

use super::distance::squared;
use super::vectors::Vectors;
use crate::context::Context;
use crate::error::Result;

/// Starts, of which the best counts: from the first of many vectors up to the second of few, which cost little.
const STARTS: (usize, usize) = (10, 100);
/// Vectors times clusters up to which there may be more starts than the fewest.
const FEW: usize = 1 << 16;
/// The most rounds of a start.
const ROUNDS: usize = 300;
/// The first number of the generator.
const SEED: u64 = 42;

/// The cluster of each vector, `clusters` in all or as many as there are vectors, and the sum of squared distances to the
/// centres. The same every time.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) soon after the token has fired.
pub(in crate::diarize) fn kmeans(
    vectors: &Vectors,
    clusters: usize,
    ctx: &Context<'_>,
) -> Result<(Vec<usize>, f64)> {
    let clusters = clusters.max(1);
    if vectors.len() <= clusters {
        return Ok(((0..vectors.len()).collect(), 0.0));
    }
    let starts = match clusters {
        1 => 1,
        _ => (STARTS.0 * FEW / (vectors.len() * clusters)).clamp(STARTS.0, STARTS.1),
    };
    let mut best: Option<(Vec<usize>, f64)> = None;
    for start in 0..starts {
        let mut random = Random(SEED.wrapping_add(start as u64));
        let centres = seeds(vectors, clusters, &mut random);
        let mut nearest = assign(vectors, &centres);
        for _ in 0..ROUNDS {
            ctx.cancel().check()?;
            let centres = recentre(vectors, &mut nearest, clusters);
            let next = assign(vectors, &centres);
            let still = next.0 == nearest.0;
            nearest = next;
            if still {
                break;
            }
        }
        let (labels, distances) = nearest;
        let inertia: f64 = distances.iter().copied().map(f64::from).sum();
        if best.as_ref().is_none_or(|(_, least)| inertia < *least) {
            best = Some((labels, inertia));
        }
    }
    Ok(best.unwrap_or_default())
}

type Nearest = (Vec<usize>, Vec<f32>);

/// The nearest centre of each vector, and its squared distance; what is not finite is the first one's.
fn assign(vectors: &Vectors, centres: &Vectors) -> Nearest {
    let mut distances = vec![0.0_f32; centres.len()];
    vectors
        .rows()
        .map(|row| {
            squared([row], centres.values(), [&mut distances]);
            distances
                .iter()
                .enumerate()
                .fold(
                    (0, f32::INFINITY),
                    |best, (k, &d)| {
                        if d < best.1 { (k, d) } else { best }
                    },
                )
        })
        .unzip()
}

/// The means of the clusters; an empty one takes the vector farthest from its centre.
fn recentre(vectors: &Vectors, (labels, distances): &mut Nearest, clusters: usize) -> Vectors {
    let mut sizes = vec![0_usize; clusters];
    labels.iter().for_each(|&l| sizes[l] += 1);
    for empty in 0..sizes.len() {
        if sizes[empty] > 0 {
            continue;
        }
        let far = |i: &usize| (sizes[labels[*i]] > 1, distances[*i]);
        let farthest = (0..labels.len()).max_by(|a, b| {
            let (a, b) = (far(a), far(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        if let Some(i) = farthest {
            sizes[labels[i]] -= 1;
            (labels[i], distances[i], sizes[empty]) = (empty, 0.0, 1);
        }
    }
    vectors.means(labels, clusters)
}

/// Centres far from each other: each is drawn by the squared distance to those before, and the best of a few draws is kept.
fn seeds(vectors: &Vectors, clusters: usize, random: &mut Random) -> Vectors {
    let tries = 2 + (clusters as f64).ln() as usize;
    let first = (random.next() * vectors.len() as f64) as usize;
    let mut centres = vectors.chosen([first]);
    let mut nearest = vec![f32::INFINITY; vectors.len()];
    let mut trial = vec![0.0; vectors.len()];
    let mut closer = |nearest: &[f32], centre: usize| -> (f64, Vec<f32>) {
        squared([vectors.row(centre)], vectors.values(), [&mut trial]);
        let closer: Vec<f32> = nearest.iter().zip(&trial).map(|(a, b)| a.min(*b)).collect();
        (closer.iter().copied().map(f64::from).sum(), closer)
    };
    nearest = closer(&nearest, first).1;
    while centres.len() < clusters {
        let total: f64 = nearest.iter().copied().map(f64::from).sum();
        let mut best: Option<(f64, Vec<f32>, usize)> = None;
        for _ in 0..tries {
            let mut left = random.next() * total;
            let drawn = nearest.iter().position(|d| {
                left -= f64::from(*d);
                left < 0.0
            });
            // Where all are at a centre already, any will do.
            let drawn = drawn.unwrap_or((random.next() * vectors.len() as f64) as usize);
            let (sum, closer) = closer(&nearest, drawn);
            if best.as_ref().is_none_or(|b| sum < b.0) {
                best = Some((sum, closer, drawn));
            }
        }
        if let Some((_, closer, drawn)) = best {
            nearest = closer;
            centres.push(vectors.row(drawn));
        }
    }
    centres
}

/// SplitMix64, of G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators" (2014).
struct Random(u64);

impl Random {
    /// From 0 up to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{CancelToken, Progress};

    fn run(vectors: &Vectors, clusters: usize) -> (Vec<usize>, f64) {
        let cancel = CancelToken::new();
        kmeans(vectors, clusters, &Context::new(&cancel, &|_: Progress| {})).unwrap()
    }

    #[test]
    fn three_heaps_are_three_clusters() {
        let heaps = Vectors::new(1, vec![0.0, 0.1, 5.0, 5.1, 9.0, 9.1, 0.05]);
        let (labels, inertia) = run(&heaps, 3);
        assert_eq!(labels[0], labels[1]);
        assert_eq!(labels[0], labels[6]);
        assert_eq!(labels[2], labels[3]);
        assert_eq!(labels[4], labels[5]);
        assert!((inertia - 0.015).abs() < 1e-5, "{inertia}");
    }

    #[test]
    fn alike_few_or_no_vectors_are_borne() {
        let (labels, inertia) = run(&Vectors::new(2, vec![1.0; 20]), 3);
        assert!(labels.iter().all(|l| *l < 3));
        assert_eq!(inertia, 0.0);
        assert_eq!(run(&Vectors::new(2, vec![1.0; 4]), 5).0, [0, 1]);
        assert!(run(&Vectors::new(2, vec![]), 5).0.is_empty());
        let (labels, _) = run(&Vectors::new(1, vec![f32::NAN, 1.0, 2.0, f32::INFINITY]), 2);
        assert_eq!(labels.len(), 4);
    }
}

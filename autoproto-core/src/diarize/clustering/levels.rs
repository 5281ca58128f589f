//! Centroid linkage of very many vectors: first within stretches of time, then of what those leave.
//!
//! The exact linkage takes time with the square of the number of vectors. Voices in neighbouring windows are nearly the
//! same, and merge first anyway; so beyond [`EXACT`] vectors, blocks in order of time are clustered up to a small distance,
//! and then their clusters, each weighing as many vectors as it has.

use super::linkage::{Clusters, Linkage};
use super::vectors::Vectors;
use crate::context::Context;
use crate::error::Result;

/// Up to so many vectors the linkage is exact: what six hours of talk give, in windows a second apart.
pub(in crate::diarize) const EXACT: usize = 30_000;
/// Vectors of a block, as a part of those that are clustered exactly.
const BLOCKS: usize = 5;
/// Clusters of a block merge up to this distance: well below that between the voices of two speakers.
const TIGHT: f64 = 0.4;
/// Where that leaves too many, they merge up to a distance so much greater, and so on.
const WIDER: f64 = 1.25;
/// Unit vectors are no farther apart.
const FARTHEST: f64 = 2.0;

/// The centroid linkage of unit vectors in the order of time, on so many threads; the result is the same for any number of
/// them. [`Linkage::exact`] says whether it is the linkage that scipy would find, which it is up to [`EXACT`] vectors.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) soon after the token has fired.
pub(in crate::diarize) fn centroid_linkage(
    vectors: &Vectors,
    threads: usize,
    ctx: &Context<'_>,
) -> Result<Linkage> {
    linkage_within(vectors, EXACT, threads, ctx)
}

/// [`centroid_linkage`], exact up to `limit` vectors.
pub(in crate::diarize) fn linkage_within(
    vectors: &Vectors,
    limit: usize,
    threads: usize,
    ctx: &Context<'_>,
) -> Result<Linkage> {
    let mut linkage = Linkage::of(vectors.len());
    linkage.exact = vectors.len() <= limit;
    let mut clusters = Clusters::of(vectors);
    let mut reach = TIGHT;
    while clusters.len() > limit {
        let before = clusters.len();
        let mut left = Clusters::none(vectors.dim());
        for block in clusters.blocks((limit / BLOCKS).max(2)) {
            left.extend(linkage.grow(block, reach, threads, ctx)?);
        }
        clusters = left;
        if reach > FARTHEST && clusters.len() == before {
            break;
        }
        reach *= WIDER;
    }
    let rest = linkage.grow(clusters, f64::INFINITY, threads, ctx)?;
    linkage.close(&rest);
    Ok(linkage)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{CancelToken, Error, Progress};

    fn within(vectors: &Vectors, limit: usize, threads: usize) -> Linkage {
        let cancel = CancelToken::new();
        let ctx = Context::new(&cancel, &|_: Progress| {});
        linkage_within(vectors, limit, threads, &ctx).unwrap()
    }

    /// Noisy unit vectors around `speakers` axes, in turns of 25.
    fn voices(count: usize, dim: usize, speakers: usize, noise: f32) -> Vectors {
        let mut state = 1_u32;
        let mut vectors = Vectors::with_capacity(dim, count);
        for i in 0..count {
            let mut row: Vec<f32> = (0..dim)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    noise * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0)
                })
                .collect();
            row[i / 25 % speakers] += 1.0;
            vectors.push(&row);
        }
        vectors.normalised()
    }

    #[test]
    fn blocks_find_the_same_speakers_where_those_are_apart() {
        let vectors = voices(900, 16, 6, 0.2);
        let exact = within(&vectors, 900, 1);
        let levels = within(&vectors, 200, 1);
        assert!(exact.exact);
        assert!(!levels.exact);
        assert_eq!(levels.merges.len(), 899);
        assert_eq!(levels.merges.last().unwrap().size, 900);
        let speakers = |linkage: &Linkage| -> Vec<usize> {
            let labels = linkage.below(0.8);
            let first: Vec<usize> = (0..6).map(|s| labels[25 * s]).collect();
            assert_eq!(labels.iter().max(), Some(&5));
            (0..900)
                .map(|i| first.iter().position(|f| *f == labels[i]).unwrap())
                .collect()
        };
        assert_eq!(speakers(&levels), speakers(&exact));
        assert_eq!(speakers(&exact)[30], 1);
    }

    #[test]
    fn threads_change_nothing() {
        let vectors = voices(2500, 9, 4, 0.5);
        let one = within(&vectors, 2500, 1);
        assert_eq!(one, within(&vectors, 2500, 2));
        assert_eq!(one, within(&vectors, 2500, 5));
        assert_eq!(within(&vectors, 1500, 1), within(&vectors, 1500, 3));
    }

    #[test]
    fn vectors_beyond_all_numbers_end_it_all_the_same() {
        let far: Vec<f32> = (0..40)
            .map(|i| [1e30, -1e30, f32::NAN, 2e30][i % 4])
            .collect();
        for limit in [3, 40] {
            let linkage = within(&Vectors::new(1, far.clone()), limit, 2);
            assert_eq!(linkage.merges.len(), 39);
            assert!(linkage.merges.iter().all(|m| m.distance.is_finite()));
            assert_eq!(linkage.merges.last().unwrap().size, 40);
        }
    }

    #[test]
    fn a_fired_token_ends_it() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let ctx = Context::new(&cancel, &|_: Progress| {});
        let result = centroid_linkage(&voices(100, 4, 2, 0.1), 2, &ctx);
        assert!(matches!(result, Err(Error::Cancelled)));
    }

    #[test]
    fn a_token_that_fires_in_between_ends_it() {
        // Seconds of work, of which the token leaves a hundredth.
        let vectors = voices(20_000, 64, 12, 0.5);
        let cancel = CancelToken::new();
        let ctx = Context::new(&cancel, &|_: Progress| {});
        for threads in [1, 3] {
            let cancel = cancel.clone();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    cancel.cancel();
                });
                let result = centroid_linkage(&vectors, threads, &ctx);
                assert!(matches!(result, Err(Error::Cancelled)));
            });
        }
    }
}

//! What holds for any vectors.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::flat::Cut;
use super::levels::linkage_within;
use super::linkage::Linkage;
use super::plda::Features;
use super::vbx::{VbxOptions, cluster_vbx};
use super::vectors::Vectors;
use crate::{CancelToken, Context, Progress};

fn with_context<T>(work: impl FnOnce(&Context<'_>) -> T) -> T {
    let cancel = CancelToken::new();
    work(&Context::new(&cancel, &|_: Progress| {}))
}

/// Few different numbers, so that vectors are often alike, and some that are none.
fn vectors() -> impl Strategy<Value = Vectors> {
    let number = prop_oneof![
        8 => -1.0_f32..1.0,
        8 => prop_oneof![Just(0.0_f32), Just(0.5), Just(1.0)],
        1 => Just(f32::NAN),
    ];
    (1_usize..6, prop::collection::vec(number, 0..200))
        .prop_map(|(dim, values)| Vectors::new(dim, values).normalised())
}

fn tree(vectors: &Vectors, limit: usize) -> Linkage {
    with_context(|ctx| linkage_within(vectors, limit, 1, ctx)).unwrap()
}

fn count(labels: &[usize]) -> usize {
    let mut seen = labels.to_vec();
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.iter().enumerate().all(|(i, l)| i == *l), "{seen:?}");
    seen.len()
}

proptest! {
    #[test]
    fn every_cluster_is_merged_once_and_sizes_add_up(vectors in vectors(), limit in 5_usize..100) {
        let n = vectors.len();
        let linkage = tree(&vectors, limit);
        prop_assert_eq!(linkage.merges.len(), n.saturating_sub(1));
        let mut sizes = vec![1; n];
        let mut merged = vec![false; 2 * n];
        for merge in &linkage.merges {
            prop_assert!(merge.a < merge.b && merge.b < sizes.len());
            prop_assert!(merge.distance.is_finite() && merge.distance >= 0.0);
            for id in [merge.a, merge.b] {
                prop_assert!(!std::mem::replace(&mut merged[id], true));
            }
            prop_assert_eq!(merge.size, sizes[merge.a] + sizes[merge.b]);
            sizes.push(merge.size);
        }
        if let Some(last) = linkage.merges.last() {
            prop_assert_eq!(last.size, n);
        }
    }

    #[test]
    fn a_higher_cut_only_joins_clusters(vectors in vectors(), low in 0.0..2.0, more in 0.0..1.0) {
        let linkage = tree(&vectors, 100);
        let (fine, coarse) = (linkage.below(low), linkage.below(low + more));
        prop_assert!(count(&coarse) <= count(&fine));
        for i in 1..fine.len() {
            for j in 0..i {
                prop_assert!(fine[i] != fine[j] || coarse[i] == coarse[j]);
            }
        }
    }

    #[test]
    fn speakers_are_as_many_as_wanted(
        vectors in vectors(), threshold in 0.0..2.0, size in 1_usize..4, min in 1_usize..6, more in 0_usize..6,
    ) {
        let cut = Cut { threshold, min_cluster_size: size, min_clusters: min, max_clusters: min + more };
        let labels = tree(&vectors, 100).cut(&vectors, &cut);
        prop_assert_eq!(labels.len(), vectors.len());
        let found = count(&labels);
        prop_assert!(found <= min + more || vectors.is_empty());
        if size == 1 {
            // As many as there are vectors can't be had by moving the cut: each place has at least one merge below it.
            prop_assert!(found >= min.min(vectors.len().saturating_sub(1)));
        }
    }

    #[test]
    fn responsibilities_are_shares(
        (dim, values) in (1_usize..5, prop::collection::vec(-3.0..3.0, 0..120)),
        clusters in 1_usize..6, fa in 0.01..1.0, fb in 0.1..10.0,
    ) {
        let features = Features::new(dim, values);
        let labels: Vec<usize> = (0..features.len()).map(|i| i % clusters).collect();
        let phi: Vec<f64> = (1..=dim).map(|k| 3.0 / k as f64).collect();
        let options = VbxOptions { fa, fb, ..VbxOptions::default() };
        let vbx = with_context(|ctx| cluster_vbx(&labels, &features, &phi, &options, 1, ctx)).unwrap();
        let shared = with_context(|ctx| cluster_vbx(&labels, &features, &phi, &options, 3, ctx));
        prop_assert_eq!(&shared.unwrap(), &vbx);
        prop_assert_eq!(vbx.responsibilities.len(), features.len() * vbx.shares.len());
        prop_assert!(vbx.shares.iter().sum::<f64>() <= 1.0 + 1e-9);
        for row in vbx.responsibilities.chunks_exact(vbx.shares.len().max(1)) {
            prop_assert!(row.iter().all(|r| (0.0..=1.0 + 1e-12).contains(r)));
            prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-3);
        }
        // The objective of a variational method does not fall.
        prop_assert!(vbx.objective.windows(2).all(|w| w[1] >= w[0] - 1e-6 * w[0].abs()));
    }
}

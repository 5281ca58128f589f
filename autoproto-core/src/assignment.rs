//! Which label of one side is which of the other: the Hungarian algorithm.

use std::collections::{BTreeMap, HashMap};

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// The heaviest pair weighs this much in the integers of the assignment: sums over any list of labels stay in `i64`.
const HEAVIEST: f64 = (1_u64 << 44) as f64;

/// The one-to-one pairs of labels with the most weight in all.
///
/// Labels that never meet, not even through others, are paired apart: the work grows with the cube of a group's size.
pub(crate) fn heaviest_pairs(weights: &HashMap<(usize, usize), f64>) -> Vec<(usize, usize)> {
    let heaviest = weights.values().copied().fold(0.0, f64::max);
    let mut pairs = Vec::new();
    for group in groups(weights.keys().copied()) {
        let mut rows: Vec<usize> = group.iter().map(|p| p.0).collect();
        let mut columns: Vec<usize> = group.iter().map(|p| p.1).collect();
        for side in [&mut rows, &mut columns] {
            side.sort_unstable();
            side.dedup();
        }
        // The algorithm wants at least as many columns as rows.
        let turned = rows.len() > columns.len();
        let (short, long) = if turned {
            (&columns, &rows)
        } else {
            (&rows, &columns)
        };
        let pair = |i: usize, j: usize| -> Option<(usize, usize)> {
            let (s, l) = (*short.get(i)?, *long.get(j)?);
            Some(if turned { (l, s) } else { (s, l) })
        };
        let table = Matrix::from_fn(short.len(), long.len(), |(i, j)| {
            let weight = pair(i, j).and_then(|p| weights.get(&p)).map_or(0.0, |w| *w);
            (weight / heaviest * HEAVIEST).round() as i64
        });
        let (_, columns_of) = kuhn_munkres(&table);
        pairs.extend(
            columns_of
                .iter()
                .enumerate()
                .filter_map(|(i, &j)| pair(i, j))
                .filter(|p| weights.contains_key(p)),
        );
    }
    pairs
}

/// The pairs in groups that have no label in common.
fn groups(pairs: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<(usize, usize)>> {
    let mut of_reference: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut of_hypothesis: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (r, h) in pairs {
        of_reference.entry(r).or_default().push(h);
        of_hypothesis.entry(h).or_default().push(r);
    }
    let mut groups = Vec::new();
    while let Some((first, met)) = of_reference.pop_first() {
        let mut group = Vec::new();
        let mut waiting = vec![(first, met)];
        while let Some((r, met)) = waiting.pop() {
            for h in met {
                group.push((r, h));
                for other in of_hypothesis.remove(&h).unwrap_or_default() {
                    waiting.extend(of_reference.remove_entry(&other));
                }
            }
        }
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(weights: &[((usize, usize), f64)]) -> Vec<(usize, usize)> {
        let mut pairs = heaviest_pairs(&weights.iter().copied().collect());
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn the_sum_counts_and_not_the_heaviest_pair() {
        assert_eq!(
            pairs(&[((0, 0), 5.0), ((0, 1), 4.0), ((1, 0), 4.0), ((1, 1), 1.0)]),
            [(0, 1), (1, 0)]
        );
    }

    #[test]
    fn more_labels_on_either_side_leave_some_alone() {
        assert_eq!(
            pairs(&[((0, 7), 1.0), ((3, 7), 2.0), ((4, 7), 1.5)]),
            [(3, 7)]
        );
        assert_eq!(
            pairs(&[((7, 0), 1.0), ((7, 3), 2.0), ((8, 9), 1e-3)]),
            [(7, 3), (8, 9)]
        );
        assert_eq!(pairs(&[]), []);
    }
}

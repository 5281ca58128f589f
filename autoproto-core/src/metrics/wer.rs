//! Word error rate.

use std::collections::HashMap;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use super::{normalise, rate};
use crate::types::Language;

/// Words of each kind; add those of several texts to pool them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordErrorRate {
    /// Right ones.
    pub hits: usize,
    /// Heard as another.
    pub substitutions: usize,
    /// Not heard.
    pub deletions: usize,
    /// Heard where there was none.
    pub insertions: usize,
}

impl WordErrorRate {
    /// Words of the reference.
    pub fn reference_words(&self) -> usize {
        self.hits + self.substitutions + self.deletions
    }

    /// Substitutions, deletions and insertions.
    pub fn edits(&self) -> usize {
        self.substitutions + self.deletions + self.insertions
    }

    /// Edits per reference word; may pass 1. For an empty reference 0 without insertions, else 1.
    pub fn rate(&self) -> f64 {
        rate(self.edits() as f64, self.reference_words() as f64)
    }
}

impl AddAssign for WordErrorRate {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.substitutions += other.substitutions;
        self.deletions += other.deletions;
        self.insertions += other.insertions;
    }
}

impl Add for WordErrorRate {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for WordErrorRate {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// Compares what was heard with what was said, both [normalised](normalise).
///
/// Among the alignments with the fewest edits it counts the one with the most hits; other tools may share out the same
/// number of edits differently. Time grows with the product of the lengths, memory with their sum.
///
/// ```
/// use autoproto_core::{Language, metrics::wer};
///
/// let error = wer("We meet at 10, right?", "we meat at ten", Language::ENGLISH);
/// assert_eq!((error.hits, error.substitutions, error.deletions, error.insertions), (3, 1, 1, 0));
/// assert_eq!(error.rate(), 0.4);
/// ```
pub fn wer(reference: &str, hypothesis: &str, language: Language) -> WordErrorRate {
    let (reference, hypothesis) = (
        normalise(reference, language),
        normalise(hypothesis, language),
    );
    let mut numbers = Numbers::default();
    align(&numbers.of(&reference), &numbers.of(&hypothesis))
}

/// Words by number: the same word has always the same.
#[derive(Default)]
pub(super) struct Numbers<'a>(HashMap<&'a str, u32>);

impl<'a> Numbers<'a> {
    pub(super) fn of(&mut self, text: &'a str) -> Vec<u32> {
        text.split_whitespace()
            .map(|word| {
                let next = self.0.len() as u32;
                *self.0.entry(word).or_insert(next)
            })
            .collect()
    }
}

/// One edit in the upper half of a cell of the table, so that edits are compared first and hits after them.
const EDIT: i64 = 1 << 32;
/// One hit, in the lower half: the more, the smaller the cell.
const HIT: i64 = -1;

/// Levenshtein's table, row by row. A cell holds `edits * EDIT + hits * HIT` of the best way to it; from those and the
/// lengths follow the other counts.
pub(super) fn align(reference: &[u32], hypothesis: &[u32]) -> WordErrorRate {
    // Equal ends are hits in one of the best alignments.
    let head = reference
        .iter()
        .zip(hypothesis)
        .take_while(|(r, h)| r == h)
        .count();
    let (reference, hypothesis) = (&reference[head..], &hypothesis[head..]);
    let tail = reference
        .iter()
        .rev()
        .zip(hypothesis.iter().rev())
        .take_while(|(r, h)| r == h)
        .count();
    let (reference, hypothesis) = (
        &reference[..reference.len() - tail],
        &hypothesis[..hypothesis.len() - tail],
    );

    let mut row: Vec<i64> = (0..)
        .take(hypothesis.len() + 1)
        .map(|j: i64| j * EDIT)
        .collect();
    for (i, r) in (1_i64..).zip(reference) {
        let mut diagonal = (i - 1) * EDIT;
        let mut left = i * EDIT;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (h, cell) in hypothesis.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let step = if r == h { HIT } else { EDIT };
            left = (diagonal + step).min(above.min(left) + EDIT);
            *cell = left;
            diagonal = above;
        }
    }
    let best = row.last().copied().unwrap_or_default();
    let hits = best.rem_euclid(EDIT);
    let hits = if hits == 0 { 0 } else { EDIT - hits };
    let edits = (best - hits * HIT) / EDIT;
    let (n, m) = (reference.len() as i64, hypothesis.len() as i64);
    // n = hits + substitutions + deletions and m = hits + substitutions + insertions.
    let substitutions = n + m - 2 * hits - edits;
    let count = |words: i64| usize::try_from(words).unwrap_or_default();
    WordErrorRate {
        hits: head + tail + count(hits),
        substitutions: count(substitutions),
        deletions: count(n - hits - substitutions),
        insertions: count(m - hits - substitutions),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    /// The whole table, with nothing clever: the fewest edits.
    fn edits(a: &[u32], b: &[u32]) -> usize {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len(),
            ([x, a_rest @ ..], [y, b_rest @ ..]) if x == y => edits(a_rest, b_rest),
            ([_, a_rest @ ..], [_, b_rest @ ..]) => {
                1 + edits(a_rest, b_rest)
                    .min(edits(a_rest, b))
                    .min(edits(a, b_rest))
            }
        }
    }

    #[test]
    fn nothing_heard_is_all_deleted() {
        let error = wer("one two three", "", Language::ENGLISH);
        assert_eq!((error.deletions, error.rate()), (3, 1.0));
        assert_eq!(wer("", "", Language::ENGLISH).rate(), 0.0);
        assert_eq!(wer("...", "well", Language::ENGLISH).rate(), 1.0);
    }

    #[test]
    fn texts_add_up() {
        let one = wer("a b", "a c", Language::ENGLISH);
        let two = wer("d", "d e", Language::ENGLISH);
        assert_eq!([one, two].into_iter().sum::<WordErrorRate>(), one + two);
        assert_eq!((one + two).rate(), 2.0 / 3.0);
    }

    proptest! {
        #[test]
        fn edits_are_the_fewest_and_lengths_add_up(
            a in proptest::collection::vec(0..4_u32, 0..9),
            b in proptest::collection::vec(0..4_u32, 0..9),
        ) {
            let error = align(&a, &b);
            prop_assert_eq!(error.edits(), edits(&a, &b));
            prop_assert_eq!(error.reference_words(), a.len());
            prop_assert_eq!(error.hits + error.substitutions + error.insertions, b.len());
        }
    }
}

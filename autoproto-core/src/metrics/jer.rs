//! Jaccard error rate, as `pyannote.metrics` computes it.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use super::sweep::{SHORTEST, scored};
use super::{DerOptions, LabelledTurn, rate};
use crate::assignment::heaviest_pairs;

/// What likeness adds to shared time, as a part of the most time that two voices share: enough to choose among pairings
/// that are equal but for rounding, and far less than a millisecond in any meeting.
const TIE: f64 = 1.0 / (1_u64 << 30) as f64;

/// How badly each voice of the reference was found; add those of several recordings to pool them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct JaccardErrorRate {
    /// Voices of the reference that speak where it counts.
    pub speakers: usize,
    /// The sum of their errors: for each 1 less the time both speak by the time either does, and 1 without a partner.
    pub errors: f64,
    /// Voices of the hypothesis that are no one's partner. The rate doesn't tell of them.
    pub unpaired: usize,
}

impl JaccardErrorRate {
    /// The mean error of the reference's voices, from 0 to 1. For an empty reference 0 without any voice found, else 1,
    /// as in `dscore`; `pyannote.metrics` has 1 for both.
    pub fn rate(&self) -> f64 {
        if self.speakers == 0 {
            return rate(self.unpaired as f64, 0.0);
        }
        self.errors / self.speakers as f64
    }
}

impl AddAssign for JaccardErrorRate {
    fn add_assign(&mut self, other: Self) {
        self.speakers += other.speakers;
        self.errors += other.errors;
        self.unpaired += other.unpaired;
    }
}

impl Add for JaccardErrorRate {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for JaccardErrorRate {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// Compares who spoke when with who really did, each voice of the reference as weighty as any other.
///
/// The measure of the second DIHARD challenge, as `pyannote.metrics` has it: voices are paired as for
/// [`der`](super::der()), so that they share the most time. `dscore` pairs them so that the rate is lowest and rounds
/// time to frames; the two differ where those pairings do. Where several pairings share the most time, the one with the
/// lowest rate is taken; `pyannote.metrics` takes any of them. Collars and overlap are left out as for DER; `dscore` leaves out neither.
///
/// ```
/// use autoproto_core::metrics::{DerOptions, LabelledTurn, jer};
///
/// let truth = [LabelledTurn::new(0.0, 8.0, "Anna"), LabelledTurn::new(8.0, 10.0, "Boris")];
/// let found = [LabelledTurn::new(0.0, 9.0, "SPEAKER_00"), LabelledTurn::new(9.0, 10.0, "SPEAKER_01")];
/// let error = jer(&truth, &found, &DerOptions::default());
/// // Of nine seconds of Anna or her partner one is wrong, and of two of Boris or his.
/// assert!((error.rate() - (1.0 / 9.0 + 1.0 / 2.0) / 2.0).abs() < 1e-12);
/// ```
pub fn jer(
    reference: &[LabelledTurn],
    hypothesis: &[LabelledTurn],
    options: &DerOptions,
) -> JaccardErrorRate {
    let mut spoken: HashMap<usize, f64> = HashMap::new();
    let mut heard: HashMap<usize, f64> = HashMap::new();
    let mut weights: HashMap<(usize, usize), f64> = HashMap::new();
    let mut common: HashMap<(usize, usize), f64> = HashMap::new();
    scored(reference, hypothesis, options, |seconds, now| {
        for &h in now.hypothesis.keys() {
            *heard.entry(h).or_default() += seconds;
        }
        for (&r, &r_count) in &now.reference {
            *spoken.entry(r).or_default() += seconds;
            for (&h, &h_count) in &now.hypothesis {
                // Each pair of overlapping turns for itself, as in the pairing of DER.
                *weights.entry((r, h)).or_default() += seconds * (r_count * h_count) as f64;
                *common.entry((r, h)).or_default() += seconds;
            }
        }
    });
    // What a collar leaves of a voice by rounding is none of it.
    spoken.retain(|_, seconds| *seconds > SHORTEST);
    heard.retain(|_, seconds| *seconds > SHORTEST);
    weights.retain(|(r, h), _| spoken.contains_key(r) && heard.contains_key(h));
    let likeness = |(r, h): &(usize, usize)| -> Option<f64> {
        let (both, r, h) = (common.get(&(*r, *h))?, spoken.get(r)?, heard.get(h)?);
        let either = r + h - both;
        // Times too long to add up are alike.
        Some(match both.partial_cmp(&either) {
            Some(Ordering::Less) => (both / either).max(0.0),
            _ => 1.0,
        })
    };
    let heaviest = weights.values().copied().fold(0.0, f64::max);
    for (pair, weight) in &mut weights {
        *weight += TIE * heaviest * likeness(pair).unwrap_or_default();
    }
    let pairs = heaviest_pairs(&weights);
    // In order, so that the sum doesn't hang on that of the table.
    let mut likenesses: Vec<f64> = pairs.iter().filter_map(likeness).collect();
    likenesses.sort_by(f64::total_cmp);
    let partners: HashSet<usize> = pairs.iter().map(|pair| pair.1).collect();
    let alone = spoken.len().saturating_sub(likenesses.len());
    JaccardErrorRate {
        speakers: spoken.len(),
        errors: alone as f64 + likenesses.iter().map(|l| 1.0 - l).sum::<f64>(),
        unpaired: heard.keys().filter(|h| !partners.contains(h)).count(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn turns(most: usize) -> impl Strategy<Value = Vec<LabelledTurn>> {
        let turn = (0.0..100.0_f64, 0.0..10.0_f64, 0..5_u8);
        proptest::collection::vec(
            turn.prop_map(|(s, d, l)| LabelledTurn::new(s, s + d, l.to_string())),
            0..most,
        )
    }

    fn plain(reference: &[LabelledTurn], hypothesis: &[LabelledTurn]) -> JaccardErrorRate {
        jer(reference, hypothesis, &DerOptions::default())
    }

    #[test]
    fn every_voice_weighs_the_same() {
        let truth = [
            LabelledTurn::new(0.0, 99.0, "a"),
            LabelledTurn::new(99.0, 100.0, "b"),
        ];
        let error = plain(&truth, &[LabelledTurn::new(0.0, 99.0, "x")]);
        assert_eq!((error.speakers, error.errors, error.rate()), (2, 1.0, 0.5));
    }

    #[test]
    fn voices_that_no_one_has_are_counted_apart() {
        let truth = [LabelledTurn::new(0.0, 4.0, "a")];
        let found = [
            LabelledTurn::new(0.0, 4.0, "x"),
            LabelledTurn::new(1.0, 3.0, "y"),
            LabelledTurn::new(9.0, 90.0, "z"),
        ];
        let error = plain(&truth, &found);
        assert_eq!((error.rate(), error.unpaired), (0.0, 2));
    }

    #[test]
    fn the_pairing_shares_the_most_time_and_not_the_lowest_rate() {
        // `y` would give 3 s of 7, but `x` shares more with `a`: 4 s of 23.
        let truth = [LabelledTurn::new(0.0, 7.0, "a")];
        let found = [
            LabelledTurn::new(0.0, 3.0, "y"),
            LabelledTurn::new(3.0, 23.0, "x"),
        ];
        let error = plain(&truth, &found);
        assert!((error.rate() - (1.0 - 4.0 / 23.0)).abs() < 1e-12);
    }

    #[test]
    fn of_pairings_that_share_as_much_the_lowest_rate_is_taken() {
        let truth = [LabelledTurn::new(2.0, 3.0, "a")];
        let found = [
            LabelledTurn::new(0.0, 9.0, "x"),
            LabelledTurn::new(1.5, 3.5, "y"),
            LabelledTurn::new(1.0, 6.0, "z"),
        ];
        assert_eq!(plain(&truth, &found).rate(), 0.5);
    }

    #[test]
    fn a_voice_over_itself_speaks_once() {
        let truth = [
            LabelledTurn::new(0.0, 4.0, "a"),
            LabelledTurn::new(2.0, 5.0, "a"),
        ];
        assert_eq!(
            plain(&truth, &[LabelledTurn::new(0.0, 5.0, "x")]).errors,
            0.0
        );
    }

    #[test]
    fn without_a_reference_any_voice_is_all_wrong() {
        let found = [LabelledTurn::new(0.0, 1.0, "a")];
        assert_eq!(plain(&[], &[]).rate(), 0.0);
        assert_eq!(plain(&[], &found).rate(), 1.0);
        assert_eq!(plain(&found, &[]).rate(), 1.0);
    }

    #[test]
    fn a_voice_within_collars_is_none() {
        let truth = [
            LabelledTurn::new(1.0, 1.2, "a"),
            LabelledTurn::new(5.0, 9.0, "b"),
        ];
        let options = DerOptions {
            collar: 0.5,
            ..DerOptions::default()
        };
        let error = jer(&truth, &[], &options);
        assert_eq!((error.speakers, error.errors), (1, 1.0));
    }

    #[test]
    fn recordings_add_up() {
        let truth = [LabelledTurn::new(0.0, 4.0, "a")];
        let (right, missed) = (plain(&truth, &truth), plain(&truth, &[]));
        let both: JaccardErrorRate = [right, missed].into_iter().sum();
        assert_eq!((both, both.rate()), (right + missed, 0.5));
    }

    #[test]
    fn numbers_that_are_none_are_no_turns() {
        let odd = [
            LabelledTurn::new(f64::NAN, 1.0, "a"),
            LabelledTurn::new(0.0, f64::INFINITY, "b"),
            LabelledTurn::new(3.0, 2.0, "c"),
            LabelledTurn::new(2.0, 2.0, "c"),
            LabelledTurn::new(-1e308, 1e308, "d"),
        ];
        assert_eq!(plain(&odd[..4], &odd[..4]), JaccardErrorRate::default());
        assert_eq!(plain(&odd, &odd).rate(), 0.0);
        for collar in [-1.0, f64::NAN, f64::INFINITY, 1e308] {
            let options = DerOptions {
                collar,
                skip_overlap: true,
            };
            assert!((0.0..=1.0).contains(&jer(&odd, &odd, &options).rate()));
        }
    }

    proptest! {
        #[test]
        fn it_is_a_share_whatever_the_labels(
            reference in turns(20),
            hypothesis in turns(20),
            collar in 0.0..2.0_f64,
            skip_overlap: bool,
        ) {
            let options = DerOptions { collar, skip_overlap };
            let error = jer(&reference, &hypothesis, &options);
            prop_assert!((0.0..=1.0).contains(&error.rate()), "{error:?}");
            prop_assert!(error.errors <= error.speakers as f64);
            // Another label for each, and in another order of the alphabet.
            let renamed: Vec<_> = hypothesis
                .iter()
                .map(|t| LabelledTurn { label: format!("z{}", (b'9' - t.label.as_bytes()[0]) as char), ..t.clone() })
                .collect();
            prop_assert_eq!(jer(&reference, &renamed, &options), error);
            let itself = jer(&reference, &reference, &options);
            prop_assert!(itself.rate() < 1e-9 && itself.unpaired == 0, "{itself:?}");
        }

        #[test]
        fn any_numbers_give_a_share(
            spans in proptest::collection::vec((any::<f64>(), any::<f64>(), 0..3_u8), 0..12),
            split in 0..12_usize,
            collar: f64,
        ) {
            let turns: Vec<_> = spans.iter().map(|(s, e, l)| LabelledTurn::new(*s, *e, l.to_string())).collect();
            let (reference, hypothesis) = turns.split_at(split.min(turns.len()));
            let error = jer(reference, hypothesis, &DerOptions { collar, skip_overlap: false });
            prop_assert!((0.0..=1.0).contains(&error.rate()), "{error:?}");
        }
    }
}

//! Diarization error rate, as `pyannote.metrics` computes it.

use std::collections::HashMap;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use super::rate;
use super::sweep::scored;
use crate::assignment::heaviest_pairs;
use crate::types::{SpeakerTurn, TimeSpan};

/// A voice by any label, as in an RTTM file, and when it speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledTurn {
    /// When.
    pub span: TimeSpan,
    /// Who: any text that tells the voices of one recording apart.
    pub label: String,
}

impl LabelledTurn {
    /// A turn of `label` in `[start, end)`, in seconds.
    pub fn new(start: f64, end: f64, label: impl Into<String>) -> Self {
        Self {
            span: TimeSpan::new(start, end),
            label: label.into(),
        }
    }
}

impl From<&SpeakerTurn> for LabelledTurn {
    fn from(turn: &SpeakerTurn) -> Self {
        Self {
            span: turn.span,
            label: turn.speaker.to_string(),
        }
    }
}

/// What is left out of the count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DerOptions {
    /// Seconds left out around each boundary of a reference turn, half of them on each side: `pyannote.metrics` means
    /// the same by `collar`, NIST's `md-eval` and `dscore` mean one side. Default: 0.
    pub collar: f64,
    /// Whether moments in which two or more reference turns overlap are left out. Default: no.
    pub skip_overlap: bool,
}

/// Seconds of each kind of error; add those of several recordings to pool them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DiarizationErrorRate {
    /// Speech in the reference, where two speak at once twice.
    pub total: f64,
    /// Reference speech that the hypothesis lacks.
    pub miss: f64,
    /// Hypothesis speech that the reference lacks.
    pub false_alarm: f64,
    /// Speech given to another voice.
    pub confusion: f64,
}

impl DiarizationErrorRate {
    /// Errors per second of reference speech; may pass 1. For an empty reference 0 without false alarms, else 1.
    pub fn rate(&self) -> f64 {
        rate(self.miss + self.false_alarm + self.confusion, self.total)
    }
}

impl AddAssign for DiarizationErrorRate {
    fn add_assign(&mut self, other: Self) {
        self.total += other.total;
        self.miss += other.miss;
        self.false_alarm += other.false_alarm;
        self.confusion += other.confusion;
    }
}

impl Add for DiarizationErrorRate {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for DiarizationErrorRate {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// Compares who spoke when with who really did.
///
/// Labels need not agree: each voice of the hypothesis is paired with at most one of the reference so that they share
/// the most time. All time from the first boundary to the last counts, of whichever side. Turns that are empty or not
/// finite count as none; overlapping turns of one label count each for itself, as in `pyannote.metrics`.
///
/// ```
/// use autoproto_core::metrics::{DerOptions, LabelledTurn, der};
///
/// let truth = [LabelledTurn::new(0.0, 6.0, "Anna"), LabelledTurn::new(6.0, 10.0, "Boris")];
/// let found = [LabelledTurn::new(0.0, 7.0, "SPEAKER_00"), LabelledTurn::new(7.0, 9.0, "SPEAKER_01")];
/// let error = der(&truth, &found, &DerOptions::default());
/// assert_eq!((error.total, error.miss, error.false_alarm, error.confusion), (10.0, 1.0, 0.0, 1.0));
/// assert_eq!(error.rate(), 0.2);
/// ```
pub fn der(
    reference: &[LabelledTurn],
    hypothesis: &[LabelledTurn],
    options: &DerOptions,
) -> DiarizationErrorRate {
    let mut error = DiarizationErrorRate::default();
    let mut shared: HashMap<(usize, usize), Shared> = HashMap::new();
    let mut paired = 0.0;
    scored(reference, hypothesis, options, |seconds, now| {
        let both = now.spoken.min(now.heard);
        error.total += seconds * now.spoken as f64;
        error.miss += seconds * (now.spoken - both) as f64;
        error.false_alarm += seconds * (now.heard - both) as f64;
        paired += seconds * both as f64;
        for (&r, &r_count) in &now.reference {
            for (&h, &h_count) in &now.hypothesis {
                let pair = shared.entry((r, h)).or_default();
                pair.weight += seconds * (r_count * h_count) as f64;
                pair.correct += seconds * r_count.min(h_count) as f64;
            }
        }
    });
    let weights = shared
        .iter()
        .map(|(pair, shared)| (*pair, shared.weight))
        .collect();
    let same_voice = heaviest_pairs(&weights);
    let correct: f64 = same_voice
        .iter()
        .filter_map(|pair| shared.get(pair))
        .map(|s| s.correct)
        .sum();
    error.confusion = (paired - correct).max(0.0);
    error
}

/// What a reference label and a hypothesis label have in common, in seconds.
#[derive(Default)]
struct Shared {
    /// Each pair of overlapping turns for itself: what the pairing maximises.
    weight: f64,
    /// What is right if the two are the same voice.
    correct: f64,
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

    #[test]
    fn half_of_the_collar_goes_on_each_side() {
        let truth = [LabelledTurn::new(0.0, 10.0, "a")];
        let error = der(
            &truth,
            &[],
            &DerOptions {
                collar: 0.5,
                ..DerOptions::default()
            },
        );
        assert_eq!((error.total, error.miss), (9.5, 9.5));
    }

    #[test]
    fn overlaps_of_the_reference_are_left_out_on_request() {
        let truth = [
            LabelledTurn::new(0.0, 6.0, "a"),
            LabelledTurn::new(4.0, 10.0, "b"),
        ];
        assert_eq!(der(&truth, &[], &DerOptions::default()).total, 12.0);
        assert_eq!(
            der(
                &truth,
                &[],
                &DerOptions {
                    skip_overlap: true,
                    ..DerOptions::default()
                }
            )
            .total,
            8.0
        );
    }

    #[test]
    fn without_a_reference_any_false_alarm_is_all_wrong() {
        let found = [LabelledTurn::new(0.0, 1.0, "a")];
        assert_eq!(der(&[], &[], &DerOptions::default()).rate(), 0.0);
        assert_eq!(der(&[], &found, &DerOptions::default()).rate(), 1.0);
    }

    #[test]
    fn pairing_maximises_the_whole_and_not_each_step() {
        // Taking the heaviest pair first (a with x, 5 s) would leave 1 s for b; crosswise it is 4 + 4.
        let truth = [
            LabelledTurn::new(0.0, 9.0, "a"),
            LabelledTurn::new(9.0, 14.0, "b"),
        ];
        let found = [
            LabelledTurn::new(0.0, 5.0, "x"),
            LabelledTurn::new(5.0, 9.0, "y"),
            LabelledTurn::new(9.0, 13.0, "x"),
            LabelledTurn::new(13.0, 14.0, "y"),
        ];
        assert_eq!(der(&truth, &found, &DerOptions::default()).confusion, 6.0);
    }

    #[test]
    fn a_thousand_labels_on_each_side_are_paired() {
        let side = |shift: f64, name: &str| -> Vec<LabelledTurn> {
            let turn = |i: u32| {
                LabelledTurn::new(
                    f64::from(i) + shift,
                    f64::from(i) + shift + 1.0,
                    format!("{name}{i}"),
                )
            };
            (0..1000).map(turn).collect()
        };
        let error = der(&side(0.0, "r"), &side(0.25, "h"), &DerOptions::default());
        assert!((error.confusion - 0.25 * 999.0).abs() < 1e-6, "{error:?}");
    }

    #[test]
    fn numbers_that_are_none_are_no_turns() {
        let odd = [
            LabelledTurn::new(f64::NAN, 1.0, "a"),
            LabelledTurn::new(0.0, f64::INFINITY, "b"),
            LabelledTurn::new(3.0, 2.0, "c"),
            LabelledTurn::new(-1e308, 1e308, "d"),
        ];
        assert_eq!(
            der(&odd[..3], &odd[..3], &DerOptions::default()),
            DiarizationErrorRate::default()
        );
        der(
            &odd,
            &odd,
            &DerOptions {
                collar: f64::INFINITY,
                skip_overlap: true,
            },
        );
    }

    proptest! {
        #[test]
        fn the_parts_add_up_whatever_the_labels(reference in turns(20), hypothesis in turns(20), collar in 0.0..2.0_f64) {
            let options = DerOptions { collar, skip_overlap: false };
            let error = der(&reference, &hypothesis, &options);
            prop_assert!([error.total, error.miss, error.false_alarm, error.confusion].iter().all(|s| *s >= 0.0));
            prop_assert!(error.miss + error.confusion <= error.total + 1e-9);
            let renamed: Vec<_> =
                hypothesis.iter().map(|t| LabelledTurn { label: format!("z{}", t.label), ..t.clone() }).collect();
            let again = der(&reference, &renamed, &options);
            prop_assert!((again.confusion - error.confusion).abs() < 1e-9);
            prop_assert!(der(&reference, &reference, &options).rate() < 1e-9);
        }
    }
}

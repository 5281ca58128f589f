//! A token that was heard, and the likeliest of scores.

/// A token and the frames of the encoder that it was heard in, `start..end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    /// Its index in the vocabulary.
    pub(super) id: usize,
    /// Where it begins.
    pub(super) start: usize,
    /// Where it ends, behind `start`.
    pub(super) end: usize,
    /// How sure the model was, 0 to 1.
    pub(super) probability: f32,
}

/// The highest of scores and its probability; `None` where none is a number.
///
/// The scores may be log-probabilities or lie anywhere above them: the softmax of both is the same.
pub(super) fn likeliest(scores: &[f32]) -> Option<(usize, f32)> {
    let numbers = || scores.iter().enumerate().filter(|(_, s)| s.is_finite());
    // The first of equals, as in the references.
    let (best, highest) =
        numbers().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let sum: f32 = numbers().map(|(_, score)| (score - highest).exp()).sum();
    Some((best, (1.0 / sum).clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_probability_is_that_of_the_softmax() {
        let (best, probability) = likeliest(&[0.0, 2.0, 1.0]).unwrap();
        assert_eq!(best, 1);
        assert!((probability - 0.665_240_9).abs() < 1e-6);
        let shifted = likeliest(&[-1000.0, -998.0, -999.0]).unwrap();
        assert!((shifted.1 - probability).abs() < 1e-6);
        assert_eq!(
            likeliest(&[f32::NAN, f32::NEG_INFINITY, -3.0]),
            Some((2, 1.0))
        );
        assert_eq!(likeliest(&[1.0, 1.0]), Some((0, 0.5)));
        assert_eq!(likeliest(&[f32::NAN]), None);
        assert_eq!(likeliest(&[]), None);
    }

    proptest! {
        #[test]
        fn it_is_always_one_of_the_scores(scores in proptest::collection::vec(any::<f32>(), 0..20)) {
            if let Some((best, probability)) = likeliest(&scores) {
                prop_assert!(scores[best].is_finite() && (0.0..=1.0).contains(&probability));
            }
        }
    }
}

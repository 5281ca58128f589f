//! From a cosine to a probability.

use crate::error::{Error, Result};
use crate::models::{Signature, catalog};

pub use crate::models::Curve;

/// People that a book must have beside the two nearest for their cosines to have a say.
pub const SMALLEST_COHORT: usize = 8;

/// A cosine is as likely as not where it is this many standard deviations above the mean of the cohort's.
///
/// Measured with the curve of `speaker-embedding-ge2e`: cosines between different people have a mean of 0.61 and a
/// deviation of 0.09 for a voice, on average, and the curve's midpoint lies 1.5 of these above.
pub const COHORT_SPREAD: f64 = 1.5;

/// How near a voice is to a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The best cosine to any prototype or to the mean of them, -1 to 1.
    pub cosine: f32,
    /// That they are the same, 0 to 1, where both were as likely beforehand.
    pub probability: f64,
}

impl Default for Curve {
    /// For a model nobody has measured: slope 20, midpoint 0.5. It stands on no figures; measure, and give a curve in
    /// [`IdentifyOptions`](super::IdentifyOptions).
    fn default() -> Self {
        Self {
            slope: 20.0,
            midpoint: 0.5,
        }
    }
}

impl Curve {
    /// For `speaker-embedding-ge2e`: slope 35, midpoint 0.746.
    ///
    /// A logistic regression, both classes weighing the same, on the halves of what 20 speakers of ten recordings say
    /// alone (4 to 73 s each; seven cuts of AMI and three scripted meetings with synthetic voices; voices are means of
    /// pieces of 1.6 s): 36 pairs of one person (cosine 0.68 to 0.99, mean 0.89; 16 of them across recordings, mean
    /// 0.86), 616 of two (up to 0.83, mean 0.60, deviation 0.09; none between synthetic voices of two recordings, where
    /// one voice has two names).
    pub const GE2E: Curve = Curve {
        slope: 35.0,
        midpoint: 0.746,
    };

    /// The curve measured for the catalogued model file with this SHA-256.
    pub(super) fn of(sha256: &str) -> Option<Self> {
        let row = catalog().into_iter().find(|row| row.sha256 == sha256)?;
        match row.signature {
            Signature::Embedding(signature) => signature.curve,
            _ => None,
        }
    }

    /// Whether it rises, and where cosines are.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless the slope is above 0 and the midpoint -1 to 1.
    pub fn check(&self) -> Result<()> {
        let (option, expected, got) = if !(self.slope > 0.0 && self.slope.is_finite()) {
            ("curve.slope", "above 0", self.slope)
        } else if !(-1.0..=1.0).contains(&self.midpoint) {
            ("curve.midpoint", "-1 to 1", self.midpoint)
        } else {
            return Ok(());
        };
        Err(Error::InvalidOption {
            option,
            expected: expected.into(),
            got: got.to_string(),
        })
    }

    /// The probability at a cosine.
    ///
    /// ```
    /// use autoproto_core::voicebook::Curve;
    ///
    /// assert_eq!(Curve::GE2E.probability(0.746), 0.5);
    /// assert!((Curve::GE2E.probability(0.83) - 0.95).abs() < 0.001);
    /// ```
    pub fn probability(&self, cosine: f64) -> f64 {
        1.0 / (1.0 + (-self.slope * (cosine - self.midpoint)).exp())
    }

    /// The same with the midpoint no lower than the cosines to other people suggest; they come best first.
    pub(super) fn against(self, cosines: &[f64]) -> Self {
        let cohort = cosines.get(2..).unwrap_or_default();
        if cohort.len() < SMALLEST_COHORT {
            return self;
        }
        let count = cohort.len() as f64;
        let mean = cohort.iter().sum::<f64>() / count;
        let variance = cohort.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / count;
        Self {
            midpoint: self.midpoint.max(mean + COHORT_SPREAD * variance.sqrt()),
            ..self
        }
    }
}

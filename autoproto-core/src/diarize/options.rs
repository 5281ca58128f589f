//! What is known of the speakers beforehand, and how much is done to tell them apart.

use crate::error::{Error, Result};

/// What is known of the speakers beforehand.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct DiarizeOptions {
    /// How many voices there are. Default: any number.
    pub speakers: SpeakerCount,
    /// How far apart two voices must be, 0 to 2, in the distance of the [recipe](crate::models::Recipe). Default: the
    /// recipe's own.
    pub threshold: Option<f32>,
}

impl DiarizeOptions {
    /// Sets [`threshold`](Self::threshold).
    pub fn with_threshold(mut self, threshold: f32) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// With bounds on the number of speakers.
    pub fn with_speakers(mut self, speakers: SpeakerCount) -> Self {
        self.speakers = speakers;
        self
    }
}

/// How much is done for the last tenths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum Accuracy {
    /// The recipe as it was measured: of pyannote.audio's, every number that it computes.
    #[default]
    Exact,
    /// What overlapping windows have in common is looked at once, and windows in which no voice activity was detected
    /// are passed over.
    Fast,
}

impl Accuracy {
    /// How many times coarser the steps of the recipe of pieces are.
    #[cfg(feature = "onnx")]
    pub(super) fn coarser(self) -> usize {
        match self {
            Self::Exact => 1,
            Self::Fast => 2,
        }
    }
}

impl std::str::FromStr for Accuracy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "exact" => Ok(Self::Exact),
            "fast" => Ok(Self::Fast),
            _ => Err(Error::InvalidOption {
                option: "accuracy",
                expected: "exact or fast".into(),
                got: format!("`{text}`"),
            }),
        }
    }
}

/// Bounds on the number of speakers.
///
/// ```
/// use autoproto_core::SpeakerCount;
///
/// assert_eq!("3".parse::<SpeakerCount>()?, SpeakerCount::exactly(3)?);
/// assert_eq!("2..5".parse::<SpeakerCount>()?, SpeakerCount::between(2, 5)?);
/// assert!("0".parse::<SpeakerCount>().is_err());
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeakerCount {
    min: usize,
    max: usize,
}

/// More voices than anyone can tell apart; a bound on work, too.
const MOST: usize = 100;

impl Default for SpeakerCount {
    fn default() -> Self {
        Self { min: 1, max: MOST }
    }
}

impl SpeakerCount {
    /// Exactly `count`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless it is 1 to 100.
    pub fn exactly(count: usize) -> Result<Self> {
        Self::between(count, count)
    }

    /// From `min` to `max`, both included.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless 1 ≤ min ≤ max ≤ 100.
    pub fn between(min: usize, max: usize) -> Result<Self> {
        if min >= 1 && min <= max && max <= MOST {
            return Ok(Self { min, max });
        }
        Err(Self::invalid(if min == max {
            min.to_string()
        } else {
            format!("{min}..{max}")
        }))
    }

    /// The fewest.
    pub fn min(&self) -> usize {
        self.min
    }

    /// The most.
    pub fn max(&self) -> usize {
        self.max
    }

    /// Whether it is one number.
    pub fn is_exact(&self) -> bool {
        self.min == self.max
    }

    fn invalid(got: impl Into<String>) -> Error {
        Error::InvalidOption {
            option: "speakers",
            expected: "a number from 1 to 100, or a range such as 2..5".into(),
            got: got.into(),
        }
    }
}

impl std::str::FromStr for SpeakerCount {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |part: &str| {
            part.trim()
                .parse::<usize>()
                .map_err(|_| Self::invalid(format!("`{text}`")))
        };
        match text.split_once("..") {
            Some((min, max)) => Self::between(number(min)?, number(max.trim_start_matches('='))?),
            None => Self::exactly(number(text)?),
        }
    }
}

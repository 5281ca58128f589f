//! Who speaks when.

#[cfg(feature = "onnx")]
mod cluster;
#[cfg(feature = "onnx")]
mod embedding;
#[cfg(feature = "onnx")]
mod fbank;
#[cfg(feature = "onnx")]
mod frames;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "onnx")]
mod powerset;
#[cfg(feature = "onnx")]
mod reconstruct;
#[cfg(feature = "onnx")]
mod resegment;
#[cfg(feature = "onnx")]
mod second_voice;
#[cfg(feature = "onnx")]
mod segmentation;
#[cfg(feature = "onnx")]
mod spans;

#[cfg(feature = "onnx")]
pub use onnx::{OnnxDiarizer, Prepared};

use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::types::{Diarization, SpeechRegion};

/// Finds out who speaks when.
pub trait Diarizer: Send {
    /// The engine's name in errors and reports.
    fn id(&self) -> &'static str;

    /// The turns of each voice, overlaps kept; speakers are numbered in the order of first speech.
    ///
    /// `speech` says where anyone speaks; a diarizer may pass over the rest.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once the token has fired, [`Error::Backend`] if the engine fails.
    fn diarize(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &DiarizeOptions,
        ctx: &Context<'_>,
    ) -> Result<Diarization>;
}

impl<D: Diarizer + ?Sized> Diarizer for Box<D> {
    fn id(&self) -> &'static str {
        (**self).id()
    }

    fn diarize(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &DiarizeOptions,
        ctx: &Context<'_>,
    ) -> Result<Diarization> {
        (**self).diarize(audio, speech, options, ctx)
    }
}

/// What is known of the speakers beforehand.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct DiarizeOptions {
    /// How many voices there are. Default: any number.
    pub speakers: SpeakerCount,
    /// How far apart two voices must be, as a cosine distance, 0 to 2. Default: what the model's row says.
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

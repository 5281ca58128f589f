//! Where anyone speaks at all.

mod hysteresis;
#[cfg(feature = "onnx")]
mod silero;

pub use hysteresis::regions_of;
#[cfg(feature = "onnx")]
pub use silero::SileroVad;

use crate::audio::AudioView;
use crate::context::Context;
use crate::error::Result;
use crate::types::{ModelInUse, SpeechRegion};

/// Finds speech.
///
/// ```
/// use autoproto_core::{AudioView, Context, Result, SpeechRegion, TimeSpan, VadOptions, VoiceActivityDetector};
///
/// /// Takes everything for speech.
/// struct Everything;
///
/// impl VoiceActivityDetector for Everything {
///     fn id(&self) -> &'static str { "everything" }
///     fn detect(&mut self, audio: AudioView<'_>, _: &VadOptions, ctx: &Context<'_>) -> Result<Vec<SpeechRegion>> {
///         ctx.cancel().check()?;
///         Ok(vec![SpeechRegion { span: TimeSpan::new(0.0, audio.duration()) }])
///     }
/// }
/// ```
pub trait VoiceActivityDetector: Send {
    /// The engine's name in errors and reports.
    fn id(&self) -> &'static str;

    /// The models it runs and what on, for the report; none where there is nothing to say.
    fn models(&self) -> Vec<ModelInUse> {
        Vec::new()
    }

    /// The stretches of speech, by start, without overlaps, inside the audio.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired,
    /// [`Error::Backend`](crate::Error::Backend) if the engine fails.
    fn detect(
        &mut self,
        audio: AudioView<'_>,
        options: &VadOptions,
        ctx: &Context<'_>,
    ) -> Result<Vec<SpeechRegion>>;
}

impl<V: VoiceActivityDetector + ?Sized> VoiceActivityDetector for Box<V> {
    fn id(&self) -> &'static str {
        (**self).id()
    }

    fn models(&self) -> Vec<ModelInUse> {
        (**self).models()
    }

    fn detect(
        &mut self,
        audio: AudioView<'_>,
        options: &VadOptions,
        ctx: &Context<'_>,
    ) -> Result<Vec<SpeechRegion>> {
        (**self).detect(audio, options, ctx)
    }
}

/// How probabilities become regions. Defaults are Silero's own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VadOptions {
    /// A region begins where the probability reaches this, 0 to 1. Default: `0.5`.
    pub onset: f32,
    /// And ends where it falls below this. Default: `0.35`.
    pub offset: f32,
    /// Shorter regions go, in seconds. Default: `0.25`.
    pub min_speech: f64,
    /// Shorter silences don't end a region, in seconds. Default: `0.1`.
    pub min_silence: f64,
    /// Each region grows by this on both sides, in seconds. Default: `0.03`.
    pub padding: f64,
}

impl Default for VadOptions {
    fn default() -> Self {
        Self {
            onset: 0.5,
            offset: 0.35,
            min_speech: 0.25,
            min_silence: 0.1,
            padding: 0.03,
        }
    }
}

impl VadOptions {
    /// Sets [`onset`](Self::onset).
    pub fn with_onset(mut self, onset: f32) -> Self {
        self.onset = onset;
        self
    }

    /// Sets [`offset`](Self::offset).
    pub fn with_offset(mut self, offset: f32) -> Self {
        self.offset = offset;
        self
    }

    /// Sets [`min_speech`](Self::min_speech).
    pub fn with_min_speech(mut self, min_speech: f64) -> Self {
        self.min_speech = min_speech;
        self
    }

    /// Sets [`min_silence`](Self::min_silence).
    pub fn with_min_silence(mut self, min_silence: f64) -> Self {
        self.min_silence = min_silence;
        self
    }

    /// Sets [`padding`](Self::padding).
    pub fn with_padding(mut self, padding: f64) -> Self {
        self.padding = padding;
        self
    }
}

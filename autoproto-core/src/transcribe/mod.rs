//! What is said.

pub mod align;
pub mod casing;
#[cfg(feature = "onnx")]
mod conformer;
#[cfg(any(feature = "whisper", feature = "onnx"))]
mod coverage;
pub mod evidence;
#[cfg(any(feature = "whisper", feature = "onnx"))]
mod fill;
pub mod glossary;
mod language;
#[cfg(feature = "onnx")]
mod moonshine;
mod options;
#[cfg_attr(not(test), expect(dead_code, reason = "until the engines call it"))]
mod placement;
pub mod sentences;
#[cfg(feature = "whisper")]
mod whisper;
#[cfg(any(feature = "whisper", feature = "onnx"))]
mod window;
#[cfg(any(feature = "whisper", feature = "onnx"))]
mod words;

#[cfg(feature = "onnx")]
pub use conformer::ConformerTranscriber;
pub use language::{LanguageTracker, Spoken};
#[cfg(feature = "onnx")]
pub use moonshine::MoonshineTranscriber;
pub use options::TranscribeOptions;
#[cfg(feature = "whisper")]
pub use whisper::WhisperTranscriber;

use crate::audio::AudioView;
use crate::context::Context;
use crate::error::Result;
use crate::types::{ModelInUse, SpeechRegion, Transcript};

/// Turns speech into words with times.
pub trait Transcriber: Send {
    /// The engine's name in errors and reports.
    fn id(&self) -> &'static str;

    /// The models it runs and what on, for the report; none where there is nothing to say.
    fn models(&self) -> Vec<ModelInUse> {
        Vec::new()
    }

    /// The words inside the `speech` regions.
    ///
    /// Every word has start < end inside the audio, and a transcriber that finds no word in a stretch of speech
    /// says so in [`Transcript::uncovered`].
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired,
    /// [`Error::Backend`](crate::Error::Backend) if the engine fails.
    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript>;
}

impl<T: Transcriber + ?Sized> Transcriber for Box<T> {
    fn id(&self) -> &'static str {
        (**self).id()
    }

    fn models(&self) -> Vec<ModelInUse> {
        (**self).models()
    }

    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        (**self).transcribe(audio, speech, options, ctx)
    }
}

//! Who speaks when.

#[cfg(all(feature = "onnx", feature = "testing"))]
pub(crate) mod clustered;
#[cfg(feature = "onnx")]
mod clustering;
#[cfg(feature = "onnx")]
mod embedding;
#[cfg(feature = "onnx")]
mod fbank;
#[cfg(feature = "onnx")]
mod frames;
#[cfg(all(test, feature = "onnx"))]
mod made_up;
#[cfg(feature = "onnx")]
mod onnx;
mod options;
#[cfg(feature = "onnx")]
mod pieces;
#[cfg(feature = "onnx")]
mod powerset;
#[cfg(feature = "onnx")]
mod segmentation;
#[cfg(all(test, feature = "onnx"))]
mod validity;
#[cfg(feature = "onnx")]
mod voiceprint;
#[cfg(feature = "onnx")]
mod windows;

#[cfg(feature = "onnx")]
pub use onnx::{OnnxDiarizer, Prepared};
pub use options::{Accuracy, DiarizeOptions, SpeakerCount};

use crate::audio::AudioView;
use crate::context::Context;
use crate::error::Result;
use crate::types::{Diarization, ModelInUse, SpeechRegion};
use crate::voicebook::VoiceEncoder;

/// Finds out who speaks when.
pub trait Diarizer: Send {
    /// The engine's name in errors and reports.
    fn id(&self) -> &'static str;

    /// The models it runs and what on, for the report; none where there is nothing to say.
    fn models(&self) -> Vec<ModelInUse> {
        Vec::new()
    }

    /// The turns of each voice, overlaps kept; speakers are numbered in the order of first speech.
    ///
    /// `speech` says where anyone speaks; a diarizer may pass over the rest.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired, [`Error::Backend`](crate::Error::Backend) if the
    /// engine fails.
    fn diarize(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &DiarizeOptions,
        ctx: &Context<'_>,
    ) -> Result<Diarization>;

    /// What makes its voices, for people to be enrolled and recognised by; `None` where its voices are of no known model.
    fn voice_encoder(&mut self) -> Option<&mut dyn VoiceEncoder> {
        None
    }
}

impl<D: Diarizer + ?Sized> Diarizer for Box<D> {
    fn id(&self) -> &'static str {
        (**self).id()
    }

    fn models(&self) -> Vec<ModelInUse> {
        (**self).models()
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

    fn voice_encoder(&mut self) -> Option<&mut dyn VoiceEncoder> {
        (**self).voice_encoder()
    }
}

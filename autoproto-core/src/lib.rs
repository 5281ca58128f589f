//! Turns a recording of a meeting into its protocol.
mod assignment;
pub mod attribute;
pub mod audio;
mod cancel;
#[cfg(feature = "cli")]
pub mod cli;
mod context;
pub mod diarize;
mod error;
pub mod export;
pub mod media;
pub mod metrics;
pub mod models;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod pipeline;
mod progress;
pub mod summarize;
pub mod transcribe;
mod types;
pub mod vad;

pub use audio::{AudioView, SAMPLE_RATE};
pub use cancel::CancelToken;
pub use context::Context;
pub use diarize::{DiarizeOptions, Diarizer, SpeakerCount};
pub use error::{Cause, Error, Result, Stage};
pub use pipeline::{Pipeline, PipelineBuilder};
pub use progress::{Progress, ProgressSink};
pub use summarize::{MinutesOptions, Summarizer};
pub use transcribe::{TranscribeOptions, Transcriber};
pub use types::*;
pub use vad::{VadOptions, VoiceActivityDetector};

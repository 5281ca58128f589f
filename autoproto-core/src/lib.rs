//! Turns a recording of a meeting into its protocol: who said what when, and what was decided and assigned, each claim
//! tied to the seconds of audio that prove it. Everything runs on this machine.
//!
//! ```no_run
//! use autoproto_core::{Pipeline, summarize::ExtractiveSummarizer};
//!
//! let mut pipeline = Pipeline::builder().summarizer(ExtractiveSummarizer::default()).build()?;
//! let report = pipeline.run("meeting.mp4")?;
//! for decision in &report.minutes.decisions {
//!     println!("{} [{:.0} s]", decision.text, decision.evidence[0].span.start);
//! }
//! # Ok::<(), autoproto_core::Error>(())
//! ```
//!
//! # The way of the data
//!
//! ```text
//! file ─media→ sound ─vad→ speech ─┬─ diarize    → turns ─┐
//!                                  └─ transcribe → words ─┴─ attribute → utterances ─ summarize → minutes ─ export→ text
//! ```
//!
//! | module | from → to |
//! |---|---|
//! | [`media`] | a recording → 16 kHz mono sound |
//! | [`vad`] | sound → where anyone speaks |
//! | [`diarize`] | sound → who speaks when |
//! | [`transcribe`] | sound → words with times |
//! | [`attribute`] | words and turns → utterances |
//! | [`summarize`] | utterances → agenda, decisions, tasks, open questions |
//! | [`export`] | a result → Markdown, JSON, text, SRT, VTT, RTTM |
//! | [`pipeline`] | all of these in their order |
//! | [`voicebook`] | voices → people who asked to be known by them |
//! | [`models`], [`onnx`] | models found and checked, ONNX Runtime loaded |
//! | [`metrics`] | a result against the truth: DER, WER |
//!
//! Four traits are open to engines of one's own: [`VoiceActivityDetector`], [`Diarizer`], [`Transcriber`], [`Summarizer`].
//! Times are `f64` seconds from the beginning of the recording; sound is mono `f32` in -1 to 1 at [`SAMPLE_RATE`].
//! Every fallible call gives an [`Error`] whose variants say what the caller can do next; no input makes it panic.
//!
//! # Features
//!
//! | feature | brings | needs |
//! |---|---|---|
//! | `decode` (default) | readers of audio and video files | – |
//! | `opus` | the Opus codec | cmake and a C compiler, when built |
//! | `onnx` | Silero VAD, diarization | ONNX Runtime's shared library, when first used |
//! | `whisper` | speech recognition | cmake and a C++ compiler, when built |
//! | `schema` | the JSON schema of the result | – |
//! | `testing` | scripted engines, and the contract every engine passes | – |
//! | `cli` | the `autoproto` command | all of the above but `testing` |

// The doc links above point at modules that some builds leave out.
#![cfg_attr(
    not(all(feature = "onnx", feature = "whisper", feature = "decode")),
    allow(rustdoc::broken_intra_doc_links)
)]

mod assignment;
pub mod attribute;
pub mod audio;
mod cancel;
mod carry;
#[cfg(feature = "cli")]
pub mod cli;
mod context;
pub mod diarize;
mod error;
pub mod export;
pub mod media;
pub mod metrics;
pub mod models;
mod name_cases;
mod name_forms;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod pipeline;
mod progress;
#[cfg(test)]
mod skipped;
pub mod summarize;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transcribe;
mod types;
pub mod vad;
pub mod voicebook;

pub use audio::{AudioView, SAMPLE_RATE};
pub use cancel::CancelToken;
pub use carry::{CarriedNames, carry_names};
pub use context::Context;
pub use diarize::{Accuracy, DiarizeOptions, Diarizer, SpeakerCount};
pub use error::{Cause, Error, Result, Stage};
pub use pipeline::{Pipeline, PipelineBuilder};
pub use progress::{Progress, ProgressSink};
pub use summarize::{ExtractiveSummarizer, MinutesOptions, Summarizer};
pub use transcribe::{TranscribeOptions, Transcriber};
pub use types::*;
pub use vad::{VadOptions, VoiceActivityDetector};

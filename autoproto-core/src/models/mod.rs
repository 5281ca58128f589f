//! Which models there are, where they lie, and whether they are what they should be.
//!
//! Nothing native sees an unchecked file: a catalogued model is held against its hash ([`CheckedModel`]); a model of
//! the caller's own is walked first ([`ggml::check`], [`onnx_file::check`]), since the engines' loaders are not
//! made for damaged files.

mod asr_signature;
mod catalog;
mod conformer;
mod conformer_rows;
#[cfg(feature = "onnx")]
mod diarizer;
mod file;
pub mod ggml;
mod moonshine;
pub mod onnx_file;
#[cfg(feature = "onnx")]
pub(crate) mod onnx_graph;
mod signature;
mod store;
mod transcriber;

pub use asr_signature::{
    AsrFrontEnd, ConformerSignature, CtcSignature, EncoderSignature, JoinedSignature, ModelFile,
    PredictorSignature, SplitSignature, TransducerSignature,
};
pub use catalog::{ModelSpec, Task, catalog, find};
pub use conformer::ConformerModels;
#[cfg(feature = "onnx")]
pub use diarizer::{DiarizerModels, DiarizerSpec, diarizers};
pub use file::CheckedModel;
pub use moonshine::{MoonshineModels, MoonshineSignature};
#[cfg(feature = "onnx")]
pub(crate) use onnx_graph::Pooling;
pub use signature::{
    Curve, EmbeddingSignature, FbankSignature, FrameWindow, FrontEnd, Recipe,
    SegmentationSignature, Signature,
};
pub use store::ModelStore;
#[cfg(feature = "onnx")]
pub(crate) use store::checkout;
pub use transcriber::{TranscriberModels, TranscriberSignature, TranscriberSpec, transcribers};

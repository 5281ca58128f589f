//! ONNX Runtime, loaded when first needed. Every type of the `ort` crate stays in this folder.

mod library;
mod session;

pub use library::{OnnxLibrary, describe};
pub(crate) use session::{OnnxSession, Tensor};

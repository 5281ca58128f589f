//! ONNX Runtime, loaded when first needed. Every type of the `ort` crate stays in this folder.

mod library;
mod provider;
mod runtime;
mod session;
mod trial;

pub use library::{OnnxLibrary, describe};
pub use provider::offered;
pub use runtime::OnnxRuntime;
pub(crate) use session::{OnnxSession, Tensor, refusal};
pub use trial::trial;

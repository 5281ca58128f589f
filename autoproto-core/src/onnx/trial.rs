//! Whether a device works here: a model of one addition, run on it.

use super::runtime::OnnxRuntime;
use super::session::{OnnxSession, Tensor};
use crate::error::{Error, Result, Stage};
use crate::models::CheckedModel;
use crate::types::ModelInUse;

/// `y = x + x` of two numbers, as `onnx.proto` writes it.
pub(super) const DOUBLE: &[u8] = b"\x08\x08\x3a\x35\
    \x0a\x0e\x0a\x01x\x0a\x01x\x12\x01y\x22\x03Add\
    \x12\x01g\
    \x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x02\
    \x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x02\
    \x42\x02\x10\x0d";

/// What the device of this runtime comes to: itself where it is named and works, and what [`Device::Auto`] takes. A real
/// model may yet be refused. For `doctor`, and for hosts that want to know before they load anything large.
///
/// ```no_run
/// use autoproto_core::onnx::{OnnxRuntime, trial};
///
/// println!("{:?}", trial(&OnnxRuntime::default())?.device);
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LibraryMissing`], [`Error::DeviceUnavailable`].
///
/// [`Device::Auto`]: crate::Device::Auto
pub fn trial(runtime: &OnnxRuntime) -> Result<ModelInUse> {
    let model = CheckedModel::built_in("trial", DOUBLE)?;
    let (stage, backend) = (Stage::Vad, "onnx");
    let mut session = OnnxSession::load(&model, runtime, stage, backend)?;
    let out = session.run(&[("x", Tensor::F32(&[2], &[1.0, 2.0]))], &["y"])?;
    match out.first() {
        Some((_, doubled)) if doubled == &[2.0, 4.0] => Ok(session.in_use()),
        other => {
            let reason = format!("{} doubles 1 and 2 to {other:?}", session.device());
            Err(Error::backend(stage, backend, reason))
        }
    }
}

/// The same of so many numbers.
#[cfg(test)]
pub(super) fn double(numbers: u8) -> Vec<u8> {
    let (two, wanted) = (b"\x0a\x02\x08\x02", [0x0a, 2, 8, numbers]);
    let mut model = DOUBLE.to_vec();
    for at in 0..=model.len() - two.len() {
        if model[at..].starts_with(two) {
            model[at..at + two.len()].copy_from_slice(&wanted);
        }
    }
    model
}

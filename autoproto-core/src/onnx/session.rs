//! A loaded model: named tensors in, tensors out.

use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;

use super::library::{OnnxLibrary, with_environment};
use crate::error::{Cause, Error, Result, Stage};
use crate::models::CheckedModel;

/// A borrowed tensor to feed a model with.
pub(crate) enum Tensor<'a> {
    F32(&'a [usize], &'a [f32]),
    I64(&'a [usize], &'a [i64]),
}

/// An ONNX model, ready to run.
pub(crate) struct OnnxSession {
    session: Session,
    stage: Stage,
    backend: &'static str,
}

impl OnnxSession {
    /// Loads a checked model for `stage`; `threads` of 0 leaves their number to ONNX Runtime.
    pub(crate) fn load(
        model: &CheckedModel,
        library: &OnnxLibrary,
        stage: Stage,
        backend: &'static str,
        threads: usize,
    ) -> Result<Self> {
        let failed = |source: Cause| Error::Backend {
            stage,
            backend,
            source,
        };
        let session = with_environment(library, |_, environment| {
            // Spinning threads would take the cores from whatever runs beside.
            let builder = Session::builder(environment).map_err(|e| failed(e.into()))?;
            let builder = builder
                .with_intra_threads(threads)
                .map_err(|e| failed(e.to_string().into()))?;
            let mut builder = builder
                .with_intra_op_spinning(false)
                .map_err(|e| failed(e.to_string().into()))?;
            builder
                .commit_from_memory(model.bytes())
                .map_err(|e| failed(e.into()))
        })?;
        Ok(Self {
            session,
            stage,
            backend,
        })
    }

    /// The names of its inputs and outputs.
    pub(crate) fn names(&self) -> (Vec<String>, Vec<String>) {
        let names =
            |outlets: &[ort::value::Outlet]| outlets.iter().map(|o| o.name().to_owned()).collect();
        (names(self.session.inputs()), names(self.session.outputs()))
    }

    /// Runs the model: the named outputs as shape and values.
    pub(crate) fn run(
        &mut self,
        inputs: &[(&str, Tensor<'_>)],
        outputs: &[&str],
    ) -> Result<Vec<(Vec<usize>, Vec<f32>)>> {
        let (stage, backend) = (self.stage, self.backend);
        let failed = |source: Cause| Error::Backend {
            stage,
            backend,
            source,
        };
        let mut fed: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            let value: SessionInputValue<'_> = match tensor {
                Tensor::F32(shape, values) => TensorRef::from_array_view((shape.to_vec(), *values))
                    .map_err(|e| failed(e.into()))?
                    .into(),
                Tensor::I64(shape, values) => TensorRef::from_array_view((shape.to_vec(), *values))
                    .map_err(|e| failed(e.into()))?
                    .into(),
            };
            fed.push((name, value));
        }
        let results = self.session.run(fed).map_err(|e| failed(e.into()))?;
        outputs
            .iter()
            .map(|name| {
                let value = results
                    .get(name)
                    .ok_or_else(|| failed(format!("the model has no output `{name}`").into()))?;
                let (shape, values) = value
                    .try_extract_tensor::<f32>()
                    .map_err(|e| failed(e.into()))?;
                let shape = shape
                    .iter()
                    .map(|d| usize::try_from(*d).unwrap_or(0))
                    .collect();
                Ok((shape, values.to_vec()))
            })
            .collect()
    }
}

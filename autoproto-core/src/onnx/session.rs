//! A loaded model: named tensors in, tensors out.

use std::collections::VecDeque;

use ort::environment::Environment;
use ort::session::builder::AutoDevicePolicy;
use ort::session::{Session, SessionInputValue};
use ort::value::{Tensor as OwnedTensor, TensorElementType, TensorRef};

use super::library::with_environment;
use super::provider::{auto, of_the_loaded_library, offers, providers};
use super::runtime::OnnxRuntime;
use crate::error::{Cause, Error, Result, Stage};
use crate::models::{CheckedModel, onnx_file};
use crate::types::{Device, ModelInUse};

/// A borrowed tensor to feed a model with.
pub(crate) enum Tensor<'a> {
    F32(&'a [usize], &'a [f32]),
    /// Fed as integers of 32 bits where the model takes those: exporters differ in that.
    I64(&'a [usize], &'a [i64]),
    Bool(&'a [usize], &'a [bool]),
}

/// What a model gives: the shape and the values of each output.
pub(crate) type Outputs = Vec<(Vec<usize>, Vec<f32>)>;

/// An ONNX model, ready to run.
pub(crate) struct OnnxSession {
    session: Session,
    stage: Stage,
    backend: &'static str,
    name: String,
    device: Device,
    /// Why it is this device, where the choice was open.
    notes: Vec<String>,
    /// What to turn to if the first run fails; `None` once one has succeeded, and where the device was named.
    untried: Option<Untried>,
}

/// The devices that are left to try, and what for.
struct Untried {
    model: CheckedModel,
    runtime: OnnxRuntime,
    devices: VecDeque<Device>,
}

impl OnnxSession {
    /// Loads a checked model for `stage`.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`]; [`Error::DeviceUnavailable`] if the device was named and is not there or refuses the
    /// model; [`Error::Backend`] if the processor does.
    pub(crate) fn load(
        model: &CheckedModel,
        runtime: &OnnxRuntime,
        stage: Stage,
        backend: &'static str,
    ) -> Result<Self> {
        let failed = |source| Error::backend(stage, backend, source);
        with_environment(runtime.to_load(), |_, environment| {
            let offered = of_the_loaded_library();
            let open = |device| open(environment, model, device, runtime.threads);
            let new = |session, device| Self {
                session,
                stage,
                backend,
                name: model.name(),
                device,
                notes: Vec::new(),
                untried: None,
            };
            match runtime.device {
                Device::Auto => {
                    let recurrent = onnx_file::is_recurrent(model.bytes());
                    let (devices, notes) = auto(&offered, recurrent);
                    let (session, device, devices, notes) =
                        first(devices.into(), notes, open).map_err(failed)?;
                    let untried = Untried {
                        model: model.clone(),
                        runtime: runtime.clone(),
                        devices,
                    };
                    Ok(Self {
                        notes,
                        untried: Some(untried).filter(|u| !u.devices.is_empty()),
                        ..new(session, device)
                    })
                }
                Device::Cpu => Ok(new(open(Device::Cpu).map_err(failed)?, Device::Cpu)),
                device => {
                    let unavailable = |source| Error::DeviceUnavailable {
                        device,
                        offered: offered.clone(),
                        source,
                    };
                    if !offers(&offered, device) {
                        return Err(unavailable(None));
                    }
                    let session = open(device).map_err(|why| match open(Device::Cpu) {
                        Ok(_) => unavailable(Some(why)),
                        // It is the model that is at fault.
                        Err(why) => failed(why),
                    })?;
                    Ok(new(session, device))
                }
            }
        })
    }

    /// The names of its inputs and outputs.
    pub(crate) fn names(&self) -> (Vec<String>, Vec<String>) {
        let names =
            |outlets: &[ort::value::Outlet]| outlets.iter().map(|o| o.name().to_owned()).collect();
        (names(self.session.inputs()), names(self.session.outputs()))
    }

    /// What it runs on: never [`Device::Auto`]. Under that it may change with the first run.
    pub(crate) fn device(&self) -> Device {
        self.device
    }

    /// The model, what it runs on and why, for the report.
    pub(crate) fn in_use(&self) -> ModelInUse {
        let note = Some(self.notes.join("; ")).filter(|note| !note.is_empty());
        ModelInUse::new(&self.name).on(self.device).because(note)
    }

    /// Runs the model: the named outputs as shape and values.
    ///
    /// Some devices refuse a model only when it first runs. Where the choice was open, the next is taken then.
    pub(crate) fn run(
        &mut self,
        inputs: &[(&str, Tensor<'_>)],
        outputs: &[&str],
    ) -> Result<Outputs> {
        loop {
            let result = run(&mut self.session, inputs, outputs);
            match (result, self.untried.take()) {
                (Ok(values), _) => return Ok(values),
                (Err(why), None) => return Err(Error::backend(self.stage, self.backend, why)),
                (Err(why), Some(untried)) => self.turn_to(untried, &why)?,
            }
        }
    }

    fn turn_to(&mut self, untried: Untried, why: &Cause) -> Result<()> {
        let Untried {
            model,
            runtime,
            devices,
        } = untried;
        let mut notes = std::mem::take(&mut self.notes);
        notes.push(refusal(self.device, why));
        let (session, device, devices, notes) =
            with_environment(runtime.to_load(), |_, environment| {
                let open = |device| open(environment, &model, device, runtime.threads);
                first(devices, notes, open)
                    .map_err(|why| Error::backend(self.stage, self.backend, why))
            })?;
        (self.session, self.device, self.notes) = (session, device, notes);
        self.untried = Some(Untried {
            model,
            runtime,
            devices,
        })
        .filter(|u| !u.devices.is_empty());
        Ok(())
    }
}

/// A session, what it is on, the devices left, and what was noted on the way.
type Taken<S> = (S, Device, VecDeque<Device>, Vec<String>);

/// The first device on which the model opens; the error of the last where it opens on none.
fn first<S>(
    mut devices: VecDeque<Device>,
    mut notes: Vec<String>,
    open: impl Fn(Device) -> Result<S, Cause>,
) -> Result<Taken<S>, Cause> {
    let mut last: Cause = "there is no device left".into();
    while let Some(device) = devices.pop_front() {
        match open(device) {
            Ok(session) => return Ok((session, device, devices, notes)),
            Err(why) => {
                notes.push(refusal(device, &why));
                last = why;
            }
        }
    }
    Err(last)
}

/// The longest that a device's own words may be in a report.
const WORDS: usize = 160;

/// A device's own words, short enough for a report: without the folders in them, and cut at the front, for where in ONNX
/// Runtime it was comes first and the reason last.
pub(crate) fn refusal(device: Device, why: &Cause) -> String {
    let words = why.to_string();
    let bare = |word| str::rsplit(word, ['/', '\\']).next().unwrap_or_default();
    let words: Vec<&str> = words.split_whitespace().map(bare).collect();
    let words = words.join(" ");
    let left = words.chars().count().saturating_sub(WORDS);
    let cut: String = words.chars().skip(left).collect();
    let mark = if left > 0 { "…" } else { "" };
    format!("{device} failed: {mark}{cut}")
}

fn open(
    environment: &Environment,
    model: &CheckedModel,
    device: Device,
    threads: usize,
) -> Result<Session, Cause> {
    let said = |error: ort::Error<ort::session::builder::SessionBuilder>| -> Cause {
        error.to_string().into()
    };
    let builder = Session::builder(environment)?;
    let builder = builder.with_intra_threads(threads).map_err(said)?;
    // Spinning threads would take the cores from whatever runs beside.
    let builder = builder.with_intra_op_spinning(false).map_err(said)?;
    // A pattern is kept for every shape, and batches differ in length; DirectML allows none at all.
    let builder = builder.with_memory_pattern(false).map_err(said)?;
    // Or else ONNX Runtime chooses by itself, where no provider is named.
    let builder = builder
        .with_auto_device(AutoDevicePolicy::PreferCPU)
        .map_err(said)?;
    let mut builder = builder
        .with_execution_providers(providers(device))
        .map_err(said)?;
    Ok(builder.commit_from_memory(model.bytes())?)
}

fn run(
    session: &mut Session,
    inputs: &[(&str, Tensor<'_>)],
    outputs: &[&str],
) -> Result<Outputs, Cause> {
    let mut fed: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
    for (name, tensor) in inputs {
        let wanted = session
            .inputs()
            .iter()
            .find(|outlet| outlet.name() == *name);
        let short = wanted.and_then(|outlet| outlet.dtype().tensor_type())
            == Some(TensorElementType::Int32);
        let value: SessionInputValue<'_> = match tensor {
            Tensor::I64(shape, values) if short => {
                let values: Result<Vec<i32>, _> =
                    values.iter().map(|v| i32::try_from(*v)).collect();
                OwnedTensor::from_array((shape.to_vec(), values?))?.into()
            }
            Tensor::F32(shape, values) => {
                TensorRef::from_array_view((shape.to_vec(), *values))?.into()
            }
            Tensor::I64(shape, values) => {
                TensorRef::from_array_view((shape.to_vec(), *values))?.into()
            }
            Tensor::Bool(shape, values) => {
                TensorRef::from_array_view((shape.to_vec(), *values))?.into()
            }
        };
        fed.push((name, value));
    }
    let results = session.run(fed)?;
    outputs
        .iter()
        .map(|name| {
            let value = results
                .get(name)
                .ok_or_else(|| format!("the model has no output `{name}`"))?;
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            let shape = shape
                .iter()
                .map(|d| usize::try_from(*d).unwrap_or(0))
                .collect();
            Ok((shape, values.to_vec()))
        })
        .collect()
}

#[cfg(test)]
mod tests;

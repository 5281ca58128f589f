//! The engines that come with a build, loaded from the model store.

use std::path::PathBuf;

use crate::diarize::{Accuracy, Diarizer};
use crate::error::Result;
use crate::models::ModelStore;
use crate::transcribe::Transcriber;
use crate::types::Device;
use crate::vad::VoiceActivityDetector;

/// What every engine is loaded with.
#[cfg_attr(not(feature = "onnx"), allow(dead_code))]
pub(super) struct Surroundings {
    pub(super) store: ModelStore,
    pub(super) onnx_library: Option<PathBuf>,
    pub(super) device: Device,
    pub(super) threads: usize,
    pub(super) accuracy: Accuracy,
}

#[cfg(feature = "onnx")]
impl Surroundings {
    fn runtime(&self) -> crate::onnx::OnnxRuntime {
        let library = crate::onnx::OnnxLibrary::at(self.onnx_library.clone());
        crate::onnx::OnnxRuntime::new(library)
            .with_device(self.device)
            .with_threads(self.threads)
    }
}

/// Both are bundled or fetched by `make models`.
pub(super) const DIARIZER: &str = "powerset-ge2e";
pub(super) const TRANSCRIBER: &str = "whisper-base-q8_0";

#[cfg(feature = "onnx")]
pub(super) fn vad(around: &Surroundings) -> Result<Box<dyn VoiceActivityDetector>> {
    use crate::onnx::{refusal, trial};
    use crate::vad::SileroVad;

    let row = crate::models::find("silero-vad-6.2").ok_or_else(|| missing_row("silero-vad-6.2"))?;
    let (model, runtime) = (around.store.open(&row)?, around.runtime());
    match SileroVad::load_on(&model, &runtime) {
        // Its branches are more than OpenVINO takes. A device that works is no less of use to the other models, and the
        // result says that this one is elsewhere.
        Err(crate::Error::DeviceUnavailable {
            device,
            source: Some(why),
            ..
        }) if trial(&runtime).is_ok() => {
            let vad = SileroVad::load_on(&model, &runtime.with_device(Device::Cpu))?;
            Ok(Box::new(vad.because(refusal(device, &why))))
        }
        loaded => Ok(Box::new(loaded?)),
    }
}

#[cfg(not(feature = "onnx"))]
pub(super) fn vad(_: &Surroundings) -> Result<Box<dyn VoiceActivityDetector>> {
    Err(crate::Error::NotBuilt {
        what: "the voice activity detector",
        feature: "onnx",
    })
}

#[cfg(feature = "onnx")]
pub(super) fn diarizer(around: &Surroundings, id_or_folder: &str) -> Result<Box<dyn Diarizer>> {
    let models = crate::models::DiarizerModels::open(id_or_folder, &around.store)?;
    let diarizer = crate::diarize::OnnxDiarizer::load_on(&models, &around.runtime())?;
    Ok(Box::new(diarizer.with_accuracy(around.accuracy)))
}

#[cfg(not(feature = "onnx"))]
pub(super) fn diarizer(_: &Surroundings, _: &str) -> Result<Box<dyn Diarizer>> {
    Err(crate::Error::NotBuilt {
        what: "the diarizer",
        feature: "onnx",
    })
}

pub(super) fn transcriber(around: &Surroundings, id_or_path: &str) -> Result<Box<dyn Transcriber>> {
    use crate::models::{TranscriberModels, transcribers};

    // Before a file of it is looked for.
    let of_several = transcribers().iter().any(|spec| spec.id == id_or_path)
        || std::path::Path::new(id_or_path).is_dir();
    if !of_several && !cfg!(feature = "whisper") {
        return Err(not_built("whisper"));
    }
    if of_several && !cfg!(feature = "onnx") {
        return Err(not_built("onnx"));
    }
    match TranscriberModels::open(id_or_path, &around.store)? {
        #[cfg(feature = "whisper")]
        TranscriberModels::Whisper(model) => Ok(Box::new(
            crate::transcribe::WhisperTranscriber::load(&model, around.threads)?,
        )),
        #[cfg(feature = "onnx")]
        TranscriberModels::Moonshine(models) => Ok(Box::new(
            crate::transcribe::MoonshineTranscriber::load_on(&models, &around.runtime())?,
        )),
        #[cfg(feature = "onnx")]
        TranscriberModels::Conformer(models) => Ok(Box::new(
            crate::transcribe::ConformerTranscriber::load(&models, &around.runtime())?,
        )),
        #[cfg(not(all(feature = "onnx", feature = "whisper")))]
        _ => Err(not_built("onnx")),
    }
}

fn not_built(feature: &'static str) -> crate::Error {
    crate::Error::NotBuilt {
        what: "the transcriber",
        feature,
    }
}

#[cfg(feature = "onnx")]
fn missing_row(id: &str) -> crate::Error {
    crate::Error::Internal {
        reason: format!("the catalog has no row `{id}`"),
    }
}

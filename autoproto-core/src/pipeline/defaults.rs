//! The engines that come with a build, loaded from the model store.

use std::path::PathBuf;

use crate::diarize::Diarizer;
use crate::error::Result;
use crate::models::ModelStore;
use crate::transcribe::Transcriber;
use crate::vad::VoiceActivityDetector;

/// What every engine is loaded with.
#[cfg_attr(not(any(feature = "onnx", feature = "whisper")), allow(dead_code))]
pub(super) struct Surroundings {
    pub(super) store: ModelStore,
    pub(super) onnx_library: Option<PathBuf>,
    pub(super) threads: usize,
}

/// Both are bundled or fetched by `make models`.
pub(super) const DIARIZER: &str = "powerset-ge2e";
pub(super) const TRANSCRIBER: &str = "whisper-base-q8_0";

#[cfg(feature = "onnx")]
pub(super) fn vad(around: &Surroundings) -> Result<Box<dyn VoiceActivityDetector>> {
    let row = crate::models::find("silero-vad-6.2").ok_or_else(|| missing_row("silero-vad-6.2"))?;
    let library = crate::onnx::OnnxLibrary::at(around.onnx_library.clone());
    Ok(Box::new(crate::vad::SileroVad::load(
        &around.store.open(&row)?,
        &library,
    )?))
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
    let library = crate::onnx::OnnxLibrary::at(around.onnx_library.clone());
    let models = crate::models::DiarizerModels::open(id_or_folder, &around.store)?;
    Ok(Box::new(crate::diarize::OnnxDiarizer::load(
        &models,
        &library,
        around.threads,
    )?))
}

#[cfg(not(feature = "onnx"))]
pub(super) fn diarizer(_: &Surroundings, _: &str) -> Result<Box<dyn Diarizer>> {
    Err(crate::Error::NotBuilt {
        what: "the diarizer",
        feature: "onnx",
    })
}

#[cfg(feature = "whisper")]
pub(super) fn transcriber(around: &Surroundings, id_or_path: &str) -> Result<Box<dyn Transcriber>> {
    use crate::models::{CheckedModel, Task, catalog};
    let rows = catalog();
    let row = rows
        .iter()
        .find(|row| row.task == Task::Asr && row.id == id_or_path);
    let path = std::path::Path::new(id_or_path);
    let model = match row {
        Some(row) => around.store.open(row)?,
        None if path.exists() => CheckedModel::open(path)?,
        None => {
            let ids: Vec<&str> = rows
                .iter()
                .filter(|row| row.task == Task::Asr)
                .map(|row| row.id)
                .collect();
            let expected = format!("a model file or one of {}", ids.join(", "));
            return Err(crate::Error::InvalidOption {
                option: "transcriber",
                expected,
                got: format!("`{id_or_path}`"),
            });
        }
    };
    Ok(Box::new(crate::transcribe::WhisperTranscriber::load(
        &model,
        around.threads,
    )?))
}

#[cfg(not(feature = "whisper"))]
pub(super) fn transcriber(_: &Surroundings, _: &str) -> Result<Box<dyn Transcriber>> {
    Err(crate::Error::NotBuilt {
        what: "the transcriber",
        feature: "whisper",
    })
}

#[cfg(feature = "onnx")]
fn missing_row(id: &str) -> crate::Error {
    crate::Error::Internal {
        reason: format!("the catalog has no row `{id}`"),
    }
}

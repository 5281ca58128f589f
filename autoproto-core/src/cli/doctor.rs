//! What this installation has and lacks.

use std::fmt::Write as _;

use super::args::Doctor;
use super::output::print;
use crate::error::{Error, Result};
use crate::models::{ModelStore, catalog, diarizers};
use crate::onnx::{OnnxLibrary, OnnxRuntime, describe, offered, trial};

/// The models of the default pipeline.
fn needed() -> Vec<&'static str> {
    let [pair, ..] = diarizers();
    vec![
        "silero-vad-6.2",
        pair.segmentation,
        pair.embedding,
        "whisper-base-q8_0",
    ]
}

/// What ONNX models can run on, each tried, and what `auto` comes to.
fn devices(library: &OnnxLibrary) -> Result<String> {
    let runtime = OnnxRuntime::new(library.clone());
    let mut text = String::from("devices:\n");
    for device in offered(library)? {
        let state = match trial(&runtime.clone().with_device(device)) {
            Ok(_) => "works".into(),
            Err(error) => one_line(&error),
        };
        let _ = writeln!(text, "  {device}: {state}");
    }
    let auto = match trial(&runtime) {
        Ok(taken) => {
            let device = taken.device.unwrap_or_default();
            let note = taken.note.map(|n| format!(" ({n})")).unwrap_or_default();
            format!("{device}{note}")
        }
        Err(error) => one_line(&error),
    };
    let _ = writeln!(text, "  auto: {auto}");
    Ok(text)
}

/// ONNX Runtime's own words end with a line break.
fn one_line(error: &Error) -> String {
    let text = super::with_causes(error);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn doctor(args: &Doctor) -> Result<()> {
    let mut text = format!("autoproto {}\n", env!("CARGO_PKG_VERSION"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let _ = writeln!(text, "cores: {cores}");
    let _ = writeln!(text, "whisper.cpp: {}", whisper_rs::WHISPER_CPP_VERSION);
    let mut lacking: Option<Error> = None;
    let library = OnnxLibrary::default();
    match describe(&library) {
        Ok((path, build)) => {
            let _ = writeln!(
                text,
                "ONNX Runtime: {} ({})",
                path.display(),
                build.split(", git-commit").next().unwrap_or(&build)
            );
            text.push_str(&devices(&library)?);
        }
        Err(error) => {
            let _ = writeln!(text, "ONNX Runtime: MISSING");
            lacking = Some(error);
        }
    }
    let store = ModelStore::standard(args.models.as_deref());
    text.push_str("models:\n");
    for row in catalog() {
        let wanted = needed().contains(&row.id);
        let state = match store.open(&row) {
            Ok(file) => format!("{} (hash matches)", file.path().display()),
            Err(error) if wanted => {
                let state = if matches!(error, Error::ModelDamaged { .. }) {
                    "DAMAGED"
                } else {
                    "MISSING"
                };
                lacking = lacking.or(Some(error));
                state.into()
            }
            Err(Error::ModelDamaged { path, .. }) => format!("damaged: {}", path.display()),
            Err(_) => "not here, not needed by default".into(),
        };
        let _ = writeln!(text, "  {}: {state}", row.id);
    }
    text.push_str("looked for models in:\n");
    for folder in store.folders() {
        let _ = writeln!(
            text,
            "  {}{}",
            folder.display(),
            if folder.is_dir() { "" } else { " (not there)" }
        );
    }
    print(&text)?;
    lacking.map_or(Ok(()), Err)
}

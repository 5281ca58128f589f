//! The one error type, its variants sorted by what the caller can do next.

use std::fmt;
use std::path::PathBuf;

use crate::types::Device;

/// The result of everything fallible here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause of a failure inside an engine, kept for the chain of sources.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A step of the way from a recording to its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Stage {
    /// The recording becomes 16 kHz mono sound.
    Decode,
    /// Where anyone speaks at all.
    Vad,
    /// Who speaks when.
    Diarize,
    /// What is said.
    Transcribe,
    /// Which word is whose.
    Attribute,
    /// What was decided and assigned.
    Summarize,
}

impl Stage {
    /// The stages in the order they run.
    pub const ALL: [Stage; 6] = [
        Stage::Decode,
        Stage::Vad,
        Stage::Diarize,
        Stage::Transcribe,
        Stage::Attribute,
        Stage::Summarize,
    ];

    /// The name in progress reports and errors: `"decode"`, `"vad"`, …
    pub fn name(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Vad => "vad",
            Stage::Diarize => "diarize",
            Stage::Transcribe => "transcribe",
            Stage::Attribute => "attribute",
            Stage::Summarize => "summarize",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What went wrong, by what the caller can do about it.
///
/// The text says what failed and what to do; [`source`](std::error::Error::source) says why.
/// Bindings and hosts match on [`Error::code`], which stays the same across versions.
///
/// ```
/// use autoproto_core::{Error, Pipeline};
///
/// let error = autoproto_core::Language::new("klingon").unwrap_err();
/// assert_eq!(error.code(), "invalid-option");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The recording is in a container or codec that nothing here reads: convert it, or build with what reads it.
    #[error("{} is {}, which is not decoded here; put an `ffmpeg` on the PATH and allow it (`external_decoder`), or convert it first, for example with `ffmpeg -i IN -ac 1 OUT.flac`", path.display(), named(container, codec))]
    UnsupportedMedia {
        /// The recording.
        path: PathBuf,
        /// The container's name.
        container: String,
        /// The codec's name; `None` where the container itself is not read.
        codec: Option<String>,
    },
    /// The recording is of a known kind, but damaged, cut or empty: get a whole copy.
    #[error("cannot read {}: {reason}", path.display())]
    DamagedMedia {
        /// The recording.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The reader's own words, where it had any.
        #[source]
        source: Option<Cause>,
    },
    /// An option has a value that can't be meant: correct it.
    #[error("`{option}` must be {expected}, got {got}")]
    InvalidOption {
        /// The option's name as the caller wrote it.
        option: &'static str,
        /// What it must be.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A model is nowhere to be found: fetch it, or say where it is.
    #[error(
        "model `{id}` ({file}) is missing; run `make models`, or name its folder with --models or AUTOPROTO_MODELS; looked in: {}",
        list(looked)
    )]
    ModelMissing {
        /// The model's id in the catalog.
        id: String,
        /// Its file's name.
        file: String,
        /// Where it was looked for, in order.
        looked: Vec<PathBuf>,
    },
    /// A model's file is cut, changed or of another kind: replace that file.
    #[error("model file {} is not usable: {reason}; replace it", path.display())]
    ModelDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A native library that an engine needs could not be loaded: install it, or say where it is.
    #[error(
        "cannot load {library}; install it or name it with {variable}; looked in: {}",
        list(looked)
    )]
    LibraryMissing {
        /// The library's name.
        library: &'static str,
        /// The environment variable that names it.
        variable: &'static str,
        /// Where it was looked for, in order.
        looked: Vec<PathBuf>,
        /// The loader's own words.
        #[source]
        source: Option<Cause>,
    },
    /// The device that was asked for is not there: install an ONNX Runtime that offers it, see to its driver, or ask for
    /// another, such as [`Device::Auto`], which takes what there is.
    #[error("{}", unavailable(*device, offered, source.is_some()))]
    DeviceUnavailable {
        /// The device.
        device: Device,
        /// What the loaded ONNX Runtime offers.
        offered: Vec<Device>,
        /// Why it did not start, or would not take the model; `None` where the library does not offer it at all.
        #[source]
        source: Option<Cause>,
    },
    /// This build was made without what was asked for: build with the feature.
    #[error("{what} is not part of this build; build with the feature `{feature}`")]
    NotBuilt {
        /// What was asked for.
        what: &'static str,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
    /// A file could not be read or written: see the source (missing, no permission, disk full).
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done: `"read"`, `"write"`, `"create"`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's own words.
        #[source]
        source: std::io::Error,
    },
    /// A text that was to be parsed is not what it should be: correct it.
    #[error("{what}, line {line}: {reason}")]
    Parse {
        /// What was being parsed.
        what: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An engine failed at its work: the source is its own error.
    #[error("{backend} failed to {stage}")]
    Backend {
        /// The stage it was at.
        stage: Stage,
        /// The engine's id.
        backend: &'static str,
        /// The engine's own error.
        #[source]
        source: Cause,
    },
    /// The caller's token fired.
    #[error("cancelled")]
    Cancelled,
    /// A defect of this library or of a backend (a caught panic): please report it.
    #[error("internal error: {reason}; please report it")]
    Internal {
        /// What is known of it.
        reason: String,
    },
}

impl Error {
    /// A name of the kind of error that stays the same across versions.
    pub fn code(&self) -> &'static str {
        match self {
            Error::UnsupportedMedia { .. } => "unsupported-media",
            Error::DamagedMedia { .. } => "damaged-media",
            Error::InvalidOption { .. } => "invalid-option",
            Error::ModelMissing { .. } => "model-missing",
            Error::ModelDamaged { .. } => "model-damaged",
            Error::LibraryMissing { .. } => "library-missing",
            Error::DeviceUnavailable { .. } => "device-unavailable",
            Error::NotBuilt { .. } => "not-built",
            Error::Io { .. } => "io",
            Error::Parse { .. } => "parse",
            Error::Backend { .. } => "backend",
            Error::Cancelled => "cancelled",
            Error::Internal { .. } => "internal",
        }
    }

    /// An [`Error::Io`] for `path`, as `map_err(Error::io("read", path))`.
    pub fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io {
            action,
            path,
            source,
        }
    }

    /// An [`Error::Backend`], for a backend to map its engine's errors once at its edge.
    pub fn backend(stage: Stage, backend: &'static str, source: impl Into<Cause>) -> Error {
        Error::Backend {
            stage,
            backend,
            source: source.into(),
        }
    }
}

fn named(container: &str, codec: &Option<String>) -> String {
    match codec {
        Some(codec) => format!("{container} with {codec}"),
        None => container.into(),
    }
}

fn unavailable(device: Device, offered: &[Device], tried: bool) -> String {
    let offered: Vec<&str> = offered.iter().map(|d| d.kind()).collect();
    let offered = offered.join(", ");
    if tried {
        return format!(
            "device `{device}` did not start or refused the model, though the loaded ONNX Runtime offers it (it offers {offered}); see to its driver and libraries, or choose auto or cpu"
        );
    }
    let package = match device {
        Device::Cuda(_) | Device::TensorRt(_) => " (`pip install onnxruntime-gpu`)",
        Device::DirectMl(_) => " (`pip install onnxruntime-directml`)",
        Device::OpenVino => " (`pip install onnxruntime-openvino`)",
        _ => "",
    };
    format!(
        "device `{device}` is not offered by the loaded ONNX Runtime, which offers {offered}; install one that has it{package} and name it with ORT_DYLIB_PATH, or choose auto or cpu"
    )
}

fn list(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "nowhere".into();
    }
    paths
        .iter()
        .map(|p| p.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Runs `work` and turns a panic inside it into [`Error::Internal`], so that none leaves the library.
pub(crate) fn contain<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without words".into());
        Err(Error::Internal { reason })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        let error = contain::<()>(|| panic!("out of {}", "range")).unwrap_err();
        assert!(
            matches!(&error, Error::Internal { reason } if reason == "out of range"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_model_says_where_it_was_looked_for() {
        let error = Error::ModelMissing {
            id: "vad".into(),
            file: "vad.onnx".into(),
            looked: vec!["/a".into(), "/b".into()],
        };
        assert!(error.to_string().ends_with("looked in: /a, /b"), "{error}");
    }
}

//! What the tests of this workspace share: models, recordings, and how a test says that it was skipped.
//!
//! ```no_run
//! let Some(store) = autoproto_tests::models("reads_a_recording") else { return };
//! ```
#![allow(
    clippy::panic,
    clippy::print_stderr,
    reason = "tests speak to whoever runs them"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use autoproto_core::AudioView;
use autoproto_core::media::{self, MediaOptions};
use autoproto_core::models::{ModelStore, catalog};
use autoproto_core::onnx::{OnnxLibrary, describe};
use autoproto_core::{CancelToken, Context, Progress, TimeSpan};

/// What the models of the tests are, by their ids in the catalog.
const NEEDED: [&str; 4] = [
    "silero-vad-6.2",
    "segmentation-powerset",
    "speaker-embedding-ge2e",
    "whisper-base-q8_0",
];

/// The root of the checkout.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Says that the test `name` did not run, and why; it then returns early. The line goes to the file that
/// `AUTOPROTO_SKIPS` names, too, where `scripts/run_tests.sh` counts it.
pub fn skip(name: &str, reason: &str) {
    eprintln!("{name}: skipped: {reason}");
    let Some(list) = std::env::var_os("AUTOPROTO_SKIPS") else {
        return;
    };
    let line = format!("{name}: {reason}\n");
    let written = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&list)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        panic!("cannot note a skip in {}: {error}", list.display());
    }
}

/// The models and ONNX Runtime for the test `name`; where one is absent, the test is skipped.
pub fn models(name: &str) -> Option<ModelStore> {
    let store = ModelStore::standard(Some(&checkout().join("models")));
    for row in catalog() {
        if NEEDED.contains(&row.id) && !store.has(&row) {
            skip(name, &format!("the model {} is absent", row.id));
            return None;
        }
    }
    if let Err(error) = describe(&library()) {
        skip(name, &error.to_string());
        return None;
    }
    Some(store)
}

/// ONNX Runtime: what `ORT_DYLIB_PATH` names, else that of the checkout's `.venv`. A build folder outside the checkout is
/// why the library's own search may not find the latter.
pub fn library() -> OnnxLibrary {
    let set = std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty());
    OnnxLibrary::at(if set { None } else { of_the_checkout() })
}

fn of_the_checkout() -> Option<PathBuf> {
    let pythons = std::fs::read_dir(checkout().join(".venv/lib")).ok()?;
    let folders = pythons
        .flatten()
        .map(|python| python.path().join("site-packages/onnxruntime/capi"));
    let mut libraries: Vec<PathBuf> = folders
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten())
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libonnxruntime.")
        })
        .collect();
    libraries.sort();
    libraries.into_iter().next()
}

/// The ffmpeg that `AUTOPROTO_FFMPEG` names, or one on the PATH.
pub fn ffmpeg() -> Option<PathBuf> {
    let named = std::env::var_os("AUTOPROTO_FFMPEG").filter(|path| !path.is_empty());
    let on_path = || {
        let folders = std::env::var_os("PATH")?;
        std::env::split_paths(&folders)
            .map(|folder| folder.join("ffmpeg"))
            .find(|program| program.is_file())
    };
    named.map(PathBuf::from).or_else(on_path)
}

/// A file or folder of the shared collection beside the checkout for the test `name`; where it is absent, the test is
/// skipped.
pub fn shared(name: &str, path: &str) -> Option<PathBuf> {
    let found = checkout().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    skip(name, &format!("shared/{path} is absent"));
    None
}

/// The first `seconds` of a recording of this checkout, 16 kHz mono.
pub fn sound(path: &str, seconds: f64) -> Vec<f32> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let decoded = media::decode(checkout().join(path), &MediaOptions::default(), &ctx)
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let audio: AudioView<'_> = decoded.audio.view();
    audio.slice(TimeSpan::new(0.0, seconds)).to_vec()
}

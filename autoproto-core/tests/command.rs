//! The `autoproto` command as a user meets it.
//!
//! What needs models or ONNX Runtime says that it was skipped where they are absent.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

#[path = "command/refusals.rs"]
mod refusals;
#[path = "command/results.rs"]
mod results;
#[path = "command/signals.rs"]
mod signals;
#[path = "command/voices.rs"]
mod voices;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use autoproto_core::AudioView;
use autoproto_core::media::{WavFormat, write_wav};
use autoproto_core::models::{ModelStore, find};
use tempfile::TempDir;

const COMMAND: &str = env!("CARGO_BIN_EXE_autoproto");

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder with recordings in it, the working folder of every command: nothing may depend on where it is.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn wav(&self, name: &str, samples: &[f32]) -> PathBuf {
        let path = self.path(name);
        let mut file = std::fs::File::create(&path).unwrap();
        write_wav(AudioView::new(samples), WavFormat::Pcm16, &mut file).unwrap();
        path
    }

    /// Eleven seconds of one voice in English.
    fn speech(&self) -> PathBuf {
        let path = self.path("speech.wav");
        std::fs::copy(checkout().join("tests/data/jfk.wav"), &path).unwrap();
        path
    }

    fn silence(&self) -> PathBuf {
        self.wav("silence.wav", &[0.0; 48_000])
    }

    /// The command in this folder, with the models of the checkout, whatever the surroundings have set.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(COMMAND);
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("AUTOPROTO_MODELS", models())
            .stdin(Stdio::null());
        if let Some(library) = onnx_runtime() {
            command.env("ORT_DYLIB_PATH", library);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Every name in the folder.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// What a command gave.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn succeeded(self, what: &str) -> Self {
        assert_eq!(self.code, Some(0), "{what}: {}", self.err);
        self
    }

    /// A refusal: this exit code, one line on standard error, nothing on standard output.
    fn refused(&self, what: &str, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{what}: {}{}", self.out, self.err);
        assert!(self.out.is_empty(), "{what}: {}", self.out);
        assert_eq!(self.err.lines().count(), 1, "{what}: {}", self.err);
        assert!(
            self.err.starts_with("error: ") && self.err.ends_with('\n'),
            "{what}: {}",
            self.err
        );
        for unwanted in [
            "panicked",
            "RUST_BACKTRACE",
            "internal error",
            "please report",
        ] {
            assert!(!self.err.contains(unwanted), "{what}: {}", self.err);
        }
        assert!(
            self.err.contains(words),
            "{what}: `{words}` is not in {}",
            self.err
        );
    }
}

/// The folder of models: that of the surroundings, or the checkout's.
fn models() -> PathBuf {
    std::env::var_os("AUTOPROTO_MODELS").map_or_else(|| checkout().join("models"), PathBuf::from)
}

fn onnx_runtime() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|p| !p.is_empty()) {
        return Some(path.into());
    }
    let lib = std::fs::read_dir(checkout().join(".venv/lib")).ok()?;
    lib.flatten()
        .filter_map(|python| {
            std::fs::read_dir(python.path().join("site-packages/onnxruntime/capi")).ok()
        })
        .flat_map(|entries| entries.flatten())
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libonnxruntime.")
                && (name.contains(".so") || name.ends_with(".dylib"))
        })
}

/// One test at a time runs engines: side by side their threads would wait for each other's cores.
static ENGINES: Mutex<()> = Mutex::new(());

/// Leave to run the engines, held as long as they run; where they can't, says that the test `name` was skipped.
fn engines(name: &str) -> Option<MutexGuard<'static, ()>> {
    let store = ModelStore::new(std::env::split_paths(models().as_os_str()));
    let lacks = |id: &str| !store.has(&find(id).unwrap());
    let wanted = [
        "silero-vad-6.2",
        "segmentation-powerset",
        "speaker-embedding-ge2e",
        "whisper-base-q8_0",
    ];
    let reason = match wanted.into_iter().find(|id| lacks(id)) {
        Some(id) => format!("the model {id} is absent"),
        None if onnx_runtime().is_none() => "ONNX Runtime is absent".to_owned(),
        None => return Some(ENGINES.lock().unwrap_or_else(PoisonError::into_inner)),
    };
    skipped(name, &reason);
    None
}

fn skipped(name: &str, reason: &str) {
    if let Some(list) = std::env::var_os("AUTOPROTO_SKIPS") {
        let list = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(list);
        // At once, for others write there, too.
        let line = format!("{name}: {reason}\n");
        list.unwrap().write_all(line.as_bytes()).unwrap();
    }
    eprintln!("{name}: skipped: {reason}");
}

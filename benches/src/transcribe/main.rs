//! What is said, how well and how fast, held against whisper.cpp's own command and faster-whisper on the same weights; the
//! tables of `benches/README.md`.
//!
//! ```text
//! cargo run --release -p autoproto-benches --bin transcribe -- [--python PATH] [--only words|time|stock|invented|first|memory]...
//!     [--threads 2] [--rounds N] [--recordings FOLDER]... [--hours H] [--vad-model FILE] [--fresh]
//! ```
//! PATH is a Python with `benches/peers/requirements-transcribe.txt`; without it the others are left out. What they made of the
//! recordings is kept in `target/transcribe-bench` for the next run, unless `--fresh` is given; what is timed is never kept. A
//! row that misses its bound is named at the end, and makes the exit status 1.

mod child;
mod encoder;
mod engine;
mod first;
mod invented;
mod made;
mod memory;
mod stock;
mod systems;
mod time;
mod words;

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use autoproto_benches::program::{Arguments, cache, ends, verdict};
use autoproto_benches::{machine, peer, table};

/// The parts, in the order in which they run.
const PARTS: [&str; 6] = ["words", "time", "stock", "invented", "first", "memory"];

/// What the others' tables are made by.
const PACKAGES: [&str; 5] = [
    "faster-whisper",
    "ctranslate2",
    "pywhispercpp",
    "onnxruntime",
    "numpy",
];

/// What every part needs.
struct Bench {
    root: PathBuf,
    /// With the other programs' packages.
    python: Option<PathBuf>,
    /// faster-whisper's checkpoint; there where `python` is.
    checkpoint: PathBuf,
    /// whisper.cpp's own model of voice activity, where there is one.
    vad: Option<PathBuf>,
    /// Of every program.
    threads: usize,
    /// Runs of each program in a timed row; the fastest counts.
    rounds: usize,
    /// The long recording of the part `memory`, in hours.
    hours: f64,
    /// Recordings with their truth, besides those of the repository.
    folders: Vec<PathBuf>,
    /// Whether the others hear again what they have heard before.
    fresh: bool,
    /// Holds what is made once and reused.
    cache: PathBuf,
    /// Rows that missed their bounds.
    failures: Vec<String>,
}

impl Bench {
    /// `ok`, or what was missed, which is noted under `row`.
    fn verdict(&mut self, row: &str, held: bool, missed: impl FnOnce() -> String) -> String {
        verdict(&mut self.failures, row, held, missed)
    }

    /// The Whisper that all programs run.
    fn model(&self) -> PathBuf {
        self.root.join("models/ggml-base-q8_0.bin")
    }
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(code) = child::main(&arguments) {
        return code;
    }
    ends("transcribe", run(arguments))
}

fn run(arguments: Vec<OsString>) -> Result<Vec<String>, Box<dyn Error>> {
    let (mut bench, parts) = parse(arguments)?;
    println!("{}; {} threads", machine(), bench.threads);
    if cfg!(debug_assertions) {
        println!("\nA dev build: its times mean nothing.");
    }
    match &bench.python {
        Some(python) => {
            println!("\n{}", peer::versions(python, &PACKAGES)?);
            if !bench.checkpoint.is_dir() {
                let arguments = vec![bench.checkpoint.clone().into_os_string()];
                let make = "benches/peers/faster_whisper_base.py";
                peer::script(&bench.root, python, make, &arguments)?;
            }
        }
        None => println!("\nNo `--python`: whisper.cpp and faster-whisper are left out."),
    }
    if bench.vad.is_none() {
        println!("\nNo `--vad-model`: whisper.cpp with its `--vad` is left out.");
    }
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    for part in PARTS.into_iter().filter(|part| wants(part)) {
        match part {
            "words" => words::run(&mut bench)?,
            "time" => time::run(&mut bench)?,
            "stock" => stock::run(&mut bench)?,
            "invented" => invented::run(&mut bench)?,
            "first" => first::run(&mut bench)?,
            _ => memory::run(&mut bench)?,
        }
    }
    Ok(bench.failures)
}

/// The bench, and the parts asked for.
fn parse(arguments: Vec<OsString>) -> Result<(Bench, Vec<String>), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let cache = cache("transcribe-bench")?;
    let beside = root.join("../shared/models/ggml-silero-v6.2.0.bin");
    let mut bench = Bench {
        root,
        python: None,
        checkpoint: cache.join("faster-whisper-base"),
        vad: Some(beside).filter(|file| file.is_file()),
        threads: 2,
        rounds: 3,
        hours: 4.0,
        folders: Vec::new(),
        fresh: false,
        cache,
        failures: Vec::new(),
    };
    let mut parts = Vec::new();
    let mut arguments = Arguments::new(arguments);
    while let Some(option) = arguments.option()? {
        match option.as_str() {
            "--python" => bench.python = Some(arguments.value()?.into()),
            "--vad-model" => bench.vad = Some(arguments.value()?.into()),
            "--recordings" => bench.folders.push(arguments.value()?.into()),
            "--fresh" => bench.fresh = true,
            "--threads" => bench.threads = arguments.count()?,
            "--rounds" => bench.rounds = arguments.count()?,
            "--hours" => bench.hours = hours(&arguments.value()?)?,
            "--only" => {
                let part = arguments.value()?;
                let known = PARTS.into_iter().find(|known| part == *known);
                let part = known.ok_or_else(|| format!("{part:?} is none of the parts"))?;
                parts.push(part.into());
            }
            _ => return Err(arguments.unknown()),
        }
    }
    Ok((bench, parts))
}

fn hours(text: &OsString) -> Result<f64, Box<dyn Error>> {
    let hours = text.to_str().and_then(|text| text.parse::<f64>().ok());
    let hours = hours.filter(|hours| (0.25..=16.0).contains(hours));
    Ok(hours.ok_or_else(|| format!("{} is no number of hours from 0.25 to 16", text.display()))?)
}

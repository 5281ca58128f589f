//! Who speaks when, how well and how fast, held against pyannote.audio, sherpa-onnx and scipy; the tables of
//! `benches/README.md`.
//!
//! ```text
//! cargo run --release -p autoproto-benches --bin diarize -- [--python PATH] [--only der|count|time|clustering]...
//!     [--rounds N] [--recording FILE] [--fresh]
//! ```
//! PATH is a Python with `benches/peers/requirements.txt`; without it the others are left out. What pyannote.audio made of
//! the recordings is kept in `target/diarize-bench` for the next run, unless `--fresh` is given. A row that misses its bound
//! is named at the end, and makes the exit status 1.

mod child;
mod clustering;
mod count;
mod der;
mod engine;
mod peers;
mod time;
mod vectors;

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use autoproto_benches::program::{Arguments, cache, ends, verdict};
use autoproto_benches::{machine, table};

/// Threads of every program.
const THREADS: usize = 2;

/// What every part needs.
struct Bench {
    root: PathBuf,
    /// With the other programs' packages.
    python: Option<PathBuf>,
    /// Runs of each program in a timed row, where that is not the default; the fastest counts.
    rounds: Option<usize>,
    /// What is timed, if not one of the meetings.
    recording: Option<PathBuf>,
    /// Whether pyannote.audio diarizes again what it has diarized before.
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
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(code) = child::main(&arguments) {
        return code;
    }
    ends("diarize", run(arguments))
}

fn run(arguments: Vec<OsString>) -> Result<Vec<String>, Box<dyn Error>> {
    let (mut bench, parts) = parse(arguments)?;
    println!("{}; {THREADS} threads", machine());
    if cfg!(debug_assertions) {
        println!("\nA dev build: its times mean nothing.");
    }
    match &bench.python {
        Some(python) => println!("\n{}", peers::versions(python)?),
        None => println!("\nNo `--python`: pyannote.audio, sherpa-onnx and scipy are left out."),
    }
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    if wants("der") || wants("count") {
        let sets = engine::sets(&bench.root)?;
        if wants("der") {
            der::run(&mut bench, &sets)?;
        }
        if wants("count") {
            count::run(&bench, &sets)?;
        }
    }
    if wants("time") {
        time::run(&mut bench)?;
    }
    if wants("clustering") {
        clustering::run(&mut bench)?;
    }
    Ok(bench.failures)
}

/// The bench, and the parts asked for.
fn parse(arguments: Vec<OsString>) -> Result<(Bench, Vec<String>), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut bench = Bench {
        root: root.canonicalize()?,
        python: None,
        rounds: None,
        recording: None,
        fresh: false,
        cache: cache("diarize-bench")?,
        failures: Vec::new(),
    };
    let mut parts = Vec::new();
    let mut arguments = Arguments::new(arguments);
    while let Some(option) = arguments.option()? {
        match option.as_str() {
            "--python" => bench.python = Some(arguments.value()?.into()),
            "--recording" => bench.recording = Some(arguments.value()?.into()),
            "--fresh" => bench.fresh = true,
            "--rounds" => bench.rounds = Some(arguments.count()?),
            "--only" => match arguments.value()?.to_str() {
                Some(part @ ("der" | "count" | "time" | "clustering")) => parts.push(part.into()),
                other => return Err(format!("{other:?} is none of the parts").into()),
            },
            _ => return Err(arguments.unknown()),
        }
    }
    Ok((bench, parts))
}

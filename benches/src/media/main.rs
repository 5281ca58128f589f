//! What `media` reads, how well and how fast, held against ffmpeg; the tables of `benches/README.md`.
//!
//! ```text
//! cargo run --release -p autoproto-benches --bin media -- [--formats FOLDER]... [--hour] [--memory] [--all]
//!     [--rounds N] [--no-times] [--ffmpeg PATH] [--python PATH]
//! ```
//! Without a part named it is the formats, of `../shared/audio/media` and `tests/data/media` where they exist. ffmpeg
//! is `--ffmpeg`, else `AUTOPROTO_FFMPEG`, else the one on the PATH. A row that misses its bound is named at the end,
//! and makes the exit status 1.

mod broken;
mod child;
mod compare;
mod ffmpeg;
mod formats;
mod memory;
mod race;
mod resampling;
mod speed;

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use autoproto_benches::program::{Arguments, cache, ends};
use autoproto_benches::{machine, table};

use ffmpeg::Ffmpeg;

/// What every part needs.
struct Bench {
    ffmpeg: Ffmpeg,
    /// Runs of each program in a timed row; the fastest counts.
    rounds: usize,
    /// Holds what is made once and reused, and the temporary files: both programs write to this disk.
    cache: PathBuf,
    /// Rows that missed their bounds.
    failures: Vec<String>,
}

#[derive(Default)]
struct Options {
    formats: bool,
    folders: Vec<PathBuf>,
    hour: bool,
    memory: bool,
    no_times: bool,
    rounds: Option<usize>,
    ffmpeg: Option<PathBuf>,
    python: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|a| a == child::FLAG) {
        return child::main(&arguments[1..]);
    }
    ends("media", run(arguments))
}

fn run(arguments: Vec<OsString>) -> Result<Vec<String>, Box<dyn Error>> {
    let options = Options::parse(arguments)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut bench = Bench {
        ffmpeg: Ffmpeg::find(options.ffmpeg)?,
        rounds: options.rounds.unwrap_or(5),
        cache: cache("media-bench")?,
        failures: Vec::new(),
    };
    println!("{}; ffmpeg {}", machine(), bench.ffmpeg.version());
    if cfg!(debug_assertions) {
        println!("\nA dev build: its times mean nothing.");
    }
    if options.formats {
        let folders = match options.folders.is_empty() {
            false => options.folders,
            true => [
                root.join("../shared/audio/media"),
                root.join("tests/data/media"),
            ]
            .into_iter()
            .filter(|folder| folder.is_dir())
            .collect(),
        };
        formats::run(&mut bench, &folders, !options.no_times)?;
    }
    if options.hour {
        speed::run(&mut bench, &root.join("examples/data"))?;
        let python = options.python.unwrap_or_else(|| "python3".into());
        resampling::run(&mut bench, &root.join("examples/data"), &python)?;
    }
    if options.memory {
        memory::run(&mut bench, &root.join("examples/data"))?;
    }
    Ok(bench.failures)
}

impl Options {
    fn parse(arguments: Vec<OsString>) -> Result<Self, Box<dyn Error>> {
        let mut parsed = Self::default();
        let mut arguments = Arguments::new(arguments);
        while let Some(option) = arguments.option()? {
            match option.as_str() {
                "--formats" => {
                    parsed.formats = true;
                    parsed.folders.push(arguments.value()?.into());
                }
                "--hour" => parsed.hour = true,
                "--memory" => parsed.memory = true,
                "--all" => {
                    (parsed.formats, parsed.hour, parsed.memory) = (true, true, true);
                }
                "--no-times" => parsed.no_times = true,
                "--rounds" => parsed.rounds = Some(arguments.count()?),
                "--ffmpeg" => parsed.ffmpeg = Some(arguments.value()?.into()),
                "--python" => parsed.python = Some(arguments.value()?.into()),
                _ => return Err(arguments.unknown()),
            }
        }
        if !(parsed.formats || parsed.hour || parsed.memory) {
            parsed.formats = true;
        }
        Ok(parsed)
    }
}

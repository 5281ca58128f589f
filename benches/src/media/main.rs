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
struct Arguments {
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
    match run(arguments) {
        Ok(failures) if failures.is_empty() => ExitCode::SUCCESS,
        Ok(failures) => {
            println!("\nMissed:\n");
            for failure in &failures {
                println!("- {failure}");
            }
            eprintln!("{} rows missed their bounds", failures.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("media: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Vec<OsString>) -> Result<Vec<String>, Box<dyn Error>> {
    let arguments = Arguments::parse(arguments)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut bench = Bench {
        ffmpeg: Ffmpeg::find(arguments.ffmpeg)?,
        rounds: arguments.rounds.unwrap_or(5).max(1),
        cache: cache()?,
        failures: Vec::new(),
    };
    println!("{}; ffmpeg {}", machine(), bench.ffmpeg.version());
    if cfg!(debug_assertions) {
        println!("\nA dev build: its times mean nothing.");
    }
    if arguments.formats {
        let folders = match arguments.folders.is_empty() {
            false => arguments.folders,
            true => [
                root.join("../shared/audio/media"),
                root.join("tests/data/media"),
            ]
            .into_iter()
            .filter(|folder| folder.is_dir())
            .collect(),
        };
        formats::run(&mut bench, &folders, !arguments.no_times)?;
    }
    if arguments.hour {
        speed::run(&mut bench, &root.join("examples/data"))?;
        let python = arguments.python.unwrap_or_else(|| "python3".into());
        resampling::run(&mut bench, &root.join("examples/data"), &python)?;
    }
    if arguments.memory {
        memory::run(&mut bench, &root.join("examples/data"))?;
    }
    Ok(bench.failures)
}

impl Arguments {
    fn parse(arguments: Vec<OsString>) -> Result<Self, Box<dyn Error>> {
        let mut parsed = Self::default();
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            let mut value = || {
                rest.next()
                    .ok_or_else(|| format!("{argument:?} needs a value"))
            };
            match argument.to_str() {
                Some("--formats") => {
                    parsed.formats = true;
                    parsed.folders.push(value()?.into());
                }
                Some("--hour") => parsed.hour = true,
                Some("--memory") => parsed.memory = true,
                Some("--all") => {
                    (parsed.formats, parsed.hour, parsed.memory) = (true, true, true);
                }
                Some("--no-times") => parsed.no_times = true,
                Some("--rounds") => {
                    let text = value()?;
                    let rounds = text.to_str().and_then(|t| t.parse().ok());
                    parsed.rounds =
                        Some(rounds.ok_or_else(|| format!("{text:?} is no number of rounds"))?);
                }
                Some("--ffmpeg") => parsed.ffmpeg = Some(value()?.into()),
                Some("--python") => parsed.python = Some(value()?.into()),
                _ => return Err(format!("{argument:?} is not known here").into()),
            }
        }
        if !(parsed.formats || parsed.hour || parsed.memory) {
            parsed.formats = true;
        }
        Ok(parsed)
    }
}

/// `media-bench` in cargo's target folder, which is where this program itself lies.
fn cache() -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("no target folder")?;
    let cache = target.join("media-bench");
    std::fs::create_dir_all(&cache)?;
    Ok(cache)
}

//! A child: decodes a range of mutants, or one file, and says of each what came of it.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use autoproto_core::media::{self, Decoded, MediaOptions, Source};
use autoproto_core::{CancelToken, Context, Progress};

use crate::{Options, limits, mutators, seeds};

/// Bytes of sound in memory: little, so that the temporary file is used too.
const SPILL_AT: usize = 256 << 10;
/// The stack of a thread that an embedding program starts without a thought.
const STACK: usize = 2 << 20;

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Decodes what the options name, one line before each and one behind it.
pub(crate) fn run(options: &Options, folder: &Path) -> Result<(), String> {
    limits::cap_memory();
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(
            || "unknown".to_owned(),
            |at| {
                let file = at.file().replace('\\', "/");
                let parts: Vec<&str> = file.rsplit('/').take(3).collect();
                let short = parts.into_iter().rev().collect::<Vec<_>>().join("/");
                format!("{short}:{}", at.line())
            },
        );
        if let Ok(mut panics) = PANICS.lock() {
            panics.push(place);
        }
    }));
    let (options, folder) = (options.clone(), folder.to_owned());
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || work(&options, &folder))
        .map_err(|e| e.to_string())?
        .join()
        .map_err(|_| "the child itself panicked".to_owned())?
}

fn work(options: &Options, folder: &Path) -> Result<(), String> {
    if let Some(path) = options.replay.first() {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        return one(0, &bytes, folder);
    }
    let seeds = seeds::read(&options.folders)?;
    if seeds::digest(&seeds) != options.digest {
        return Err("the seeds have changed since the run began".into());
    }
    for index in options.first..options.first + options.count {
        let mutant = mutators::mutant(&seeds, options.seed, index);
        one(index, &mutant.bytes, folder)?;
    }
    Ok(())
}

fn one(index: u64, bytes: &[u8], folder: &Path) -> Result<(), String> {
    say(&format!("> {index}"))?;
    if let Ok(mut panics) = PANICS.lock() {
        panics.clear();
    }
    limits::cap_time();
    let (cpu, mark) = (limits::cpu(), limits::mark());
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(bytes, folder)));
    let (peak, cpu) = (limits::peak(mark), limits::cpu() - cpu);
    let panics = PANICS
        .lock()
        .map(|panics| panics.clone())
        .unwrap_or_default();
    let mut outcome = match decoded {
        Err(_) => "violation panic".to_owned(),
        Ok(Err(error)) if error.code() == "internal" => "violation panic".to_owned(),
        Ok(Err(error)) => format!("error {}", error.code()),
        Ok(Ok(decoded)) => match nonsense(&decoded) {
            Some(what) => format!("violation nonsense: {what}"),
            None if decoded.warnings.is_empty() => "whole".to_owned(),
            None => "warned".to_owned(),
        },
    };
    if !outcome.starts_with("violation") {
        if peak > limits::MEMORY {
            outcome = "violation memory".into();
        } else if cpu > limits::SECONDS {
            outcome = "violation time".into();
        } else if left_behind(folder) > 0 {
            outcome = "violation files left behind".into();
        }
    }
    say(&format!(
        "< {index}\t{outcome}\t{cpu:.6}\t{peak}\t{}",
        panics.join(",")
    ))
}

/// The one call to the library.
fn decode(input: &[u8], folder: &Path) -> autoproto_core::Result<Decoded> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let options = MediaOptions::default()
        .with_memory_limit(SPILL_AT)
        .with_temp_dir(folder);
    media::decode(
        Source::bytes(input),
        &options,
        &Context::new(&cancel, &sink),
    )
}

/// What is wrong with a result that says it is a good one.
fn nonsense(decoded: &Decoded) -> Option<String> {
    let duration = decoded.audio.duration();
    let samples = decoded.audio.view();
    let samples = samples.samples();
    if let Some(at) = samples
        .iter()
        .position(|sample| !sample.is_finite() || sample.abs() > 1.0)
    {
        return Some(format!("a sample of {} at {at}", samples[at]));
    }
    let lost = decoded.lost_seconds();
    if !(0.0..=duration + 0.001).contains(&lost) {
        return Some(format!("{lost} s lost of {duration}"));
    }
    match decoded.promised {
        Some(promised) if !promised.is_finite() || promised < 0.0 => {
            Some(format!("{promised} s promised"))
        }
        _ => None,
    }
}

/// Files in the child's folder beside its input; they are removed, so that each counts once.
fn left_behind(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name() != "input" {
            let _ = std::fs::remove_file(entry.path());
            count += 1;
        }
    }
    count
}

fn say(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|e| e.to_string())
}

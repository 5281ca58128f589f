//! Memory of the whole pipeline as recordings grow.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use autoproto_benches::long::{sounds, write_long};
use autoproto_benches::program;
use autoproto_benches::{Memory, arguments};
use autoproto_core::Pipeline;
use serde::{Deserialize, Serialize};

use crate::table::{Table, number};
use crate::{Bench, child};

/// MiB that the long recording may take more than the short one.
const GROWTH: f64 = 120.0;
/// Hours of the short one.
const SHORT: f64 = 1.0 / 6.0;
/// Milliseconds between two looks at what is not mapped from files.
const LOOK: u64 = 100;

/// What a run took, in MiB.
#[derive(Serialize, Deserialize)]
pub struct Taken {
    /// With the models loaded.
    before: u64,
    /// Resident at most.
    peak: u64,
    /// Of that without pages of files, which the system takes back when it needs them; at most, as often as was looked.
    private: u64,
    seconds: f64,
    audio: f64,
    words: usize,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Memory\n\nThe whole pipeline on the recordings of `examples/data` over and over (WAV), {} threads, a process each. Resident \
         at most, and of that what is not pages of a mapped file. From the short recording to the long one at most {GROWTH} MiB more.",
        bench.threads
    );
    let folder = tempfile::tempdir()?;
    let sounds = sounds(&bench.root.join("examples/data"))?;
    let mut table = Table::new(&[
        "recording",
        ">s of sound",
        ">MiB with the models",
        ">MiB at most",
        ">not of files",
        ">s",
        ">× real time",
        ">words a minute",
    ]);
    let mut peaks = Vec::new();
    for hours in [SHORT, bench.hours] {
        let file = folder.path().join("long.wav");
        write_long(&file, &sounds, 3600.0 * hours)?;
        let taken: Taken = program::again(&arguments![
            child::MEMORY,
            &bench.root,
            bench.threads.to_string(),
            &file
        ])?;
        table.row([
            if hours < 1.0 {
                format!("{:.0} min", 60.0 * hours)
            } else {
                format!("{hours} h")
            },
            number(Some(taken.audio), 0),
            taken.before.to_string(),
            taken.peak.to_string(),
            taken.private.to_string(),
            number(Some(taken.seconds), 0),
            number(Some(taken.audio / taken.seconds), 1),
            number(Some(60.0 * taken.words as f64 / taken.audio), 1),
        ]);
        peaks.push([taken.peak, taken.private]);
    }
    table.print();
    let mut verdicts = Table::new(&["growth", ">MiB", ">at most", "verdict"]);
    if let [short, long] = peaks[..] {
        for (i, kind) in ["resident", "not of files"].into_iter().enumerate() {
            let growth = long[i] as f64 - short[i] as f64;
            let verdict = bench.verdict(&format!("memory, {kind}"), growth <= GROWTH, || {
                format!("{growth:.0} MiB more, above {GROWTH}")
            });
            table_row(&mut verdicts, kind, growth, verdict);
        }
    }
    verdicts.print();
    Ok(())
}

fn table_row(table: &mut Table, kind: &str, growth: f64, verdict: String) {
    table.row([
        kind.into(),
        number(Some(growth), 0),
        number(Some(GROWTH), 0),
        verdict,
    ]);
}

/// Runs the pipeline over a file with an eye on what it takes.
pub fn listen(root: &Path, threads: usize, file: &Path) -> Result<Taken, Box<dyn Error>> {
    let mut pipeline = Pipeline::builder()
        .models(root.join("models"))
        .threads(threads)
        .build()?;
    let known = "this system does not tell a process its memory";
    let before = Memory::read().ok_or(known)?.now;
    let (most, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(private().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(LOOK));
            }
        });
        let report = pipeline.run(file);
        done.store(true, Ordering::Relaxed);
        report
    })?;
    let words = report.utterances.iter().map(|u| u.words.len()).sum();
    Ok(Taken {
        before,
        peak: Memory::read().ok_or(known)?.peak,
        private: most.load(Ordering::Relaxed),
        seconds: begun.elapsed().as_secs_f64(),
        audio: report.duration,
        words,
    })
}

/// Resident pages that are not of files, in MiB.
fn private() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

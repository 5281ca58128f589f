//! A long recording, and one recording many times over, with an eye on memory and on words lost on the way.
//!
//! `cargo run --release -p autoproto-benches --bin soak [-- HOURS]`, by default one hour: the recordings of
//! `examples/data` one after another, again and again, with gaps of silence, written to a temporary file.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use autoproto_benches::long::{sounds, write_long};
use autoproto_benches::{Memory, machine};
use autoproto_core::summarize::ExtractiveSummarizer;
use autoproto_core::{AudioView, CancelToken, MeetingReport, Pipeline, Progress, Stage, TimeSpan};

/// How often the short recording is run, and how long it is in seconds.
const REPEATS: usize = 20;
const SHORT: f64 = 15.0;

fn main() -> Result<(), Box<dyn Error>> {
    let hours: f64 = match std::env::args().nth(1) {
        Some(text) => text
            .parse()
            .map_err(|_| format!("`{text}` is no number of hours"))?,
        None => 1.0,
    };
    if !(0.01..=18.0).contains(&hours) {
        return Err("the hours must be 0.01 to 18".into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    println!(
        "{}; {} build",
        machine(),
        if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        }
    );
    let builder = Pipeline::builder().models(root.join("models"));
    let mut pipeline = builder
        .summarizer(ExtractiveSummarizer::default())
        .build()?;
    println!("memory with the models loaded: {}", memory());

    let sounds = sounds(&root.join("examples/data"))?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("long.wav");
    write_long(&path, &sounds, hours * 3600.0)?;

    let begun = Instant::now();
    let cancel = CancelToken::new();
    let report = pipeline.run_with(&path, &cancel, &Shown::default())?;
    let taken = begun.elapsed().as_secs_f64();
    let transcript = &report.transcript;
    println!(
        "long: {:.0} s of sound in {taken:.0} s, {:.1} × real time",
        transcript.duration,
        transcript.duration / taken
    );
    println!("  memory: {}", memory());
    let coverage = &transcript.coverage;
    let lost: f64 = coverage
        .uncovered
        .iter()
        .fold(0.0, |sum, span| sum + span.duration());
    println!(
        "  speech: {:.0} s, of that without words: {lost:.1} s",
        coverage.speech
    );
    println!(
        "  voices: {}, utterances: {}, read for the minutes: {:?}",
        transcript.speakers.len(),
        coverage.utterances,
        coverage.utterances_read
    );
    println!(
        "  decisions: {}, actions: {}",
        report.minutes.decisions.len(),
        report.minutes.actions.len()
    );
    let quarters: Vec<String> = words_a_minute(&report)
        .iter()
        .map(|rate| format!("{rate:.0}"))
        .collect();
    println!("  words a minute by quarter: {}", quarters.join(", "));

    let short = sounds.first().ok_or("no recordings")?;
    let short = AudioView::new(short).slice(TimeSpan::new(0.0, SHORT));
    let mut after: Vec<u64> = Vec::new();
    let mut first: Option<MeetingReport> = None;
    let begun = Instant::now();
    for _ in 0..REPEATS {
        let report = pipeline.run_audio(AudioView::new(short), &cancel, &|_: Progress| {})?;
        after.extend(Memory::read().map(|m| m.now));
        if first.as_ref().is_some_and(|first| *first != report) {
            return Err("the same sound gave another result".into());
        }
        first.get_or_insert(report);
    }
    println!(
        "short: {SHORT:.0} s, {REPEATS} times, in {:.0} s, each time with the same result",
        begun.elapsed().as_secs_f64()
    );
    if let (Some(first), Some(last)) = (after.first(), after.last()) {
        println!(
            "  memory after the first: {first} MiB, after the last: {last} MiB, growth {} MiB",
            *last as i64 - *first as i64
        );
    }
    Ok(())
}

fn memory() -> String {
    Memory::read().map_or_else(|| "not known on this system".into(), |m| m.to_string())
}

/// In each quarter of the recording, so that a loss in its middle shows.
fn words_a_minute(report: &MeetingReport) -> [f64; 4] {
    let quarter = report.transcript.duration / 4.0;
    let mut rates = [0.0; 4];
    for word in report.transcript.utterances.iter().flat_map(|u| &u.words) {
        let at = (word.span.start / quarter.max(1e-9)) as usize;
        rates[at.min(3)] += 60.0 / quarter.max(1e-9);
    }
    rates
}

/// A line on standard error for every tenth of the transcription.
#[derive(Default)]
struct Shown(std::sync::atomic::AtomicU32);

impl autoproto_core::ProgressSink for Shown {
    fn report(&self, progress: Progress) {
        let tenth = (10.0 * progress.fraction) as u32;
        if progress.stage == Stage::Transcribe
            && self.0.swap(tenth, std::sync::atomic::Ordering::Relaxed) != tenth
        {
            eprintln!("transcribed {} %, memory {}", 10 * tenth, memory());
        }
    }
}

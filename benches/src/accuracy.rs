//! Word errors, speaker errors and minutes of recordings whose truth is known, as one table.
//!
//! `cargo run --release -p autoproto-benches --bin accuracy [-- FOLDER...]`; by default `examples/data`, and
//! `../shared/audio/ami` where that is beside the repository. Nothing here is a limit: the tests hold those.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use autoproto_benches::{Score, held_against, machine, recordings};
use autoproto_core::Pipeline;
use autoproto_core::summarize::ExtractiveSummarizer;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        folders.push(root.join("examples/data"));
        folders.extend(Some(root.join("../shared/audio/ami")).filter(|folder| folder.is_dir()));
    }
    let builder = Pipeline::builder().models(root.join("models"));
    let mut pipeline = builder
        .summarizer(ExtractiveSummarizer::default())
        .build()?;

    println!(
        "{}; {} build\n",
        machine(),
        if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        }
    );
    println!(
        "| recording | s | WER % | deleted % | DER % | miss % | false alarm % | confusion % | voices found/true | found/expected | right/listed | owners right/actions | uncovered s | × real time |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut all: Vec<(Score, f64, f64)> = Vec::new();
    for folder in &folders {
        let mut here = Vec::new();
        for recording in recordings(folder)? {
            let begun = Instant::now();
            let report = pipeline.run(&recording.path)?;
            let seconds = report.transcript.duration;
            let row = (
                held_against(&recording, &report),
                seconds,
                begun.elapsed().as_secs_f64(),
            );
            print_row(&recording.name, row);
            here.push(row);
        }
        if here.is_empty() {
            return Err(format!("{} holds no recording with its truth", folder.display()).into());
        }
        print_row(
            &format!(
                "**{}, pooled**",
                folder.file_name().unwrap_or_default().display()
            ),
            pooled(&here),
        );
        all.extend(here);
    }
    if folders.len() > 1 {
        print_row("**all, pooled**", pooled(&all));
    }
    Ok(())
}

/// Score, seconds of sound, seconds of work.
fn pooled(rows: &[(Score, f64, f64)]) -> (Score, f64, f64) {
    let sum = |of: fn(&(Score, f64, f64)) -> f64| rows.iter().map(of).sum();
    (
        rows.iter().map(|row| row.0).sum(),
        sum(|row| row.1),
        sum(|row| row.2),
    )
}

fn print_row(name: &str, (score, seconds, taken): (Score, f64, f64)) {
    let of = |part: f64, whole: f64| {
        if whole > 0.0 {
            format!("{:.1}", 100.0 * part / whole)
        } else {
            "–".into()
        }
    };
    let (wer, deleted) = score.wer.map_or_else(
        || ("–".into(), "–".into()),
        |w| {
            (
                format!("{:.1}", 100.0 * w.rate()),
                of(w.deletions as f64, w.reference_words() as f64),
            )
        },
    );
    let (found, right, owners) = score.minutes.map_or_else(
        || ("–".into(), "–".into(), "–".into()),
        |m| {
            let part = |a: usize, b: usize| format!("{a}/{b}");
            (
                part(m.found, m.expected),
                part(m.found, m.listed),
                part(m.owners, m.actions),
            )
        },
    );
    let der = score.der;
    println!(
        "| {name} | {seconds:.0} | {wer} | {deleted} | {:.1} | {} | {} | {} | {}/{} | {found} | {right} | {owners} | {:.1} | {:.1} |",
        100.0 * der.rate(),
        of(der.miss, der.total),
        of(der.false_alarm, der.total),
        of(der.confusion, der.total),
        score.speakers_found,
        score.speakers,
        score.uncovered,
        seconds / taken.max(1e-9),
    );
}

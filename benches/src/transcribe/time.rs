//! Seconds and memory on the same recordings.

use std::error::Error;

use crate::Bench;
use crate::engine::{Spoken, spoken};
use crate::systems::{Report, Sound, System};
use crate::table::{Table, number};
use crate::words;

/// Ours by the others' time, and by the greedy one's memory.
const GREEDY: f64 = 1.0;
const BATCHED: f64 = 1.2;
const MEMORY: f64 = 0.5;

const OURS: usize = 0;
const GREEDY_ONE: usize = 1;
const BATCHED_ONE: usize = 2;

const SYSTEMS: [System; 5] = [
    System::Ours,
    System::FasterWhisper {
        beam: 1,
        vad: true,
        batch: 0,
    },
    System::FasterWhisper {
        beam: 1,
        vad: true,
        batch: 8,
    },
    System::FasterWhisper {
        beam: 5,
        vad: true,
        batch: 0,
    },
    System::WhisperCpp {
        beam: 5,
        vad: false,
    },
];

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Time\n\nAll recordings of the table of words, one after the other; each program a process of its own, in turn, {} rounds, of \
         which the fastest counts. Models and sound are in memory before the clock starts, and 15 s have gone through; voice activity \
         counts. Ours: at most {GREEDY} times the seconds of faster-whisper's greedy run, {BATCHED} times those of its batched one, and \
         {MEMORY} times the memory of the greedy one.",
        bench.rounds
    );
    let spoken = spoken(bench)?;
    let sounds: Vec<Sound> = spoken.iter().map(Spoken::sound).collect();
    let mut best: [Option<Report>; SYSTEMS.len()] = Default::default();
    for _ in 0..bench.rounds {
        for (system, best) in SYSTEMS.iter().zip(&mut best) {
            if system.is_here(bench) {
                keep_faster(best, system.run(bench, &sounds)?);
            }
        }
    }
    let seconds = |i: usize| best[i].as_ref().map(Report::seconds);
    let peak = |i: usize| best[i].as_ref().and_then(|report| report.peak_rss_mb);
    let mut table = Table::new(&[
        "program",
        ">s",
        ">processor s",
        ">× real time",
        ">ours by its s",
        ">MiB at most",
        ">ours by its MiB",
        ">mean WER %",
        "flags",
    ]);
    for (i, (system, report)) in SYSTEMS.iter().zip(&best).enumerate() {
        let Some(report) = report else { continue };
        table.row([
            system.name(),
            number(seconds(i), 2),
            number(report.busy(), 2),
            number(Some(report.audio() / report.seconds()), 1),
            number(ratio(seconds(OURS), seconds(i)), 2),
            number(peak(i), 0),
            number(ratio(peak(OURS), peak(i)), 2),
            number(Some(words::mean_rate(&spoken, report)?), 2),
            system.flags(bench),
        ]);
    }
    table.print();
    let mut verdicts = Table::new(&["ours by", ">ratio", ">at most", "verdict"]);
    for (what, found, most) in [
        (
            "faster-whisper's greedy s",
            ratio(seconds(OURS), seconds(GREEDY_ONE)),
            GREEDY,
        ),
        (
            "faster-whisper's batched s",
            ratio(seconds(OURS), seconds(BATCHED_ONE)),
            BATCHED,
        ),
        (
            "faster-whisper's greedy MiB",
            ratio(peak(OURS), peak(GREEDY_ONE)),
            MEMORY,
        ),
    ] {
        judge(bench, &mut verdicts, "time", what, found, most);
    }
    verdicts.print();
    Ok(())
}

pub fn keep_faster(best: &mut Option<Report>, new: Report) {
    if best
        .as_ref()
        .is_none_or(|best| new.seconds() < best.seconds())
    {
        *best = Some(new);
    }
}

pub fn ratio(ours: Option<f64>, theirs: Option<f64>) -> Option<f64> {
    Some(ours? / theirs?)
}

/// A row of ratios; without the other program nothing is judged.
pub fn judge(
    bench: &mut Bench,
    table: &mut Table,
    part: &str,
    what: &str,
    found: Option<f64>,
    most: f64,
) {
    let verdict = match found {
        Some(found) => bench.verdict(&format!("{part}, {what}"), found <= most, || {
            format!("{found:.3}, above {most}")
        }),
        None => "–".into(),
    };
    table.row([
        what.into(),
        number(found, 3),
        number(Some(most), 2),
        verdict,
    ]);
}

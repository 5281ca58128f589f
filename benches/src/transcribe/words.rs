//! Word errors on the same weights.

use std::error::Error;

use autoproto_core::metrics::{WordErrorRate, wer};

use crate::Bench;
use crate::engine::{Spoken, spoken};
use crate::systems::{Report, Sound, System};
use crate::table::{Table, number};

/// Words left out, in per cent of those said, of all recordings together.
const DELETED: f64 = 2.0;

const OURS: usize = 0;
const BEAM: usize = 4;

/// In the order of the columns.
const SYSTEMS: [System; 5] = [
    System::Ours,
    System::WhisperCpp {
        beam: 5,
        vad: false,
    },
    System::WhisperCpp { beam: 5, vad: true },
    System::FasterWhisper {
        beam: 1,
        vad: true,
        batch: 0,
    },
    System::FasterWhisper {
        beam: 5,
        vad: true,
        batch: 0,
    },
];

/// What each heard, by recording; `None` for one that is not here.
type Column = Option<(Report, Vec<WordErrorRate>)>;

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Words\n\nWER in per cent, in brackets the deleted words; lower case, no punctuation, numbers as words. All run Whisper base \
         at 8 bits (ggml's q8_0, CTranslate2's int8), and are told the language. Ours: on every recording at most what either way of \
         whisper.cpp has, the mean at most that of faster-whisper with beam 5, at most {DELETED} % of all words deleted."
    );
    let spoken = spoken(bench)?;
    let sounds: Vec<Sound> = spoken.iter().map(Spoken::sound).collect();
    let mut columns: Vec<Column> = Vec::new();
    for system in SYSTEMS {
        columns.push(if system.is_here(bench) {
            let report = system.run_or_recall(bench, &sounds)?;
            let errors = errors(&spoken, &report)?;
            Some((report, errors))
        } else {
            None
        });
    }
    let mut table = Table::new(&[
        "recording",
        ">words",
        ">ours",
        ">whisper.cpp",
        ">whisper.cpp, its VAD",
        ">faster-whisper, greedy",
        ">faster-whisper, beam 5",
        ">ours: uncovered s",
        "verdict",
    ]);
    let of = |column: &Column, i: usize| column.as_ref().and_then(|c| c.1.get(i)).copied();
    for (i, recording) in spoken.iter().enumerate() {
        let row: Vec<Option<WordErrorRate>> = columns.iter().map(|c| of(c, i)).collect();
        let ours = rate(row[OURS]);
        let beaten = SYSTEMS.iter().zip(&row).find(|(system, theirs)| {
            matches!(system, System::WhisperCpp { .. }) && rate(**theirs) < ours
        });
        let verdict = bench.verdict(
            &format!("words, {}", recording.name),
            beaten.is_none(),
            || {
                format!(
                    "{ours:.2} %, more than {}",
                    beaten.map_or(String::new(), |b| b.0.name())
                )
            },
        );
        let said = row[OURS].map_or(0, |errors| errors.reference_words());
        let uncovered = columns[OURS]
            .as_ref()
            .and_then(|c| Some(c.0.sounds.get(i)?.uncovered_s));
        let mut cells = vec![recording.name.clone(), said.to_string()];
        cells.extend(row.iter().map(|errors| cell(*errors)));
        cells.extend([number(uncovered, 1), verdict]);
        add(&mut table, cells);
    }
    let means: Vec<Option<f64>> = columns.iter().map(mean).collect();
    let mut cells = vec!["**mean**".to_owned(), "–".into()];
    cells.extend(means.iter().map(|mean| number(*mean, 2)));
    let ours = means[OURS].unwrap_or(f64::NAN);
    let verdict = match means[BEAM] {
        Some(theirs) => bench.verdict("words, mean", ours <= theirs, || {
            format!("{ours:.2} %, more than faster-whisper's {theirs:.2} %")
        }),
        None => "–".into(),
    };
    cells.extend(["–".into(), verdict]);
    add(&mut table, cells);
    let pooled: Vec<Option<WordErrorRate>> = columns.iter().map(pooled).collect();
    let deleted = pooled[OURS].map_or(f64::NAN, |errors| 100.0 * share(errors.deletions, &errors));
    let said = pooled[OURS].map_or(0, |errors| errors.reference_words());
    let mut cells = vec!["**pooled**".to_owned(), said.to_string()];
    cells.extend(pooled.iter().map(|errors| cell(*errors)));
    let verdict = bench.verdict("words, deleted", deleted <= DELETED, || {
        format!("{deleted:.2} % of the words are deleted, above {DELETED} %")
    });
    cells.extend(["–".into(), verdict]);
    add(&mut table, cells);
    table.print();
    print_parts(bench, &columns, &pooled);
    Ok(())
}

/// Held against the truth, each recording.
fn errors(spoken: &[Spoken], report: &Report) -> Result<Vec<WordErrorRate>, Box<dyn Error>> {
    if spoken.len() != report.sounds.len() {
        return Err("a program did not hear all recordings".into());
    }
    let each = spoken.iter().zip(&report.sounds);
    Ok(each
        .map(|(truth, heard)| wer(&truth.text, &heard.text, truth.language))
        .collect())
}

/// The mean of the recordings' rates, in per cent: each counts the same, however long.
pub fn mean_of(errors: &[WordErrorRate]) -> f64 {
    let sum: f64 = errors.iter().map(|errors| 100.0 * errors.rate()).sum();
    sum / errors.len().max(1) as f64
}

fn mean(column: &Column) -> Option<f64> {
    column.as_ref().map(|(_, errors)| mean_of(errors))
}

fn pooled(column: &Column) -> Option<WordErrorRate> {
    let (_, errors) = column.as_ref()?;
    Some(errors.iter().copied().sum())
}

/// Whether a text of each recording is there, and how far from the truth it is.
pub fn mean_rate(spoken: &[Spoken], report: &Report) -> Result<f64, Box<dyn Error>> {
    Ok(mean_of(&errors(spoken, report)?))
}

/// In per cent; no system that is not here is better than any.
fn rate(errors: Option<WordErrorRate>) -> f64 {
    errors.map_or(f64::INFINITY, |errors| 100.0 * errors.rate())
}

fn share(words: usize, of: &WordErrorRate) -> f64 {
    words as f64 / of.reference_words().max(1) as f64
}

fn cell(errors: Option<WordErrorRate>) -> String {
    errors.map_or_else(
        || "–".into(),
        |errors| {
            format!(
                "{:.2} ({:.1})",
                100.0 * errors.rate(),
                100.0 * share(errors.deletions, &errors)
            )
        },
    )
}

fn add(table: &mut Table, cells: Vec<String>) {
    if let Ok(cells) = <[String; 9]>::try_from(cells) {
        table.row(cells);
    }
}

/// Of what the errors are made, what it took, and by what settings.
fn print_parts(bench: &Bench, columns: &[Column], pooled: &[Option<WordErrorRate>]) {
    println!(
        "\nPooled, in per cent of the words; the processor's seconds of all threads, of this run or an earlier one."
    );
    let mut table = Table::new(&[
        "program",
        ">substituted",
        ">deleted",
        ">inserted",
        ">processor s",
        "flags",
    ]);
    for ((system, column), errors) in SYSTEMS.iter().zip(columns).zip(pooled) {
        let Some(((report, _), errors)) = column.as_ref().zip(errors.as_ref()) else {
            continue;
        };
        let part = |words: usize| number(Some(100.0 * share(words, errors)), 2);
        table.row([
            system.name(),
            part(errors.substitutions),
            part(errors.deletions),
            part(errors.insertions),
            number(report.busy(), 1),
            system.flags(bench),
        ]);
    }
    table.print();
}

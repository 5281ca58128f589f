//! Sounds in which nobody speaks: what is heard in them is invented.

use std::error::Error;

use autoproto_benches::long::decoded;
use autoproto_core::metrics::normalise;
use autoproto_core::{Language, SAMPLE_RATE};

use crate::Bench;
use crate::made;
use crate::systems::{Sound, System};
use crate::table::Table;

/// Seconds of each sound.
const SECONDS: f64 = 30.0;
/// Minutes of silence after a recording.
const TAIL: f64 = 10.0;

const SYSTEMS: [System; 6] = [
    System::Ours,
    System::OursUngated,
    System::WhisperCpp {
        beam: 5,
        vad: false,
    },
    System::WhisperCpp { beam: 5, vad: true },
    System::FasterWhisper {
        beam: 5,
        vad: false,
        batch: 0,
    },
    System::FasterWhisper {
        beam: 5,
        vad: true,
        batch: 0,
    },
];

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Invented words\n\nWords heard in {SECONDS} s of each sound, once told that the language is English and once Russian, added up; \
         and words more than said in jfk with {TAIL} min of silence after it. Ours is at most 0; ungated, where it is told that someone \
         speaks all the time, so that nothing but the transcriber's own evidence stands against an invention, is for information, as \
         are the others."
    );
    for system in SYSTEMS {
        println!("- {}: {}", system.name(), system.flags(bench));
    }
    let folder = tempfile::tempdir()?;
    let mut names = Vec::new();
    let mut sounds: Vec<Sound> = Vec::new();
    for (i, (name, samples)) in made::wordless(SECONDS).into_iter().enumerate() {
        let path = folder.path().join(format!("{i}.wav"));
        made::write(&path, &samples)?;
        for language in [Language::ENGLISH, Language::RUSSIAN] {
            sounds.push((language, path.clone()));
        }
        names.push(name);
    }
    let jfk = bench.root.join("tests/data/jfk.wav");
    let tail = folder.path().join("tail.wav");
    let mut samples = decoded(&jfk)?;
    samples.resize(
        samples.len() + (60.0 * TAIL) as usize * SAMPLE_RATE as usize,
        0.0,
    );
    made::write(&tail, &samples)?;
    // Both with the tail and without, so that only what the tail adds is counted.
    sounds.extend([jfk, tail].map(|path| (Language::ENGLISH, path)));
    names.push("jfk with a silent tail");

    let mut columns: Vec<Option<(Vec<usize>, String)>> = Vec::new();
    for system in SYSTEMS {
        if !system.is_here(bench) {
            columns.push(None);
            continue;
        }
        let report = system.run(bench, &sounds)?;
        let words = |i: usize| {
            let text = report.sounds.get(i).map_or("", |sound| sound.text.as_str());
            normalise(text, sounds[i].0).split_whitespace().count()
        };
        let last = sounds.len() - 2;
        let mut counts: Vec<usize> = (0..last)
            .step_by(2)
            .map(|i| words(i) + words(i + 1))
            .collect();
        counts.push(words(last + 1).saturating_sub(words(last)));
        let texts = report.sounds.iter().take(last).map(|s| s.text.trim());
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
        columns.push(Some((counts, texts.join(" | "))));
    }
    let mut table = Table::new(&[
        "sound",
        ">ours",
        ">ours, ungated",
        ">whisper.cpp",
        ">whisper.cpp, its VAD",
        ">faster-whisper",
        ">faster-whisper, VAD",
        "verdict",
    ]);
    for (i, name) in names.iter().enumerate() {
        let count = |column: usize| columns[column].as_ref().map(|c| c.0[i]);
        let cell =
            |column: usize| count(column).map_or_else(|| "–".into(), |words| words.to_string());
        let ours = count(0).unwrap_or(usize::MAX);
        let verdict = bench.verdict(&format!("invented, {name}"), ours == 0, || {
            format!("{ours} words")
        });
        table.row([
            (*name).to_owned(),
            cell(0),
            cell(1),
            cell(2),
            cell(3),
            cell(4),
            cell(5),
            verdict,
        ]);
    }
    table.print();
    for (system, column) in SYSTEMS.iter().zip(&columns) {
        if let Some((_, text)) = column.as_ref().filter(|c| !c.1.is_empty()) {
            let text: String = text.chars().take(300).collect();
            println!(
                "\n{} heard, among others: {}",
                system.name(),
                text.replace('\n', " ")
            );
        }
    }
    Ok(())
}

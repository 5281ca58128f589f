//! Seconds and memory on one recording, with random weights of the architecture that people use: WeSpeaker's ResNet34.

use std::error::Error;
use std::path::{Path, PathBuf};

use autoproto_benches::arguments;
use autoproto_benches::program;
use autoproto_core::metrics::{DerOptions, LabelledTurn, der};
use serde_json::Value;

use crate::child::{self, Diarized};
use crate::engine::{self, WESPEAKER};
use crate::table::{Table, number};
use crate::{Bench, THREADS, peers};

/// How many times faster than pyannote.audio.
const EXACT: f64 = 3.0;
const FAST: f64 = 8.0;

/// Rounds of each program: pyannote.audio takes minutes.
const ROUNDS: usize = 3;
const PYANNOTE_ROUNDS: usize = 1;

/// The fastest round of a program.
struct Best {
    name: &'static str,
    seconds: f64,
    /// Of the processor, all threads.
    busy: Option<f64>,
    /// MiB.
    peak: Option<f64>,
    turns: Vec<LabelledTurn>,
    /// Times faster than pyannote.audio, at least.
    bound: Option<f64>,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    let meeting = bench.root.join("examples/data/rollout-ru.flac");
    let file = bench.recording.clone().unwrap_or(meeting);
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    println!(
        "\n### Time\n\n{name}, {THREADS} threads each, in turn, each a process of its own; the fastest round counts. WeSpeaker's \
         ResNet34 with random weights, which ours and pyannote.audio put together by centroid linkage cut at {}, clusters of {} or \
         more, in windows of 10 s every 1 s; the sound is in memory before the clock starts, and 15 s of it have gone through.",
        WESPEAKER.threshold, WESPEAKER.min_cluster_size
    );
    let Some(model) = wespeaker(bench)? else {
        println!("\nLeft out: there is no such model yet, and it takes `--python` to make it.");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    engine::with_wespeaker(&bench.root, &model, folder.path())?;
    let mut bests: Vec<Best> = Vec::new();
    let mut audio = 0.0;
    let rounds = bench.rounds.unwrap_or(ROUNDS);
    for round in 0..rounds {
        let python = bench.python.as_deref();
        if let Some(python) = python.filter(|_| round < bench.rounds.unwrap_or(PYANNOTE_ROUNDS)) {
            faster(&mut bests, pyannote(bench, python, &file, &model)?);
        }
        for (name, accuracy, bound) in [
            ("ours, exact", "exact", EXACT),
            ("ours, fast", "fast", FAST),
        ] {
            let arguments = arguments![child::DIARIZE, &bench.root, folder.path(), accuracy, &file];
            let report: Diarized = program::again(&arguments)?;
            audio = report.audio;
            faster(&mut bests, ours(name, report, bound));
        }
        if let Some(python) = python {
            faster(&mut bests, sherpa(bench, python, &file, &model)?);
        }
    }
    print(bench, &bests, audio);
    Ok(())
}

/// The model, which is made once.
fn wespeaker(bench: &Bench) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let folder = bench.cache.join("wespeaker");
    let model = folder.join("wespeaker.onnx");
    if model.is_file() {
        return Ok(Some(model));
    }
    let Some(python) = &bench.python else {
        return Ok(None);
    };
    // Under another name until it is whole.
    let making = tempfile::tempdir_in(&bench.cache)?;
    let arguments = arguments![making.path().join("wespeaker.onnx"), "--random", "0"];
    peers::script(bench, python, peers::EXPORT, &arguments)?;
    std::fs::rename(making.keep(), &folder)?;
    Ok(Some(model))
}

fn faster(bests: &mut Vec<Best>, new: Best) {
    match bests.iter_mut().find(|best| best.name == new.name) {
        Some(best) if new.seconds < best.seconds => *best = new,
        Some(_) => {}
        None => bests.push(new),
    }
}

fn ours(name: &'static str, report: Diarized, bound: f64) -> Best {
    eprintln!(
        "{name}: VAD {:.3} s, prepare {:.2} s, cluster {:.3} s",
        report.vad, report.prepare, report.cluster
    );
    Best {
        name,
        seconds: report.seconds(),
        busy: report.busy,
        peak: report.peak.map(|mib| mib as f64),
        turns: (report.turns.into_iter())
            .map(|(start, end, voice)| LabelledTurn::new(start, end, voice))
            .collect(),
        bound: Some(bound),
    }
}

fn pyannote(
    bench: &Bench,
    python: &Path,
    file: &Path,
    model: &Path,
) -> Result<Best, Box<dyn Error>> {
    let out = bench.cache.join("time-pyannote");
    let mut arguments = arguments![file];
    arguments.extend(peers::pyannote(
        bench,
        &model.with_extension("pt"),
        WESPEAKER,
    ));
    arguments.extend(arguments!["--out", &out]);
    peers::script(bench, python, peers::PYANNOTE, &arguments)?;
    let report = peers::report(&out.join("pyannote.json"))?;
    theirs("pyannote.audio", &report, &out, file)
}

fn sherpa(bench: &Bench, python: &Path, file: &Path, model: &Path) -> Result<Best, Box<dyn Error>> {
    let out = bench.cache.join("time-sherpa");
    let arguments = arguments![
        file,
        "--segmentation",
        bench.root.join("models/segmentation-powerset.onnx"),
        "--embedding",
        model,
        "--threads",
        THREADS.to_string(),
        "--out",
        &out,
    ];
    peers::script(bench, python, peers::SHERPA, &arguments)?;
    theirs(
        "sherpa-onnx",
        &peers::report(&out.join("sherpa.json"))?,
        &out,
        file,
    )
}

fn theirs(
    name: &'static str,
    report: &Value,
    out: &Path,
    file: &Path,
) -> Result<Best, Box<dyn Error>> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Best {
        name,
        seconds: peers::number(report, "seconds")?,
        busy: Some(peers::number(report, "cpu_s")?),
        peak: Some(peers::number(report, "peak_rss_mb")?),
        turns: peers::turns(out, &stem)?,
        bound: None,
    })
}

fn print(bench: &mut Bench, bests: &[Best], audio: f64) {
    let of = |name: &str| bests.iter().find(|best| best.name == name);
    let (pyannote, sherpa) = (of("pyannote.audio"), of("sherpa-onnx"));
    let mut table = Table::new(&[
        "program",
        ">s",
        ">processor s",
        ">× real time",
        ">times pyannote.audio's speed",
        ">at least",
        ">times sherpa-onnx's speed",
        ">MiB at most",
        ">voices",
        ">DER against pyannote.audio %",
        "verdict",
    ]);
    for best in bests {
        let than = |other: Option<&Best>| other.map(|other| other.seconds / best.seconds);
        let times = than(pyannote);
        let verdict = match best.bound.zip(times) {
            Some((bound, times)) => {
                let row = format!("time, {}", best.name);
                bench.verdict(&row, times >= bound, || {
                    format!("{times:.2} times pyannote.audio's speed, not {bound}")
                })
            }
            None => "–".into(),
        };
        let apart =
            pyannote.map(|p| 100.0 * der(&p.turns, &best.turns, &DerOptions::default()).rate());
        table.row([
            best.name.to_owned(),
            number(Some(best.seconds), 2),
            number(best.busy, 2),
            number(Some(audio / best.seconds), 1),
            number(times, 2),
            number(best.bound, 0),
            number(than(sherpa), 2),
            number(best.peak, 0),
            engine::voices(&best.turns).to_string(),
            number(apart, 2),
            verdict,
        ]);
    }
    table.print();
}

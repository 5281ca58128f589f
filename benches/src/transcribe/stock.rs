//! The same ggml file, beam and threads as a stock build of whisper.cpp: one chunk, whole recordings with silence in them,
//! the encoder alone.

use std::error::Error;
use std::path::Path;

use autoproto_benches::arguments;
use autoproto_benches::long::decoded;
use autoproto_benches::program;
use serde_json::Value;

use crate::encoder::Passes;
use crate::engine::{Spoken, spoken};
use crate::systems::{Report, Sound, System, sound_arguments};
use crate::table::{Table, number};
use crate::time::{judge, keep_faster, ratio};
use crate::{Bench, child, made};

/// Ours by a stock build's seconds.
const CORE: f64 = 1.03;
const SILENCES: f64 = 0.65;
const ENCODER: f64 = 0.75;

/// Seconds of the chunk, and the silence put into whole recordings.
const CHUNK: f64 = 28.0;
const SHARE: f64 = 0.3;

/// Passes of the encoder in a process.
const PASSES: usize = 5;

const STOCK: System = System::WhisperCpp {
    beam: 1,
    vad: false,
};

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### A stock whisper.cpp\n\nThe same ggml file, greedy (best of 1), {} threads; in turn, {} rounds, of which the fastest \
         counts. Chunks: what each recording has before its last pause within {CHUNK} s, without the voice activity detection, since it \
         takes no part in recognition. With silence: the recordings with {:.0} % of silence put into their pauses; voice activity counts. \
         Encoder: one pass of 30 s.",
        bench.threads,
        bench.rounds,
        100.0 * SHARE
    );
    println!(
        "\n- stock: {}\n- ours: {}",
        STOCK.flags(bench),
        System::Ours.flags(bench)
    );
    if !STOCK.is_here(bench) {
        println!("\nThere is no `--python`: only ours is timed.");
    }
    let folder = tempfile::tempdir()?;
    let mut chunks: Vec<Sound> = Vec::new();
    let mut silences: Vec<Sound> = Vec::new();
    for recording in spoken(bench)? {
        let samples = decoded(&recording.path)?;
        let add = |sounds: &mut Vec<Sound>, kind: &str, made: Option<Vec<f32>>| {
            let Some(made) = made else { return Ok(()) };
            let path = folder.path().join(format!("{}-{kind}.wav", recording.name));
            made::write(&path, &made)?;
            sounds.push((recording.language, path));
            Ok::<(), Box<dyn Error>>(())
        };
        let Spoken { speech, .. } = &recording;
        add(
            &mut chunks,
            "chunk",
            made::first_chunk(&samples, speech, CHUNK),
        )?;
        add(
            &mut silences,
            "silence",
            made::with_silence(&samples, speech, SHARE),
        )?;
    }
    let mut table = Table::new(&[
        "what",
        ">sound s",
        ">stock s",
        ">processor s",
        ">ours s",
        ">processor s",
    ]);
    let mut verdicts = Table::new(&["ours by stock's s", ">ratio", ">at most", "verdict"]);
    for (what, sounds, core, most) in [
        ("chunks", &chunks, true, CORE),
        ("with silence", &silences, false, SILENCES),
    ] {
        let (stock, ours) = timed(bench, sounds)?;
        let seconds = |report: &Report| {
            if core {
                report.core()
            } else {
                report.seconds()
            }
        };
        table.row([
            what.into(),
            number(ours.as_ref().map(Report::audio), 0),
            number(stock.as_ref().map(Report::seconds), 2),
            number(stock.as_ref().and_then(Report::busy), 2),
            number(ours.as_ref().map(seconds), 2),
            number(ours.as_ref().and_then(Report::busy), 2),
        ]);
        let found = ratio(
            ours.as_ref().map(seconds),
            stock.as_ref().map(Report::seconds),
        );
        judge(bench, &mut verdicts, "stock", what, found, most);
    }
    let (_, first) = chunks.first().ok_or("no recording has a pause")?;
    encoder(bench, first, &mut table, &mut verdicts)?;
    table.print();
    verdicts.print();
    Ok(())
}

/// The fastest rounds of both.
fn timed(
    bench: &Bench,
    sounds: &[Sound],
) -> Result<(Option<Report>, Option<Report>), Box<dyn Error>> {
    let (mut stock, mut ours) = (None, None);
    for _ in 0..bench.rounds {
        if STOCK.is_here(bench) {
            keep_faster(&mut stock, STOCK.run(bench, sounds)?);
        }
        keep_faster(&mut ours, System::Ours.run(bench, sounds)?);
    }
    Ok((stock, ours))
}

/// Each as whisper.cpp's command and as ours has it, and the other way: with flash attention and without.
fn encoder(
    bench: &mut Bench,
    file: &Path,
    table: &mut Table,
    verdicts: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let mut built = [String::new(), String::new()];
    let mut fastest = [None, None];
    for (kind, flash) in [
        ("encoder, flash attention", true),
        ("encoder, without it", false),
    ] {
        let (mut stock, mut ours) = (None, None);
        for _ in 0..bench.rounds {
            if STOCK.is_here(bench) {
                let report = stock_passes(bench, file, flash)?;
                built[0].clone_from(&report.system);
                keep(&mut stock, report);
            }
            let way = if flash { "flash" } else { "plain" };
            let arguments = arguments![
                child::ENCODE,
                &bench.root,
                bench.threads.to_string(),
                way,
                PASSES.to_string(),
                file
            ];
            let report: Passes = program::again(&arguments)?;
            built[1].clone_from(&report.system);
            keep(&mut ours, report);
        }
        let seconds = |passes: &Option<Passes>| passes.as_ref().map(|passes| passes.encode_s);
        let busy = |passes: &Option<Passes>| passes.as_ref().and_then(|p| p.encode_cpu_s);
        table.row([
            kind.into(),
            "30".into(),
            number(seconds(&stock), 3),
            number(busy(&stock), 3),
            number(seconds(&ours), 3),
            number(busy(&ours), 3),
        ]);
        for (fastest, new) in fastest.iter_mut().zip([seconds(&stock), seconds(&ours)]) {
            *fastest = match (*fastest, new) {
                (Some(old), Some(new)) => Some(f64::min(old, new)),
                (old, new) => old.or(new),
            };
        }
    }
    let found = ratio(fastest[1], fastest[0]);
    let what = "encoder, the faster way of each";
    judge(bench, verdicts, "stock", what, found, ENCODER);
    println!("\n- stock's build: {}\n- ours: {}", built[0], built[1]);
    Ok(())
}

fn stock_passes(bench: &Bench, file: &Path, flash: bool) -> Result<Passes, Box<dyn Error>> {
    let sound = [(autoproto_core::Language::ENGLISH, file.to_owned())];
    let mut more = sound_arguments(&sound);
    more.extend(arguments!["--encode", PASSES.to_string()]);
    if !flash {
        more.extend(arguments!["--no-flash"]);
    }
    let report: Value = STOCK.script(bench, &more, &bench.cache.join("last"))?;
    Ok(serde_json::from_value(report)?)
}

fn keep(best: &mut Option<Passes>, new: Passes) {
    if best
        .as_ref()
        .is_none_or(|best| new.encode_s < best.encode_s)
    {
        *best = Some(new);
    }
}

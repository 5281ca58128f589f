//! How long the first text of an hour's recording is waited for.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use autoproto_benches::arguments;
use autoproto_benches::long::{sounds, write_long};
use autoproto_benches::program;
use autoproto_core::media::{self, MediaOptions};
use autoproto_core::{
    CancelToken, Context, Error as CoreError, Language, Pipeline, Progress, Stage,
    TranscribeOptions, Transcriber, VadOptions, VoiceActivityDetector,
};
use serde::{Deserialize, Serialize};

use crate::systems::{System, sound_arguments};
use crate::table::{Table, number};
use crate::{Bench, child, engine};

/// Seconds that the first text may take.
const FIRST: f64 = 5.0;
const HOURS: f64 = 1.0;

const OTHERS: [System; 2] = [
    System::WhisperCpp {
        beam: 1,
        vad: false,
    },
    System::FasterWhisper {
        beam: 1,
        vad: true,
        batch: 0,
    },
];

/// Seconds from the file's name to each of these; the models are loaded before.
#[derive(Serialize, Deserialize)]
pub struct First {
    /// The sound is decoded.
    decoded: f64,
    /// All who come before the transcriber are done.
    ready: f64,
    /// The transcriber has heard its first window.
    heard: f64,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### First text\n\nSeconds from the name of a file of {HOURS} h (the recordings of `examples/data` over and over, WAV) to its first \
         text, models loaded; at most {FIRST} s. Ours: the first window that the transcriber says is done, with voice activity detection \
         before it, or with all that the pipeline does before it."
    );
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("hour.wav");
    write_long(
        &file,
        &sounds(&bench.root.join("examples/data"))?,
        3600.0 * HOURS,
    )?;
    let mut table = Table::new(&[
        "program",
        ">decoded s",
        ">before the transcriber s",
        ">first text s",
        "verdict",
    ]);
    for (name, way, bound) in [
        ("ours, transcriber", "transcriber", true),
        ("ours, pipeline with speakers", "pipeline", false),
    ] {
        let arguments = arguments![
            child::FIRST,
            &bench.root,
            bench.threads.to_string(),
            way,
            &file
        ];
        let first: First = program::again(&arguments)?;
        let verdict = if bound {
            bench.verdict(&format!("first text, {name}"), first.heard <= FIRST, || {
                format!("{:.1} s, above {FIRST}", first.heard)
            })
        } else {
            "–".into()
        };
        table.row([
            name.into(),
            number(Some(first.decoded), 2),
            number(Some(first.ready), 2),
            number(Some(first.heard), 2),
            verdict,
        ]);
    }
    for system in OTHERS.into_iter().filter(|system| system.is_here(bench)) {
        let mut more = sound_arguments(&[(Language::RUSSIAN, file.clone())]);
        more.extend(arguments!["--first"]);
        let report = system.script(bench, &more, &bench.cache.join("last"))?;
        let seconds = report.get("first_s").and_then(serde_json::Value::as_f64);
        table.row([
            system.name(),
            "–".into(),
            "–".into(),
            number(seconds, 2),
            "–".into(),
        ]);
    }
    table.print();
    Ok(())
}

/// Stops at the first window.
pub fn listen(
    root: &Path,
    threads: usize,
    way: &OsString,
    file: &Path,
) -> Result<First, Box<dyn Error>> {
    let (begun, heard) = (OnceLock::<Instant>::new(), OnceLock::new());
    let since = || {
        begun
            .get()
            .map_or(0.0, |begun| begun.elapsed().as_secs_f64())
    };
    let marks = Mutex::new([None; 2]);
    let cancel = CancelToken::new();
    let sink = |progress: Progress| {
        let at = since();
        if let Ok(mut marks) = marks.lock() {
            match progress.stage {
                Stage::Decode if progress.fraction >= 1.0 => {
                    marks[0].get_or_insert(at);
                }
                Stage::Transcribe => {
                    marks[1].get_or_insert(at);
                }
                _ => {}
            }
        }
        if progress.stage == Stage::Transcribe && progress.fraction > 0.0 {
            heard.get_or_init(|| at);
            cancel.cancel();
        }
    };
    let ended = if way == "pipeline" {
        let mut pipeline = Pipeline::builder()
            .models(root.join("models"))
            .threads(threads)
            .build()?;
        begun.get_or_init(Instant::now);
        pipeline.run_with(file, &cancel, &sink).map(|_| ())
    } else {
        let mut vad = engine::vad(root)?;
        let mut transcriber = engine::transcriber(root, threads)?;
        begun.get_or_init(Instant::now);
        let ctx = Context::new(&cancel, &sink);
        let decoded = media::decode(file, &MediaOptions::default(), &ctx)?;
        ctx.tick(Stage::Decode, 1.0)?;
        let audio = decoded.audio.view();
        let speech = vad.detect(audio, &VadOptions::default(), &ctx)?;
        let options = TranscribeOptions::default();
        transcriber
            .transcribe(audio, &speech, &options, &ctx)
            .map(|_| ())
    };
    match ended {
        Ok(()) | Err(CoreError::Cancelled) => {}
        Err(error) => return Err(error.into()),
    }
    let marks = marks.into_inner().map_err(|_| "a progress sink panicked")?;
    Ok(First {
        decoded: marks[0].ok_or("nothing was decoded")?,
        ready: marks[1].ok_or("nothing was transcribed")?,
        heard: heard.get().copied().ok_or("no window was heard")?,
    })
}

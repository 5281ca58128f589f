//! Ours in processes of their own, so that what each takes of memory is its own.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use autoproto_benches::long::decoded;
use autoproto_benches::program::again;
use autoproto_benches::{Memory, arguments};
use autoproto_core::{
    AudioView, Language, SAMPLE_RATE, SpeechRegion, TimeSpan, TranscribeOptions, Transcriber,
    Transcript, VadOptions, VoiceActivityDetector,
};
use serde::Serialize;

use crate::systems::{Heard, Report, Sound};
use crate::{Bench, encoder, engine, first, memory};

/// Hidden first arguments; `ROOT THREADS [LANGUAGE FILE]...` follow.
pub const GATED: &str = "--transcribe-in-child";
pub const UNGATED: &str = "--transcribe-ungated-in-child";
/// `ROOT THREADS FLASH PASSES FILE` follow.
pub const ENCODE: &str = "--encode-in-child";
/// `ROOT THREADS WAY FILE` follow.
pub const FIRST: &str = "--first-in-child";
/// `ROOT THREADS FILE` follow.
pub const MEMORY: &str = "--memory-in-child";

/// Seconds that go through before the clock starts.
const WARM_UP: usize = 15;

/// Lets ours hear the sounds, with `flag` for the way.
pub fn transcribe(bench: &Bench, flag: &str, sounds: &[Sound]) -> Result<Report, Box<dyn Error>> {
    let mut arguments = arguments![flag, &bench.root, bench.threads.to_string()];
    for (language, file) in sounds {
        arguments.extend(arguments![language.code(), file]);
    }
    again(&arguments)
}

/// The child's side; `None` where the arguments aren't for it.
pub fn main(arguments: &[OsString]) -> Option<ExitCode> {
    let [flag, root, threads, rest @ ..] = arguments else {
        return None;
    };
    let root = Path::new(root);
    let threads = threads
        .to_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let json = match (flag.to_str()?, rest) {
        (GATED, sounds) => json(hear(root, threads, sounds, true)),
        (UNGATED, sounds) => json(hear(root, threads, sounds, false)),
        (ENCODE, [flash, passes, file]) => {
            json(encoder::passes(root, threads, flash, passes, file.as_ref()))
        }
        (FIRST, [way, file]) => json(first::listen(root, threads, way, file.as_ref())),
        (MEMORY, [file]) => json(memory::listen(root, threads, file.as_ref())),
        _ => return None,
    };
    let written = json.and_then(|json| Ok(std::io::stdout().lock().write_all(&json)?));
    Some(match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transcribe, in a child: {error}");
            ExitCode::from(2)
        }
    })
}

fn json(report: Result<impl Serialize, Box<dyn Error>>) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(serde_json::to_vec(&report?)?)
}

/// All sounds are in memory before the first one is heard.
fn hear(
    root: &Path,
    threads: usize,
    sounds: &[OsString],
    gated: bool,
) -> Result<Report, Box<dyn Error>> {
    let mut vad = engine::vad(root)?;
    let mut transcriber = engine::transcriber(root, threads)?;
    let mut read = Vec::new();
    for pair in sounds.chunks_exact(2) {
        let file = Path::new(&pair[1]);
        let language = Language::new(pair[0].to_str().unwrap_or_default())?;
        read.push((file, language, decoded(file)?));
    }
    let mut listen = |samples: &[f32], language: Language| {
        let audio = AudioView::new(samples);
        let begun = Instant::now();
        let speech = if gated {
            engine::with_context(|ctx| vad.detect(audio, &VadOptions::default(), ctx))?
        } else {
            let span = TimeSpan::new(0.0, audio.duration());
            vec![SpeechRegion { span }]
        };
        let vad_s = begun.elapsed().as_secs_f64();
        let options = TranscribeOptions::default().with_language(Some(language));
        let heard = if speech.is_empty() {
            Transcript::default() // as the pipeline does
        } else {
            engine::with_context(|ctx| transcriber.transcribe(audio, &speech, &options, ctx))?
        };
        Ok::<_, Box<dyn Error>>((heard, vad_s))
    };
    if let Some((_, language, samples)) = read.first() {
        let short = &samples[..samples.len().min(WARM_UP * SAMPLE_RATE as usize)];
        listen(short, *language)?;
    }
    let mut report = Report {
        sounds: Vec::new(),
        peak_rss_mb: None,
    };
    for (file, language, samples) in &read {
        let (begun, busy) = (Instant::now(), busy());
        let (heard, vad_s) = listen(samples, *language)?;
        let seconds = begun.elapsed().as_secs_f64();
        let cpu_s = self::busy().zip(busy).map(|(after, before)| after - before);
        let words: Vec<&str> = heard.words().map(|word| word.text.as_str()).collect();
        let uncovered = heard.uncovered.iter().map(TimeSpan::duration);
        report.sounds.push(Heard {
            file: file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            audio_s: AudioView::new(samples).duration(),
            seconds,
            cpu_s,
            text: words.join(" "),
            vad_s,
            uncovered_s: uncovered.fold(0.0, |sum, seconds| sum + seconds),
        });
    }
    report.peak_rss_mb = Memory::read().map(|memory| memory.peak as f64);
    Ok(report)
}

/// User and system seconds of this process.
#[cfg(unix)]
pub fn busy() -> Option<f64> {
    // SAFETY: `rusage` is plain numbers, for which zeros are valid, and `getrusage` writes within it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(libc::RUSAGE_SELF, &mut usage) == 0).then_some(usage)
    }?;
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Some(seconds(usage.ru_utime) + seconds(usage.ru_stime))
}

#[cfg(not(unix))]
pub fn busy() -> Option<f64> {
    None
}

//! The programs and their settings, and what each makes of recordings in a process of its own.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use autoproto_benches::{arguments, peer};
use autoproto_core::Language;
use serde::{Deserialize, Serialize};

use crate::{Bench, child};

pub const FASTER_WHISPER: &str = "benches/peers/faster_whisper_transcribe.py";
pub const WHISPER_CPP: &str = "benches/peers/whisper_cpp_transcribe.py";

/// What is heard: a language and a file.
pub type Sound = (Language, PathBuf);

/// A program with its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// As the pipeline has it: voice activity first.
    Ours,
    /// Ours, told that someone speaks all the time.
    OursUngated,
    /// What whisper.cpp's command does with a whole file; best-of is the beam.
    WhisperCpp { beam: usize, vad: bool },
    /// faster-whisper at int8; a batch of 0 is its plain loop.
    FasterWhisper {
        beam: usize,
        vad: bool,
        batch: usize,
    },
}

/// What a program made of recordings; its fields are those of the peers' reports.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub sounds: Vec<Heard>,
    /// MiB, of the whole process.
    pub peak_rss_mb: Option<f64>,
}

/// What it made of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Heard {
    pub file: String,
    pub audio_s: f64,
    pub seconds: f64,
    /// Of the processor, all threads.
    pub cpu_s: Option<f64>,
    pub text: String,
    /// Of `seconds`: voice activity, where that is known apart.
    #[serde(default)]
    pub vad_s: f64,
    /// Seconds of speech in which no word was found, by the program's own account.
    #[serde(default)]
    pub uncovered_s: f64,
}

impl Report {
    pub fn audio(&self) -> f64 {
        self.sounds.iter().map(|sound| sound.audio_s).sum()
    }

    pub fn seconds(&self) -> f64 {
        self.sounds.iter().map(|sound| sound.seconds).sum()
    }

    /// Seconds without voice activity.
    pub fn core(&self) -> f64 {
        self.seconds() - self.sounds.iter().map(|sound| sound.vad_s).sum::<f64>()
    }

    pub fn busy(&self) -> Option<f64> {
        self.sounds.iter().map(|sound| sound.cpu_s).sum()
    }
}

impl System {
    /// For the head of a row.
    pub fn name(self) -> String {
        match self {
            Self::Ours => "ours".into(),
            Self::OursUngated => "ours, ungated".into(),
            Self::WhisperCpp { beam, vad } => {
                let vad = if vad { ", its VAD" } else { "" };
                format!("whisper.cpp, beam {beam}{vad}")
            }
            Self::FasterWhisper { beam, vad, batch } => {
                let how = if beam > 1 {
                    format!("beam {beam}")
                } else {
                    "greedy".into()
                };
                let batch = if batch > 0 {
                    format!(", batches of {batch}")
                } else {
                    String::new()
                };
                let vad = if vad { ", VAD" } else { "" };
                format!("faster-whisper, {how}{batch}{vad}")
            }
        }
    }

    /// Whether it can run here.
    pub fn is_here(self, bench: &Bench) -> bool {
        match self {
            Self::Ours | Self::OursUngated => true,
            Self::WhisperCpp { vad, .. } => bench.python.is_some() && (!vad || bench.vad.is_some()),
            Self::FasterWhisper { .. } => bench.python.is_some(),
        }
    }

    /// The script and its options, but for sounds, model and folder; ours in words.
    pub fn flags(self, bench: &Bench) -> String {
        let (script, options) = match self {
            Self::Ours => {
                return format!(
                    "VAD and transcriber as `Pipeline` loads them, {} threads; the language given",
                    bench.threads
                );
            }
            Self::OursUngated => return "the same transcriber; all of the sound is speech".into(),
            Self::WhisperCpp { .. } => ("whisper_cpp_transcribe.py", self.options(bench)),
            Self::FasterWhisper { .. } => ("faster_whisper_transcribe.py", self.options(bench)),
        };
        let words = options.iter().map(|word| {
            let name = Path::new(word).file_name().unwrap_or(word.as_os_str());
            name.to_string_lossy().into_owned()
        });
        format!("`{script} {}`", words.collect::<Vec<_>>().join(" "))
    }

    fn options(self, bench: &Bench) -> Vec<OsString> {
        let threads = bench.threads.to_string();
        match self {
            Self::Ours | Self::OursUngated => Vec::new(),
            Self::WhisperCpp { beam, vad } => {
                let beam = beam.to_string();
                let mut options =
                    arguments!["--beam", &beam, "--best-of", &beam, "--threads", &threads];
                if let Some(model) = bench.vad.as_ref().filter(|_| vad) {
                    options.extend(arguments!["--vad", model]);
                }
                options
            }
            Self::FasterWhisper { beam, vad, batch } => {
                let mut options = arguments![
                    "--beam",
                    beam.to_string(),
                    "--compute",
                    "int8",
                    "--threads",
                    &threads,
                ];
                if batch > 0 {
                    options.extend(arguments!["--batch", batch.to_string()]);
                }
                if !vad {
                    options.extend(arguments!["--no-vad"]);
                }
                options
            }
        }
    }

    /// Lets it hear the sounds.
    pub fn run(self, bench: &Bench, sounds: &[Sound]) -> Result<Report, Box<dyn Error>> {
        match self {
            Self::Ours => child::transcribe(bench, child::GATED, sounds),
            Self::OursUngated => child::transcribe(bench, child::UNGATED, sounds),
            _ => self.ask(bench, sounds, &bench.cache.join("last")),
        }
    }

    /// The same, or what an earlier run gave: only for what it hears, not for how long it takes.
    pub fn run_or_recall(self, bench: &Bench, sounds: &[Sound]) -> Result<Report, Box<dyn Error>> {
        if matches!(self, Self::Ours | Self::OursUngated) {
            return self.run(bench, sounds);
        }
        let mut all = sound_arguments(sounds);
        all.extend(self.options(bench));
        let program = self.name().replace([' ', ',', '.'], "");
        let folder = bench.cache.join(peer::name_of(&program, &all));
        if !bench.fresh
            && let Ok(text) = std::fs::read_to_string(folder.join("report.json"))
        {
            eprintln!("{}: from an earlier run", self.name());
            return Ok(serde_json::from_str(&text)?);
        }
        self.ask(bench, sounds, &folder)
    }

    fn ask(self, bench: &Bench, sounds: &[Sound], out: &Path) -> Result<Report, Box<dyn Error>> {
        let more = sound_arguments(sounds);
        let report = self.script(bench, &more, out)?;
        Ok(serde_json::from_value(report)?)
    }

    /// Runs its script with more arguments, and gives what that reports.
    pub fn script(
        self,
        bench: &Bench,
        more: &[OsString],
        out: &Path,
    ) -> Result<serde_json::Value, Box<dyn Error>> {
        let python = bench.python.as_deref().ok_or("there is no `--python`")?;
        let (script, model) = match self {
            Self::FasterWhisper { .. } => (FASTER_WHISPER, bench.checkpoint.clone()),
            _ => (WHISPER_CPP, bench.model()),
        };
        let mut arguments = arguments!["--model", model, "--out", out];
        arguments.extend(self.options(bench));
        arguments.extend_from_slice(more);
        peer::script(&bench.root, python, script, &arguments)?;
        peer::report(&out.join("report.json"))
    }
}

/// `--sound LANGUAGE FILE` for each.
pub fn sound_arguments(sounds: &[Sound]) -> Vec<OsString> {
    let each = |(language, file): &Sound| arguments!["--sound", language.code(), file];
    sounds.iter().flat_map(each).collect()
}

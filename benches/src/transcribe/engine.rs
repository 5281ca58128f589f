//! Ours as the pipeline loads it, and the recordings whose words are known.

use std::error::Error;
use std::path::{Path, PathBuf};

use autoproto_benches::recordings;
use autoproto_core::models::{ModelStore, find};
use autoproto_core::onnx::OnnxLibrary;
use autoproto_core::transcribe::WhisperTranscriber;
use autoproto_core::vad::SileroVad;
use autoproto_core::{CancelToken, Context, Language, Progress, TimeSpan, merge_spans};

use crate::Bench;
use crate::systems::Sound;

/// The words of `tests/data/jfk.wav`.
const JFK: &str = "And so my fellow Americans ask not what your country can do for you, ask what you can do for your country.";

/// A recording and what is said in it.
pub struct Spoken {
    pub name: String,
    pub path: PathBuf,
    pub language: Language,
    pub text: String,
    /// Where anyone speaks, by the truth; empty where that is not known.
    pub speech: Vec<TimeSpan>,
}

impl Spoken {
    pub fn sound(&self) -> Sound {
        (self.language, self.path.clone())
    }
}

/// The recordings of the repository whose words are known, then those of the folders that were given.
pub fn spoken(bench: &Bench) -> Result<Vec<Spoken>, Box<dyn Error>> {
    let mut folders = vec![bench.root.join("examples/data")];
    folders.extend(bench.folders.iter().cloned());
    let mut found = Vec::new();
    for folder in &folders {
        for recording in recordings(folder)? {
            let Some(script) = &recording.script else {
                continue;
            };
            let spans: Vec<TimeSpan> = recording.turns.iter().map(|turn| turn.span).collect();
            found.push(Spoken {
                language: script.language,
                text: script.text(),
                speech: merge_spans(&spans, 0.0),
                name: recording.name,
                path: recording.path,
            });
        }
    }
    found.push(Spoken {
        name: "jfk".into(),
        path: bench.root.join("tests/data/jfk.wav"),
        language: Language::ENGLISH,
        text: JFK.into(),
        speech: Vec::new(),
    });
    Ok(found)
}

pub fn vad(root: &Path) -> Result<SileroVad, Box<dyn Error>> {
    let row = find("silero-vad-6.2").ok_or("the catalog has no VAD")?;
    let model = ModelStore::new([root.join("models")]).open(&row)?;
    Ok(SileroVad::load(&model, &OnnxLibrary::default())?)
}

pub fn transcriber(root: &Path, threads: usize) -> Result<WhisperTranscriber, Box<dyn Error>> {
    let row = find("whisper-base-q8_0").ok_or("the catalog has no Whisper base")?;
    let model = ModelStore::new([root.join("models")]).open(&row)?;
    Ok(WhisperTranscriber::load(&model, threads)?)
}

/// For calls that no one cancels.
pub fn with_context<T>(
    call: impl FnOnce(&Context<'_>) -> autoproto_core::Result<T>,
) -> autoproto_core::Result<T> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    call(&Context::new(&cancel, &sink))
}

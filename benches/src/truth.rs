//! What is known of a recording: an RTTM file and a script beside it.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};

use autoproto_core::Language;
use autoproto_core::export::rttm;
use autoproto_core::metrics::LabelledTurn;
use serde::Deserialize;

/// A recording and its truth; of a recording without a script only the voices are known.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The file's name without its ending.
    pub name: String,
    /// The sound.
    pub path: PathBuf,
    /// Who speaks when.
    pub turns: Vec<LabelledTurn>,
    /// What is said and decided.
    pub script: Option<Script>,
}

/// `NAME.json`: what is said, decided and assigned.
#[derive(Debug, Clone, Deserialize)]
pub struct Script {
    /// The language spoken.
    pub language: Language,
    /// By start.
    pub utterances: Vec<Said>,
    /// What is decided.
    pub decisions: Vec<String>,
    /// What is assigned.
    pub actions: Vec<Expected>,
}

/// One line of a script.
#[derive(Debug, Clone, Deserialize)]
pub struct Said {
    /// Who.
    pub speaker: String,
    /// From when, in seconds.
    pub start: f64,
    /// Until when, in seconds.
    pub end: f64,
    /// What.
    pub text: String,
}

/// A task that the minutes should hold.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    /// Who is to do it.
    pub owner: String,
    /// What is to be done.
    pub task: String,
    /// By when.
    pub due: Option<String>,
}

impl Recording {
    /// How many voices there are.
    pub fn speakers(&self) -> usize {
        self.turns
            .iter()
            .map(|t| t.label.as_str())
            .collect::<BTreeSet<_>>()
            .len()
    }
}

impl Script {
    /// All that is said, in order.
    pub fn text(&self) -> String {
        self.utterances
            .iter()
            .map(|u| u.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The recordings of a folder, by name, as far as their truth lies beside them: `NAME.rttm`, an RTTM file of several
/// recordings, `NAME.json`.
///
/// # Errors
/// If the folder or a file of truth can't be read.
pub fn recordings(folder: &Path) -> Result<Vec<Recording>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let ends = |path: &Path, endings: &[&str]| {
        path.extension()
            .and_then(|x| x.to_str())
            .is_some_and(|x| endings.contains(&x))
    };
    let mut turns: HashMap<String, Vec<LabelledTurn>> = HashMap::new();
    for path in files.iter().filter(|path| ends(path, &["rttm"])) {
        for (recording, turn) in rttm::parse(&std::fs::read_to_string(path)?)? {
            turns.entry(recording).or_default().push(turn);
        }
    }
    let mut found = Vec::new();
    for path in files
        .iter()
        .filter(|path| ends(path, &["flac", "wav", "mp3", "m4a", "ogg"]))
    {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
            continue;
        };
        let beside = path.with_extension("json");
        let script: Option<Script> = if beside.is_file() {
            let text = std::fs::read_to_string(&beside)?;
            Some(serde_json::from_str(&text).map_err(|e| format!("{}: {e}", beside.display()))?)
        } else {
            None
        };
        let said = |script: &Script| {
            let turn = |u: &Said| LabelledTurn::new(u.start, u.end, u.speaker.as_str());
            script.utterances.iter().map(turn).collect()
        };
        let Some(turns) = turns.remove(name).or_else(|| script.as_ref().map(said)) else {
            continue;
        };
        found.push(Recording {
            name: name.into(),
            path: path.clone(),
            turns,
            script,
        });
    }
    Ok(found)
}

//! The programs of `benches/peers`, and what they wrote.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use autoproto_benches::arguments;
use autoproto_benches::peer;
pub use autoproto_benches::peer::{number, report};
use autoproto_core::export::rttm;
use autoproto_core::metrics::LabelledTurn;

use crate::engine::Ahc;
use crate::{Bench, THREADS};

pub const PYANNOTE: &str = "benches/peers/pyannote_diarize.py";
pub const SHERPA: &str = "benches/peers/sherpa_diarize.py";
pub const SCIPY: &str = "benches/peers/scipy_ahc.py";
pub const EXPORT: &str = "scripts/export_wespeaker.py";

/// What the tables of these programs were made by.
const PACKAGES: [&str; 6] = [
    "pyannote.audio",
    "torch",
    "sherpa-onnx",
    "onnxruntime",
    "scipy",
    "numpy",
];

pub fn versions(python: &Path) -> Result<String, Box<dyn Error>> {
    peer::versions(python, &PACKAGES)
}

/// Runs a script of the repository; what it says goes to standard error.
pub fn script(
    bench: &Bench,
    python: &Path,
    script: &str,
    arguments: &[OsString],
) -> Result<(), Box<dyn Error>> {
    peer::script(&bench.root, python, script, arguments)
}

/// pyannote.audio's arguments after the recordings, but for `--out`; one voice at a time is heard for the embeddings, as its
/// pipelines 3.1 and community-1 have it.
pub fn pyannote(bench: &Bench, embedding: &Path, ahc: Ahc) -> Vec<OsString> {
    arguments![
        "--segmentation",
        bench.root.join("models/segmentation-powerset.onnx"),
        "--embedding",
        embedding,
        "--clustering",
        "AgglomerativeClustering",
        "--method",
        "centroid",
        "--threshold",
        ahc.threshold.to_string(),
        "--min-cluster-size",
        ahc.min_cluster_size.to_string(),
        "--exclude-overlap",
        "--threads",
        THREADS.to_string(),
        "--batch",
        "32",
    ]
}

/// The folder of what pyannote.audio makes of these recordings, and whether it was made before: it is named after the
/// arguments, files by their names and sizes.
pub fn kept(bench: &Bench, arguments: &[OsString]) -> (PathBuf, bool) {
    let folder = peer::name_of("pyannote", arguments);
    let folder = bench.cache.join(folder);
    // The report is written last.
    let made = !bench.fresh && folder.join("pyannote.json").is_file();
    (folder, made)
}

/// The turns that a program found in the recording of this name.
pub fn turns(folder: &Path, name: &str) -> Result<Vec<LabelledTurn>, Box<dyn Error>> {
    let path = folder.join(format!("{name}.rttm"));
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(rttm::parse(&text)?
        .into_iter()
        .map(|(_, turn)| turn)
        .collect())
}

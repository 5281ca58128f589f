//! The programs of `benches/peers`, and what they wrote.

use std::error::Error;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use autoproto_core::export::rttm;
use autoproto_core::metrics::LabelledTurn;
use serde_json::Value;

use crate::engine::Ahc;
use crate::{Bench, THREADS};

pub const PYANNOTE: &str = "benches/peers/pyannote_diarize.py";
pub const SHERPA: &str = "benches/peers/sherpa_diarize.py";
pub const SCIPY: &str = "benches/peers/scipy_ahc.py";
pub const EXPORT: &str = "scripts/export_wespeaker.py";

/// What the tables of these programs were made by.
const VERSIONS: &str = "
from importlib.metadata import version
names = ('pyannote.audio', 'torch', 'sherpa-onnx', 'onnxruntime', 'scipy', 'numpy')
print(', '.join(f'{name} {version(name)}' for name in names))
";

pub fn versions(python: &Path) -> Result<String, Box<dyn Error>> {
    let output = Command::new(python).args(["-c", VERSIONS]).output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", python.display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = stderr.lines().last().unwrap_or("it says nothing");
        return Err(format!("{} lacks what benches/peers need: {last}", python.display()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Arguments of any kind.
#[macro_export]
macro_rules! arguments {
    ($($argument:expr),* $(,)?) => { vec![$(std::ffi::OsString::from($argument)),*] };
}

/// Runs a script of the repository; what it says goes to standard error.
pub fn script(
    bench: &Bench,
    python: &Path,
    script: &str,
    arguments: &[OsString],
) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(python);
    command.arg(bench.root.join(script)).args(arguments);
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let status = command.status()?;
    if !status.success() {
        return Err(format!("{script} failed: {status}").into());
    }
    Ok(())
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
    let mut hasher = DefaultHasher::new();
    for argument in arguments {
        let path = Path::new(argument);
        match (std::fs::metadata(path), path.file_name()) {
            (Ok(file), Some(name)) => (name, file.len()).hash(&mut hasher),
            _ => argument.hash(&mut hasher),
        }
    }
    let folder = format!("pyannote-{:016x}", hasher.finish());
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

/// A report in JSON.
pub fn report(path: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// A number within a report, such as `linkage/seconds`.
pub fn number(report: &Value, at: &str) -> Result<f64, Box<dyn Error>> {
    let found = report.pointer(&format!("/{at}")).and_then(Value::as_f64);
    Ok(found.ok_or_else(|| format!("the report has no `{at}`"))?)
}

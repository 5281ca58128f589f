//! Other programs that ours are held against: scripts of `benches/peers`, and what they report.

use std::error::Error;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Arguments of any kind.
#[macro_export]
macro_rules! arguments {
    ($($argument:expr),* $(,)?) => { Vec::from([$(std::ffi::OsString::from($argument)),*]) };
}

/// The versions of these packages as one line.
///
/// # Errors
/// Where one of them is missing, or `python` is no Python.
pub fn versions(python: &Path, packages: &[&str]) -> Result<String, Box<dyn Error>> {
    const ASK: &str = "import sys\nfrom importlib.metadata import version\n\
                       print(', '.join(f'{name} {version(name)}' for name in sys.argv[1:]))";
    let output = Command::new(python)
        .args(["-c", ASK])
        .args(packages)
        .output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", python.display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = stderr.lines().last().unwrap_or("it says nothing");
        return Err(format!("{} lacks what benches/peers need: {last}", python.display()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a script, given by its path within the repository; what it says goes to standard error.
///
/// # Errors
/// Where it can't be run, or fails.
pub fn script(
    root: &Path,
    python: &Path,
    script: &str,
    arguments: &[OsString],
) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(python);
    command.arg(root.join(script)).args(arguments);
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let status = command.status()?;
    if !status.success() {
        return Err(format!("{script} failed: {status}").into());
    }
    Ok(())
}

/// A name for what a program makes of these arguments, files among them by their names and sizes.
pub fn name_of(program: &str, arguments: &[OsString]) -> String {
    let mut hasher = DefaultHasher::new();
    for argument in arguments {
        let path = Path::new(argument);
        match (std::fs::metadata(path), path.file_name()) {
            (Ok(file), Some(name)) => (name, file.len()).hash(&mut hasher),
            _ => argument.hash(&mut hasher),
        }
    }
    format!("{program}-{:016x}", hasher.finish())
}

/// A report in JSON.
///
/// # Errors
/// Where there is none.
pub fn report(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// A number within a report, such as `linkage/seconds`.
///
/// # Errors
/// Where there is none of that name.
pub fn number(report: &Value, at: &str) -> Result<f64, Box<dyn Error>> {
    let found = report.pointer(&format!("/{at}")).and_then(Value::as_f64);
    Ok(found.ok_or_else(|| format!("the report has no `{at}`"))?)
}

//! Finding and loading ONNX Runtime's shared library.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::{Error, Result};
use crate::models::checkout;

/// The variable that names the library.
const VARIABLE: &str = "ORT_DYLIB_PATH";

#[cfg(target_os = "windows")]
const FILE: &str = "onnxruntime.dll";
#[cfg(any(target_os = "macos", target_os = "ios"))]
const FILE: &str = "libonnxruntime.dylib";
#[cfg(not(any(target_os = "windows", target_os = "macos", target_os = "ios")))]
const FILE: &str = "libonnxruntime.so";

/// One environment a process; kept for good, since ONNX Runtime allows no second one.
static ENVIRONMENT: Mutex<Option<(PathBuf, ort::environment::Environment)>> = Mutex::new(None);

/// Which ONNX Runtime to load.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnnxLibrary {
    explicit: Option<PathBuf>,
}

impl OnnxLibrary {
    /// This one and no other; `None` looks for it.
    pub fn at(path: Option<PathBuf>) -> Self {
        Self { explicit: path }
    }

    /// Where the library is looked for, in order: `ORT_DYLIB_PATH`; beside the executable; the `onnxruntime` package of
    /// the active Python environment, and of the `.venv` of the checkout the program was built in; the system's loader.
    ///
    /// The working folder is not among them: to load code from wherever one happens to stand is unsafe.
    pub fn candidates(&self) -> Vec<PathBuf> {
        if let Some(path) = &self.explicit {
            return vec![path.clone()];
        }
        if let Some(path) = std::env::var_os(VARIABLE).filter(|v| !v.is_empty()) {
            return vec![path.into()];
        }
        let mut found = Vec::new();
        if let Some(folder) = std::env::current_exe()
            .ok()
            .as_deref()
            .and_then(Path::parent)
        {
            found.extend(libraries_in(folder));
            found.extend(libraries_in(&folder.join("lib")));
        }
        let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        for environment in active
            .into_iter()
            .chain(checkout().map(|root| root.join(".venv")))
        {
            found.extend(
                site_packages(&environment)
                    .iter()
                    .flat_map(|p| libraries_in(&p.join("onnxruntime/capi"))),
            );
        }
        found.push(FILE.into());
        found
    }
}

/// What is loaded, or would be: its path, and the library's own words on its build. For `doctor`.
///
/// # Errors
/// [`Error::LibraryMissing`] if none can be loaded.
pub fn describe(library: &OnnxLibrary) -> Result<(PathBuf, String)> {
    with_environment(library, |path, _| {
        Ok((path.to_owned(), ort::info().to_owned()))
    })
}

/// Runs `work` with the process's environment, which is made by the first call.
pub(super) fn with_environment<T>(
    library: &OnnxLibrary,
    work: impl FnOnce(&Path, &ort::environment::Environment) -> Result<T>,
) -> Result<T> {
    let mut slot = ENVIRONMENT
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if slot.is_none() {
        *slot = Some(load(library)?);
    }
    match slot.as_ref() {
        Some((path, environment)) => work(path, environment),
        None => Err(Error::Internal {
            reason: "no ONNX Runtime environment".into(),
        }),
    }
}

fn load(library: &OnnxLibrary) -> Result<(PathBuf, ort::environment::Environment)> {
    let looked = library.candidates();
    let mut why: Option<crate::error::Cause> = None;
    for path in &looked {
        match ort::init_from(path) {
            Ok(builder) => match builder.with_name("autoproto").with_telemetry(false).build() {
                Ok(environment) => {
                    // What fails comes back as an error, or as a note in the report: nothing is written on standard error.
                    environment.set_log_level(ort::logging::LogLevel::Fatal);
                    return Ok((path.clone(), environment));
                }
                Err(error) => why = Some(Box::new(error)),
            },
            Err(error) => why = why.or(Some(Box::new(error))),
        }
    }
    Err(Error::LibraryMissing {
        library: "ONNX Runtime",
        variable: VARIABLE,
        looked,
        source: why,
    })
}

/// `libonnxruntime.so` or `libonnxruntime.so.1.32.0` in a folder, the plain name first.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_library = |name: &str| {
        name == FILE
            || name.starts_with(&format!("{FILE}."))
            || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|e| e.file_name().to_str().is_some_and(is_library))
        .map(|e| e.path())
        .collect();
    found.sort();
    found
}

fn site_packages(environment: &Path) -> Vec<PathBuf> {
    let mut found = vec![environment.join("Lib/site-packages")];
    if let Ok(entries) = std::fs::read_dir(environment.join("lib")) {
        found.extend(entries.flatten().map(|e| e.path().join("site-packages")));
    }
    found
}

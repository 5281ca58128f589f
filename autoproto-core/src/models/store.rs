//! Where models lie on this machine.

use std::path::{Path, PathBuf};

use super::catalog::ModelSpec;
use super::file::CheckedModel;
use crate::error::{Error, Result};

/// The folders models are looked for in, in order.
///
/// ```
/// use autoproto_core::models::{ModelStore, find};
///
/// let store = ModelStore::new(["no/such/folder"]);
/// let row = find("silero-vad-6.2").unwrap();
/// assert_eq!(store.open(&row).unwrap_err().code(), "model-missing");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStore {
    folders: Vec<PathBuf>,
}

impl ModelStore {
    /// Only these folders.
    pub fn new(folders: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            folders: folders.into_iter().map(Into::into).collect(),
        }
    }

    /// `explicit` where given; the folders of `AUTOPROTO_MODELS`; the program's own folders, which are the `models` of the
    /// checkout it was built in and `./models`, unless `explicit` is given in their place; and the user's cache.
    ///
    /// A folder here decides nothing about trust: each file must match its row's hash.
    pub fn standard(explicit: Option<&Path>) -> Self {
        let mut folders: Vec<PathBuf> = explicit.map(Path::to_owned).into_iter().collect();
        if let Some(listed) = std::env::var_os("AUTOPROTO_MODELS") {
            folders.extend(std::env::split_paths(&listed).filter(|p| !p.as_os_str().is_empty()));
        }
        if explicit.is_none() {
            folders.extend(checkout().map(|root| root.join("models")));
            folders.push(PathBuf::from("models"));
        }
        folders.extend(cache_folder());
        folders.dedup();
        Self { folders }
    }

    /// The folders, in order.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Whether a file of the row's name and length is there; its hash is not looked at.
    pub fn has(&self, row: &ModelSpec) -> bool {
        self.candidates(row)
            .any(|path| std::fs::metadata(path).is_ok_and(|m| m.len() == row.bytes))
    }

    /// The row's file, checked: the first that is there.
    ///
    /// # Errors
    /// [`Error::ModelMissing`] with where it was looked for; [`Error::ModelDamaged`] if the first one found is not the
    /// row's file. A good copy further on is no reason to pass that over: its folder was put first.
    pub fn open(&self, row: &ModelSpec) -> Result<CheckedModel> {
        match self.candidates(row).find(|path| path.exists()) {
            Some(path) => CheckedModel::open_as(&path, row),
            None => Err(Error::ModelMissing {
                id: row.id.into(),
                file: row.file.into(),
                looked: self.folders.clone(),
            }),
        }
    }

    fn candidates(&self, row: &ModelSpec) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().map(move |folder| folder.join(row.file))
    }
}

/// The checkout this program was built in: the nearest folder above the executable that has `models/registry.toml`.
pub(crate) fn checkout() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    executable
        .ancestors()
        .skip(1)
        .find(|folder| folder.join("models/registry.toml").is_file())
        .map(Path::to_owned)
}

fn cache_folder() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = if cfg!(target_os = "macos") {
        set("HOME")?.join("Library/Caches")
    } else if cfg!(windows) {
        set("LOCALAPPDATA")?
    } else {
        set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?
    };
    Some(base.join("autoproto/models"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::models::catalog;

    fn row_of_abc() -> ModelSpec {
        let mut row = catalog().remove(0);
        (row.bytes, row.sha256) = (
            3,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        );
        row
    }

    #[test]
    fn the_first_copy_found_is_the_one_that_counts() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let row = row_of_abc();
        std::fs::write(second.path().join(row.file), "abc").unwrap();
        let store = ModelStore::new([first.path(), second.path()]);
        assert_eq!(
            store.open(&row).unwrap().path(),
            second.path().join(row.file)
        );
        std::fs::write(first.path().join(row.file), "abd").unwrap();
        assert_eq!(store.open(&row).unwrap_err().code(), "model-damaged");
    }

    #[test]
    fn a_missing_model_lists_every_folder_in_order() {
        let store = ModelStore::new(["/nowhere/a", "/nowhere/b"]);
        let text = store.open(&row_of_abc()).unwrap_err().to_string();
        assert!(text.contains("/nowhere/a, /nowhere/b"), "{text}");
    }
}

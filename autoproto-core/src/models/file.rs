//! A model's file, checked before anything native sees it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use sha2::{Digest, Sha256};

use super::catalog::ModelSpec;
use crate::error::{Error, Result};

/// The bytes of a model that passed its check; engines are given these bytes, not the path, so that what was
/// checked is what is loaded.
#[derive(Debug, Clone)]
pub struct CheckedModel {
    path: PathBuf,
    bytes: Arc<Mmap>,
    sha256: String,
}

impl CheckedModel {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name, without the folder.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Maps and hashes a file of which nothing is known beforehand.
    ///
    /// # Errors
    /// [`Error::Io`] if it can't be read, [`Error::ModelDamaged`] if it is empty.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = map(path)?;
        let sha256 = hex(&Sha256::digest(&bytes[..]));
        Ok(Self {
            path: path.to_owned(),
            bytes: Arc::new(bytes),
            sha256,
        })
    }

    /// The same model with the tensor `name` as one more output.
    #[cfg(feature = "onnx")]
    pub(crate) fn with_output(&self, name: &str) -> Result<Self> {
        let bytes = super::onnx_graph::with_output(&self.bytes, name);
        Ok(Self {
            path: self.path.clone(),
            bytes: copied(&bytes).map_err(Error::io("read", &self.path))?,
            sha256: self.sha256.clone(),
        })
    }

    /// A model that is part of the program.
    #[cfg(feature = "onnx")]
    pub(crate) fn built_in(name: &str, bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            path: name.into(),
            bytes: copied(bytes).map_err(Error::io("read", name))?,
            sha256: hex(&Sha256::digest(bytes)),
        })
    }

    /// Maps a file and holds it against its row: first the length, then the hash.
    ///
    /// # Errors
    /// [`Error::Io`] if it can't be read, [`Error::ModelDamaged`] if it is not the row's file.
    pub fn open_as(path: &Path, row: &ModelSpec) -> Result<Self> {
        let damaged = |reason| Error::ModelDamaged {
            path: path.to_owned(),
            reason,
        };
        let length = std::fs::metadata(path)
            .map_err(Error::io("read", path))?
            .len();
        if length != row.bytes {
            return Err(damaged(format!(
                "{} has {} bytes, this file {length}",
                row.id, row.bytes
            )));
        }
        let model = Self::open(path)?;
        if model.sha256 != row.sha256 {
            return Err(damaged(format!("its SHA-256 is not that of {}", row.id)));
        }
        Ok(model)
    }
}

/// Bytes that are in no file, as if they were.
#[cfg(feature = "onnx")]
fn copied(bytes: &[u8]) -> std::io::Result<Arc<Mmap>> {
    let mut map = memmap2::MmapMut::map_anon(bytes.len())?;
    map.copy_from_slice(bytes);
    Ok(Arc::new(map.make_read_only()?))
}

fn map(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let metadata = file.metadata().map_err(Error::io("read", path))?;
    if !metadata.is_file() || metadata.len() == 0 {
        let reason = if metadata.is_file() {
            "it is empty"
        } else {
            "it is not a file"
        };
        return Err(Error::ModelDamaged {
            path: path.to_owned(),
            reason: reason.into(),
        });
    }
    // SAFETY: the mapping is read-only and lives as long as the model. Another process that cuts the file meanwhile
    // could make a read fail; models are published by rename and never written in place.
    unsafe { Mmap::map(&file) }.map_err(Error::io("read", path))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::models::catalog;

    #[test]
    fn a_cut_file_and_a_changed_file_are_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        let mut row = catalog().remove(0);
        (row.bytes, row.sha256) = (
            3,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        );
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(CheckedModel::open_as(&path, &row).unwrap().bytes(), b"abc");
        std::fs::write(&path, "ab").unwrap();
        assert!(
            CheckedModel::open_as(&path, &row)
                .unwrap_err()
                .to_string()
                .contains("this file 2")
        );
        std::fs::write(&path, "abd").unwrap();
        assert!(
            CheckedModel::open_as(&path, &row)
                .unwrap_err()
                .to_string()
                .contains("SHA-256")
        );
        std::fs::write(&path, "").unwrap();
        assert_eq!(
            CheckedModel::open(&path).unwrap_err().code(),
            "model-damaged"
        );
    }
}

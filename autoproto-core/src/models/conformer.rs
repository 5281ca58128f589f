//! The checked files of a Conformer.

use std::path::Path;

use super::asr_signature::{ConformerSignature, ModelFile};
use super::file::CheckedModel;
use super::onnx_file;
use crate::error::{Error, Result};

/// The checked files of a recogniser, and how to talk to it.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "onnx"), allow(dead_code))]
pub struct ConformerModels {
    pub(crate) signature: ConformerSignature,
    pub(crate) encoder: CheckedModel,
    /// The second network's files, where there is one.
    pub(crate) predictor: Vec<CheckedModel>,
    pub(crate) vocabulary: CheckedModel,
}

impl ConformerModels {
    /// The files that the signature names in `folder`: hashes are held against it where it has them, and models are walked.
    ///
    /// ```no_run
    /// use autoproto_core::models::{ConformerModels, ConformerSignature};
    ///
    /// let models = ConformerModels::open("gigaam-v3".as_ref(), ConformerSignature::gigaam_v3_e2e_ctc())?;
    /// # Ok::<(), autoproto_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a signature that can't be, [`Error::Io`] for a file that can't be read,
    /// [`Error::ModelDamaged`] for one of another hash, or that is no ONNX model.
    pub fn open(folder: &Path, signature: ConformerSignature) -> Result<Self> {
        if let Some(fault) = signature.fault() {
            return Err(Error::InvalidOption {
                option: "signature",
                expected: fault.into(),
                got: "another".into(),
            });
        }
        let entries = signature.files();
        let mut files = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let file = hashed(folder, entry)?;
            // The last is the vocabulary.
            if at + 1 < entries.len() {
                onnx_file::check(file.bytes()).map_err(|reason| Error::ModelDamaged {
                    path: file.path().to_owned(),
                    reason,
                })?;
            }
            files.push(file);
        }
        Self::new(signature, files)
    }

    /// Of files that are checked already, in the order of [`ConformerSignature::files`].
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a signature that can't be, or another number of files than it names.
    pub fn new(signature: ConformerSignature, mut files: Vec<CheckedModel>) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::InvalidOption {
            option: "signature",
            expected: expected.into(),
            got,
        };
        if let Some(fault) = signature.fault() {
            return Err(wrong(fault, "another".into()));
        }
        let (named, given) = (signature.files().len(), files.len());
        match (files.pop(), files.first().cloned()) {
            (Some(vocabulary), Some(encoder)) if named == given => Ok(Self {
                signature,
                encoder,
                predictor: files.split_off(1),
                vocabulary,
            }),
            _ => Err(wrong(
                &format!("of {given} files, as many as are given"),
                format!("{named}"),
            )),
        }
    }

    /// How to talk to it.
    pub fn signature(&self) -> &ConformerSignature {
        &self.signature
    }
}

fn hashed(folder: &Path, entry: &ModelFile) -> Result<CheckedModel> {
    let file = CheckedModel::open(&folder.join(&entry.file))?;
    match &entry.sha256 {
        Some(sha256) if !sha256.eq_ignore_ascii_case(file.sha256()) => Err(Error::ModelDamaged {
            path: file.path().to_owned(),
            reason: "its SHA-256 is not that of the signature".into(),
        }),
        _ => Ok(file),
    }
}

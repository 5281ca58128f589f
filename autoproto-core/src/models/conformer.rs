//! The checked files of a Conformer.

use std::path::Path;

use super::asr_signature::{ConformerSignature, ModelFile};
use super::file::CheckedModel;
use super::onnx_file;
use crate::error::{Error, Result};

/// The checked files of a recogniser, and how to talk to it.
#[derive(Debug, Clone)]
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
        Self::from_files(signature, |entry| hashed(folder, entry))
    }

    /// The same of files that are found in other ways, each by its entry in the signature.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what `find` fails with.
    pub(crate) fn from_files(
        signature: ConformerSignature,
        mut find: impl FnMut(&ModelFile) -> Result<CheckedModel>,
    ) -> Result<Self> {
        if let Some(fault) = signature.fault() {
            return Err(Error::InvalidOption {
                option: "signature",
                expected: fault.into(),
                got: "another".into(),
            });
        }
        let mut files = Vec::new();
        for entry in signature.files() {
            files.push(find(entry)?);
        }
        let ends = (files.pop(), files.first().cloned());
        let (Some(vocabulary), Some(encoder)) = ends else {
            return Err(Error::Internal {
                reason: "a signature without files".into(),
            });
        };
        for model in &files {
            onnx_file::check(model.bytes()).map_err(|reason| Error::ModelDamaged {
                path: model.path().to_owned(),
                reason,
            })?;
        }
        Ok(Self {
            signature,
            encoder,
            predictor: files.split_off(1),
            vocabulary,
        })
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

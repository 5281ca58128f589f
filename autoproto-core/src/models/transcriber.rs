//! The models that make a transcriber: one file, or several that go together.

use std::path::{Component, Path};

use serde_json::Value;

use super::asr_signature::{ConformerSignature, ModelFile};
use super::catalog::{Task, catalog, find};
use super::conformer::ConformerModels;
use super::file::CheckedModel;
use super::moonshine::{MoonshineModels, MoonshineSignature};
use super::signature::Signature;
use super::{ModelStore, onnx_file};
use crate::error::{Error, Result};

/// What a folder's own models are listed in.
const MANIFEST: &str = "transcriber.json";

/// Models of several files that go together, by their ids in the catalog.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TranscriberSpec {
    /// What they are asked for by.
    pub id: &'static str,
    /// Their rows in the catalog, in the order of the signature's files.
    pub files: &'static [&'static str],
    /// How to talk to them.
    pub signature: TranscriberSignature,
}

/// How to talk to the models of a transcriber that has several files.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TranscriberSignature {
    /// Moonshine.
    Moonshine(Box<MoonshineSignature>),
    /// A Conformer with a CTC head or a transducer.
    Conformer(Box<ConformerSignature>),
}

/// Every transcriber of several files that the catalog has the rows of.
///
/// ```
/// let ids: Vec<_> = autoproto_core::models::transcribers().iter().map(|spec| spec.id).collect();
/// assert!(ids.contains(&"moonshine-tiny-en"));
/// ```
pub fn transcribers() -> Vec<TranscriberSpec> {
    vec![
        TranscriberSpec {
            id: "moonshine-tiny-en",
            files: &[
                "moonshine-tiny-en-encoder",
                "moonshine-tiny-en-decoder",
                "moonshine-tiny-en-tokenizer",
            ],
            signature: TranscriberSignature::Moonshine(Box::new(MoonshineSignature::tiny_en())),
        },
        TranscriberSpec {
            id: "gigaam-v3-e2e-ctc",
            files: &["gigaam-v3-e2e-ctc-model", "gigaam-v3-e2e-ctc-vocabulary"],
            signature: TranscriberSignature::Conformer(Box::new(
                ConformerSignature::gigaam_v3_e2e_ctc(),
            )),
        },
        TranscriberSpec {
            id: "gigaam-v3-e2e-rnnt",
            files: &[
                "gigaam-v3-e2e-rnnt-encoder",
                "gigaam-v3-e2e-rnnt-decoder",
                "gigaam-v3-e2e-rnnt-joint",
                "gigaam-v3-e2e-rnnt-vocabulary",
            ],
            signature: TranscriberSignature::Conformer(Box::new(
                ConformerSignature::gigaam_v3_e2e_rnnt(),
            )),
        },
        TranscriberSpec {
            id: "parakeet-tdt-0.6b-v3",
            files: &[
                "parakeet-tdt-0.6b-v3-encoder",
                "parakeet-tdt-0.6b-v3-predictor",
                "parakeet-tdt-0.6b-v3-vocabulary",
            ],
            signature: TranscriberSignature::Conformer(Box::new(
                ConformerSignature::parakeet_tdt_v3(),
            )),
        },
    ]
}

/// The checked files of a transcriber, by the engine that runs them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TranscriberModels {
    /// A file for whisper.cpp.
    Whisper(CheckedModel),
    /// Moonshine, for ONNX Runtime.
    Moonshine(Box<MoonshineModels>),
    /// A Conformer, for ONNX Runtime.
    Conformer(Box<ConformerModels>),
}

impl TranscriberModels {
    /// The transcriber with this id from the store; a Whisper file of the caller's own; or a folder with
    /// `transcriber.json`, which lists the files and how to talk to them:
    ///
    /// ```json
    /// {
    ///   "kind": "moonshine",
    ///   "encoder": { "file": "encoder_model.onnx" },
    ///   "decoder": { "file": "decoder_model_merged.onnx" },
    ///   "tokenizer": { "file": "tokenizer.json" },
    ///   "language": "en", "layers": 6, "heads": 8, "head_width": 36,
    ///   "alignment_heads": [[3, 5], [3, 6], [4, 3], [4, 7], [5, 6], [5, 7]]
    /// }
    /// ```
    ///
    /// The other kinds are those of [`ConformerSignature`]. Every file may have a `sha256`. A key that is not known is an
    /// error.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for neither an id nor a file nor a folder, [`Error::ModelMissing`] and
    /// [`Error::ModelDamaged`] as [`ModelStore::open`], [`Error::Parse`] for a manifest that can't be read.
    pub fn open(id_or_path: &str, store: &ModelStore) -> Result<Self> {
        if let Some(spec) = transcribers().into_iter().find(|s| s.id == id_or_path) {
            let row = |id: &&str| {
                let row = find(id).ok_or_else(|| Error::Internal {
                    reason: format!("the catalog has no row `{id}`"),
                })?;
                store.open(&row)
            };
            let files: Result<Vec<CheckedModel>> = spec.files.iter().map(row).collect();
            return Self::of(spec.signature, files?);
        }
        if let Some(row) = whispers().into_iter().find(|row| row.id == id_or_path) {
            return Ok(Self::Whisper(store.open(&row)?));
        }
        let path = Path::new(id_or_path);
        if path.is_dir() {
            return Self::from_folder(path);
        }
        if path.exists() {
            return Ok(Self::Whisper(CheckedModel::open(path)?));
        }
        let known = transcribers().into_iter().map(|spec| spec.id);
        let ids: Vec<&str> = whispers().iter().map(|row| row.id).chain(known).collect();
        Err(Error::InvalidOption {
            option: "transcriber",
            expected: format!(
                "a model file, a folder of models, or one of {}",
                ids.join(", ")
            ),
            got: format!("`{id_or_path}`"),
        })
    }

    fn from_folder(folder: &Path) -> Result<Self> {
        let manifest = folder.join(MANIFEST);
        if !manifest.is_file() {
            return Err(Error::ModelMissing {
                id: "transcriber".into(),
                file: format!("{MANIFEST}, which names the models"),
                looked: vec![folder.to_owned()],
            });
        }
        let text = std::fs::read_to_string(&manifest).map_err(Error::io("read", &manifest))?;
        let signature = read(&text).map_err(|(line, reason)| Error::Parse {
            what: manifest.display().to_string(),
            line,
            reason,
        })?;
        let files: Result<Vec<CheckedModel>> = signature
            .files()
            .into_iter()
            .map(|file| open(folder, file))
            .collect();
        Self::of(signature, files?)
    }

    fn of(signature: TranscriberSignature, files: Vec<CheckedModel>) -> Result<Self> {
        match signature {
            TranscriberSignature::Conformer(signature) => Ok(Self::Conformer(Box::new(
                ConformerModels::new(*signature, files)?,
            ))),
            TranscriberSignature::Moonshine(signature) => {
                match <[CheckedModel; 3]>::try_from(files) {
                    Ok([encoder, decoder, tokenizer]) => {
                        Ok(Self::Moonshine(Box::new(MoonshineModels {
                            encoder,
                            decoder,
                            tokenizer,
                            signature: *signature,
                        })))
                    }
                    Err(files) => Err(Error::Internal {
                        reason: format!("a Moonshine of {} files", files.len()),
                    }),
                }
            }
        }
    }
}

impl TranscriberSignature {
    fn files(&self) -> Vec<&ModelFile> {
        match self {
            Self::Moonshine(moonshine) => moonshine.files().to_vec(),
            Self::Conformer(conformer) => conformer.files(),
        }
    }

    fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Moonshine(moonshine) => moonshine.fault(),
            Self::Conformer(conformer) => conformer.fault(),
        }
    }
}

fn whispers() -> Vec<super::ModelSpec> {
    let mut rows = catalog();
    rows.retain(|row| row.task == Task::Asr && row.signature == Signature::Whisper);
    rows
}

/// A manifest; else the line of the fault and what it is.
fn read(text: &str) -> Result<TranscriberSignature, (usize, String)> {
    let unread = |error: serde_json::Error| (error.line().max(1), error.to_string());
    let mut listed: Value = serde_json::from_str(text).map_err(unread)?;
    let kind = listed["kind"].as_str().unwrap_or_default().to_owned();
    let signature = match kind.as_str() {
        "moonshine" => {
            // `kind` is no field of its own, and unknown ones are refused.
            listed.as_object_mut().map(|object| object.remove("kind"));
            let moonshine = serde_json::from_value(listed).map_err(unread)?;
            TranscriberSignature::Moonshine(Box::new(moonshine))
        }
        "ctc" | "rnnt" | "tdt" => {
            let conformer = serde_json::from_value(listed).map_err(unread)?;
            TranscriberSignature::Conformer(Box::new(conformer))
        }
        _ => {
            let kinds = "moonshine, ctc, rnnt or tdt";
            return Err((1, format!("`kind` must be {kinds}, not `{kind}`")));
        }
    };
    if let Some(fault) = signature.fault() {
        return Err((1, fault.into()));
    }
    if !signature.files().iter().all(|file| is_below(&file.file)) {
        return Err((1, "each file must lie in the folder of the manifest".into()));
    }
    Ok(signature)
}

/// Whether a path stays below the folder it is joined to.
fn is_below(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// A file of the caller's own: its hash is held against the manifest where that has one. ONNX files are walked; those in
/// ONNX Runtime's own format have no check that would keep a damaged one from its loader.
fn open(folder: &Path, listed: &ModelFile) -> Result<CheckedModel> {
    let file = CheckedModel::open(&folder.join(&listed.file))?;
    let damaged = |reason: String| Error::ModelDamaged {
        path: file.path().to_owned(),
        reason,
    };
    if let Some(sha256) = &listed.sha256
        && !sha256.eq_ignore_ascii_case(file.sha256())
    {
        return Err(damaged(format!("its SHA-256 is not that of {MANIFEST}")));
    }
    let ends = |with: &str| listed.file.to_ascii_lowercase().ends_with(with);
    if file.bytes().get(4..8) == Some(b"ORTM") || ends(".ort") {
        let advice = "models/recipes/moonshine_tiny_en.py writes one as ONNX";
        return Err(damaged(format!(
            "ONNX Runtime's own format can't be checked; {advice}"
        )));
    }
    if ends(".onnx") {
        onnx_file::check(file.bytes()).map_err(damaged)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    fn manifest() -> Value {
        json!({
            "kind": "moonshine",
            "encoder": { "file": "e.onnx" }, "decoder": { "file": "d.onnx" }, "tokenizer": { "file": "t.bin" },
            "layers": 6, "heads": 8, "head_width": 36
        })
    }

    /// How a folder with this manifest and these files opens.
    fn open_with(manifest: &Value, files: &[(&str, &[u8])]) -> Result<TranscriberModels> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MANIFEST), manifest.to_string()).unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let store = ModelStore::new([folder.path()]);
        TranscriberModels::open(folder.path().to_str().unwrap(), &store)
    }

    /// The least that counts as an ONNX file: a model with an empty graph.
    const ONNX: &[u8] = &[7 << 3 | 2, 0];

    #[test]
    fn a_folder_with_its_files_opens_and_each_fault_is_told() {
        let files: [(&str, &[u8]); 3] = [("e.onnx", ONNX), ("d.onnx", ONNX), ("t.bin", b"\x01a")];
        let opened = open_with(&manifest(), &files).unwrap();
        assert!(matches!(opened, TranscriberModels::Moonshine(_)));
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut manifest = manifest();
            change(&mut manifest);
            open_with(&manifest, &files).expect_err("it opened")
        };
        assert_eq!(refused(&|m| m["kind"] = json!("conformer")).code(), "parse");
        assert_eq!(refused(&|m| m["kind"] = json!("ctc")).code(), "parse");
        assert_eq!(refused(&|m| m["layers"] = json!(0)).code(), "parse");
        let unknown = refused(&|m| m["encoder"]["sha265"] = json!("0"));
        assert!(unknown.to_string().contains("sha265"), "{unknown}");
        assert_eq!(
            refused(&|m| m["decoder"]["file"] = json!("../d.onnx")).code(),
            "parse"
        );
        assert_eq!(
            refused(&|m| m["decoder"]["file"] = json!("none.onnx")).code(),
            "io"
        );
        let hash = refused(&|m| m["encoder"]["sha256"] = json!("0".repeat(64)));
        assert_eq!(hash.code(), "model-damaged");
    }

    #[test]
    fn a_file_that_can_not_be_checked_is_refused() {
        let ort = b"\x14\0\0\0ORTM\x0c\0\0\0";
        for bytes in [&ort[..], b"<html>"] {
            let files: [(&str, &[u8]); 3] =
                [("e.onnx", bytes), ("d.onnx", ONNX), ("t.bin", b"\x01a")];
            let error = open_with(&manifest(), &files).expect_err("it opened");
            assert_eq!(error.code(), "model-damaged", "{error}");
        }
    }

    #[test]
    fn what_is_neither_an_id_nor_a_path_is_answered_with_the_ids() {
        let error =
            TranscriberModels::open("moonshine", &ModelStore::new(["/nowhere"])).unwrap_err();
        let words = error.to_string();
        assert!(
            words.contains("moonshine-tiny-en") && words.contains("whisper-base-q8_0"),
            "{words}"
        );
    }

    #[test]
    fn every_transcriber_has_its_rows() {
        for spec in transcribers() {
            assert_eq!(
                spec.files.len(),
                spec.signature.files().len(),
                "{}",
                spec.id
            );
            for (id, file) in spec.files.iter().zip(spec.signature.files()) {
                assert_eq!(find(id).expect(id).file, file.file);
            }
        }
    }
}

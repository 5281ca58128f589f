//! The pairs of models that make a diarizer.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalog::{EmbeddingSignature, SegmentationSignature, Signature, Task, catalog, find};
use super::file::CheckedModel;
use super::{ModelStore, onnx_file};
use crate::error::{Error, Result};

/// A segmentation and an embedding model that go together, by their ids in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiarizerSpec {
    /// What the pair is asked for by.
    pub id: &'static str,
    /// The segmentation model's id.
    pub segmentation: &'static str,
    /// The embedding model's id.
    pub embedding: &'static str,
}

/// Every pair.
pub fn diarizers() -> [DiarizerSpec; 2] {
    [
        DiarizerSpec {
            id: "powerset-ge2e",
            segmentation: "segmentation-powerset",
            embedding: "speaker-embedding-ge2e",
        },
        DiarizerSpec {
            id: "pyannote-wespeaker",
            segmentation: "segmentation-3.0",
            embedding: "wespeaker-resnet34-lm",
        },
    ]
}

/// The checked files of a diarizer, and how to talk to them.
#[derive(Debug)]
pub struct DiarizerModels {
    pub(crate) segmentation: (CheckedModel, SegmentationSignature),
    pub(crate) embedding: (CheckedModel, EmbeddingSignature),
}

/// `diarizer.json` of a folder: which files, and how to talk to them.
///
/// ```json
/// {
///   "segmentation": { "file": "seg.onnx", "window": 10.0, "step": 1.0,
///                     "frame_shift": 270, "receptive_field": 991, "input": "x", "output": "y" },
///   "embedding": { "file": "emb.onnx", "front_end": { "kind": "fbank", "bins": 80 }, "span": 2.0, "hop": 0.5,
///                  "input": "feats", "output": "embs", "threshold": 0.7 }
/// }
/// ```
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    segmentation: Entry<SegmentationSignature>,
    embedding: Entry<EmbeddingSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry<S> {
    file: PathBuf,
    /// Checked where given.
    sha256: Option<String>,
    #[serde(flatten)]
    signature: S,
}

impl DiarizerModels {
    /// The pair with this id from the store; or a folder with `diarizer.json`, or with catalogued files of any name.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for neither an id nor a folder, [`Error::ModelMissing`] and [`Error::ModelDamaged`] as
    /// [`ModelStore::open`], [`Error::Parse`] for a manifest that can't be read.
    pub fn open(id_or_folder: &str, store: &ModelStore) -> Result<Self> {
        if let Some(pair) = diarizers().into_iter().find(|pair| pair.id == id_or_folder) {
            return Self::from_store(pair, store);
        }
        let folder = Path::new(id_or_folder);
        if !folder.is_dir() {
            let ids = diarizers().map(|pair| pair.id).join(", ");
            return Err(Error::InvalidOption {
                option: "diarizer",
                expected: format!("a folder of models or one of {ids}"),
                got: format!("`{id_or_folder}`"),
            });
        }
        let manifest = folder.join("diarizer.json");
        if manifest.is_file() {
            Self::from_manifest(folder, &manifest)
        } else {
            Self::from_known_files(folder)
        }
    }

    fn from_store(pair: DiarizerSpec, store: &ModelStore) -> Result<Self> {
        let row = |id| {
            find(id).ok_or_else(|| Error::Internal {
                reason: format!("the catalog has no row `{id}`"),
            })
        };
        let (segmentation, embedding) = (row(pair.segmentation)?, row(pair.embedding)?);
        let (segmentation_file, embedding_file) =
            (store.open(&segmentation)?, store.open(&embedding)?);
        match (segmentation.signature, embedding.signature) {
            (Signature::Segmentation(s), Signature::Embedding(e)) => Ok(Self {
                segmentation: (segmentation_file, s),
                embedding: (embedding_file, e),
            }),
            _ => Err(Error::Internal {
                reason: format!("the rows of `{}` are of the wrong kinds", pair.id),
            }),
        }
    }

    fn from_manifest(folder: &Path, manifest: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(manifest).map_err(Error::io("read", manifest))?;
        let listed: Manifest = serde_json::from_str(&text).map_err(|error| Error::Parse {
            what: manifest.display().to_string(),
            line: error.line(),
            reason: error.to_string(),
        })?;
        let invalid = |what: &str| Error::Parse {
            what: manifest.display().to_string(),
            line: 1,
            reason: what.into(),
        };
        let s = &listed.segmentation.signature;
        if !(1.0..=60.0).contains(&s.window) || !(0.1..=s.window).contains(&s.step) {
            return Err(invalid(
                "the window must be 1 to 60 seconds, and the step 0.1 seconds up to the window",
            ));
        }
        let e = &listed.embedding.signature;
        if !(1..=16_000).contains(&s.frame_shift)
            || !(s.frame_shift..=160_000).contains(&s.receptive_field)
        {
            return Err(invalid(
                "the frame shift must be 1 to 16000 samples, and the receptive field as long or longer",
            ));
        }
        if !(0.1..=60.0).contains(&e.span)
            || !(0.05..=e.span).contains(&e.hop)
            || !(0.0..=2.0).contains(&e.threshold)
        {
            return Err(invalid(
                "the span must be 0.1 to 60 seconds, the hop 0.05 seconds up to the span, and the threshold 0 to 2",
            ));
        }
        if matches!(e.front_end, super::FrontEnd::Fbank { bins } if !(8..=256).contains(&bins)) {
            return Err(invalid("there must be 8 to 256 mel bins"));
        }
        if matches!(e.front_end, super::FrontEnd::Waveform { level } if !(-100.0..=0.0).contains(&level))
        {
            return Err(invalid("the level must be -100 to 0 dB of full scale"));
        }
        Ok(Self {
            segmentation: (
                open_entry(folder, &listed.segmentation)?,
                listed.segmentation.signature,
            ),
            embedding: (
                open_entry(folder, &listed.embedding)?,
                listed.embedding.signature,
            ),
        })
    }

    /// Files that the catalog knows by their hashes, whatever they are called.
    fn from_known_files(folder: &Path) -> Result<Self> {
        let (mut segmentation, mut embedding) = (None, None);
        let entries = std::fs::read_dir(folder).map_err(Error::io("read", folder))?;
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|x| x == "onnx"))
            .collect();
        paths.sort();
        for path in paths {
            let file = CheckedModel::open(&path)?;
            let Some(row) = catalog()
                .into_iter()
                .find(|row| row.sha256 == file.sha256())
            else {
                continue;
            };
            match row.signature {
                Signature::Segmentation(s) => segmentation = segmentation.or(Some((file, s))),
                Signature::Embedding(e) => embedding = embedding.or(Some((file, e))),
                _ => {}
            }
        }
        let missing = |task: Task, file: &str| Error::ModelMissing {
            id: format!("{task:?}").to_lowercase(),
            file: format!("{file}, or diarizer.json that names one"),
            looked: vec![folder.to_owned()],
        };
        Ok(Self {
            segmentation: segmentation
                .ok_or_else(|| missing(Task::Segmentation, "a known segmentation model"))?,
            embedding: embedding
                .ok_or_else(|| missing(Task::Embedding, "a known embedding model"))?,
        })
    }
}

/// A file of the caller's own: its hash is held against the manifest where that has one, and its structure is walked.
fn open_entry<S>(folder: &Path, entry: &Entry<S>) -> Result<CheckedModel> {
    let file = CheckedModel::open(&folder.join(&entry.file))?;
    let damaged = |reason| Error::ModelDamaged {
        path: file.path().to_owned(),
        reason,
    };
    if entry
        .sha256
        .as_ref()
        .is_some_and(|sha256| !sha256.eq_ignore_ascii_case(file.sha256()))
    {
        return Err(damaged("its SHA-256 is not that of diarizer.json".into()));
    }
    onnx_file::check(file.bytes()).map_err(damaged)?;
    Ok(file)
}

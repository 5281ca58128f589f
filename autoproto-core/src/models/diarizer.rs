//! The pairs of models that make a diarizer.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::{Task, catalog, find};
use super::file::CheckedModel;
use super::signature::{EmbeddingSignature, Recipe, SegmentationSignature, Signature};
use super::{ModelStore, onnx_file};
use crate::error::{Error, Result};

/// Models that go together, by their ids in the catalog, and the recipe they are put together by.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DiarizerSpec {
    /// What they are asked for by.
    pub id: &'static str,
    /// The segmentation model's id.
    pub segmentation: &'static str,
    /// The embedding model's id.
    pub embedding: &'static str,
    /// The ids of the two files of a PLDA: the transform, and the model itself.
    pub plda: Option<[&'static str; 2]>,
    /// How voices are put together.
    pub recipe: Recipe,
}

/// Every diarizer that the catalog has the models for.
///
/// ```
/// let ids: Vec<_> = autoproto_core::models::diarizers().iter().map(|spec| spec.id).collect();
/// assert_eq!(ids, ["powerset-ge2e", "pyannote-3.1", "pyannote-community-1"]);
/// ```
pub fn diarizers() -> [DiarizerSpec; 3] {
    let pyannote = |id, plda, recipe| DiarizerSpec {
        id,
        segmentation: "segmentation-3.0",
        embedding: "wespeaker-resnet34-lm",
        plda,
        recipe,
    };
    [
        DiarizerSpec {
            id: "powerset-ge2e",
            segmentation: "segmentation-powerset",
            embedding: "speaker-embedding-ge2e",
            plda: None,
            recipe: Recipe::Pieces { threshold: 0.27 },
        },
        pyannote(
            "pyannote-3.1",
            None,
            Recipe::Ahc {
                threshold: 0.704_565_47,
                min_cluster_size: 12,
            },
        ),
        pyannote(
            "pyannote-community-1",
            Some(["plda-transform", "plda-community-1"]),
            Recipe::Vbx {
                threshold: 0.6,
                fa: 0.07,
                fb: 0.8,
            },
        ),
    ]
}

/// The checked files of a diarizer, how to talk to them, and how to put voices together.
#[derive(Debug)]
pub struct DiarizerModels {
    pub(crate) segmentation: (CheckedModel, SegmentationSignature),
    pub(crate) embedding: (CheckedModel, EmbeddingSignature),
    /// The transform and the PLDA, where there is one.
    pub(crate) plda: Option<[CheckedModel; 2]>,
    pub(crate) recipe: Recipe,
}

/// `diarizer.json` of a folder: which files, how to talk to them, and how to put voices together.
///
/// ```json
/// {
///   "segmentation": { "file": "seg.onnx", "window": 10.0, "step": 1.0,
///                     "frame_shift": 270, "receptive_field": 991, "input": "x", "output": "y" },
///   "embedding": { "file": "emb.onnx", "front_end": { "kind": "fbank", "bins": 80 }, "span": 2.0, "hop": 0.5,
///                  "least": 0.025, "input": "feats", "output": "embs" },
///   "plda": { "transform": { "file": "xvec_transform.npz" }, "model": { "file": "plda.npz" } },
///   "recipe": { "kind": "vbx", "threshold": 0.6, "fa": 0.07, "fb": 0.8 }
/// }
/// ```
///
/// `plda` is for the recipe `vbx` alone; the others are `{ "kind": "ahc", "threshold": 0.7, "min_cluster_size": 12 }`
/// and `{ "kind": "pieces", "threshold": 0.27 }`. Every file may have a `sha256`, and may lie in another folder. A key that
/// is not known is an error.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    segmentation: Entry<SegmentationSignature>,
    embedding: Entry<EmbeddingSignature>,
    plda: Option<Plda>,
    recipe: Recipe,
}

#[derive(Debug, Serialize, Deserialize)]
struct Plda {
    transform: Entry<Nothing>,
    model: Entry<Nothing>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Nothing {}

#[derive(Debug, Serialize, Deserialize)]
struct Entry<S> {
    file: PathBuf,
    /// Checked where given.
    sha256: Option<String>,
    #[serde(flatten)]
    signature: S,
}

impl DiarizerModels {
    /// The diarizer with this id from the store; or a folder with `diarizer.json`, or with catalogued files of any name.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for neither an id nor a folder, [`Error::ModelMissing`] and [`Error::ModelDamaged`] as
    /// [`ModelStore::open`], [`Error::Parse`] for a manifest that can't be read.
    pub fn open(id_or_folder: &str, store: &ModelStore) -> Result<Self> {
        if let Some(spec) = diarizers().into_iter().find(|spec| spec.id == id_or_folder) {
            return Self::from_store(spec, store);
        }
        let folder = Path::new(id_or_folder);
        if !folder.is_dir() {
            let ids = diarizers().map(|spec| spec.id).join(", ");
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

    /// The recipe that voices are put together by.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// With another recipe.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for numbers that can't be, or a recipe that needs a PLDA which these models lack.
    pub fn with_recipe(mut self, recipe: Recipe) -> Result<Self> {
        if let Some(fault) = fault(&recipe, self.plda.is_some()) {
            return Err(Error::InvalidOption {
                option: "recipe",
                expected: fault.into(),
                got: format!("{recipe:?}"),
            });
        }
        self.recipe = recipe;
        Ok(self)
    }

    fn from_store(spec: DiarizerSpec, store: &ModelStore) -> Result<Self> {
        let row = |id| {
            find(id).ok_or_else(|| Error::Internal {
                reason: format!("the catalog has no row `{id}`"),
            })
        };
        let (segmentation, embedding) = (row(spec.segmentation)?, row(spec.embedding)?);
        let (segmentation_file, embedding_file) =
            (store.open(&segmentation)?, store.open(&embedding)?);
        let plda = match spec.plda {
            Some([transform, model]) => {
                Some([store.open(&row(transform)?)?, store.open(&row(model)?)?])
            }
            None => None,
        };
        match (segmentation.signature, embedding.signature) {
            (Signature::Segmentation(s), Signature::Embedding(e)) => Ok(Self {
                segmentation: (segmentation_file, s),
                embedding: (embedding_file, e),
                plda,
                recipe: spec.recipe,
            }),
            _ => Err(Error::Internal {
                reason: format!("the rows of `{}` are of the wrong kinds", spec.id),
            }),
        }
    }

    fn from_manifest(folder: &Path, manifest: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(manifest).map_err(Error::io("read", manifest))?;
        let unread = |error: serde_json::Error| Error::Parse {
            what: manifest.display().to_string(),
            line: error.line(),
            reason: error.to_string(),
        };
        let listed: Manifest = serde_json::from_str(&text).map_err(unread)?;
        let given: Value = serde_json::from_str(&text).map_err(unread)?;
        let known = serde_json::to_value(&listed).map_err(unread)?;
        if let Some(key) = unknown(&given, &known) {
            return Err(Error::Parse {
                what: manifest.display().to_string(),
                line: 1,
                reason: format!("there is nothing that `{key}` says"),
            });
        }
        let fault = listed
            .segmentation
            .signature
            .fault()
            .or_else(|| listed.embedding.signature.fault())
            .or_else(|| fault(&listed.recipe, listed.plda.is_some()));
        if let Some(fault) = fault {
            return Err(Error::Parse {
                what: manifest.display().to_string(),
                line: 1,
                reason: fault.into(),
            });
        }
        let plda = match &listed.plda {
            Some(plda) => Some([
                hashed(folder, &plda.transform)?,
                hashed(folder, &plda.model)?,
            ]),
            None => None,
        };
        Ok(Self {
            segmentation: (
                open_entry(folder, &listed.segmentation)?,
                listed.segmentation.signature,
            ),
            embedding: (
                open_entry(folder, &listed.embedding)?,
                listed.embedding.signature,
            ),
            plda,
            recipe: listed.recipe,
        })
    }

    /// Files that the catalog knows by their hashes, whatever they are called.
    fn from_known_files(folder: &Path) -> Result<Self> {
        let (mut segmentation, mut embedding, mut id) = (None, None, "");
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
                Signature::Embedding(e) if embedding.is_none() => {
                    embedding = Some((file, e));
                    id = row.id;
                }
                _ => {}
            }
        }
        let missing = |task: Task, file: &str| Error::ModelMissing {
            id: format!("{task:?}").to_lowercase(),
            file: format!("{file}, or diarizer.json that names one"),
            looked: vec![folder.to_owned()],
        };
        // The first that takes these voices and no more files.
        let recipe = diarizers()
            .into_iter()
            .find(|spec| spec.embedding == id && spec.plda.is_none())
            .map_or(Recipe::Pieces { threshold: 0.3 }, |spec| spec.recipe);
        Ok(Self {
            plda: None,
            recipe,
            segmentation: segmentation
                .ok_or_else(|| missing(Task::Segmentation, "a known segmentation model"))?,
            embedding: embedding
                .ok_or_else(|| missing(Task::Embedding, "a known embedding model"))?,
        })
    }
}

/// A key of a manifest that nothing was read from: one that is misspelt must not pass, least of all `sha256`.
fn unknown(given: &Value, known: &Value) -> Option<String> {
    let (given, known) = (given.as_object()?, known.as_object()?);
    given.iter().find_map(|(key, value)| match known.get(key) {
        Some(known) => unknown(value, known).map(|inside| format!("{key}.{inside}")),
        None => (!value.is_null()).then(|| key.clone()),
    })
}

/// What numbers of a recipe can't be.
fn fault(recipe: &Recipe, plda: bool) -> Option<&'static str> {
    if !(0.0..=2.0).contains(&recipe.threshold()) {
        return Some("the threshold must be 0 to 2");
    }
    match recipe {
        Recipe::Ahc {
            min_cluster_size, ..
        } if !(1..=1000).contains(min_cluster_size) => {
            Some("the least size of a cluster must be 1 to 1000")
        }
        Recipe::Vbx { fa, fb, .. } if !(1e-6..=1e3).contains(fa) || !(1e-6..=1e3).contains(fb) => {
            Some("fa and fb must be above 0 and at most 1000")
        }
        Recipe::Vbx { .. } if !plda => Some("the recipe `vbx` needs a PLDA"),
        _ => None,
    }
}

/// A file of the caller's own: its hash is held against the manifest where that has one, and its structure is walked.
fn open_entry<S>(folder: &Path, entry: &Entry<S>) -> Result<CheckedModel> {
    let file = hashed(folder, entry)?;
    onnx_file::check(file.bytes()).map_err(|reason| Error::ModelDamaged {
        path: file.path().to_owned(),
        reason,
    })?;
    Ok(file)
}

fn hashed<S>(folder: &Path, entry: &Entry<S>) -> Result<CheckedModel> {
    let file = CheckedModel::open(&folder.join(&entry.file))?;
    match &entry.sha256 {
        Some(sha256) if !sha256.eq_ignore_ascii_case(file.sha256()) => Err(Error::ModelDamaged {
            path: file.path().to_owned(),
            reason: "its SHA-256 is not that of diarizer.json".into(),
        }),
        _ => Ok(file),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    fn manifest() -> Value {
        json!({
            "segmentation": { "file": "none.onnx", "window": 10.0, "step": 1.0, "frame_shift": 270,
                              "receptive_field": 991, "input": "x", "output": "y" },
            "embedding": { "file": "none.onnx", "front_end": { "kind": "fbank", "bins": 80 }, "span": 2.0, "hop": 0.5,
                           "least": 0.025, "input": "feats", "output": "embs", "curve": null },
            "plda": null,
            "recipe": { "kind": "ahc", "threshold": 0.7, "min_cluster_size": 12 }
        })
    }

    /// How a folder with this manifest, and no models, is refused.
    fn refusal(manifest: &Value) -> Error {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("diarizer.json"), manifest.to_string()).unwrap();
        let store = ModelStore::new([folder.path()]);
        DiarizerModels::open(folder.path().to_str().unwrap(), &store).expect_err("it opened")
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_by_its_name() {
        // As it is only the files are missing.
        assert_eq!(refusal(&manifest()).code(), "io");
        for (place, key) in [
            ("", "pdla"),
            ("/segmentation", "sha-256"),
            ("/embedding", "leest"),
            ("/embedding/front_end", "highst"),
            ("/recipe", "fa"),
        ] {
            let mut manifest = manifest();
            manifest.pointer_mut(place).unwrap()[key] = json!(1);
            let error = refusal(&manifest);
            assert_eq!(error.code(), "parse", "{place} {key}");
            assert!(error.to_string().contains(key), "{error}");
        }
    }

    #[test]
    fn a_manifest_without_a_recipe_is_refused() {
        let mut manifest = manifest();
        manifest.as_object_mut().unwrap().remove("recipe");
        let error = refusal(&manifest).to_string();
        assert!(error.contains("recipe"), "{error}");
    }
}

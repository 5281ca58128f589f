//! Every recipe, ready to run.

use autoproto_core::diarize::{Accuracy, OnnxDiarizer};
use autoproto_core::models::{DiarizerModels, ModelStore};
use autoproto_tests::{checkout, library};
use serde_json::{Value, json};

pub(super) const ACCURACIES: [Accuracy; 2] = [Accuracy::Exact, Accuracy::Fast];

/// The recipes, by name, each with an embedding that shows another way to listen: pieces, masks that are cut out, and the
/// trunk of a network that ends in statistics.
pub(super) fn recipes() -> Vec<(&'static str, Value)> {
    let golden = |file: &str| {
        checkout()
            .join("tests/golden/diarization_windows")
            .join(file)
    };
    let ge2e = json!({
        "file": checkout().join("models/speaker-embedding-ge2e.onnx"),
        "front_end": { "kind": "waveform", "level": -30.0 },
        "span": 1.6, "hop": 0.4, "least": 0.5, "input": "waveform", "output": "embedding"
    });
    let tiny = json!({
        "file": golden("tiny_wespeaker.onnx"),
        "front_end": { "kind": "fbank", "bins": 80 },
        "span": 2.0, "hop": 0.5, "least": 0.025, "input": "feats", "output": "embs"
    });
    let segmentation = |step: f64| {
        json!({
            "file": checkout().join("models/segmentation-powerset.onnx"),
            "window": 10.0, "step": step, "frame_shift": 270, "receptive_field": 991,
            "input": "x", "output": "y"
        })
    };
    let plda = json!({
        "transform": { "file": golden("xvec_transform.npz") },
        "model": { "file": golden("plda.npz") }
    });
    let pieces = json!({ "kind": "pieces", "threshold": 0.27 });
    let ahc = json!({ "kind": "ahc", "threshold": 0.7, "min_cluster_size": 12 });
    let vbx = json!({ "kind": "vbx", "threshold": 0.6, "fa": 0.07, "fb": 0.8 });
    vec![
        (
            "pieces",
            json!({ "segmentation": segmentation(1.0), "embedding": ge2e, "recipe": pieces }),
        ),
        (
            "windows, AHC",
            json!({ "segmentation": segmentation(1.0), "embedding": ge2e, "recipe": ahc }),
        ),
        (
            "windows, VBx",
            json!({ "segmentation": segmentation(1.0), "embedding": ge2e, "recipe": vbx, "plda": plda }),
        ),
        (
            "trunk",
            json!({ "segmentation": segmentation(1.0), "embedding": tiny, "recipe": ahc }),
        ),
        // 0.777 s are no whole number of feature frames.
        (
            "trunk, odd steps",
            json!({ "segmentation": segmentation(0.777), "embedding": tiny, "recipe": ahc }),
        ),
    ]
}

pub(super) fn load(manifest: &Value, accuracy: Accuracy) -> OnnxDiarizer {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("diarizer.json"), manifest.to_string()).unwrap();
    let store = ModelStore::new([checkout().join("models")]);
    let opened = DiarizerModels::open(folder.path().to_str().unwrap(), &store).unwrap();
    OnnxDiarizer::load(&opened, &library(), 2)
        .unwrap()
        .with_accuracy(accuracy)
}

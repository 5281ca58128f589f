//! Our diarizer by each recipe, and the recordings it hears.

use std::error::Error;
use std::path::Path;

use autoproto_benches::{Recording, recordings};
use autoproto_core::diarize::{Accuracy, OnnxDiarizer};
use autoproto_core::media::{self, MediaOptions};
use autoproto_core::metrics::LabelledTurn;
use autoproto_core::models::{DiarizerModels, ModelStore, find};
use autoproto_core::onnx::OnnxLibrary;
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    AudioView, CancelToken, Context, Diarization, Progress, SpeechRegion, VadOptions,
    VoiceActivityDetector,
};
use serde_json::{Value, json};

use crate::THREADS;

/// What pyannote.audio is told, and we are too: with the voice encoder, and with WeSpeaker's random weights.
pub const VOICE_ENCODER: Ahc = Ahc {
    threshold: 0.5,
    min_cluster_size: 6,
};
pub const WESPEAKER: Ahc = Ahc {
    threshold: 0.7,
    min_cluster_size: 12,
};

/// Centroid linkage cut at a distance; smaller clusters are given away.
#[derive(Clone, Copy)]
pub struct Ahc {
    pub threshold: f64,
    pub min_cluster_size: usize,
}

/// A recording in memory.
pub struct Heard {
    pub recording: Recording,
    pub samples: Vec<f32>,
    pub speech: Vec<SpeechRegion>,
}

impl Heard {
    pub fn audio(&self) -> AudioView<'_> {
        AudioView::new(&self.samples)
    }
}

/// The recordings of one folder.
pub struct Set {
    pub name: &'static str,
    /// DER in per cent that the default recipe keeps below, pooled over the set.
    pub bound: f64,
    pub heard: Vec<Heard>,
}

/// The meetings of `examples/data`, and `../shared/audio/ami` where that is beside the repository.
pub fn sets(root: &Path) -> Result<Vec<Set>, Box<dyn Error>> {
    let mut sets = Vec::new();
    for (name, folder, bound) in [
        ("ami", root.join("../shared/audio/ami"), 31.0),
        ("meetings", root.join("examples/data"), 18.0),
    ] {
        if !folder.is_dir() {
            println!("\nThe set {name} is left out: it is not there.");
            continue;
        }
        let mut heard = Vec::new();
        for recording in recordings(&folder)? {
            let samples = decode(&recording.path)?;
            heard.push(Heard {
                speech: speech(root, &samples)?,
                recording,
                samples,
            });
        }
        if heard.is_empty() {
            return Err(format!("{} holds no recording with its truth", folder.display()).into());
        }
        sets.push(Set { name, bound, heard });
    }
    Ok(sets)
}

/// The sound of a file.
pub fn decode(file: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let decoded = with_context(|ctx| media::decode(file, &MediaOptions::default(), ctx))?;
    Ok(decoded.audio.view().samples().to_vec())
}

/// Where anyone speaks.
pub fn speech(root: &Path, samples: &[f32]) -> Result<Vec<SpeechRegion>, Box<dyn Error>> {
    let row = find("silero-vad-6.2").ok_or("the catalog has no VAD")?;
    let model = ModelStore::new([root.join("models")]).open(&row)?;
    let mut vad = SileroVad::load(&model, &OnnxLibrary::default())?;
    let audio = AudioView::new(samples);
    Ok(with_context(|ctx| {
        vad.detect(audio, &VadOptions::default(), ctx)
    })?)
}

/// By the default recipe.
pub fn pieces(root: &Path) -> Result<OnnxDiarizer, Box<dyn Error>> {
    let store = ModelStore::new([root.join("models")]);
    let models = DiarizerModels::open("powerset-ge2e", &store)?;
    Ok(OnnxDiarizer::load(
        &models,
        &OnnxLibrary::default(),
        THREADS,
    )?)
}

/// By pyannote.audio's recipe, with the models that `folder` names.
pub fn windows(folder: &Path, accuracy: Accuracy) -> Result<OnnxDiarizer, Box<dyn Error>> {
    let folder = folder.to_str().ok_or("a folder's name is not UTF-8")?;
    let models = DiarizerModels::open(folder, &ModelStore::standard(None))?;
    let diarizer = OnnxDiarizer::load(&models, &OnnxLibrary::default(), THREADS)?;
    Ok(diarizer.with_accuracy(accuracy))
}

/// Writes the manifest of pyannote.audio's recipe with the voice encoder.
pub fn with_voice_encoder(root: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let embedding = json!({
        "file": root.join("models/speaker-embedding-ge2e.onnx"),
        "front_end": { "kind": "waveform", "level": -30.0 },
        "span": 1.6, "hop": 0.8, "least": 0.5, "input": "waveform", "output": "embedding",
    });
    manifest(root, folder, &embedding, VOICE_ENCODER)
}

/// Writes the manifest of pyannote.audio's recipe with a WeSpeaker ResNet34.
pub fn with_wespeaker(root: &Path, model: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let embedding = json!({
        "file": model, "front_end": { "kind": "fbank" },
        "span": 2.0, "hop": 0.5, "least": 0.025, "input": "feats", "output": "embs",
    });
    manifest(root, folder, &embedding, WESPEAKER)
}

fn manifest(root: &Path, folder: &Path, embedding: &Value, ahc: Ahc) -> Result<(), Box<dyn Error>> {
    let manifest = json!({
        "segmentation": {
            "file": root.join("models/segmentation-powerset.onnx"), "window": 10.0, "step": 1.0,
            "frame_shift": 270, "receptive_field": 991, "input": "x", "output": "y",
        },
        "embedding": embedding,
        "recipe": { "kind": "ahc", "threshold": ahc.threshold, "min_cluster_size": ahc.min_cluster_size },
    });
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("diarizer.json"), manifest.to_string())?;
    Ok(())
}

/// For calls that no one cancels.
pub fn with_context<T>(
    call: impl FnOnce(&Context<'_>) -> autoproto_core::Result<T>,
) -> autoproto_core::Result<T> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    call(&Context::new(&cancel, &sink))
}

pub fn labelled(found: &Diarization) -> Vec<LabelledTurn> {
    found.turns.iter().map(LabelledTurn::from).collect()
}

/// How many voices there are in turns.
pub fn voices(turns: &[LabelledTurn]) -> usize {
    let labels: std::collections::BTreeSet<&str> = turns.iter().map(|t| t.label.as_str()).collect();
    labels.len()
}

//! The embedding model over sounds of one voice.

use super::fbank::Fbank;
use super::segmentation::samples;
use crate::error::{Error, Result, Stage};
use crate::models::{EmbeddingSignature, FrontEnd};
use crate::onnx::{OnnxSession, Tensor};
use crate::types::ModelInUse;

/// The model, how to talk to it, and what it is given.
pub(super) struct Embedder {
    session: OnnxSession,
    signature: EmbeddingSignature,
    front: Front,
    /// Sounds a run.
    batch: usize,
}

enum Front {
    /// To this root mean square.
    Waveform {
        rms: f64,
    },
    Fbank(Fbank),
}

impl Embedder {
    pub(super) fn new(session: OnnxSession, signature: EmbeddingSignature, batch: usize) -> Self {
        let front = match &signature.front_end {
            FrontEnd::Waveform { level } => Front::Waveform {
                rms: 10_f64.powf(f64::from(*level) / 20.0),
            },
            FrontEnd::Fbank(fbank) => Front::Fbank(Fbank::new(fbank)),
        };
        Self {
            session,
            signature,
            front,
            batch: batch.max(1),
        }
    }

    /// The model and what it runs on, for the report.
    pub(super) fn in_use(&self) -> ModelInUse {
        self.session.in_use()
    }

    pub(super) fn signature(&self) -> &EmbeddingSignature {
        &self.signature
    }

    pub(super) fn batch(&self) -> usize {
        self.batch
    }

    /// Samples in a piece.
    pub(super) fn span(&self) -> usize {
        samples(self.signature.span).max(1)
    }

    /// Samples from one piece to the next.
    pub(super) fn hop(&self) -> usize {
        samples(self.signature.hop).max(1)
    }

    /// The filter bank it is given, where it is given one.
    pub(super) fn fbank(&self) -> Option<&Fbank> {
        match &self.front {
            Front::Fbank(fbank) => Some(fbank),
            Front::Waveform { .. } => None,
        }
    }

    /// One vector for each of sounds of one length, as the model gives them.
    pub(super) fn embed(&mut self, sounds: &[&[f32]]) -> Result<Vec<Vec<f32>>> {
        let mut voices = Vec::with_capacity(sounds.len());
        for batch in sounds.chunks(self.batch) {
            let length = batch.first().map_or(0, |s| s.len());
            match &self.front {
                Front::Waveform { .. } => {
                    voices.extend(self.run(&[batch.len(), length], &batch.concat())?);
                }
                Front::Fbank(fbank) => {
                    let frames = fbank.frames(length);
                    let shape = [batch.len(), frames, fbank.bins()];
                    let features: Vec<f32> =
                        batch.iter().flat_map(|s| fbank.features(s).1).collect();
                    voices.extend(self.run(&shape, &features)?);
                }
            }
        }
        Ok(voices)
    }

    /// The vectors of features that are there already: `shape` is `[sounds, …]`.
    pub(super) fn run(&mut self, shape: &[usize], features: &[f32]) -> Result<Vec<Vec<f32>>> {
        let count = shape.first().copied().unwrap_or(0);
        let output = self.signature.output.clone();
        let values = self.raw(shape, features, &output)?.1;
        if count == 0 || values.is_empty() || values.len() % count != 0 {
            let reason = format!("the model gave {} numbers for {count} sounds", values.len());
            return Err(Error::backend(Stage::Diarize, "onnx", reason));
        }
        Ok(values
            .chunks(values.len() / count)
            .map(<[f32]>::to_vec)
            .collect())
    }

    /// Any output of the model: its shape, and its numbers.
    pub(super) fn raw(
        &mut self,
        shape: &[usize],
        features: &[f32],
        output: &str,
    ) -> Result<(Vec<usize>, Vec<f32>)> {
        let input = (self.signature.input.as_str(), Tensor::F32(shape, features));
        let out = self.session.run(&[input], &[output])?;
        Ok(out.into_iter().next().unwrap_or_default())
    }

    /// The sound of a voice brought to the level that the model wants.
    pub(super) fn level(&self, sound: &mut [f32]) {
        if let Front::Waveform { rms } = self.front {
            let power = sound
                .iter()
                .map(|s| f64::from(*s) * f64::from(*s))
                .sum::<f64>()
                / sound.len().max(1) as f64;
            let gain = rms / (power.sqrt() + 1e-9);
            sound
                .iter_mut()
                .for_each(|s| *s = (f64::from(*s) * gain) as f32);
        }
    }
}

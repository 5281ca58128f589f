//! The embedding model over pieces of speech.

use super::fbank::Fbank;
use super::frames::FrameGrid;
use super::spans::Span;
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::{EmbeddingSignature, FrontEnd};
use crate::onnx::{OnnxSession, Tensor};
use crate::types::Embedding;

/// Pieces a run of the model.
const BATCH: usize = 16;

/// Looks at the voice of each span: unit vectors, in the spans' order. The stage's progress goes from `from` to 1.
pub(super) fn embed(
    session: &mut OnnxSession,
    signature: &EmbeddingSignature,
    audio: AudioView<'_>,
    grid: FrameGrid,
    spans: &[Span],
    from: f64,
    ctx: &Context<'_>,
) -> Result<Vec<Embedding>> {
    let front = Front::new(signature);
    let mut voices = Vec::with_capacity(spans.len());
    for batch in spans.chunks(BATCH) {
        ctx.tick(
            Stage::Diarize,
            from + (1.0 - from) * voices.len() as f64 / spans.len() as f64,
        )?;
        let pieces: Vec<Vec<f32>> = batch
            .iter()
            .map(|span| front.piece(audio, grid, span))
            .collect();
        let (shape, input) = front.tensor(&pieces);
        let out = session.run(
            &[(&signature.input, Tensor::F32(&shape, &input))],
            &[&signature.output],
        )?;
        let values = out
            .into_iter()
            .next()
            .map(|(_, values)| values)
            .unwrap_or_default();
        if values.is_empty() || values.len() % batch.len() != 0 {
            let reason = format!(
                "the model gave {} numbers for {} pieces",
                values.len(),
                batch.len()
            );
            return Err(Error::backend(Stage::Diarize, "onnx", reason));
        }
        let dim = values.len() / batch.len();
        // A voice of no direction is near to none: any fixed one will do.
        let unit = |v: &[f32]| {
            Embedding::normalised(v.to_vec()).unwrap_or_else(|| Embedding(vec![0.0; dim]))
        };
        voices.extend(values.chunks(dim).map(unit));
    }
    Ok(voices)
}

/// What the model is given.
struct Front {
    kind: Kind,
    /// Samples in a piece.
    length: usize,
}

enum Kind {
    Waveform { rms: f64 },
    Fbank(Fbank),
}

impl Front {
    fn new(signature: &EmbeddingSignature) -> Self {
        let kind = match signature.front_end {
            FrontEnd::Waveform { level } => Kind::Waveform {
                rms: 10_f64.powf(f64::from(level) / 20.0),
            },
            FrontEnd::Fbank { bins } => Kind::Fbank(Fbank::new(bins)),
        };
        Self {
            kind,
            length: (signature.span * f64::from(SAMPLE_RATE)).round() as usize,
        }
    }

    /// The sound of a span, repeated where it is shorter than the model was trained on.
    fn piece(&self, audio: AudioView<'_>, grid: FrameGrid, span: &Span) -> Vec<f32> {
        let samples = audio.samples();
        let start = grid.sample(span.start).min(samples.len());
        let end = grid
            .sample(span.end)
            .clamp(start, samples.len())
            .min(start + self.length);
        let sound = &samples[start..end];
        if sound.is_empty() {
            return vec![0.0; self.length];
        }
        let mut piece: Vec<f32> = sound.iter().copied().cycle().take(self.length).collect();
        if let Kind::Waveform { rms } = self.kind {
            let power = piece
                .iter()
                .map(|s| f64::from(*s) * f64::from(*s))
                .sum::<f64>()
                / piece.len() as f64;
            let gain = rms / (power.sqrt() + 1e-9);
            piece
                .iter_mut()
                .for_each(|s| *s = (f64::from(*s) * gain) as f32);
        }
        piece
    }

    fn tensor(&self, pieces: &[Vec<f32>]) -> (Vec<usize>, Vec<f32>) {
        match &self.kind {
            Kind::Waveform { .. } => (vec![pieces.len(), self.length], pieces.concat()),
            Kind::Fbank(fbank) => {
                let features: Vec<(usize, Vec<f32>)> =
                    pieces.iter().map(|piece| fbank.features(piece)).collect();
                let frames = features.first().map_or(0, |f| f.0);
                let values: Vec<f32> = features.into_iter().flat_map(|f| f.1).collect();
                (
                    vec![
                        pieces.len(),
                        frames,
                        values.len() / (pieces.len() * frames).max(1),
                    ],
                    values,
                )
            }
        }
    }
}

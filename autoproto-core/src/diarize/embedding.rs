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

/// Frames in which two speak at once with more than this probability are left out of the sound of a voice.
const OVERLAP: f32 = 0.5;

/// The sound, and where in it two speak at once.
#[derive(Clone, Copy)]
pub(super) struct Sound<'a> {
    pub(super) audio: AudioView<'a>,
    pub(super) grid: FrameGrid,
    /// That two speak at once, by frame.
    pub(super) overlap: &'a [f32],
}

impl Sound<'_> {
    /// The samples of a span without its overlap, at most `longest`; with it where more than half would go.
    fn of(&self, span: &Span, longest: usize) -> Vec<f32> {
        let frame = |t: usize| {
            self.audio
                .window(self.grid.sample(t)..self.grid.sample(t + 1))
        };
        let clean = |t: &usize| self.overlap.get(*t).is_none_or(|p| *p <= OVERLAP);
        let kept: Vec<usize> = (span.start..span.end).filter(clean).collect();
        let mut sound: Vec<f32> = if 2 * kept.len() >= span.len() {
            kept.into_iter().flat_map(frame).copied().collect()
        } else {
            (span.start..span.end).flat_map(frame).copied().collect()
        };
        sound.truncate(longest);
        sound
    }
}

/// Looks at the voice of each span: unit vectors, in the spans' order. The stage's progress goes from `from` to 1.
pub(super) fn embed(
    session: &mut OnnxSession,
    signature: &EmbeddingSignature,
    sound: Sound<'_>,
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
            .map(|span| front.piece(sound.of(span, front.length)))
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

    /// The sound of a voice as the model wants it: repeated where it is shorter than the model was trained on, and levelled.
    fn piece(&self, sound: Vec<f32>) -> Vec<f32> {
        if sound.is_empty() {
            return vec![0.0; self.length];
        }
        let mut piece: Vec<f32> = sound.into_iter().cycle().take(self.length).collect();
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

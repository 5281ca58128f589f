//! The voice of each piece of speech.

use super::super::embedding::Embedder;
use super::super::frames::FrameGrid;
use super::spans::Span;
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::types::Embedding;

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
    /// The samples of a span without its overlap; with it where more than half would go.
    fn of(&self, span: &Span) -> Vec<f32> {
        let frame = |t: usize| {
            self.audio
                .window(self.grid.sample(t)..self.grid.sample(t + 1))
        };
        let clean = |t: &usize| self.overlap.get(*t).is_none_or(|p| *p <= OVERLAP);
        let kept: Vec<usize> = (span.start..span.end).filter(clean).collect();
        let numbers = |sound: &[f32]| -> Vec<f32> {
            let number = |s: &f32| if s.is_finite() { *s } else { 0.0 };
            sound.iter().map(number).collect()
        };
        if 2 * kept.len() >= span.len() {
            kept.into_iter().map(frame).flat_map(numbers).collect()
        } else {
            (span.start..span.end)
                .map(frame)
                .flat_map(numbers)
                .collect()
        }
    }
}

/// Looks at the voice of each span: unit vectors, in the spans' order.
pub(super) fn voices(
    embedder: &mut Embedder,
    sound: Sound<'_>,
    spans: &[Span],
    ctx: &Context<'_>,
) -> Result<Vec<Embedding>> {
    let mut voices = Vec::with_capacity(spans.len());
    for batch in spans.chunks(embedder.batch()) {
        ctx.tick(Stage::Diarize, voices.len() as f64 / spans.len() as f64)?;
        let pieces: Vec<Vec<f32>> = batch
            .iter()
            .map(|span| piece(embedder, sound.of(span)))
            .collect();
        let pieces: Vec<&[f32]> = pieces.iter().map(Vec::as_slice).collect();
        for voice in embedder.embed(&pieces)? {
            let dim = voice.len();
            // A voice of no direction is near to none: any fixed one will do.
            voices.push(Embedding::normalised(voice).unwrap_or_else(|| Embedding(vec![0.0; dim])));
        }
    }
    Ok(voices)
}

/// The sound of a voice as the model wants it: repeated where it is shorter than the model was trained on, and levelled.
fn piece(embedder: &Embedder, sound: Vec<f32>) -> Vec<f32> {
    let length = embedder.span();
    if sound.is_empty() {
        return vec![0.0; length];
    }
    let mut piece: Vec<f32> = sound.into_iter().cycle().take(length).collect();
    embedder.level(&mut piece);
    piece
}

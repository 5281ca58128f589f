//! The voice of one person, from spans in which they speak.

use super::{OnnxDiarizer, windows};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::models::{CheckedModel, catalog};
use crate::types::{Embedding, TimeSpan, merge_spans};
use crate::voicebook::{VoiceEncoder, VoiceModel, Voiceprint};

/// The least speech that makes a voice print, in seconds.
///
/// Measured with `speaker-embedding-ge2e` on seven people of six recordings, voices of so many seconds against that of
/// the other half of the person's speech: from 3 s a mean cosine of 0.86 to 0.96 and 0.79 at least, from 5 s of 0.90 to
/// 0.97 and 0.89 at least; to other people it is 0.80 at most.
const LEAST: f64 = 3.0;

/// Stretches shorter than this say little of a voice, in seconds.
const SHORTEST: f64 = 0.4;

/// Pieces that make a voice print at most; of longer speech they are taken evenly.
const MOST_PIECES: usize = 1000;

/// Pieces a run of the model.
const BATCH: usize = 16;

/// Sound whose samples are all below this is none: -100 dB of full scale.
const SILENCE: f32 = 1e-5;

/// The catalog's id of a model, or its file's name.
pub(super) fn name_of(model: &CheckedModel) -> String {
    let row = catalog()
        .into_iter()
        .find(|row| row.sha256 == model.sha256());
    let name = || model.path().file_name().map(|n| n.to_string_lossy());
    let name = match row {
        Some(row) => row.id.to_owned(),
        None => name().unwrap_or_default().chars().take(50).collect(),
    };
    if name.is_empty() {
        "model".into()
    } else {
        name
    }
}

impl OnnxDiarizer {
    /// The voices of pieces of sound, each repeated to the length the model wants and levelled; one that the model has no
    /// answer to has no direction.
    fn embed_sounds(&mut self, sounds: &[Vec<f32>]) -> Result<Vec<Embedding>> {
        let length = self.embedder.span();
        let pieces: Vec<Vec<f32>> = sounds
            .iter()
            .map(|sound| {
                let mut piece: Vec<f32> = sound.iter().copied().cycle().take(length).collect();
                piece.resize(length, 0.0);
                self.embedder.level(&mut piece);
                piece
            })
            .collect();
        let voices = match &self.pooling {
            // The session ends in the trunk.
            Some(pooling) => pieces
                .iter()
                .map(|piece| windows::voice_of(&mut self.embedder, pooling, piece))
                .collect::<Result<Vec<Vec<f32>>>>()?,
            None => {
                let pieces: Vec<&[f32]> = pieces.iter().map(Vec::as_slice).collect();
                self.embedder.embed(&pieces)?
            }
        };
        let unit = |voice: Vec<f32>| {
            let dim = voice.len();
            Embedding::normalised(voice).unwrap_or_else(|| Embedding(vec![0.0; dim]))
        };
        Ok(voices.into_iter().map(unit).collect())
    }
}

impl VoiceEncoder for OnnxDiarizer {
    /// The length of its voices is found by running the model once.
    fn voice_model(&mut self) -> Result<VoiceModel> {
        let dim = match self.embed_sounds(&[Vec::new()])?.first() {
            Some(voice) => voice.0.len(),
            None => 0,
        };
        let (name, sha256) = &self.embedding_file;
        let signature = self.embedder.signature();
        let model = VoiceModel::of(name, dim, sha256, &signature.front_end)?;
        match signature.curve {
            Some(curve) => model.with_curve(curve),
            None => Ok(model),
        }
    }

    /// Pieces as long as the model wants them, half overlapping and evenly over each stretch (as in GE2E: Wan et al.,
    /// "Generalized end-to-end loss for speaker verification", 2018), their mean weighted by their seconds. A stretch
    /// shorter than a piece is repeated, and left out below 0.4 s; so are silent pieces and those that aren't finite.
    /// The least is 3 s in all. Of more than 1000 pieces as many are taken evenly, and count alone.
    fn voiceprint(
        &mut self,
        audio: AudioView<'_>,
        spans: &[TimeSpan],
        ctx: &Context<'_>,
    ) -> Result<Option<Voiceprint>> {
        let whole = audio.duration();
        let pieces = pieces(spans, whole, self.embedder.signature().span);
        let total = pieces.len().max(1) as f64;
        let mut heard: Vec<(TimeSpan, Embedding)> = Vec::with_capacity(pieces.len());
        for (at, batch) in pieces.chunks(BATCH).enumerate() {
            ctx.tick(Stage::Diarize, (at * BATCH) as f64 / total)?;
            let sounds: Vec<(TimeSpan, Vec<f32>)> = batch
                .iter()
                .map(|piece| (*piece, audio.slice(*piece).to_vec()))
                .filter(|(_, sound)| {
                    sound.iter().all(|s| s.is_finite()) && sound.iter().any(|s| s.abs() >= SILENCE)
                })
                .collect();
            let (spans, sounds): (Vec<TimeSpan>, Vec<Vec<f32>>) = sounds.into_iter().unzip();
            let voices = self.embed_sounds(&sounds)?;
            heard.extend(spans.into_iter().zip(voices));
        }
        ctx.tick(Stage::Diarize, 1.0)?;
        heard.retain(|(_, voice)| voice.0.iter().any(|v| *v != 0.0));
        Ok(mean(&heard))
    }
}

/// The mean of the pieces, weighted by their seconds; `None` for less than [`LEAST`].
fn mean(pieces: &[(TimeSpan, Embedding)]) -> Option<Voiceprint> {
    let spans: Vec<TimeSpan> = pieces.iter().map(|(span, _)| *span).collect();
    let seconds: f64 = merge_spans(&spans, 0.0)
        .iter()
        .map(TimeSpan::duration)
        .sum();
    // Rounding must not take away what is exactly enough.
    if seconds < LEAST - 1e-6 {
        return None;
    }
    let dim = pieces.first()?.1.0.len();
    let (mut sum, mut weight) = (vec![0.0_f64; dim], 0.0);
    for (span, voice) in pieces {
        weight += span.duration();
        for (s, v) in sum.iter_mut().zip(&voice.0) {
            *s += span.duration() * f64::from(*v);
        }
    }
    let mean = sum.iter().map(|s| (s / weight) as f32).collect();
    Some(Voiceprint {
        voice: Embedding::normalised(mean)?,
        seconds,
    })
}

/// Pieces of `length` seconds, half overlapping, evenly over each stretch, with the first and the last at its ends;
/// inside `[0, whole)`.
fn pieces(spans: &[TimeSpan], whole: f64, length: f64) -> Vec<TimeSpan> {
    let inside: Vec<TimeSpan> = spans
        .iter()
        .filter(|span| !span.start.is_nan() && !span.end.is_nan())
        .map(|span| TimeSpan::new(span.start.max(0.0), span.end.min(whole)))
        .filter(|span| span.duration() > 0.0)
        .collect();
    // A sample's time is too short to be a pause.
    let stretches: Vec<TimeSpan> = merge_spans(&inside, 1.0 / f64::from(SAMPLE_RATE))
        .into_iter()
        .filter(|span| span.duration() >= SHORTEST)
        .collect();
    let hops = |span: &TimeSpan| (2.0 * (span.duration() - length) / length).max(0.0).ceil();
    let total: f64 = stretches.iter().map(|span| hops(span) + 1.0).sum();
    let every = (total / MOST_PIECES as f64).max(1.0);
    let mut pieces = Vec::with_capacity(total.min(MOST_PIECES as f64 + 1.0) as usize);
    // The piece to be taken next, and the one that it is now.
    let (mut next, mut at) = (0.0_f64, 0.0_f64);
    for span in &stretches {
        let hops = hops(span);
        while next < at + hops + 1.0 {
            let hop = (next - at).floor();
            let slack = (span.duration() - length).max(0.0);
            let start = span.start + slack * hop / hops.max(1.0);
            pieces.push(TimeSpan::new(start, (start + length).min(span.end)));
            next += every;
        }
        at += hops + 1.0;
    }
    pieces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn seconds(pieces: &[TimeSpan]) -> f64 {
        let merged = merge_spans(pieces, 0.0);
        merged.iter().map(TimeSpan::duration).sum()
    }

    #[test]
    fn pieces_lie_evenly_from_end_to_end() {
        let found = pieces(&[TimeSpan::new(1.0, 5.0)], 10.0, 1.6);
        let starts = found.iter().map(|p| p.start);
        let want = [1.0, 1.8, 2.6, 3.4];
        assert!(
            starts.zip(want).all(|(a, b)| (a - b).abs() < 1e-9),
            "{found:?}"
        );
        assert_eq!(found.len(), want.len());
        assert!((found[3].end - 5.0).abs() < 1e-9);
        assert_eq!(
            pieces(&[TimeSpan::new(1.0, 2.0)], 10.0, 1.6),
            [TimeSpan::new(1.0, 2.0)]
        );
        assert_eq!(pieces(&[TimeSpan::new(1.0, 1.3)], 10.0, 1.6), []);
    }

    #[test]
    fn hours_are_taken_evenly() {
        let found = pieces(&[TimeSpan::new(0.0, 28_800.0)], 28_800.0, 1.6);
        assert!((990..=1001).contains(&found.len()), "{}", found.len());
        assert!(found.last().unwrap().end > 28_700.0);
        let gaps = found.windows(2).map(|w| w[1].start - w[0].start);
        assert!(gaps.fold(0.0, f64::max) < 31.0);
    }

    #[test]
    fn the_mean_is_weighted_by_seconds_and_needs_enough_of_them() {
        let piece = |start, end, v: [f32; 2]| (TimeSpan::new(start, end), Embedding(v.to_vec()));
        let print = mean(&[piece(0.0, 3.0, [1.0, 0.0]), piece(5.0, 6.0, [0.0, 1.0])]).unwrap();
        assert!((print.voice.0[0] / print.voice.0[1] - 3.0).abs() < 1e-5);
        assert_eq!(print.seconds, 4.0);
        assert_eq!(mean(&[piece(0.0, 2.9, [1.0, 0.0])]), None);
        assert!(mean(&[piece(0.0, 3.0, [1.0, 0.0])]).is_some());
        assert_eq!(mean(&[]), None);
        let print = format!("{print:?}");
        assert!(
            print.contains("dim: 2") && !print.contains("0.9"),
            "{print}"
        );
    }

    proptest! {
        #[test]
        fn pieces_cover_the_speech_and_nothing_else(
            spans in proptest::collection::vec((-5.0..120.0_f64, 0.0..30.0_f64), 0..20),
            length in 0.2..5.0_f64,
        ) {
            let spans: Vec<TimeSpan> = spans.iter().map(|(s, l)| TimeSpan::new(*s, s + l)).collect();
            let found = pieces(&spans, 100.0, length);
            let cut: Vec<TimeSpan> = spans.iter().map(|s| TimeSpan::new(s.start.max(0.0), s.end.min(100.0))).collect();
            let kept: Vec<TimeSpan> = merge_spans(&cut, 1.0 / f64::from(SAMPLE_RATE))
                .into_iter().filter(|s| s.duration() >= SHORTEST).collect();
            prop_assert!(found.iter().all(|p| kept.iter().any(|s| s.start - 1e-9 <= p.start && p.end <= s.end + 1e-9)));
            prop_assert!(found.iter().all(|p| p.duration() <= length + 1e-9));
            prop_assert!(found.len() <= MOST_PIECES + kept.len());
            if found.len() < MOST_PIECES {
                prop_assert!((seconds(&found) - seconds(&kept)).abs() < 1e-3);
            }
        }

        #[test]
        fn times_that_cannot_be_give_nothing_outside(start: f64, end: f64) {
            for piece in pieces(&[TimeSpan::new(start, end)], 60.0, 1.6) {
                prop_assert!(0.0 <= piece.start && piece.start < piece.end && piece.end <= 60.0);
            }
        }
    }
}

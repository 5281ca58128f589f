//! Voices of models that take no mask: the sound under the mask is cut out and put together.

use super::super::embedding::Embedder;
use crate::error::Result;

/// The voice of the frames of `window` under the mask; `None` where they are too few.
///
/// The mask is stretched to the samples, as pyannote.audio does for such models; a model of filter banks gets the
/// frames under it, and one of waveforms the samples, in pieces as long as it was trained on, of whose vectors the mean
/// is taken.
pub(super) fn voice(
    embedder: &mut Embedder,
    window: &[f32],
    mask: &[bool],
) -> Result<Option<Vec<f32>>> {
    let least =
        (embedder.signature().least * f64::from(crate::audio::SAMPLE_RATE)).round() as usize;
    if let Some(fbank) = embedder.fbank() {
        let (frames, features) = fbank.features(window);
        let bins = fbank.bins();
        let kept: Vec<f32> = (0..frames)
            .filter(|f| under(mask, *f, frames))
            .filter_map(|f| features.get(f * bins..(f + 1) * bins))
            .flatten()
            .copied()
            .collect();
        let count = kept.len() / bins;
        if count == 0 || count < fbank.frames(least) {
            return Ok(None);
        }
        return Ok(embedder.run(&[1, count, bins], &kept)?.pop());
    }
    let mut sound: Vec<f32> = (0..window.len())
        .filter(|s| under(mask, *s, window.len()))
        .filter_map(|s| window.get(s))
        .copied()
        .collect();
    if sound.is_empty() || sound.len() < least {
        return Ok(None);
    }
    embedder.level(&mut sound);
    let (span, hop) = (embedder.span(), embedder.hop());
    if sound.len() < span {
        sound = sound.iter().copied().cycle().take(span).collect();
    }
    let pieces: Vec<&[f32]> = sound.windows(span).step_by(hop).collect();
    Ok(mean(&embedder.embed(&pieces)?))
}

/// Whether the element `at` of `length` lies under the mask: the nearest of its frames, as torch's `interpolate` has it.
pub(super) fn under(mask: &[bool], at: usize, length: usize) -> bool {
    // torch multiplies by a scale of 32 bits.
    let scale = mask.len() as f32 / length.max(1) as f32;
    let frame = ((at as f32 * scale) as usize).min(mask.len().saturating_sub(1));
    mask.get(frame).copied().unwrap_or(false)
}

/// The mean of vectors, of unit length.
pub(super) fn mean(voices: &[Vec<f32>]) -> Option<Vec<f32>> {
    let mut sum = vec![0.0_f64; voices.first()?.len()];
    for voice in voices {
        sum.iter_mut()
            .zip(voice)
            .for_each(|(s, v)| *s += f64::from(*v));
    }
    let norm = sum.iter().map(|s| s * s).sum::<f64>().sqrt();
    (norm > 0.0 && norm.is_finite()).then(|| sum.iter().map(|s| (s / norm) as f32).collect())
}

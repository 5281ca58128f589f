//! Voices of models that end in statistics over time: the trunk runs once a window, and the statistics are taken once a
//! mask, as pyannote.audio takes them (`StatsPool`).

use super::super::embedding::Embedder;
use super::cut::under;
use crate::error::{Error, Result, Stage};
use crate::models::Pooling;

/// What the trunk makes of a sound: `[frames × channels]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Frames {
    pub(super) values: Vec<f32>,
    pub(super) channels: usize,
}

impl Frames {
    /// From values by channel, `[channels × frames]`: statistics are taken over some of the frames.
    pub(super) fn by_channel(values: &[f32], channels: usize) -> Self {
        let count = values.len() / channels.max(1);
        let mut by_frame = vec![0.0_f32; count * channels];
        for (channel, row) in values.chunks(count.max(1)).enumerate() {
            for (t, value) in row.iter().enumerate() {
                by_frame[t * channels + channel] = *value;
            }
        }
        Self {
            values: by_frame,
            channels,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.values.len() / self.channels.max(1)
    }

    pub(super) fn frame(&self, frame: usize) -> &[f32] {
        let from = frame * self.channels;
        self.values
            .get(from..from + self.channels)
            .unwrap_or_default()
    }
}

/// Runs the trunk over the features of one sound, `[frames × bins]`.
pub(super) fn run(
    embedder: &mut Embedder,
    pooling: &Pooling,
    features: &[f32],
    bins: usize,
) -> Result<Frames> {
    let shape = [1, features.len() / bins.max(1), bins];
    let (shape, values) = embedder.raw(&shape, features, &pooling.trunk)?;
    let (channels, count) = (pooling.channels(), shape.last().copied().unwrap_or(0));
    if count == 0 || channels * count != values.len() || shape.first() != Some(&1) {
        let reason = format!(
            "the model's frames are {shape:?}, and its last layer takes {channels} channels"
        );
        return Err(Error::backend(Stage::Diarize, "onnx", reason));
    }
    Ok(Frames::by_channel(&values, channels))
}

/// Whether the network does end in this pooling: trunk and pooling give what the whole gives.
pub(super) fn is_so(
    embedder: &mut Embedder,
    pooling: &Pooling,
    features: &[f32],
    bins: usize,
) -> bool {
    let shape = [1, features.len() / bins.max(1), bins];
    let (Ok(whole), Ok(frames)) = (
        embedder.run(&shape, features),
        run(embedder, pooling, features, bins),
    ) else {
        return false;
    };
    let Some(whole) = whole.first() else {
        return false;
    };
    let got = voice(pooling, &frames, &[true]);
    let apart = whole
        .iter()
        .zip(&got)
        .map(|(a, b)| f64::from(a - b).powi(2));
    let length = whole.iter().map(|a| f64::from(*a).powi(2));
    // The deviations of WeSpeaker's own graphs have 1e-7 more under the root.
    got.len() == whole.len() && apart.sum::<f64>() <= 1e-4 * length.sum::<f64>()
}

/// The voice of the frames under a mask that is stretched over them.
pub(super) fn voice(pooling: &Pooling, frames: &Frames, mask: &[bool]) -> Vec<f32> {
    let count = frames.count();
    let chosen: Vec<&[f32]> = (0..count)
        .filter(|t| under(mask, *t, count))
        .map(|t| frames.frame(t))
        .collect();
    pooled(pooling, &chosen)
}

/// The last layer over mean and standard deviation (unbiased) of some frames.
pub(super) fn pooled(pooling: &Pooling, frames: &[&[f32]]) -> Vec<f32> {
    let channels = pooling.channels();
    let count = frames.len() as f32;
    let mut statistics = vec![0.0_f32; 2 * channels];
    let (mean, deviation) = statistics.split_at_mut(channels);
    for frame in frames {
        mean.iter_mut().zip(*frame).for_each(|(m, v)| *m += v);
    }
    mean.iter_mut().for_each(|m| *m /= count + 1e-8);
    for frame in frames {
        for ((d, m), v) in deviation.iter_mut().zip(&*mean).zip(*frame) {
            *d += (v - m) * (v - m);
        }
    }
    let total = count + 1e-8;
    let freedom = total - count / total + 1e-8;
    deviation
        .iter_mut()
        .for_each(|d| *d = (*d / freedom).max(0.0).sqrt());
    pooling
        .weight
        .chunks(2 * channels)
        .zip(&pooling.bias)
        .map(|(row, bias)| dot(row, &statistics) + bias)
        .collect()
}

/// With sums apart, which the compiler adds up side by side.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

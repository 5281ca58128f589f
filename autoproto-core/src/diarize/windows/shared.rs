//! Fast: what windows have in common is looked at once.
//!
//! Windows of ten seconds every second look at each second ten times. Here the model looks at the whole recording once,
//! and the voice under a mask is put together from what it saw there: not to the last bit what it would have seen in the
//! window alone, since it hears a little further, and features are centred over another stretch.

use super::super::embedding::Embedder;
use super::super::fbank::HOP;
use super::mel::Mel;
use super::trunk::{self, Frames, pooled};
use crate::audio::AudioView;
use crate::error::Result;
use crate::models::Pooling;

/// Features of a block, and those heard before and after it so that its ends are as its middle: 30 s and 1.28 s.
const BLOCK: usize = 3008;
const MARGIN: usize = 128;

/// The trunk's frames of the recording, as far as windows still to come need them.
#[derive(Default)]
pub(super) struct SharedTrunk {
    /// The frame with which `frames` begins.
    first: usize,
    frames: Frames,
    /// Features to a frame of the trunk; 0 before the first block.
    stride: usize,
    blocks: usize,
}

impl SharedTrunk {
    /// The voice under the mask of a window of `length` samples from `start` on; windows come in order.
    pub(super) fn voice(
        &mut self,
        (embedder, pooling, mel): (&mut Embedder, &Pooling, &mut Mel),
        audio: AudioView<'_>,
        (start, length): (usize, usize),
        mask: &[bool],
    ) -> Result<Vec<f32>> {
        let (from, to) = (start.div_ceil(HOP), (start + length) / HOP);
        while self.blocks * BLOCK < to {
            self.block(embedder, pooling, mel, audio)?;
        }
        self.forget(from);
        let width = (length / HOP) as f64;
        let under = |frame: usize| {
            let at = (frame * self.stride) as f64 - start as f64 / HOP as f64;
            let index = (at / width * mask.len() as f64) as usize;
            at >= 0.0 && mask.get(index).copied().unwrap_or(false)
        };
        let end = self.first + self.frames.count();
        let chosen: Vec<&[f32]> = (from.div_ceil(self.stride).max(self.first)..end)
            .take_while(|frame| frame * self.stride < to)
            .filter(|frame| under(*frame))
            .map(|frame| self.frames.frame(frame - self.first))
            .collect();
        Ok(pooled(pooling, &chosen))
    }

    fn block(
        &mut self,
        embedder: &mut Embedder,
        pooling: &Pooling,
        mel: &mut Mel,
        audio: AudioView<'_>,
    ) -> Result<()> {
        let begin = self.blocks * BLOCK;
        let lead = begin.min(MARGIN);
        let bins = mel.bins();
        // The last block is no longer than the sound is.
        let there = (audio.len() / HOP + 1)
            .saturating_sub(begin)
            .clamp(MARGIN, BLOCK);
        let count = lead + there + MARGIN;
        let samples = (count - 1) * HOP + super::super::fbank::FRAME;
        let features = mel.window(audio, (begin - lead) * HOP, samples);
        let seen = trunk::run(embedder, pooling, &features, bins)?;
        if self.stride == 0 {
            self.stride = (count as f64 / seen.count().max(1) as f64).round().max(1.0) as usize;
            self.frames.channels = seen.channels;
        }
        let (skip, keep) = (lead / self.stride, BLOCK / self.stride);
        let values = seen.values.get(skip * seen.channels..).unwrap_or_default();
        let kept = (keep * seen.channels).min(values.len());
        self.frames.values.extend(&values[..kept]);
        self.blocks += 1;
        // Frames past the end are silence that nobody's mask is over, but the count must stay right.
        let whole = (self.blocks * BLOCK / self.stride - self.first) * seen.channels;
        self.frames.values.resize(whole, 0.0);
        Ok(())
    }

    /// Drops what lies before the feature `from`.
    fn forget(&mut self, from: usize) {
        let passed = (from / self.stride.max(1)).saturating_sub(self.first);
        let gone = (passed * self.frames.channels).min(self.frames.values.len());
        // Moving what stays costs more than holding a little more.
        if gone > self.frames.values.len() / 2 {
            self.frames.values.drain(..gone);
            self.first += passed;
        }
    }
}

/// Masks that have so much in common hear the same: frames of both over frames of either.
const ALIKE: f64 = 0.9;

/// The voices of masks of the windows before, by what they hear of the recording.
#[derive(Default)]
pub(super) struct SharedCuts {
    /// The first and the last frame of the recording that a mask hears, the frames from the first on, and the voice.
    heard: std::collections::VecDeque<(usize, Vec<bool>, Option<Vec<f32>>)>,
}

impl SharedCuts {
    /// The voice of an earlier mask that hears almost the same; `first` is the frame of the recording at which the window
    /// begins. Windows come in order.
    pub(super) fn voice(&mut self, first: usize, mask: &[bool]) -> Option<Option<Vec<f32>>> {
        while self
            .heard
            .front()
            .is_some_and(|(start, mask, _)| start + mask.len() <= first)
        {
            self.heard.pop_front();
        }
        let own = mask.iter().filter(|m| **m).count();
        let alike = |start: usize, other: &[bool]| -> f64 {
            let theirs = other.iter().filter(|m| **m).count();
            let both = (0..mask.len())
                .filter(|t| mask[*t])
                .filter(|t| {
                    let at = (first + t).checked_sub(start);
                    at.and_then(|at| other.get(at)).copied().unwrap_or(false)
                })
                .count();
            both as f64 / (own + theirs - both).max(1) as f64
        };
        self.heard
            .iter()
            .rev()
            .find(|(start, other, _)| alike(*start, other) >= ALIKE)
            .map(|(_, _, voice)| voice.clone())
    }

    pub(super) fn keep(&mut self, first: usize, mask: Vec<bool>, voice: Option<Vec<f32>>) {
        self.heard.push_back((first, mask, voice));
    }
}

//! Fast: what overlapping windows have in common is looked at once.
//!
//! Windows of ten seconds every second look at each second ten times. Here every third window is looked at, and the two
//! beside it hear through it. What a network makes of a frame depends a little on the window: features are centred over
//! it, and the trunk takes every eighth frame from its beginning on, which is why windows begin on those. (A pass over the
//! whole recording in longer blocks would be cheaper still, but centred over those, voices are no longer the same.)

use super::super::embedding::Embedder;
use super::mel::Mel;
use super::trunk::{self, Frames, pooled};
use crate::audio::AudioView;
use crate::error::Result;
use crate::models::Pooling;

/// One window of so many is looked at; those up to half as many away hear through it.
const EVERY: usize = 3;

/// The window last looked at, and what the trunk made of it.
#[derive(Default)]
pub(super) struct SharedTrunk {
    seen: Option<(usize, Frames)>,
}

/// A window of a recording: its number, the samples from one to the next and in it, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) window: usize,
    pub(super) step: usize,
    pub(super) length: usize,
    pub(super) count: usize,
}

impl Place {
    fn start(&self) -> usize {
        self.window * self.step
    }

    /// The window that this one hears through: the nearest that is looked at.
    fn seen(&self) -> Self {
        let nearest = (self.window + EVERY / 2) / EVERY * EVERY;
        Self {
            window: nearest.min(self.count.saturating_sub(1)),
            ..*self
        }
    }
}

impl SharedTrunk {
    /// The voice under the mask of a window; windows come in order.
    pub(super) fn voice(
        &mut self,
        (embedder, pooling, mel): (&mut Embedder, &Pooling, &mut Mel),
        audio: AudioView<'_>,
        place: Place,
        mask: &[bool],
    ) -> Result<Vec<f32>> {
        let through = place.seen();
        if self
            .seen
            .as_ref()
            .is_none_or(|(of, _)| *of != through.window)
        {
            let bins = mel.bins();
            let features = mel.window(audio, through.start(), through.length);
            let frames = trunk::run(embedder, pooling, &features, bins)?;
            self.seen = Some((through.window, frames));
        }
        if let Some((_, frames)) = &self.seen {
            let chosen = heard(frames, place, through, mask);
            if !chosen.is_empty() {
                return Ok(pooled(pooling, &chosen));
            }
        }
        // What speaks only at the end that the other window lacks is heard by itself.
        let bins = mel.bins();
        let features = mel.apart(audio, place.start(), place.length);
        let frames = trunk::run(embedder, pooling, &features, bins)?;
        Ok(trunk::voice(pooling, &frames, mask))
    }
}

/// The frames of one window that lie under the mask of another.
fn heard<'f>(frames: &'f Frames, place: Place, through: Place, mask: &[bool]) -> Vec<&'f [f32]> {
    let count = frames.count();
    // In frames of the trunk, of which a window has `count`.
    let later = (place.start() as f64 - through.start() as f64) / place.length as f64;
    (0..count)
        .filter(|frame| {
            let at = (*frame as f64 / count as f64 - later) * mask.len() as f64;
            at >= 0.0 && mask.get(at as usize).copied().unwrap_or(false)
        })
        .map(|frame| frames.frame(frame))
        .collect()
}

/// Masks that have so much in common hear the same: frames of both over frames of either.
const ALIKE: f64 = 0.97;

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

//! What the segmentation says of the recording: the mean over the windows that hold a frame.

use super::super::frames::FrameGrid;
use super::super::powerset::{CLASSES, FrameActivity, LOCAL, decode};

/// What the model says of the recording.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    pub(super) grid: FrameGrid,
    /// Frames from one window to the next.
    pub(super) step: usize,
    /// How much each local speaker speaks, window by window, in 255ths of a probability; `None` where nobody speaks in
    /// the window, `[frames, 3]` elsewhere.
    pub(super) windows: Vec<Option<Vec<[u8; LOCAL]>>>,
    /// That anyone speaks, by frame.
    pub(super) speech: Vec<f32>,
    /// That two speak at once, likewise.
    pub(super) overlap: Vec<f32>,
}

/// Overlap-add of windows that come one by one.
pub(super) struct Gathering {
    activity: Activity,
    seen: Vec<f32>,
    /// Frames in a window.
    length: usize,
}

impl Gathering {
    /// Over `frames`; windows are `length` frames long and begin every `step` frames.
    pub(super) fn new(grid: FrameGrid, frames: usize, length: usize, step: usize) -> Self {
        Self {
            activity: Activity {
                grid,
                step,
                windows: Vec::new(),
                speech: vec![0.0; frames],
                overlap: vec![0.0; frames],
            },
            seen: vec![0.0; frames],
            length,
        }
    }

    /// The next window: its log-probabilities, `[frames × classes]`, or nothing where nobody speaks in it.
    pub(super) fn add(&mut self, scores: Option<&[f32]>) {
        let all = &mut self.activity;
        let start = all.windows.len() * all.step;
        let Some(scores) = scores else {
            let skipped = self.seen.iter_mut().skip(start).take(self.length);
            skipped.for_each(|seen| *seen += 1.0);
            all.windows.push(None);
            return;
        };
        let frames: Vec<FrameActivity> = scores.chunks(CLASSES).map(decode).collect();
        for (t, frame) in (start..self.seen.len()).zip(&frames) {
            all.speech[t] += frame.speech;
            all.overlap[t] += frame.overlap;
            self.seen[t] += 1.0;
        }
        let rounded = |p: f32| (p.clamp(0.0, 1.0) * 255.0).round() as u8;
        all.windows
            .push(Some(frames.iter().map(|f| f.local.map(rounded)).collect()));
    }

    pub(super) fn finish(mut self) -> Activity {
        for (t, seen) in self.seen.iter().enumerate() {
            self.activity.speech[t] /= seen.max(1.0);
            self.activity.overlap[t] /= seen.max(1.0);
        }
        self.activity
    }
}

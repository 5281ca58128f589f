//! Who of the three local speakers speaks in each frame of each window.

use super::super::frames::FrameGrid;
use super::super::powerset::{CLASSES, LOCAL, hardest};
use super::super::segmentation::Windows;

/// Decisions of the segmentation: bit `k` of a frame is local speaker `k`, `[windows × frames]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    pub(super) grid: FrameGrid,
    pub(super) windows: Windows,
    /// Frames in a window.
    pub(super) frames: usize,
    bits: Vec<u8>,
}

impl Activity {
    /// Nothing yet of these windows.
    pub(super) fn new(grid: FrameGrid, windows: Windows) -> Self {
        Self {
            grid,
            windows,
            frames: 0,
            bits: Vec::new(),
        }
    }

    /// The next window's log-probabilities, `[frames × classes]`; nothing for one that was passed over.
    pub(super) fn add(&mut self, scores: Option<&[f32]>) {
        let before = self.count();
        match scores {
            Some(scores) => {
                if self.frames == 0 {
                    self.frames = scores.len() / CLASSES;
                    self.bits.resize(before * self.frames, 0);
                }
                let frames = scores.chunks(CLASSES).map(hardest);
                self.bits.extend(frames.take(self.frames));
                self.bits.resize((before + 1) * self.frames, 0);
            }
            None if self.frames == 0 => self.bits.push(0),
            None => self.bits.resize((before + 1) * self.frames, 0),
        }
    }

    /// How many windows there are so far; those before the first that was heard are one byte each.
    fn count(&self) -> usize {
        self.bits.len() / self.frames.max(1)
    }

    /// The frames of a window.
    pub(super) fn window(&self, window: usize) -> &[u8] {
        let from = window * self.frames;
        self.bits.get(from..from + self.frames).unwrap_or_default()
    }

    /// The frame of the whole recording at which a window begins.
    pub(super) fn first(&self, window: usize) -> usize {
        self.grid.nearest(self.windows.start(window))
    }

    /// Frames of the whole recording, to the end of the last window.
    pub(super) fn total(&self) -> usize {
        let end = self.windows.start(self.windows.count.saturating_sub(1)) + self.windows.length;
        self.grid.nearest(end) + 1
    }

    /// How many speak at once in each frame of the recording: the rounded mean over the windows that hold it.
    pub(super) fn speakers(&self) -> Vec<u8> {
        let (mut sum, mut seen) = (vec![0_u32; self.total()], vec![0_u32; self.total()]);
        for window in 0..self.windows.count {
            let first = self.first(window);
            for (t, frame) in (first..).zip(self.window(window)) {
                if let (Some(sum), Some(seen)) = (sum.get_mut(t), seen.get_mut(t)) {
                    *sum += frame.count_ones();
                    *seen += 1;
                }
            }
        }
        sum.iter()
            .zip(&seen)
            .map(|(sum, seen)| (*sum as f32 / (*seen).max(1) as f32).round_ties_even() as u8)
            .collect()
    }

    /// Frames in which a local speaker of a window speaks, and those in which it speaks alone.
    pub(super) fn spoken(&self, window: usize, local: usize) -> (usize, usize) {
        let mut spoken = (0, 0);
        for frame in self.window(window) {
            if frame >> local & 1 == 1 {
                spoken.0 += 1;
                spoken.1 += usize::from(frame.count_ones() == 1);
            }
        }
        spoken
    }

    /// Which frames say how a local speaker sounds: those in which it speaks alone, or, where they are not more than
    /// `least`, all in which it speaks; `None` for one that is silent.
    pub(super) fn mask(&self, window: usize, local: usize, least: usize) -> Option<Vec<bool>> {
        let (all, alone) = self.spoken(window, local);
        if all == 0 {
            return None;
        }
        let (bit, clean) = (1_u8 << local, alone > least);
        let used = |frame: &u8| frame & bit != 0 && (!clean || *frame == bit);
        Some(self.window(window).iter().map(used).collect())
    }

    /// The windows and local speakers of whom there is enough to tell speakers by: a fifth of the window alone.
    pub(super) fn tells(&self, window: usize, local: usize) -> bool {
        debug_assert!(local < LOCAL);
        self.spoken(window, local).1 as f64 >= TELLING * self.frames as f64
    }
}

/// The share of a window.
const TELLING: f64 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of five frames in which these speak.
    fn heard(windows: &[Option<[u8; 5]>]) -> Activity {
        let shift = 100;
        let plan = Windows {
            length: 500,
            step: 200,
            count: windows.len(),
        };
        let mut activity = Activity::new(FrameGrid::new(shift, shift), plan);
        let class = [0, 1, 2, 4, 3, 5, 6]; // the sets as bits
        for window in windows {
            let scores = window.map(|frames| {
                let mut scores = vec![-9.0_f32; 5 * CLASSES];
                for (t, bits) in frames.iter().enumerate() {
                    let at = class.iter().position(|c| c == bits).unwrap_or(0);
                    scores[t * CLASSES + at] = 0.0;
                }
                scores
            });
            activity.add(scores.as_deref());
        }
        activity
    }

    #[test]
    fn windows_that_were_passed_over_are_silent() {
        let activity = heard(&[None, None, Some([1, 1, 3, 0, 2]), None]);
        assert_eq!(activity.window(1), [0; 5]);
        assert_eq!(activity.window(2), [1, 1, 3, 0, 2]);
        assert_eq!(activity.window(3), [0; 5]);
        assert_eq!(activity.total(), 12);
        // Frame 4 is in windows 0, 1 and 2: one of three says that someone speaks.
        assert_eq!(activity.speakers(), [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn overlap_is_left_out_of_a_mask_unless_too_little_is_left() {
        let activity = heard(&[Some([1, 1, 3, 0, 2])]);
        assert_eq!(activity.spoken(0, 0), (3, 2));
        let mask = |least| {
            activity
                .mask(0, 0, least)
                .map(|m| m.iter().filter(|b| **b).count())
        };
        assert_eq!((mask(1), mask(2)), (Some(2), Some(3)));
        assert_eq!(activity.mask(0, 2, 0), None);
        assert!(activity.tells(0, 0) && activity.tells(0, 1) && !activity.tells(0, 2));
    }
}

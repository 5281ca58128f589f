//! The frames of the segmentation model as a grid over the whole recording.

/// Frames and the samples they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameGrid {
    /// Samples from one frame to the next.
    shift: usize,
    /// Where the first frame's share of the samples begins: its centre less half a shift.
    offset: usize,
    /// Samples that a frame looks at.
    field: usize,
}

/// A stretch of frames, `[start, end)`.
pub(super) type Run = (usize, usize);

impl FrameGrid {
    /// From the model's shift and receptive field, in samples.
    pub(super) fn new(shift: usize, receptive_field: usize) -> Self {
        Self {
            shift: shift.max(1),
            offset: receptive_field.saturating_sub(shift) / 2,
            field: receptive_field,
        }
    }

    /// The frame whose receptive field begins nearest to a sample.
    pub(super) fn nearest(&self, sample: usize) -> usize {
        (sample as f64 / self.shift as f64).round_ties_even() as usize
    }

    /// The middle of a frame's receptive field, in seconds.
    pub(super) fn middle(&self, frame: usize) -> f64 {
        let samples = (frame * self.shift) as f64 + self.field as f64 / 2.0;
        samples / f64::from(crate::audio::SAMPLE_RATE)
    }

    /// Where a frame begins, in samples.
    pub(super) fn sample(&self, frame: usize) -> usize {
        frame * self.shift + self.offset
    }

    /// Where a frame begins, in seconds.
    pub(super) fn seconds(&self, frame: usize) -> f64 {
        self.sample(frame) as f64 / f64::from(crate::audio::SAMPLE_RATE)
    }

    /// The number of frames nearest to so many seconds.
    pub(super) fn frames(&self, seconds: f64) -> usize {
        (seconds / self.length()).round() as usize
    }

    /// Seconds in a frame.
    pub(super) fn length(&self) -> f64 {
        self.shift as f64 / f64::from(crate::audio::SAMPLE_RATE)
    }

    /// Samples in a frame.
    pub(super) fn shift(&self) -> usize {
        self.shift
    }
}

/// Where `active` holds.
pub(super) fn runs(active: impl IntoIterator<Item = bool>) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut open = false;
    for (i, on) in active.into_iter().enumerate() {
        match (on, found.last_mut()) {
            (true, Some(last)) if open => last.1 = i + 1,
            (true, _) => found.push((i, i + 1)),
            _ => {}
        }
        open = on;
    }
    found
}

/// Joins runs less than `gap` frames apart, then drops those shorter than `shortest`.
pub(super) fn join(runs: &[Run], gap: usize, shortest: usize) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for &(start, end) in runs {
        match joined.last_mut() {
            Some(last) if start - last.1 < gap => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    joined.retain(|(start, end)| end - start >= shortest);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_joined_and_dropped() {
        let active = [true, true, false, true, false, false, false, true].map(|b| b);
        assert_eq!(runs(active), [(0, 2), (3, 4), (7, 8)]);
        assert_eq!(join(&runs(active), 2, 2), [(0, 4)]);
    }
}

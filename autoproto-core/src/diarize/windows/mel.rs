//! Filter banks of the windows of a recording, each frame computed once though windows overlap.

use super::super::fbank::{FRAME, Fbank, HOP};
use super::super::segmentation::copy;
use crate::audio::AudioView;
use crate::models::FbankSignature;

/// Frames of the recording from `first` on, as far as windows still to come need them.
pub(super) struct Mel {
    fbank: Fbank,
    first: usize,
    values: Vec<f32>,
}

impl Mel {
    pub(super) fn new(signature: &FbankSignature) -> Self {
        Self {
            fbank: Fbank::new(signature),
            first: 0,
            values: Vec::new(),
        }
    }

    pub(super) fn bins(&self) -> usize {
        self.fbank.bins()
    }

    /// The features of `length` samples from `start` on, silence past the end, `[frames × bins]`; windows come in order.
    pub(super) fn window(&mut self, audio: AudioView<'_>, start: usize, length: usize) -> Vec<f32> {
        if !start.is_multiple_of(HOP) || !self.fbank.is_local() {
            return self.apart(audio, start, length);
        }
        let mut features = self.shared(audio, start / HOP, self.fbank.frames(length));
        self.fbank.centre(&mut features);
        features
    }

    /// The same of a window out of order.
    pub(super) fn apart(&self, audio: AudioView<'_>, start: usize, length: usize) -> Vec<f32> {
        let mut sound = vec![0.0; length];
        copy(audio, start, &mut sound);
        self.fbank.features(&sound).1
    }

    fn shared(&mut self, audio: AudioView<'_>, from: usize, frames: usize) -> Vec<f32> {
        let bins = self.bins();
        let held = self.values.len() / bins;
        if from < self.first || from > self.first + held {
            self.values.clear();
            self.first = from;
        } else {
            self.values.drain(..(from - self.first) * bins);
            self.first = from;
        }
        let next = from + self.values.len() / bins;
        let missing = (from + frames).saturating_sub(next);
        if missing > 0 {
            let mut sound = vec![0.0; (missing - 1) * HOP + FRAME];
            copy(audio, next * HOP, &mut sound);
            self.values.extend(self.fbank.log_mel(&sound));
        }
        self.values[..(frames * bins).min(self.values.len())].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_frames_are_those_of_each_window_alone() {
        let sound: Vec<f32> = (0..40_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5)
            .collect();
        let audio = AudioView::new(&sound);
        let mut mel = Mel::new(&FbankSignature::default());
        for start in [0, 1600, 3200, 16_000, 8000, 33_600, 33_601] {
            let got = mel.window(audio, start, 16_000);
            let mut alone = vec![0.0; 16_000];
            copy(audio, start, &mut alone);
            assert_eq!(got, mel.fbank.features(&alone).1, "from {start}");
        }
    }
}

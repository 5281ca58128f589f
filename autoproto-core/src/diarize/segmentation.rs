//! The segmentation model, window by window over the whole recording.

use super::powerset::CLASSES;
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::SegmentationSignature;
use crate::onnx::{OnnxSession, Tensor};
use crate::types::{ModelInUse, TimeSpan};

/// Windows of equal length over a recording, in samples; the last may reach past its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Windows {
    pub(super) length: usize,
    pub(super) step: usize,
    pub(super) count: usize,
}

impl Windows {
    /// As many as every one of `samples` takes to lie in one, at least one.
    pub(super) fn over(samples: usize, length: usize, step: usize) -> Self {
        let (length, step) = (length.max(1), step.max(1));
        Self {
            length,
            step,
            count: 1 + samples.saturating_sub(length).div_ceil(step),
        }
    }

    /// Where a window begins.
    pub(super) fn start(&self, window: usize) -> usize {
        window * self.step
    }

    /// The seconds of a window.
    pub(super) fn span(&self, window: usize) -> TimeSpan {
        let seconds = |sample: usize| sample as f64 / f64::from(SAMPLE_RATE);
        let start = self.start(window);
        TimeSpan::new(seconds(start), seconds(start + self.length))
    }
}

/// So many seconds in samples.
pub(super) fn samples(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE)).round() as usize
}

/// The sound from `start` on, as long as `out`: silence past the end, and for what is no number.
pub(super) fn copy(audio: AudioView<'_>, start: usize, out: &mut [f32]) {
    let sound = audio.window(start..start + out.len());
    for (slot, sample) in out.iter_mut().zip(sound) {
        *slot = if sample.is_finite() { *sample } else { 0.0 };
    }
    if let Some(rest) = out.get_mut(sound.len()..) {
        rest.fill(0.0);
    }
}

/// The model and how to talk to it.
pub(super) struct Segmenter {
    session: OnnxSession,
    signature: SegmentationSignature,
    /// Windows a run.
    batch: usize,
}

/// What is made of the windows, which come in order; `None` for one that was passed over.
pub(super) type Take<'a> = dyn FnMut(usize, Option<&[f32]>) -> Result<()> + 'a;

impl Segmenter {
    pub(super) fn new(
        session: OnnxSession,
        signature: SegmentationSignature,
        batch: usize,
    ) -> Self {
        Self {
            session,
            signature,
            batch: batch.max(1),
        }
    }

    /// The model and what it runs on, for the report.
    pub(super) fn in_use(&self) -> ModelInUse {
        self.session.in_use()
    }

    pub(super) fn signature(&self) -> &SegmentationSignature {
        &self.signature
    }

    /// Runs the model over the windows that are `wanted` and hands over the log-probabilities of each,
    /// `[frames × classes]`, as soon as they are there.
    pub(super) fn run(
        &mut self,
        audio: AudioView<'_>,
        windows: Windows,
        wanted: &dyn Fn(usize) -> bool,
        ctx: &Context<'_>,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let mut input = vec![0.0_f32; self.batch * windows.length];
        let mut held: Vec<usize> = Vec::with_capacity(self.batch);
        let mut next = 0;
        while next < windows.count {
            ctx.tick(Stage::Diarize, next as f64 / windows.count as f64)?;
            let first = next;
            held.clear();
            while next < windows.count && held.len() < self.batch {
                if wanted(next) {
                    let at = held.len() * windows.length;
                    copy(
                        audio,
                        windows.start(next),
                        &mut input[at..at + windows.length],
                    );
                    held.push(next);
                } else if next - first >= 64 * self.batch {
                    break; // look at the token in long pauses, too
                }
                next += 1;
            }
            let scores = self.scores(&input, held.len(), windows.length)?;
            let mut of_window = scores.chunks((scores.len() / held.len().max(1)).max(1));
            for window in first..next {
                let heard = if held.contains(&window) {
                    of_window.next()
                } else {
                    None
                };
                take(window, heard)?;
            }
        }
        Ok(())
    }

    /// The frames of a window lie as the signature says, or every time would be wrong.
    fn fits(&self, frames: usize, length: usize) -> Result<()> {
        let (shift, field) = (self.signature.frame_shift, self.signature.receptive_field);
        if frames.saturating_mul(shift).abs_diff(length) <= field + 2 * shift {
            return Ok(());
        }
        let reason = format!(
            "the segmentation gave {frames} frames for {length} samples, which are not {shift} samples apart"
        );
        Err(Error::backend(Stage::Diarize, "onnx", reason))
    }

    fn scores(&mut self, input: &[f32], count: usize, length: usize) -> Result<Vec<f32>> {
        if count == 0 {
            return Ok(vec![0.0]);
        }
        let input = (
            self.signature.input.as_str(),
            Tensor::F32(&[count, 1, length], &input[..count * length]),
        );
        let out = self.session.run(&[input], &[&self.signature.output])?;
        match out.into_iter().next() {
            Some((shape, values))
                if shape.len() == 3
                    && shape[0] == count
                    && shape[1] > 0
                    && shape[2] == CLASSES
                    && values.len() == shape.iter().product::<usize>() =>
            {
                self.fits(shape[1], length)?;
                Ok(values)
            }
            other => {
                let shape = other.map(|(shape, _)| shape);
                let reason = format!(
                    "the segmentation gave {shape:?} for {count} windows in place of {CLASSES} classes"
                );
                Err(Error::backend(Stage::Diarize, "onnx", reason))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sample_lies_in_a_window_and_none_is_beyond(samples in 0_usize..2000, length in 1_usize..300, step in 1_usize..300) {
            let step = step.min(length);
            let windows = Windows::over(samples, length, step);
            let last = windows.start(windows.count - 1);
            prop_assert!(last + length >= samples);
            prop_assert!(windows.count == 1 || windows.start(windows.count - 2) + length < samples);
        }
    }

    #[test]
    fn what_is_no_number_and_what_is_past_the_end_is_silence() {
        let sound = [0.5, f32::NAN, f32::INFINITY, -0.25];
        let mut out = [9.0; 6];
        copy(AudioView::new(&sound), 0, &mut out);
        assert_eq!(out, [0.5, 0.0, 0.0, -0.25, 0.0, 0.0]);
        copy(AudioView::new(&sound), 3, &mut out);
        assert_eq!(out, [-0.25, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

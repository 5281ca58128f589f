//! The segmentation model, window by window over the whole recording.

use super::frames::FrameGrid;
use super::powerset::{CLASSES, FrameActivity, LOCAL, decode};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::SegmentationSignature;
use crate::onnx::{OnnxSession, Tensor};
use crate::types::{SpeechRegion, TimeSpan};

/// What the model says of the recording.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segmentation {
    pub(super) grid: FrameGrid,
    /// Frames from one window to the next.
    pub(super) step: usize,
    /// What each local speaker does, window by window; `None` where nobody speaks in the window, `[frames, 3]` elsewhere.
    pub(super) windows: Vec<Option<Vec<[f32; LOCAL]>>>,
    /// That anyone speaks, by frame: the mean over the windows that hold it.
    pub(super) speech: Vec<f32>,
    /// That two speak at once, likewise.
    pub(super) overlap: Vec<f32>,
}

/// Runs the model over every window in which someone speaks; `share` of the stage's progress is this.
pub(super) fn segment(
    session: &mut OnnxSession,
    signature: &SegmentationSignature,
    audio: AudioView<'_>,
    regions: &[SpeechRegion],
    share: f64,
    ctx: &Context<'_>,
) -> Result<Segmentation> {
    let grid = FrameGrid::new(signature.frame_shift, signature.receptive_field);
    // Windows begin on frames, so that the frames of all of them are one grid.
    let step = grid.frames(signature.step).max(1);
    let length = (signature.window * f64::from(SAMPLE_RATE)).round() as usize;
    let total = (audio.len() / grid.shift()).max(1);
    let count = 1 + audio
        .len()
        .saturating_sub(length)
        .div_ceil(step * grid.shift());
    let mut mean = Mean::new(total);
    let mut windows = Vec::with_capacity(count);
    let mut input = vec![0.0_f32; length];
    for i in 0..count {
        ctx.tick(Stage::Diarize, share * i as f64 / count as f64)?;
        let start = i * step * grid.shift();
        let end = (start + length).min(audio.len());
        let span = TimeSpan::new(
            start as f64 / f64::from(SAMPLE_RATE),
            end as f64 / f64::from(SAMPLE_RATE),
        );
        if !regions.iter().any(|r| r.span.overlap(&span) > 0.0) {
            mean.skip(i * step, grid.frames(signature.window));
            windows.push(None);
            continue;
        }
        input[..end - start].copy_from_slice(audio.window(start..end));
        input[end - start..].fill(0.0);
        let out = session.run(
            &[(&signature.input, Tensor::F32(&[1, 1, length], &input))],
            &[&signature.output],
        )?;
        let frames = decode_window(&out)?;
        mean.add(i * step, &frames);
        windows.push(Some(frames.iter().map(|f| f.local).collect()));
    }
    let (speech, overlap) = mean.finish();
    Ok(Segmentation {
        grid,
        step,
        windows,
        speech,
        overlap,
    })
}

fn decode_window(out: &[(Vec<usize>, Vec<f32>)]) -> Result<Vec<FrameActivity>> {
    match out.first() {
        Some((shape, values)) if shape.last() == Some(&CLASSES) => {
            Ok(values.chunks(CLASSES).map(decode).collect())
        }
        other => {
            let shape = other.map(|(shape, _)| shape);
            let reason = format!("the segmentation gave {shape:?} in place of {CLASSES} classes");
            Err(Error::backend(Stage::Diarize, "onnx", reason))
        }
    }
}

/// Overlap-add: the mean over the windows that hold a frame.
struct Mean {
    speech: Vec<f32>,
    overlap: Vec<f32>,
    seen: Vec<f32>,
}

impl Mean {
    fn new(frames: usize) -> Self {
        Self {
            speech: vec![0.0; frames],
            overlap: vec![0.0; frames],
            seen: vec![0.0; frames],
        }
    }

    fn add(&mut self, start: usize, frames: &[FrameActivity]) {
        for (t, frame) in (start..self.seen.len()).zip(frames) {
            self.speech[t] += frame.speech;
            self.overlap[t] += frame.overlap;
            self.seen[t] += 1.0;
        }
    }

    /// A window in which nobody speaks.
    fn skip(&mut self, start: usize, frames: usize) {
        self.seen
            .iter_mut()
            .skip(start)
            .take(frames)
            .for_each(|seen| *seen += 1.0);
    }

    fn finish(mut self) -> (Vec<f32>, Vec<f32>) {
        for (t, seen) in self.seen.iter().enumerate() {
            self.speech[t] /= seen.max(1.0);
            self.overlap[t] /= seen.max(1.0);
        }
        (self.speech, self.overlap)
    }
}

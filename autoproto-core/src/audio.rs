//! Sound as the stages see it: 16 kHz, mono, `f32` in -1 to 1.

use crate::types::TimeSpan;

/// The sample rate of everything behind `media`, in hertz.
pub const SAMPLE_RATE: u32 = 16_000;

/// A borrowed view of 16 kHz mono samples; for a long recording the memory behind it is a mapped file.
///
/// ```
/// use autoproto_core::{AudioView, TimeSpan};
///
/// let second = vec![0.0; 16_000];
/// let audio = AudioView::new(&second);
/// assert_eq!(audio.duration(), 1.0);
/// assert_eq!(audio.slice(TimeSpan::new(0.25, 0.5)).len(), 4_000);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct AudioView<'a> {
    samples: &'a [f32],
}

impl<'a> AudioView<'a> {
    /// Views `samples`, which are 16 kHz mono.
    pub fn new(samples: &'a [f32]) -> Self {
        Self { samples }
    }

    /// All samples.
    pub fn samples(&self) -> &'a [f32] {
        self.samples
    }

    /// Seconds of sound.
    pub fn duration(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE)
    }

    /// The samples of `span`, cut to what there is.
    pub fn slice(&self, span: TimeSpan) -> &'a [f32] {
        let at = |seconds: f64| {
            ((seconds * f64::from(SAMPLE_RATE)).round().max(0.0) as usize).min(self.samples.len())
        };
        let (start, end) = (at(span.start), at(span.end));
        &self.samples[start.min(end)..end]
    }
}

//! Sound as the stages see it: 16 kHz, mono, `f32` in -1 to 1.

use std::fmt;
use std::ops::Range;

use crate::types::TimeSpan;

/// The sample rate of everything behind `media`, in hertz.
pub const SAMPLE_RATE: u32 = 16_000;

/// A borrowed view of 16 kHz mono samples; for a long recording the memory behind it is a mapped file.
///
/// Windows of it cost nothing: [`slice`](Self::slice) and [`window`](Self::window) copy nothing, and the pages of a
/// mapped file that were looked at are given back to the system as further windows are taken.
///
/// ```
/// use autoproto_core::{AudioView, TimeSpan};
///
/// let second = vec![0.0; 16_000];
/// let audio = AudioView::new(&second);
/// assert_eq!(audio.duration(), 1.0);
/// assert_eq!(audio.slice(TimeSpan::new(0.25, 0.5)).len(), 4_000);
/// assert_eq!(audio.window(15_000..17_000).len(), 1_000);
/// ```
#[derive(Clone, Copy)]
pub struct AudioView<'a> {
    samples: &'a [f32],
    pages: Option<&'a dyn Pages>,
}

/// Who gives back the memory behind a view.
pub(crate) trait Pages: Sync {
    /// Told before `bytes` more are looked at.
    fn taken(&self, bytes: usize);
}

impl<'a> AudioView<'a> {
    /// Views `samples`, which are 16 kHz mono.
    pub fn new(samples: &'a [f32]) -> Self {
        Self {
            samples,
            pages: None,
        }
    }

    #[cfg_attr(
        not(feature = "decode"),
        expect(dead_code, reason = "only decoding makes recordings that long")
    )]
    pub(crate) fn of_pages(samples: &'a [f32], pages: &'a dyn Pages) -> Self {
        Self {
            samples,
            pages: Some(pages),
        }
    }

    /// All samples; of a long recording better a [`window`](Self::window) at a time, for what was looked at through
    /// this slice stays in memory.
    pub fn samples(&self) -> &'a [f32] {
        self.samples
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Seconds of sound.
    pub fn duration(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE)
    }

    /// The samples of `range`, cut to what there is.
    pub fn window(&self, range: Range<usize>) -> &'a [f32] {
        let end = range.end.min(self.samples.len());
        let window = &self.samples[range.start.min(end)..end];
        if let Some(pages) = self.pages {
            pages.taken(size_of_val(window));
        }
        window
    }

    /// The samples of `span`, cut to what there is.
    pub fn slice(&self, span: TimeSpan) -> &'a [f32] {
        let at = |seconds: f64| (seconds * f64::from(SAMPLE_RATE)).round().max(0.0) as usize;
        self.window(at(span.start)..at(span.end))
    }

    /// The samples in blocks of `size`, of which the last may be shorter.
    pub fn blocks(self, size: usize) -> impl Iterator<Item = &'a [f32]> {
        let size = size.max(1);
        (0..self.len())
            .step_by(size)
            .map(move |at| self.window(at..at.saturating_add(size)))
    }
}

impl fmt::Debug for AudioView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioView")
            .field("seconds", &self.duration())
            .finish()
    }
}

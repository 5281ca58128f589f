//! Where the decoded sound lives: in memory while it is short, in a mapped file once it is long.

use std::fmt;
use std::sync::Arc;

use crate::audio::AudioView;

/// A decoded recording: 16 kHz, mono, `f32` in -1 to 1. A clone shares the samples.
///
/// A long one is a temporary file mapped into memory, which the system pages in and out as it is read; the file has no
/// name, and is gone with the last clone or with the process.
///
/// ```
/// use autoproto_core::media::Audio;
///
/// let audio = Audio::from_samples(vec![0.0; 8_000]);
/// assert_eq!(audio.duration(), 0.5);
/// assert_eq!(audio.view().samples().len(), 8_000);
/// ```
#[derive(Clone)]
pub struct Audio(Arc<Samples>);

enum Samples {
    Memory(Vec<f32>),
    #[cfg_attr(
        not(feature = "decode"),
        expect(dead_code, reason = "only decoding makes recordings that long")
    )]
    Mapped(memmap2::Mmap),
}

impl Audio {
    /// Takes samples that are 16 kHz mono already.
    pub fn from_samples(samples: Vec<f32>) -> Self {
        Self(Arc::new(Samples::Memory(samples)))
    }

    /// The samples, for the stages.
    pub fn view(&self) -> AudioView<'_> {
        AudioView::new(match &*self.0 {
            Samples::Memory(samples) => samples,
            Samples::Mapped(map) => floats(map),
        })
    }

    /// Seconds of sound.
    pub fn duration(&self) -> f64 {
        self.view().duration()
    }

    /// Whether the samples are in a mapped file.
    pub fn is_mapped(&self) -> bool {
        matches!(&*self.0, Samples::Mapped(_))
    }
}

impl fmt::Debug for Audio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audio")
            .field("seconds", &self.duration())
            .field("mapped", &self.is_mapped())
            .finish()
    }
}

fn floats(map: &memmap2::Mmap) -> &[f32] {
    // SAFETY: any four bytes are an `f32`, and `align_to` sees to the alignment. The bytes don't change while they are
    // borrowed: the file has no name, the mapping is read-only, and `PcmWriter`, which held the only handle, is gone.
    let (before, samples, _) = unsafe { map.align_to::<f32>() };
    debug_assert!(before.is_empty(), "a mapping begins on a page");
    samples
}

#[cfg(feature = "decode")]
impl Audio {
    pub(super) fn from_map(map: memmap2::Mmap) -> Self {
        Self(Arc::new(Samples::Mapped(map)))
    }
}

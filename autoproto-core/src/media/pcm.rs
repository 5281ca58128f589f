//! Where the decoded sound lives: in memory while it is short, in a mapped file once it is long.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "decode")]
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::audio::AudioView;
#[cfg(feature = "decode")]
use crate::audio::Pages;

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
    #[cfg(feature = "decode")]
    Mapped(Mapped),
}

impl Audio {
    /// Takes samples that are 16 kHz mono already.
    pub fn from_samples(samples: Vec<f32>) -> Self {
        Self(Arc::new(Samples::Memory(samples)))
    }

    /// The samples, for the stages.
    pub fn view(&self) -> AudioView<'_> {
        match &*self.0 {
            Samples::Memory(samples) => AudioView::new(samples),
            #[cfg(feature = "decode")]
            Samples::Mapped(mapped) => AudioView::of_pages(mapped.floats(), mapped),
        }
    }

    /// Seconds of sound.
    pub fn duration(&self) -> f64 {
        self.view().duration()
    }

    /// Whether the samples are in a mapped file.
    pub fn is_mapped(&self) -> bool {
        !matches!(&*self.0, Samples::Memory(_))
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

/// Bytes of windows after which the pages looked at so far are given back.
#[cfg(feature = "decode")]
const KEPT: usize = 8 << 20;

/// A mapped file, of which only what was looked at lately is in memory.
///
/// A page of a map counts as the process's own from the first look on, and the system takes it back only when it is
/// short of memory: an eight-hour meeting would show as 1.8 GiB. Those pages are unmapped here long before; looking at
/// one again finds it in the system's cache.
#[cfg(feature = "decode")]
struct Mapped {
    map: memmap2::Mmap,
    taken: AtomicUsize,
}

#[cfg(feature = "decode")]
impl Mapped {
    fn floats(&self) -> &[f32] {
        // SAFETY: any four bytes are an `f32`, and `align_to` sees to the alignment. The bytes don't change while they
        // are borrowed: the file has no name, the mapping is read-only, and `PcmWriter`, which held the only handle, is
        // gone.
        let (before, samples, _) = unsafe { self.map.align_to::<f32>() };
        debug_assert!(before.is_empty(), "a mapping begins on a page");
        samples
    }
}

#[cfg(feature = "decode")]
impl Pages for Mapped {
    fn taken(&self, bytes: usize) {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) < KEPT {
            return;
        }
        self.taken.store(bytes, Ordering::Relaxed);
        #[cfg(unix)]
        {
            // SAFETY: this map is a read-only view of a file that nobody writes to: a page that is given back and
            // looked at again is read from that file, with the same bytes. Windows in use elsewhere stay valid.
            // A refusal changes nothing but the memory in use.
            let _ = unsafe {
                self.map
                    .unchecked_advise(memmap2::UncheckedAdvice::DontNeed)
            };
        }
    }
}

#[cfg(feature = "decode")]
impl Audio {
    pub(super) fn from_map(map: memmap2::Mmap) -> Self {
        Self(Arc::new(Samples::Mapped(Mapped {
            map,
            taken: AtomicUsize::new(0),
        })))
    }
}

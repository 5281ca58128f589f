//! Words to their times: forced alignment by a CTC model.
//!
//! A recogniser's word times are those of its attention, and some tenths of a second off. A CTC model of letters says for
//! every 20 ms which letter is heard; the best way through that which says the words gives their times
//! (as whisperX does: Bain et al., "WhisperX", 2023).
//!
//! No weights of a real CTC model were to be had where this was written: the search is held against torchaudio's, and
//! the aligner as a whole was proven on a model made by hand, whose letters are tones. How much it improves the times of
//! real speech is not measured.

mod aligner;
mod model;
mod signature;
mod viterbi;
mod vocabulary;
mod windows;

pub use aligner::{AlignOptions, CtcAligner};
#[cfg(feature = "onnx")]
pub use model::OnnxCtc;
pub use model::{CtcModel, CtcOutput};
pub use signature::CtcSignature;
pub use viterbi::{Alignment, Emissions, TokenSpan, Unaligned, align};
pub use vocabulary::{Token, Vocabulary};
pub use windows::align_words;

use crate::audio::AudioView;
use crate::error::Result;
use crate::types::{ModelInUse, TimeSpan, Word};

/// Gives words their times.
pub trait WordAligner: Send {
    /// The engine's name in errors and reports.
    fn id(&self) -> &'static str;

    /// The models it runs and what on, for the report.
    fn models(&self) -> Vec<ModelInUse> {
        Vec::new()
    }

    /// The longest window it takes, in seconds.
    fn longest(&self) -> f64;

    /// Sets the times of `words`, all that is said in `window` and in order. A word of whose place it is not sure keeps
    /// its time, if that lies between its neighbours' new ones; else it gets the best guess.
    ///
    /// Afterwards words that were in order inside the window still are, each with start < end.
    ///
    /// # Errors
    /// [`Error::Backend`](crate::Error::Backend) if the engine fails. Words that can't be in the sound are none: they
    /// keep their times.
    fn align(
        &mut self,
        audio: AudioView<'_>,
        window: TimeSpan,
        words: &mut [Word],
    ) -> Result<Aligned>;
}

/// What came of it, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Aligned {
    /// That have the times at which they were heard.
    pub heard: usize,
    /// That have a place between their neighbours and no more, for they were not heard well enough.
    pub unsure: usize,
}

impl Aligned {
    /// Both together.
    pub fn new(heard: usize, unsure: usize) -> Self {
        Self { heard, unsure }
    }
}

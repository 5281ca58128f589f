//! The voices of the local speakers of the windows.

use super::super::clustering::vectors::Vectors;
use super::super::powerset::LOCAL;

/// Which local speakers have a voice, and the vectors of those, as the model gives them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Voices {
    /// Of each local speaker of each window the number of its vector.
    rows: Vec<[Heard; LOCAL]>,
    vectors: Vectors,
}

/// What is known of a local speaker's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Heard {
    /// It doesn't speak in this window.
    #[default]
    Silent,
    /// It speaks too little to be told by its voice.
    Little,
    /// The number of its vector.
    Voice(u32),
}

/// Of a local speaker that is not silent its vector, if there is enough sound for one.
pub(super) type Sound = Option<Option<Vec<f32>>>;

impl Voices {
    /// The next window's voices.
    pub(super) fn add(&mut self, window: [Sound; LOCAL]) {
        self.rows.push(window.map(|local| match local {
            None => Heard::Silent,
            Some(Some(voice)) if !voice.is_empty() && voice.iter().all(|v| v.is_finite()) => {
                if self.vectors.is_empty() {
                    self.vectors = Vectors::with_capacity(voice.len(), 1);
                }
                let row = self.vectors.len();
                self.vectors.push(&voice);
                u32::try_from(row).map_or(Heard::Little, Heard::Voice)
            }
            Some(_) => Heard::Little,
        }));
    }

    pub(super) fn windows(&self) -> &[[Heard; LOCAL]] {
        &self.rows
    }

    pub(super) fn vectors(&self) -> &Vectors {
        &self.vectors
    }
}

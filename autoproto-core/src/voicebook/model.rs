//! Which model made the voices of a book.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::score::Curve;
use crate::error::{Error, Result};
use crate::models::CheckedModel;

/// The longest embedding a book takes.
pub const MOST_DIMENSIONS: usize = 4096;

/// The longest id of a model, in bytes.
const LONGEST_ID: usize = 200;

/// The embedding model that a book's voices come from.
///
/// ```
/// use autoproto_core::{models, voicebook::VoiceModel};
///
/// let row = models::find("speaker-embedding-ge2e").unwrap();
/// let model = VoiceModel::new(row.id, 256, row.sha256)?;
/// assert!(model.matches(&VoiceModel::new("my copy of it", 256, row.sha256)?));
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceModel {
    id: String,
    dim: usize,
    sha256: String,
}

impl VoiceModel {
    /// A model by its id, the length of its embeddings and the SHA-256 of its file in hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an id that is empty or longer than 200 bytes, a dimension of 0 or above
    /// [`MOST_DIMENSIONS`], or what is no SHA-256.
    pub fn new(id: &str, dim: usize, sha256: &str) -> Result<Self> {
        let model = Self {
            id: id.into(),
            dim,
            sha256: sha256.to_ascii_lowercase(),
        };
        match model.fault() {
            None => Ok(model),
            Some((option, expected)) => Err(Error::InvalidOption {
                option,
                expected,
                got: match option {
                    "id" => format!("{} bytes", id.len()),
                    "dim" => dim.to_string(),
                    _ => format!("`{sha256}`"),
                },
            }),
        }
    }

    /// The model of a checked file.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(id: &str, dim: usize, file: &CheckedModel) -> Result<Self> {
        Self::new(id, dim, file.sha256())
    }

    /// What people call it; says nothing about which it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The length of its embeddings.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The SHA-256 of its file, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether voices of both can be compared: the same file, the same dimension. The id may differ.
    pub fn matches(&self, other: &VoiceModel) -> bool {
        self.dim == other.dim && self.sha256 == other.sha256
    }

    /// The curve that was measured for this model, or [`Curve::default`].
    pub fn curve(&self) -> Curve {
        Curve::of(&self.sha256).unwrap_or_default()
    }

    /// What can't be, as an option and what it should be.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if self.id.is_empty() || self.id.len() > LONGEST_ID {
            Some(("id", format!("1 to {LONGEST_ID} bytes")))
        } else if self.dim == 0 || self.dim > MOST_DIMENSIONS {
            Some(("dim", format!("1 to {MOST_DIMENSIONS}")))
        } else if self.sha256.len() != 64 || !self.sha256.bytes().all(hex) {
            Some(("sha256", "64 hexadecimal digits".into()))
        } else {
            None
        }
    }
}

impl fmt::Display for VoiceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.sha256.get(..12).unwrap_or(&self.sha256);
        write!(f, "`{}` ({} numbers, {digits}…)", self.id, self.dim)
    }
}

//! Which model made the voices of a book.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::score::Curve;
use crate::error::{Error, Result};
use crate::models::{FbankSignature, FrameWindow, FrontEnd};

/// The longest embedding a book takes.
pub const MOST_DIMENSIONS: usize = 4096;

/// The longest id of a model, in bytes.
const LONGEST_ID: usize = 200;

/// The longest id of a front end, in bytes.
const LONGEST_FRONT_END: usize = 100;

/// The embedding model that a book's voices come from, and what it is given: the same file makes other voices of another
/// front end.
///
/// ```
/// use autoproto_core::{models, voicebook::VoiceModel};
///
/// let row = models::find("speaker-embedding-ge2e").unwrap();
/// let model = VoiceModel::new(row.id, 256, row.sha256, "waveform -30 dB")?;
/// assert!(model.matches(&VoiceModel::new("my copy of it", 256, row.sha256, "waveform -30 dB")?));
/// assert!(!model.matches(&VoiceModel::new(row.id, 256, row.sha256, "waveform -20 dB")?));
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceModel {
    id: String,
    dim: usize,
    sha256: String,
    front_end: String,
    /// Known of the model, not of a book.
    #[serde(skip)]
    curve: Option<Curve>,
}

impl VoiceModel {
    /// A model by its id, the length of its embeddings, the SHA-256 of its file in hexadecimal digits, and the id of its
    /// front end, which any two makers of the same voices must call the same; see [`front_end`](Self::front_end).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an id that is empty or longer than 200 bytes, a dimension of 0 or above
    /// [`MOST_DIMENSIONS`], what is no SHA-256, and a front end of no or more than 100 bytes.
    pub fn new(id: &str, dim: usize, sha256: &str, front_end: &str) -> Result<Self> {
        let model = Self {
            id: id.into(),
            dim,
            sha256: sha256.to_ascii_lowercase(),
            front_end: front_end.into(),
            curve: None,
        };
        match model.fault() {
            None => Ok(model),
            Some((option, expected)) => Err(Error::InvalidOption {
                option,
                expected,
                got: match option {
                    "id" => format!("{} bytes", id.len()),
                    "dim" => dim.to_string(),
                    "front_end" => format!("{} bytes", front_end.len()),
                    _ => format!("`{sha256}`"),
                },
            }),
        }
    }

    /// The model of a file with this SHA-256, given what `front_end` makes.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(id: &str, dim: usize, sha256: &str, front_end: &FrontEnd) -> Result<Self> {
        Self::new(id, dim, sha256, &front_end_id(front_end))
    }

    /// With the curve that was measured for it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] as [`Curve::check`].
    pub fn with_curve(mut self, curve: Curve) -> Result<Self> {
        curve.check()?;
        self.curve = Some(curve);
        Ok(self)
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

    /// What it is given, such as `"waveform -30 dB"` or `"kaldi-fbank 80 hamming snip 0 Hz x32768 cmn"`.
    pub fn front_end(&self) -> &str {
        &self.front_end
    }

    /// Whether voices of both can be compared: the same file, dimension and front end. The id may differ.
    pub fn matches(&self, other: &VoiceModel) -> bool {
        self.dim == other.dim && self.sha256 == other.sha256 && self.front_end == other.front_end
    }

    /// The curve that was [given](Self::with_curve), that of a known file, or [`Curve::default`].
    pub fn curve(&self) -> Curve {
        self.curve
            .or_else(|| Curve::of(&self.sha256))
            .unwrap_or_default()
    }

    /// Takes over what the model itself knows and a book doesn't.
    pub(super) fn learn_from(&mut self, model: &VoiceModel) {
        self.curve = model.curve.or(self.curve);
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
        } else if self.front_end.is_empty() || self.front_end.len() > LONGEST_FRONT_END {
            Some(("front_end", format!("1 to {LONGEST_FRONT_END} bytes")))
        } else {
            None
        }
    }
}

impl fmt::Display for VoiceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.sha256.get(..12).unwrap_or(&self.sha256);
        let Self {
            id, dim, front_end, ..
        } = self;
        write!(f, "`{id}` ({dim} numbers, {digits}…, {front_end})")
    }
}

/// What a front end is called in books. Every field that changes the voices must change it.
fn front_end_id(front_end: &FrontEnd) -> String {
    match front_end {
        FrontEnd::Waveform { level } => format!("waveform {level} dB"),
        FrontEnd::Fbank(FbankSignature {
            bins,
            window,
            snip_edges,
            highest,
            scale,
            centred,
        }) => {
            let window = match window {
                FrameWindow::Hamming => "hamming",
                FrameWindow::Povey => "povey",
            };
            let edges = if *snip_edges { "snip" } else { "mirror" };
            let mean = if *centred { " cmn" } else { "" };
            format!("kaldi-fbank {bins} {window} {edges} {highest} Hz x{scale}{mean}")
        }
    }
}

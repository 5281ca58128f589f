//! Who speaks.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::TimeSpan;

/// A voice of one recording, numbered in the order of first speech; prints and serialises as `SPEAKER_00`.
///
/// A name is laid over it ([`Speaker::name`]) and never takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeakerId(pub u32);

impl SpeakerId {
    /// Reads `SPEAKER_00`; `None` for anything else.
    ///
    /// ```
    /// # use autoproto_core::SpeakerId;
    /// assert_eq!(SpeakerId::parse("SPEAKER_07"), Some(SpeakerId(7)));
    /// assert_eq!(SpeakerId::parse("Maria"), None);
    /// ```
    pub fn parse(label: &str) -> Option<Self> {
        let digits = label.strip_prefix("SPEAKER_")?;
        (digits.len() >= 2 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok().map(SpeakerId))?
    }
}

impl fmt::Display for SpeakerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SPEAKER_{:02}", self.0)
    }
}

impl Serialize for SpeakerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SpeakerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = String::deserialize(deserializer)?;
        SpeakerId::parse(&label)
            .ok_or_else(|| de::Error::custom(format!("`{label}` is not of the form SPEAKER_00")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SpeakerId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SpeakerId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A voice of one recording, numbered in the order of first speech.",
            "type": "string",
            "pattern": "^SPEAKER_[0-9]{2,}$"
        })
    }
}

/// A voice and what a person calls it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Speaker {
    /// Stays the same when the name changes.
    pub id: SpeakerId,
    /// What a person calls this voice; `None` until someone says so.
    pub name: Option<String>,
}

/// One voice, one stretch of time; turns of different voices may overlap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpeakerTurn {
    /// When.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// Who.
    pub speaker: SpeakerId,
}

/// What a diarizer found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Diarization {
    /// Every turn, overlaps kept, by start.
    pub turns: Vec<SpeakerTurn>,
    /// At most one voice at any moment: what words are attributed by.
    pub exclusive: Vec<SpeakerTurn>,
    /// The mean voice of each speaker, by id; empty where the diarizer has none.
    pub voices: Vec<Embedding>,
    /// What was done otherwise than asked or expected, for people to read.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Diarization {
    /// From turns that may overlap; where they do, the exclusive timeline keeps the voice that began first.
    pub fn from_turns(mut turns: Vec<SpeakerTurn>) -> Self {
        turns.sort_by(|a, b| {
            a.span
                .start
                .total_cmp(&b.span.start)
                .then(a.span.end.total_cmp(&b.span.end))
        });
        let mut exclusive: Vec<SpeakerTurn> = Vec::with_capacity(turns.len());
        for turn in &turns {
            let start = exclusive
                .last()
                .map_or(turn.span.start, |last| turn.span.start.max(last.span.end));
            if turn.span.end > start {
                exclusive.push(SpeakerTurn {
                    span: TimeSpan::new(start, turn.span.end),
                    ..*turn
                });
            }
        }
        Self {
            turns,
            exclusive,
            voices: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// With the mean voice of each speaker, by id.
    pub fn with_voices(mut self, voices: Vec<Embedding>) -> Self {
        self.voices = voices;
        self
    }

    /// With a note for people to read.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With another exclusive timeline than the one derived from the turns.
    pub fn with_exclusive(mut self, exclusive: Vec<SpeakerTurn>) -> Self {
        self.exclusive = exclusive;
        self
    }

    /// The speakers that have a turn, by id.
    pub fn speakers(&self) -> Vec<SpeakerId> {
        let mut ids: Vec<SpeakerId> = self.turns.iter().map(|t| t.speaker).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// A voice as a vector of unit length, shape `[dim]`; near voices have a dot product near 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embedding(pub Vec<f32>);

impl Embedding {
    /// Scales `values` to unit length; `None` where they have none (silence, or not finite).
    pub fn normalised(mut values: Vec<f32>) -> Option<Self> {
        let norm = values
            .iter()
            .map(|v| f64::from(*v) * f64::from(*v))
            .sum::<f64>()
            .sqrt();
        if !norm.is_finite() || norm < 1e-9 {
            return None;
        }
        values
            .iter_mut()
            .for_each(|v| *v = (f64::from(*v) / norm) as f32);
        Some(Self(values))
    }

    /// Cosine similarity, -1 to 1.
    pub fn similarity(&self, other: &Embedding) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

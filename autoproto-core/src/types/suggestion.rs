//! Who a speaker might be, as a result says it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::SpeakerId;

/// A person of a voice book, whatever their name; prints and serialises as `PERSON_00`. Never given to anyone else, not
/// even after the person was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub u32);

impl PersonId {
    /// Reads `PERSON_00`; `None` for anything else.
    pub fn parse(label: &str) -> Option<Self> {
        let digits = label.strip_prefix("PERSON_")?;
        (digits.len() >= 2 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok().map(PersonId))?
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PERSON_{:02}", self.0)
    }
}

impl Serialize for PersonId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PersonId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = String::deserialize(deserializer)?;
        PersonId::parse(&label)
            .ok_or_else(|| de::Error::custom("a person's id is not of the form PERSON_00"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PersonId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PersonId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A person of a voice book.",
            "type": "string",
            "pattern": "^PERSON_[0-9]{2,}$"
        })
    }
}

/// Why nobody is named for a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownVoice {
    /// The voice has another length than the book's model gives, or no direction.
    NoVoice,
    /// Nobody in the book has a voice yet.
    NobodyEnrolled,
    /// Nobody is near enough.
    TooFar,
    /// Two people are near, and neither by enough.
    Ambiguous,
    /// Near enough to someone who is another speaker of the same recording.
    Taken,
}

/// Someone of a voice book who may be a speaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LikelyPerson {
    /// Who, in the book.
    pub id: PersonId,
    /// What the book calls them.
    pub name: String,
    /// That it is them, 0 to 1, where it was as likely as not beforehand.
    pub probability: f64,
}

/// Who a speaker might be, by the voice. A suggestion: names are laid over speakers when someone says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpeakerSuggestion {
    /// The speaker of this recording.
    pub speaker: SpeakerId,
    /// Who it is; `None` where that could not be said with the certainty asked for.
    pub person: Option<LikelyPerson>,
    /// Why nobody is named; `None` where someone is.
    pub unknown: Option<UnknownVoice>,
    /// Others who may be meant, the most likely first; those who hardly are, are not named.
    pub alternatives: Vec<LikelyPerson>,
}

//! What was discussed, decided and assigned, each claim with its evidence.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{SpeakerId, TimeSpan, UtteranceId};

/// The stretch of the recording that proves a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The utterances it stands in, by number; never empty.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub utterances: Vec<UtteranceId>,
    /// When, in seconds.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// The words themselves, as they were heard.
    pub quote: String,
}

/// Who is to do it; serialises as a name, a speaker's id, or null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Owner {
    /// Named aloud; in the base form where it could be found («Марии» → «Мария»).
    Named(String),
    /// A voice that took it on in the first person.
    Speaker(SpeakerId),
    /// Nobody that could be told: a wrong owner is worse than none.
    #[default]
    Unassigned,
}

impl Serialize for Owner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Owner::Named(name) => serializer.serialize_str(name),
            Owner::Speaker(id) => id.serialize(serializer),
            Owner::Unassigned => serializer.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<String>::deserialize(deserializer)? {
            None => Owner::Unassigned,
            Some(text) => SpeakerId::parse(&text).map_or(Owner::Named(text), Owner::Speaker),
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Owner {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Owner".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Who is to do it: a name spoken aloud, the id of the voice that took it on (SPEAKER_00), or null where nobody could be told.",
            "type": ["string", "null"]
        })
    }
}

/// Something the meeting resolved; a negative decision keeps its negation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// What was decided, without the words that announce it: "move the release to Thursday".
    pub text: String,
    /// What proves it; never empty.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub evidence: Vec<Evidence>,
}

/// Something someone is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionItem {
    /// What is to be done: "fix the memory leak".
    pub task: String,
    /// By whom.
    pub owner: Owner,
    /// By when, as it was spoken: "Tuesday"; `None` where nothing was said.
    pub due: Option<String>,
    /// What proves it; never empty.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub evidence: Vec<Evidence>,
}

/// A question that stayed open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    /// The question as it was asked.
    pub text: String,
    /// What proves it; never empty.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub evidence: Vec<Evidence>,
}

/// A subject of the meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgendaItem {
    /// What it is called: "the budget".
    pub title: String,
    /// When it was talked about.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// Where it was announced; never empty.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub evidence: Vec<Evidence>,
}

/// The minutes of a meeting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Minutes {
    /// The subjects, in order.
    pub agenda: Vec<AgendaItem>,
    /// What was decided, in order.
    pub decisions: Vec<Decision>,
    /// What was assigned, in order.
    pub actions: Vec<ActionItem>,
    /// What stayed open, in order.
    pub questions: Vec<Question>,
    /// How many of the utterances the summarizer read.
    pub utterances_read: usize,
}

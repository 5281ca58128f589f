//! The result of a run.

use serde::{Deserialize, Serialize};

use super::{
    Correction, Engine, Language, Minutes, RemovedText, Speaker, SpeakerId, SpeakerSuggestion,
    SpeakerTurn, TimeSpan, Utterance,
};

/// The version of the JSON result; grows by a minor number when fields are added, by a major one when any changes.
pub const RESULT_SCHEMA: &str = "autoproto-result/1.3";

/// Who said what when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MeetingTranscript {
    /// The version of this result, [`RESULT_SCHEMA`].
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "The version of this result.",
            regex(pattern = r"^autoproto-result/1\.[0-9]+$")
        )
    )]
    pub schema: String,
    /// The language spoken, given or detected; `None` where nobody spoke.
    pub language: Option<Language>,
    /// Seconds of sound.
    pub duration: f64,
    /// The voices, by id.
    pub speakers: Vec<Speaker>,
    /// Who they might be, where a voice book was asked; the names above are not changed by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<SpeakerSuggestion>,
    /// Who speaks when, overlaps kept, by start.
    pub turns: Vec<SpeakerTurn>,
    /// Who said what, by start.
    pub utterances: Vec<Utterance>,
    /// How much of its input each stage covered.
    pub coverage: Coverage,
    /// The engines that worked on it, by stage, and what their models ran on; those that were not needed are left out.
    #[serde(default)]
    pub engines: Vec<Engine>,
}

impl MeetingTranscript {
    /// An empty one of `duration` seconds: what a silent recording gives.
    pub fn silent(duration: f64) -> Self {
        Self {
            schema: RESULT_SCHEMA.into(),
            language: None,
            duration,
            speakers: Vec::new(),
            suggestions: Vec::new(),
            turns: Vec::new(),
            utterances: Vec::new(),
            coverage: Coverage {
                decoded: duration,
                ..Coverage::default()
            },
            engines: Vec::new(),
        }
    }

    /// What a person calls this voice; `None` while it has only its id.
    pub fn name_of(&self, speaker: SpeakerId) -> Option<&str> {
        self.speakers
            .iter()
            .find(|s| s.id == speaker)?
            .name
            .as_deref()
    }

    /// Names the speakers as [suggested](Self::suggestions), those excepted that have a name; ids stay.
    ///
    /// Call it when someone has agreed; the suggestions stay, too.
    pub fn lay_suggested_names(&mut self) {
        for speaker in self.speakers.iter_mut().filter(|s| s.name.is_none()) {
            let own = self.suggestions.iter().find(|s| s.speaker == speaker.id);
            speaker.name = own
                .and_then(|suggestion| suggestion.person.as_ref())
                .map(|person| person.name.clone());
        }
    }

    /// Whether anyone said anything.
    pub fn is_silent(&self) -> bool {
        self.utterances.is_empty()
    }
}

/// Who said what when, and the minutes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MeetingReport {
    /// Who said what when; its fields stand at the top level of the JSON.
    #[serde(flatten)]
    pub transcript: MeetingTranscript,
    /// What was discussed, decided and assigned.
    pub minutes: Minutes,
}

impl MeetingReport {
    /// Both parts of the result.
    pub fn new(transcript: MeetingTranscript, minutes: Minutes) -> Self {
        Self {
            transcript,
            minutes,
        }
    }
}

/// How much of its input each stage covered: a short result is never a success in silence.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Coverage {
    /// Seconds of sound that were decoded.
    pub decoded: f64,
    /// Seconds that the container promised; `None` where it makes no promise.
    pub promised: Option<f64>,
    /// Seconds of sound that were damaged; silence stands in their place.
    #[serde(default)]
    pub lost: f64,
    /// Where the damaged sound was.
    #[serde(default)]
    pub lost_spans: Vec<TimeSpan>,
    /// What is lost, missing or left out of the recording, for people to read.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Seconds of speech.
    pub speech: f64,
    /// Seconds of that speech in which a voice was told.
    pub diarized: f64,
    /// Seconds of that speech near which words were found.
    pub transcribed: f64,
    /// Speech in which no word was found, though it was decoded again.
    pub uncovered: Vec<TimeSpan>,
    /// Text that was recognised and taken out again, since the sound does not bear it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedText>,
    /// Names and terms of the glossary that were misheard and mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// How many utterances there are.
    pub utterances: usize,
    /// How many of them the summarizer read; `None` where there was none.
    pub utterances_read: Option<usize>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_result_of_an_older_version_is_read() {
        let mut json = serde_json::to_value(MeetingTranscript::silent(3.0)).unwrap();
        let fields = json.as_object_mut().unwrap();
        assert!(fields.remove("engines").is_some());
        fields.insert("schema".into(), "autoproto-result/1.1".into());
        let read: MeetingTranscript = serde_json::from_value(json).unwrap();
        assert_eq!(read.schema, "autoproto-result/1.1");
        assert!(read.engines.is_empty());
    }
}

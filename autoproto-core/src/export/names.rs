//! What a speaker prints as.

use super::labels::{Labels, labels};
use super::one_line;
use crate::types::{MeetingTranscript, Owner, SpeakerId};

/// The names of one meeting's speakers, in its language.
pub(super) struct Names<'a> {
    transcript: &'a MeetingTranscript,
    labels: &'static Labels,
}

impl<'a> Names<'a> {
    pub(super) fn new(transcript: &'a MeetingTranscript) -> Self {
        Self {
            transcript,
            labels: labels(transcript.language),
        }
    }

    /// The name someone gave, else "Speaker 1" by number; in one line.
    pub(super) fn of(&self, speaker: Option<SpeakerId>) -> String {
        let Some(id) = speaker else {
            return self.labels.unknown_speaker.into();
        };
        match self.transcript.name_of(id).map(one_line) {
            Some(name) if !name.is_empty() => name,
            _ => format!("{} {}", self.labels.speaker, u64::from(id.0) + 1),
        }
    }

    /// An owner of a task.
    pub(super) fn of_owner(&self, owner: &Owner) -> String {
        match owner {
            Owner::Named(name) => one_line(name),
            Owner::Speaker(id) => self.of(Some(*id)),
            Owner::Unassigned => self.labels.unassigned.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Language, Speaker};

    #[test]
    fn a_speaker_prints_by_name_else_by_number() {
        let mut transcript = MeetingTranscript::silent(1.0);
        let speaker = |id, name: Option<&str>| Speaker {
            id: SpeakerId(id),
            name: name.map(Into::into),
        };
        transcript.speakers = vec![
            speaker(0, Some("Anna\nLee")),
            speaker(1, None),
            speaker(2, Some(" ")),
        ];
        let names = Names::new(&transcript);
        assert_eq!(
            [0, 1, 2].map(|i| names.of(Some(SpeakerId(i)))),
            ["Anna Lee", "Speaker 2", "Speaker 3"]
        );
        assert_eq!(names.of(None), "Unknown speaker");
        assert_eq!(names.of(Some(SpeakerId(u32::MAX))), "Speaker 4294967296");
        transcript.language = Some(Language::RUSSIAN);
        let names = Names::new(&transcript);
        assert_eq!(names.of(Some(SpeakerId(1))), "Участник 2");
        assert_eq!(names.of_owner(&Owner::Unassigned), "не назначен");
    }
}

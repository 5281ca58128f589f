//! One line per utterance.

use super::names::Names;
use super::one_line;
use crate::types::MeetingTranscript;

pub(super) fn render(transcript: &MeetingTranscript) -> String {
    let names = Names::new(transcript);
    let line = |speaker, text: String| format!("{}: {text}\n", names.of(speaker));
    let spoken = transcript
        .utterances
        .iter()
        .map(|u| (u.speaker, one_line(&u.text)))
        .filter(|u| !u.1.is_empty());
    spoken.map(|(speaker, text)| line(speaker, text)).collect()
}

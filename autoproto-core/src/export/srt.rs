//! SubRip subtitles.

use super::cues::cues;
use super::names::Names;
use super::time::stamp;
use crate::types::MeetingTranscript;

pub(super) fn render(transcript: &MeetingTranscript) -> String {
    let names = Names::new(transcript);
    let cues = cues(&transcript.utterances, |speaker| {
        Some(format!("{}:", names.of(speaker)))
    });
    let blocks = cues.iter().zip(1..).map(|(cue, number)| {
        // The arrow is what parsers know the line with the times by.
        let text = cue.lines.join("\n").replace("-->", "→");
        format!(
            "{number}\n{} --> {}\n{text}\n",
            stamp(cue.start, ','),
            stamp(cue.end, ',')
        )
    });
    blocks.collect::<Vec<_>>().join("\n")
}

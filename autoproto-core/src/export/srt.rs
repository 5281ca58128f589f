//! SubRip subtitles.

use super::captions::captions;
use super::names::Names;
use super::time::stamp;
use crate::types::MeetingTranscript;

pub(super) fn render(transcript: &MeetingTranscript) -> String {
    let names = Names::new(transcript);
    let captions = captions(&transcript.utterances, |speaker| {
        Some(format!("{}:", names.of(speaker)))
    });
    let blocks = captions.iter().zip(1..).map(|(caption, number)| {
        // The arrow is what parsers know the line with the times by.
        let text = caption.lines.join("\n").replace("-->", "→");
        format!(
            "{number}\n{} --> {}\n{text}\n",
            stamp(caption.start, ','),
            stamp(caption.end, ',')
        )
    });
    blocks.collect::<Vec<_>>().join("\n")
}

//! WebVTT subtitles.

use super::captions::captions;
use super::names::Names;
use super::time::stamp;
use crate::types::MeetingTranscript;

pub(super) fn render(transcript: &MeetingTranscript) -> String {
    let names = Names::new(transcript);
    let mut vtt = String::from("WEBVTT\n");
    for caption in captions(&transcript.utterances, |_| None) {
        let (start, end) = (stamp(caption.start, '.'), stamp(caption.end, '.'));
        let (name, text) = (
            escape(&names.of(caption.speaker)),
            escape(&caption.lines.join("\n")),
        );
        vtt += &format!("\n{start} --> {end}\n<v {name}>{text}\n");
    }
    vtt
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_text_is_a_tag_or_an_arrow() {
        assert_eq!(escape("a --> <b> & c"), "a --&gt; &lt;b&gt; &amp; c");
    }
}

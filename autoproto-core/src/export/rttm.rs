//! Rich Transcription Time Marked: who speaks when, without words, as NIST's and pyannote's tools read it.

use std::fmt::Write;

use super::View;
use crate::error::{Error, Result};
use crate::metrics::LabelledTurn;
use crate::types::TimeSpan;

pub(super) fn render(view: View<'_>) -> String {
    let recording = file_id(view.recording);
    let mut rttm = String::new();
    for turn in &view.transcript.turns {
        let (start, duration) = (turn.span.start, turn.span.duration());
        if start.is_finite() && start >= 0.0 && duration.is_finite() {
            // Writing to a string can't fail.
            let _ = writeln!(
                rttm,
                "SPEAKER {recording} 1 {start:.3} {duration:.3} <NA> <NA> {} <NA> <NA>",
                turn.speaker
            );
        }
    }
    rttm
}

/// The name in one field.
fn file_id(recording: &str) -> String {
    if recording.trim().is_empty() {
        "recording".into()
    } else {
        recording.replace(char::is_whitespace, "_")
    }
}

/// Reads the `SPEAKER` lines: the recording's name and who speaks when, in the order of the file.
///
/// Fields are separated by any spaces and tabs; blank lines, comments (`;;`) and lines of other types are skipped.
///
/// ```
/// use autoproto_core::export::rttm;
///
/// let turns = rttm::parse("SPEAKER monday 1 12.5 3.25 <NA> <NA> SPEAKER_00 <NA> <NA>\n")?;
/// let (recording, turn) = &turns[0];
/// assert_eq!((recording.as_str(), turn.label.as_str(), turn.span.end), ("monday", "SPEAKER_00", 15.75));
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parse`], with the number of the line, where a field is missing or a time is not a number from 0 up.
pub fn parse(text: &str) -> Result<Vec<(String, LabelledTurn)>> {
    let mut turns = Vec::new();
    // Some editors open a file with a mark of its byte order.
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields.first() != Some(&"SPEAKER") {
            continue;
        }
        let turn = turn(&fields).map_err(|reason| Error::Parse {
            what: "RTTM".into(),
            line: number,
            reason,
        })?;
        turns.push(turn);
    }
    Ok(turns)
}

fn turn(fields: &[&str]) -> Result<(String, LabelledTurn), String> {
    let [_, recording, _, start, duration, _, _, label, ..] = fields else {
        return Err(format!(
            "a SPEAKER line has at least 8 fields, not {}",
            fields.len()
        ));
    };
    let (start, duration) = (seconds("start", start)?, seconds("duration", duration)?);
    let span = TimeSpan::new(start, start + duration);
    if !span.end.is_finite() {
        return Err("the end is not a time".into());
    }
    Ok((
        (*recording).into(),
        LabelledTurn {
            span,
            label: (*label).into(),
        },
    ))
}

fn seconds(what: &str, field: &str) -> Result<f64, String> {
    let seconds = field
        .parse::<f64>()
        .ok()
        .filter(|s| s.is_finite() && *s >= 0.0);
    seconds.ok_or_else(|| format!("the {what} must be seconds from 0 up, got `{field}`"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::types::{MeetingTranscript, SpeakerId, SpeakerTurn};

    #[test]
    fn only_speaker_lines_are_read() {
        let text = "\u{feff};; made by hand\n\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA>\r\nSPEAKER\ta\t1\t0.5\t1\t<NA>\t<NA>\tx\r\n";
        assert_eq!(
            parse(text).unwrap(),
            [("a".to_owned(), LabelledTurn::new(0.5, 1.5, "x"))]
        );
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (times, reason) in [
            ("-1 2", "the start must be seconds from 0 up, got `-1`"),
            ("1 NaN", "the duration must be seconds from 0 up, got `NaN`"),
            ("inf 2", "the start must be seconds from 0 up, got `inf`"),
            ("1 x", "the duration must be seconds from 0 up, got `x`"),
            ("1e308 1e308", "the end is not a time"),
        ] {
            let text = format!("SPEAKER a 1 0 1 <NA> <NA> x\nSPEAKER a 1 {times} <NA> <NA> x\n");
            assert_eq!(
                parse(&text).unwrap_err().to_string(),
                format!("RTTM, line 2: {reason}")
            );
        }
        let error = parse("SPEAKER a 1 0 1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "RTTM, line 1: a SPEAKER line has at least 8 fields, not 5"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            turns in proptest::collection::vec((0..10_000_000_u32, 0..100_000_u32, 0..200_u32), 0..20),
            name in "[a-zа-я .-]{0,12}",
        ) {
            let seconds = |ms: u32| f64::from(ms) / 1000.0;
            let mut transcript = MeetingTranscript::silent(1e4);
            transcript.turns = turns
                .iter()
                .map(|&(start, length, id)| SpeakerTurn {
                    span: TimeSpan::new(seconds(start), seconds(start + length)),
                    speaker: SpeakerId(id),
                })
                .collect();
            let read = parse(&render(View::from(&transcript).with_recording(&name))).unwrap();
            prop_assert_eq!(read.len(), turns.len());
            for ((recording, turn), want) in read.iter().zip(&transcript.turns) {
                prop_assert_eq!(recording, &file_id(&name));
                prop_assert_eq!(&turn.label, &want.speaker.to_string());
                prop_assert!((turn.span.start - want.span.start).abs() < 1e-6);
                prop_assert!((turn.span.end - want.span.end).abs() < 1e-6);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(SPEAKER|[0-9a-z .<>\t\n-]){0,40}") {
            let _ = parse(&text);
        }
    }
}

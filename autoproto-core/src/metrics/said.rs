//! Who said what, as files tell it.

use serde::Deserialize;

use crate::error::{Error, Result};

/// What is read of a result; other fields are left alone.
#[derive(Deserialize)]
struct Transcript {
    utterances: Vec<Utterance>,
}

#[derive(Deserialize)]
struct Utterance {
    #[serde(default)]
    speaker: Option<String>,
    text: String,
}

/// Reads who said what, for [`cpwer`](super::cpwer()): speakers and texts, in the order of the file.
///
/// Either a result as JSON, of which `utterances` with their `speaker` and `text` are read, or lines of a speaker, a
/// tab and a text; blank lines are skipped. Utterances of no speaker are those of one without a name.
///
/// ```
/// use autoproto_core::metrics::who_said_what;
///
/// let lines = who_said_what("Anna\tShall we ship it?\nBoris\tOn Friday.\n")?;
/// let json = r#"{"utterances": [{"speaker": "Anna", "text": "Shall we ship it?"}, {"speaker": "Boris", "text": "On Friday."}]}"#;
/// assert_eq!(lines[1], ("Boris".into(), "On Friday.".into()));
/// assert_eq!(who_said_what(json)?, lines);
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parse`], with the number of the line, where a line has no tab or JSON is not a result.
pub fn who_said_what(text: &str) -> Result<Vec<(String, String)>> {
    // Some editors open a file with a mark of its byte order.
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return of_json(text);
    }
    let mut said = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let Some((speaker, words)) = line.split_once('\t') else {
            return Err(Error::Parse {
                what: "who said what".into(),
                line: number,
                reason: "there is no tab between a speaker and a text".into(),
            });
        };
        said.push((speaker.trim().to_owned(), words.trim().to_owned()));
    }
    Ok(said)
}

fn of_json(text: &str) -> Result<Vec<(String, String)>> {
    let read: Transcript = serde_json::from_str(text).map_err(|error| Error::Parse {
        what: "who said what".into(),
        line: error.line(),
        reason: error.to_string(),
    })?;
    let said = read.utterances.into_iter();
    Ok(said
        .map(|u| (u.speaker.unwrap_or_default(), u.text))
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::types::{MeetingTranscript, SpeakerId, TimeSpan, Utterance, UtteranceId, Word};

    #[test]
    fn a_result_is_read_as_it_is_written() {
        let word = |text: &str| Word {
            span: TimeSpan::new(0.0, 1.0),
            text: text.into(),
            confidence: 0.5,
        };
        let mut transcript = MeetingTranscript::silent(3.0);
        for (number, speaker) in (1..).zip([Some(SpeakerId(1)), None]) {
            let said = Utterance::from_words(UtteranceId(number), speaker, vec![word("Yes.")]);
            transcript.utterances.extend(said);
        }
        let json = serde_json::to_string_pretty(&transcript).unwrap();
        let said = who_said_what(&json).unwrap();
        let want = [("SPEAKER_01", "Yes."), ("", "Yes.")].map(|(a, b)| (a.into(), b.into()));
        assert_eq!(said, want);
    }

    #[test]
    fn lines_of_a_speaker_and_a_text() {
        let said = who_said_what("\u{feff}Anna B\tone\ttwo\r\n\n \t\n\tno one\n").unwrap();
        let want = [("Anna B", "one\ttwo"), ("", "no one")].map(|(a, b)| (a.into(), b.into()));
        assert_eq!(said, want);
        assert_eq!(who_said_what("").unwrap(), []);
    }

    #[test]
    fn refusals_name_the_line() {
        let cases = [
            ("Anna\tone\n\nBoris two\n", 3),
            ("{\n \"utterances\": [{\"speaker\": 7}]}", 2),
            ("{\n\n", 2),
            ("{\"text\": \"no utterances\"}", 1),
        ];
        for (text, at) in cases {
            match who_said_what(text) {
                Err(Error::Parse { line, .. }) => assert!(line.abs_diff(at) <= 1, "{text}: {line}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\PC\t\n{}\"\\[\\]:]{0,60}") {
            let _ = who_said_what(&text);
        }
    }
}

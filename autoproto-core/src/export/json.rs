//! Everything that is known, for programs.

use serde::Serialize;

use super::View;
use crate::error::{Error, Result};
use crate::types::{MeetingTranscript, Minutes};

/// [`MeetingReport`](crate::MeetingReport) in borrowed parts.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    transcript: &'a MeetingTranscript,
    minutes: &'a Minutes,
}

pub(super) fn render(view: View<'_>) -> Result<String> {
    let View {
        transcript,
        minutes,
        ..
    } = view;
    let json = match minutes {
        Some(minutes) => serde_json::to_string_pretty(&Report {
            transcript,
            minutes,
        }),
        None => serde_json::to_string_pretty(transcript),
    };
    let mut json = json.map_err(|e| Error::Internal {
        reason: format!("cannot write the result as JSON: {e}"),
    })?;
    json.push('\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::types::MeetingReport;

    #[test]
    fn with_minutes_it_is_the_report_and_without_them_the_transcript() {
        let report = MeetingReport::new(MeetingTranscript::silent(2.0), Minutes::default());
        let json = render(View::from(&report)).unwrap();
        assert_eq!(json, serde_json::to_string_pretty(&report).unwrap() + "\n");
        assert_eq!(
            serde_json::from_str::<MeetingReport>(&json).unwrap(),
            report
        );
        let json = render(View::from(&report.transcript)).unwrap();
        assert!(!json.contains("minutes"), "{json}");
        assert_eq!(
            serde_json::from_str::<MeetingTranscript>(&json).unwrap(),
            report.transcript
        );
    }
}

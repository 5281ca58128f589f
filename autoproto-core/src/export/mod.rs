//! The result as files that people and other programs read.

mod captions;
mod json;
mod labels;
mod markdown;
mod names;
pub mod rttm;
mod srt;
mod text;
mod time;
mod vtt;

#[cfg(feature = "schema")]
pub use json::result_schema;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::types::{MeetingReport, MeetingTranscript, Minutes};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The protocol as a document for people, in the language of the meeting.
    Markdown,
    /// Everything that is known, for programs.
    Json,
    /// One line per utterance.
    Text,
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
    /// Who speaks when, without words.
    Rttm,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 6] = [
        Format::Markdown,
        Format::Json,
        Format::Text,
        Format::Srt,
        Format::Vtt,
        Format::Rttm,
    ];

    /// The extension of its files, which is also its name: `"md"`, `"json"`, …
    pub fn extension(self) -> &'static str {
        match self {
            Format::Markdown => "md",
            Format::Json => "json",
            Format::Text => "txt",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
            Format::Rttm => "rttm",
        }
    }

    /// By the extension of `path`, in any case; `None` for one that is none of these.
    ///
    /// ```
    /// use autoproto_core::export::Format;
    ///
    /// assert_eq!(Format::from_path("minutes/monday.MD".as_ref()), Some(Format::Markdown));
    /// assert_eq!(Format::from_path("monday.docx".as_ref()), None);
    /// ```
    pub fn from_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let wanted = name.to_ascii_lowercase();
        Format::ALL
            .into_iter()
            .find(|f| f.extension() == wanted)
            .ok_or_else(|| Error::InvalidOption {
                option: "format",
                expected: "one of md, json, txt, srt, vtt, rttm".into(),
                got: format!("`{name}`"),
            })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// What is to be rendered: a transcript, with minutes or without.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct View<'a> {
    /// Who said what when.
    pub transcript: &'a MeetingTranscript,
    /// What was decided and assigned; `None` where nobody asked for it.
    pub minutes: Option<&'a Minutes>,
    /// What RTTM calls the recording. Default: `"recording"`.
    pub recording: &'a str,
}

impl<'a> View<'a> {
    /// With the name of the recording, usually that of its file without the extension.
    pub fn with_recording(self, recording: &'a str) -> Self {
        Self { recording, ..self }
    }
}

impl<'a> From<&'a MeetingTranscript> for View<'a> {
    fn from(transcript: &'a MeetingTranscript) -> Self {
        Self {
            transcript,
            minutes: None,
            recording: "recording",
        }
    }
}

impl<'a> From<&'a MeetingReport> for View<'a> {
    fn from(report: &'a MeetingReport) -> Self {
        Self {
            minutes: Some(&report.minutes),
            ..View::from(&report.transcript)
        }
    }
}

/// The whole text of a file of this kind.
///
/// ```
/// use autoproto_core::MeetingTranscript;
/// use autoproto_core::export::{Format, View, render};
///
/// let silence = MeetingTranscript::silent(3.0);
/// assert_eq!(render(View::from(&silence), Format::Markdown)?, "# Transcript\n\nNo speech was found.\n");
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Internal`] where JSON can't hold the result.
pub fn render(result: View<'_>, format: Format) -> Result<String> {
    match format {
        Format::Markdown => Ok(markdown::render(result)),
        Format::Json => json::render(result),
        Format::Text => Ok(text::render(result.transcript)),
        Format::Srt => Ok(srt::render(result.transcript)),
        Format::Vtt => Ok(vtt::render(result.transcript)),
        Format::Rttm => Ok(rttm::render(result)),
    }
}

/// `text` in one line, with single spaces: a line break inside a name or a quote would change what a file means.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_format_is_known_by_its_name_and_extension() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
            assert_eq!(
                Format::from_path(
                    Path::new("a.b")
                        .with_extension(format.extension())
                        .as_path()
                ),
                Some(format)
            );
        }
        let error = "docx".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`format` must be one of md, json, txt, srt, vtt, rttm, got `docx`"
        );
        assert_eq!(Format::from_path(Path::new("md")), None);
    }
}

//! What is in a recording's file.

use serde::Serialize;

/// What a file says of itself, before anything is decoded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MediaInfo {
    /// The kind of file by its content: `"MP4"`, `"WAV"`, `"Ogg"`, …
    pub container: String,
    /// Seconds the headers claim; an estimate for streams without an index, such as ADTS. A cut file claims too much.
    pub duration: Option<f64>,
    /// Every track, in the file's order.
    pub tracks: Vec<TrackInfo>,
    /// The indices in `tracks` of those that are taken: one, unless all are wanted; none where the file has no sound that
    /// could be.
    pub selected: Vec<usize>,
}

/// A track of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TrackInfo {
    /// The track's number in the file.
    pub id: u32,
    /// `"audio"`, `"video"`, `"subtitle"` or `"other"`.
    pub kind: String,
    /// The codec's name: `"AAC-LC"`, `"Opus"`, `"PCM"`, …; `"unknown"` where it can't be told.
    pub codec: String,
    /// In hertz, as the headers claim.
    pub sample_rate: Option<u32>,
    /// The number of channels, as the headers claim.
    pub channels: Option<usize>,
    /// The language as the file writes it: `"eng"`, `"ru"`, …
    pub language: Option<String>,
    /// Seconds the headers claim.
    pub duration: Option<f64>,
    /// Whether the file calls it a default.
    pub default: bool,
    /// Whether it can be decoded here, without a program's help.
    pub decoded: bool,
}

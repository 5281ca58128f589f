//! What a pipeline is given: sound, and how it was read.

use crate::audio::AudioView;
use crate::media::{Decoded, SpeakerTrack};
use crate::types::TimeSpan;

/// The sound of a meeting.
#[derive(Debug)]
pub(super) struct Sound<'a> {
    /// All of it.
    pub(super) audio: AudioView<'a>,
    /// The channels that are speakers, if they are.
    pub(super) speakers: &'a [SpeakerTrack],
    pub(super) reading: Reading,
}

/// What is known of how a recording was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) promised: Option<f64>,
    pub(super) lost: Vec<TimeSpan>,
    pub(super) warnings: Vec<String>,
}

impl<'a> From<AudioView<'a>> for Sound<'a> {
    fn from(audio: AudioView<'a>) -> Self {
        Self {
            audio,
            speakers: &[],
            reading: Reading::default(),
        }
    }
}

impl<'a> From<&'a Decoded> for Sound<'a> {
    fn from(decoded: &'a Decoded) -> Self {
        Self {
            audio: decoded.audio.view(),
            speakers: &decoded.speakers,
            reading: Reading {
                promised: decoded.promised,
                lost: decoded.lost.clone(),
                warnings: decoded.warnings.clone(),
            },
        }
    }
}

//! What decoding may use, and what is wanted of a recording.

use std::path::PathBuf;

#[cfg(feature = "decode")]
use super::external::ExternalDecoder;

/// How the channels of a recording are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum ChannelMode {
    /// All together, as one voice among others. Channels in opposite phase don't cancel.
    #[default]
    Mix,
    /// One of them alone, counted from 0.
    Pick(usize),
    /// Each is a speaker of its own, as in a call recorded with one side a channel, or a file for each participant. Silent
    /// channels are left out, and a channel that repeats another counts once.
    PerSpeaker,
}

/// Which of a file's audio tracks is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum TrackChoice {
    /// The file's default if it can be decoded, else the longest that can, of these the one with the most channels, of
    /// these the first.
    #[default]
    Best,
    /// The one of this [`id`](super::TrackInfo::id).
    Id(u32),
    /// The best of those in this language: `"ru"`, `"rus"`, `"en-GB"`, …
    Language(String),
    /// All of them: a film with a microphone a track. With [`ChannelMode::PerSpeaker`] each is a speaker, else they are
    /// mixed.
    All,
}

/// What decoding may use, and what is wanted of a recording.
///
/// ```
/// use autoproto_core::media::{ChannelMode, MediaOptions, TrackChoice};
///
/// let options = MediaOptions::default()
///     .with_channels(ChannelMode::PerSpeaker)
///     .with_track(TrackChoice::Language("ru".into()))
///     .with_temp_dir("/var/tmp");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaOptions {
    /// How the channels are heard. Default: [`ChannelMode::Mix`].
    pub channels: ChannelMode,
    /// With [`ChannelMode::PerSpeaker`]: the channels, counted from 0 over all files, in which several people are heard,
    /// such as the microphone of a room. Their voices are told apart by the diarizer. Default: none.
    pub shared: Vec<usize>,
    /// Which audio track of a file is taken. Default: [`TrackChoice::Best`].
    pub track: TrackChoice,
    /// Whether a program may decode what is not decoded here. Default: never.
    #[cfg(feature = "decode")]
    pub external_decoder: ExternalDecoder,
    /// Seconds of sound after which a recording is refused, for damaged files can claim anything. Default: 24 hours.
    pub max_duration: f64,
    /// Bytes of sound kept in memory; a longer recording goes to a temporary file that is mapped. An hour is 220 MiB.
    /// Default: 16 MiB.
    pub memory_limit: usize,
    /// The folder for that file. Default: the system's.
    pub temp_dir: Option<PathBuf>,
    /// Threads to decode with. The result is the same for any number. Default: one for each core, four at most.
    pub threads: Option<usize>,
}

impl Default for MediaOptions {
    fn default() -> Self {
        Self {
            channels: ChannelMode::Mix,
            shared: Vec::new(),
            track: TrackChoice::Best,
            #[cfg(feature = "decode")]
            external_decoder: ExternalDecoder::default(),
            max_duration: 24.0 * 3600.0,
            memory_limit: 16 << 20,
            temp_dir: None,
            threads: None,
        }
    }
}

impl MediaOptions {
    /// Sets [`channels`](Self::channels).
    pub fn with_channels(mut self, channels: ChannelMode) -> Self {
        self.channels = channels;
        self
    }

    /// Sets [`shared`](Self::shared).
    pub fn with_shared(mut self, channels: impl Into<Vec<usize>>) -> Self {
        self.shared = channels.into();
        self
    }

    /// Sets [`track`](Self::track).
    pub fn with_track(mut self, track: TrackChoice) -> Self {
        self.track = track;
        self
    }

    /// Sets [`external_decoder`](Self::external_decoder).
    #[cfg(feature = "decode")]
    pub fn with_external_decoder(mut self, decoder: ExternalDecoder) -> Self {
        self.external_decoder = decoder;
        self
    }

    /// Sets [`max_duration`](Self::max_duration), in seconds.
    pub fn with_max_duration(mut self, seconds: f64) -> Self {
        self.max_duration = seconds;
        self
    }

    /// Sets [`memory_limit`](Self::memory_limit), in bytes.
    pub fn with_memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Sets [`temp_dir`](Self::temp_dir).
    pub fn with_temp_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.temp_dir = Some(folder.into());
        self
    }

    /// Sets [`threads`](Self::threads).
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }
}

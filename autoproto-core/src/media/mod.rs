//! From a recording's file to the 16 kHz mono sound that every stage works on.
//!
//! ```text
//! file ─sniff→ kind ─probe→ tracks ─decode→ packets ─timeline→ frames ─downmix→ mono ─resample→ 16 kHz ─pcm→ Audio
//! ```
//! The kind of a file is told by its content; its name plays no part. Decoding is a stream: beside the result, which
//! moves to a mapped file once it is long, memory doesn't grow with the recording. Lost packets become silence, so that
//! every later second stays where it was, and what the headers promise is kept beside what was there.
//!
//! | container | codecs |
//! |---|---|
//! | WAV (RF64 too), AIFF, CAF | PCM, A-law, µ-law, ADPCM; AAC-LC and ALAC in CAF |
//! | MP4, M4A, MOV | AAC-LC, ALAC, MP3 |
//! | MKV, WebM, Ogg | Vorbis, FLAC, AAC-LC, MP3 |
//! | FLAC, MP3, AAC (ADTS) | their own |
//!
//! Opus, HE-AAC, MPEG-TS, AVI and WMA are refused by name with [`Error::UnsupportedMedia`](crate::Error::UnsupportedMedia).

#[cfg(feature = "decode")]
mod caf;
#[cfg(feature = "decode")]
mod decode;
#[cfg(feature = "decode")]
mod downmix;
mod info;
#[cfg(feature = "decode")]
mod mixer;
#[cfg(feature = "decode")]
mod mkv;
#[cfg(feature = "decode")]
mod mp4;
#[cfg(feature = "decode")]
mod mpeg;
#[cfg(feature = "decode")]
mod names;
mod pcm;
#[cfg(feature = "decode")]
mod probe;
#[cfg(feature = "decode")]
mod resample;
#[cfg(feature = "decode")]
mod riff;
#[cfg(feature = "decode")]
mod setup;
#[cfg(feature = "decode")]
mod sniff;
#[cfg(feature = "decode")]
mod source;
#[cfg(feature = "decode")]
mod spill;
#[cfg(all(test, feature = "decode"))]
mod tests;
#[cfg(feature = "decode")]
mod timeline;
mod wav;

use std::path::{Path, PathBuf};

pub use info::{MediaInfo, TrackInfo};
pub use pcm::Audio;
pub use wav::{WavFormat, write_wav};

use crate::context::Context;
use crate::error::{Result, contain};

/// What decoding may use.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaOptions {
    /// Seconds of sound after which a recording is refused, for damaged files can claim anything. Default: 24 hours.
    pub max_duration: f64,
    /// Bytes of sound kept in memory; a longer recording goes to a temporary file that is mapped. An hour is 220 MiB.
    /// Default: 64 MiB.
    pub memory_limit: usize,
    /// The folder for that file. Default: the system's.
    pub temp_dir: Option<PathBuf>,
}

impl Default for MediaOptions {
    fn default() -> Self {
        Self {
            max_duration: 24.0 * 3600.0,
            memory_limit: 64 << 20,
            temp_dir: None,
        }
    }
}

impl MediaOptions {
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
}

/// A recording as it was read, and how much of it that is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Decoded {
    /// The sound.
    pub audio: Audio,
    /// What the file says of itself.
    pub info: MediaInfo,
    /// Seconds the headers promise, where they count them; compare with the sound's own.
    pub promised: Option<f64>,
    /// Seconds of sound that are damaged; silence stands in their place.
    pub lost: f64,
    /// What is lost, missing or left out, for people to read.
    pub warnings: Vec<String>,
}

/// Decodes a recording to 16 kHz mono.
///
/// ```
/// use autoproto_core::media::{self, MediaOptions, WavFormat};
/// use autoproto_core::{AudioView, CancelToken, Context, Progress};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("meeting.wav");
/// media::write_wav(AudioView::new(&[0.25; 16_000]), WavFormat::Pcm16, &mut std::fs::File::create(&path)?)?;
///
/// let (cancel, sink) = (CancelToken::new(), |p: Progress| eprintln!("{:.0} %", 100.0 * p.fraction));
/// # if cfg!(feature = "decode") {
/// let decoded = media::decode(&path, &MediaOptions::default(), &Context::new(&cancel, &sink))?;
/// assert_eq!(decoded.audio.duration(), 1.0);
/// assert_eq!(decoded.info.container, "WAV");
/// assert!(decoded.warnings.is_empty());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the file can't be read or the temporary file can't be written,
/// [`Error::UnsupportedMedia`](crate::Error::UnsupportedMedia) for a container or codec that isn't read,
/// [`Error::DamagedMedia`](crate::Error::DamagedMedia) for what is empty, no recording, without sound or beyond repair,
/// [`Error::InvalidOption`](crate::Error::InvalidOption) if the recording is longer than `max_duration`,
/// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired, and
/// [`Error::NotBuilt`](crate::Error::NotBuilt) without the feature `decode`.
pub fn decode(path: &Path, options: &MediaOptions, ctx: &Context<'_>) -> Result<Decoded> {
    #[cfg(feature = "decode")]
    return contain(|| {
        if options.max_duration.is_nan() || options.max_duration <= 0.0 {
            return Err(crate::Error::InvalidOption {
                option: "max_duration",
                expected: "more than 0 s".into(),
                got: options.max_duration.to_string(),
            });
        }
        decode::decode(path, options, ctx)
    });
    #[cfg(not(feature = "decode"))]
    contain(|| {
        let _ = (path, options, ctx);
        Err(NOT_BUILT)
    })
}

/// Reads what a file says of itself; nothing is decoded.
///
/// ```no_run
/// let info = autoproto_core::media::probe("meeting.mp4".as_ref())?;
/// for track in &info.tracks {
///     println!("{}: {} {}", track.id, track.kind, track.codec);
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// As [`decode`], as far as headers tell: a codec that isn't decoded is no error here, and leaves `selected` empty.
pub fn probe(path: &Path) -> Result<MediaInfo> {
    #[cfg(feature = "decode")]
    return contain(|| Ok(probe::open(path, &crate::CancelToken::new())?.info));
    #[cfg(not(feature = "decode"))]
    contain(|| {
        let _ = path;
        Err(NOT_BUILT)
    })
}

#[cfg(not(feature = "decode"))]
const NOT_BUILT: crate::Error = crate::Error::NotBuilt {
    what: "reading recordings",
    feature: "decode",
};

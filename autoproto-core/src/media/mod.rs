//! From recordings to the 16 kHz mono sound that every stage works on.
//!
//! ```text
//! source ─sniff→ kind ─probe→ tracks ─demux→ batches of packets ─crew→ frames ─track→ in their place ─lanes→ channels, mix
//!    │                                                                                                 │
//!    ├─ raw samples, or pushed while they are recorded ────────────────────────────────────────────────┤
//!    └─ what isn't decoded here ─program→ frames, by an ffmpeg that the caller allows ─────────────────┴─resample→ 16 kHz ─spill→ Audio
//! ```
//! A [`Source`] is a file, bytes, a reader, or raw samples; a [`Recording`] is one or several of them on one time line; a
//! [`LiveRecording`] takes sound while it is recorded. The kind of a file is told by its content; its name plays no part.
//!
//! Decoding is a stream: memory doesn't grow with the recording, whose samples move to a temporary file once they are more
//! than a few minutes; windows of it are mapped while they are looked at. Packets are decoded side by side, and the sound
//! is the same for any number of threads. Lost packets become silence, so that every later second stays where it was, and
//! what the headers promise is kept beside what was there.
//!
//! | container | codecs |
//! |---|---|
//! | WAV (RF64 too), AIFF, CAF | PCM, A-law, µ-law, ADPCM; AAC-LC and ALAC in CAF |
//! | MP4, M4A, MOV, 3GP; fragmented too | AAC-LC, HE-AAC, ALAC, MP3, FLAC, Opus |
//! | MKV, MKA, WebM, Ogg | Opus, Vorbis, FLAC, AAC-LC, HE-AAC, MP3 |
//! | FLAC, MP3, AAC (ADTS) | their own |
//!
//! Opus needs the feature `opus` (libopus, built with it). Of HE-AAC the core is decoded, at its own rate: pitch and time
//! are right, and where something below 8 kHz is missing it is told. MPEG-TS, AVI, WMA, AMR, FLV, AC-3 and what else an
//! ffmpeg knows are refused by name with [`Error::UnsupportedMedia`](crate::Error::UnsupportedMedia), or decoded by an
//! ffmpeg where [`MediaOptions::external_decoder`] allows one; that also brings HE-AAC's upper band.

#[cfg(feature = "decode")]
mod aac;
#[cfg(feature = "decode")]
mod caf;
#[cfg(feature = "decode")]
mod clock;
#[cfg(feature = "decode")]
mod crew;
#[cfg(feature = "decode")]
mod decode;
#[cfg(feature = "decode")]
mod demux;
#[cfg(feature = "decode")]
mod describe;
#[cfg(feature = "decode")]
mod downmix;
#[cfg(feature = "decode")]
mod external;
#[cfg(feature = "decode")]
mod heaac;
mod info;
#[cfg(feature = "decode")]
mod lanes;
#[cfg(feature = "decode")]
mod likeness;
#[cfg(feature = "decode")]
mod meeting;
#[cfg(feature = "decode")]
mod mkv;
#[cfg(feature = "decode")]
mod mp4;
#[cfg(feature = "decode")]
mod mpeg;
#[cfg(feature = "decode")]
mod names;
mod options;
#[cfg(feature = "decode")]
mod opus;
mod pcm;
#[cfg(feature = "decode")]
mod probe;
#[cfg(feature = "decode")]
mod program;
#[cfg(feature = "decode")]
mod quicktime;
#[cfg(feature = "decode")]
mod raw;
mod recording;
#[cfg(feature = "decode")]
mod registry;
#[cfg(feature = "decode")]
mod resample;
#[cfg(feature = "decode")]
mod riff;
#[cfg(feature = "decode")]
mod runs;
#[cfg(feature = "decode")]
mod sbr;
#[cfg(feature = "decode")]
mod setup;
#[cfg(feature = "decode")]
mod sniff;
#[cfg(feature = "decode")]
mod spill;
#[cfg(all(test, feature = "decode"))]
mod tests;
#[cfg(feature = "decode")]
mod timeline;
#[cfg(feature = "decode")]
mod track;
#[cfg(feature = "decode")]
mod tracks;
#[cfg(feature = "decode")]
mod trims;
#[cfg(feature = "decode")]
mod watch;
mod wav;

#[cfg(feature = "decode")]
pub use external::ExternalDecoder;
pub use info::{MediaInfo, TrackInfo};
pub use options::{ChannelMode, MediaOptions, TrackChoice};
pub use pcm::Audio;
#[cfg(feature = "decode")]
pub use raw::LiveRecording;
pub use recording::{PcmFormat, Recording, SampleFormat, Source};
pub use wav::{WavFormat, write_pcm, write_wav};

use crate::context::Context;
use crate::error::{Result, contain};
use crate::types::TimeSpan;

/// A recording as it was read, and how much of it that is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Decoded {
    /// The sound, all of it mixed.
    pub audio: Audio,
    /// With [`ChannelMode::PerSpeaker`]: the channels that are speakers, each on the time line of the whole. Empty else.
    pub speakers: Vec<SpeakerTrack>,
    /// What each file says of itself, in their order.
    pub files: Vec<MediaInfo>,
    /// Seconds the headers promise, where they count them; compare with the sound's own.
    pub promised: Option<f64>,
    /// Where sound is damaged; silence stands in its place.
    pub lost: Vec<TimeSpan>,
    /// What is lost, missing or left out, for people to read.
    pub warnings: Vec<String>,
}

impl Decoded {
    /// Seconds of sound that are damaged.
    pub fn lost_seconds(&self) -> f64 {
        self.lost.iter().map(TimeSpan::duration).sum()
    }
}

/// A channel that is a speaker.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SpeakerTrack {
    /// The file, track and channel it comes from, for people to read.
    pub label: String,
    /// Who the caller says it is.
    pub name: Option<String>,
    /// Whether several people are heard in it; see [`MediaOptions::shared`].
    pub shared: bool,
    /// Its sound, on the time line of the whole: what comes after its end is silence.
    pub audio: Audio,
}

/// Decodes a recording, or several as one meeting, to 16 kHz mono.
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
/// assert_eq!(decoded.files[0].container, "WAV");
/// assert!(decoded.warnings.is_empty());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) if the file can't be read or the temporary file can't be written,
/// [`Error::UnsupportedMedia`](crate::Error::UnsupportedMedia) for a container or codec that isn't read,
/// [`Error::DamagedMedia`](crate::Error::DamagedMedia) for what is empty, no recording, without sound or beyond repair,
/// [`Error::InvalidOption`](crate::Error::InvalidOption) if the recording is longer than `max_duration`, or has no such
/// track or channel,
/// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired, and
/// [`Error::NotBuilt`](crate::Error::NotBuilt) without the feature `decode`.
pub fn decode(
    recording: impl Into<Recording>,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<Decoded> {
    let recording = recording.into();
    contain(|| {
        #[cfg(feature = "decode")]
        return meeting::decode(recording, options, ctx);
        #[cfg(not(feature = "decode"))]
        {
            let _ = (recording.parts, options, ctx);
            Err(NOT_BUILT)
        }
    })
}

/// Mono sound of `rate` hertz at [`SAMPLE_RATE`](crate::SAMPLE_RATE), for engines that are asked directly.
///
/// `n` samples give `round(n × 16 000 / rate)`, and time zero stays time zero. What lies below 7.2 kHz (or nine tenths of the
/// lower Nyquist frequency) stays as it is, and nothing folds back: it is 109 dB down.
///
/// ```
/// # if cfg!(feature = "decode") {
/// let second = autoproto_core::media::resample(&[0.0; 44_100], 44_100)?;
/// assert_eq!(second.len(), 16_000);
/// # }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidOption`](crate::Error::InvalidOption) for a rate outside 1 000 to 400 000 Hz, and
/// [`Error::NotBuilt`](crate::Error::NotBuilt) without the feature `decode`.
pub fn resample(samples: &[f32], rate: u32) -> Result<Vec<f32>> {
    contain(|| {
        #[cfg(feature = "decode")]
        {
            PcmFormat::f32(rate, 1).check()?;
            let mut out = Vec::new();
            let mut take = |done: &[f32]| {
                out.extend_from_slice(done);
                Ok(())
            };
            let mut resampler = resample::Resampler::new(rate)?;
            let mut tamed = Vec::new();
            for block in samples.chunks(1 << 14) {
                downmix::mix(&[block], &[1.0], downmix::Turn::NONE, &mut tamed);
                resampler.push(&tamed, &mut take)?;
            }
            resampler.finish(&mut take)?;
            Ok(out)
        }
        #[cfg(not(feature = "decode"))]
        {
            let _ = (samples, rate);
            Err(NOT_BUILT)
        }
    })
}

/// Reads what a file says of itself; nothing is decoded.
///
/// ```no_run
/// use autoproto_core::media::{MediaOptions, probe};
///
/// let info = probe("meeting.mp4", &MediaOptions::default())?;
/// for track in &info.tracks {
///     println!("{}: {} {}", track.id, track.kind, track.codec);
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// # Errors
/// As [`decode`], as far as headers tell: a codec that isn't decoded is no error here, and stands as
/// [`TrackInfo::decoded`].
pub fn probe(source: impl Into<Source>, options: &MediaOptions) -> Result<MediaInfo> {
    let source = source.into();
    contain(|| {
        #[cfg(feature = "decode")]
        return meeting::probe(&source, options);
        #[cfg(not(feature = "decode"))]
        {
            let _ = (source, options);
            Err(NOT_BUILT)
        }
    })
}

#[cfg(not(feature = "decode"))]
const NOT_BUILT: crate::Error = crate::Error::NotBuilt {
    what: "reading recordings",
    feature: "decode",
};

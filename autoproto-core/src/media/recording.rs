//! What can be decoded: files, bytes, streams and raw samples, alone or several as one meeting.

use std::fmt;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};

/// How raw samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SampleFormat {
    /// 16-bit integers, little-endian.
    I16,
    /// 32-bit floats in -1 to 1, little-endian.
    F32,
}

impl SampleFormat {
    #[cfg(feature = "decode")]
    pub(super) fn bytes(self) -> usize {
        match self {
            SampleFormat::I16 => 2,
            SampleFormat::F32 => 4,
        }
    }
}

/// The shape of sound without headers: interleaved samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PcmFormat {
    /// How a sample is written.
    pub sample: SampleFormat,
    /// Hertz, 1 000 to 400 000.
    pub rate: u32,
    /// Channels, 1 to 64.
    pub channels: u16,
}

impl PcmFormat {
    /// 16-bit integers of `rate` hertz.
    pub fn i16(rate: u32, channels: u16) -> Self {
        let sample = SampleFormat::I16;
        Self {
            sample,
            rate,
            channels,
        }
    }

    /// 32-bit floats of `rate` hertz.
    pub fn f32(rate: u32, channels: u16) -> Self {
        let sample = SampleFormat::F32;
        Self {
            sample,
            rate,
            channels,
        }
    }

    #[cfg(feature = "decode")]
    pub(super) fn check(self) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::InvalidOption {
            option: "pcm",
            expected: expected.into(),
            got,
        };
        if !(1_000..=400_000).contains(&self.rate) {
            return Err(wrong("a rate of 1000 to 400000 Hz", self.rate.to_string()));
        }
        if !(1..=64).contains(&self.channels) {
            return Err(wrong("1 to 64 channels", self.channels.to_string()));
        }
        Ok(self)
    }
}

/// Something to read and move about in.
pub(super) trait Stream: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> Stream for T {}

/// One recording: a file, bytes, a stream, or raw samples. What it is, is told by its content.
///
/// ```
/// use autoproto_core::media::{PcmFormat, Source};
///
/// let file = Source::path("meeting.mp4");
/// let upload = Source::bytes(vec![0; 100]).named("upload.webm");
/// let raw = Source::path("call.raw").as_pcm(PcmFormat::i16(8_000, 2));
/// let samples = Source::samples(&[0.0; 960], 48_000, 2);
/// ```
pub struct Source {
    kind: Kind,
    /// What errors and warnings call it.
    label: PathBuf,
    pcm: Option<PcmFormat>,
}

enum Kind {
    Path,
    Bytes(Arc<[u8]>),
    Reader(Arc<Mutex<dyn Ends>>),
}

impl Source {
    /// A file.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self {
            kind: Kind::Path,
            label: path.into(),
            pcm: None,
        }
    }

    /// A file's content that is in memory.
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            kind: Kind::Bytes(bytes.into()),
            label: "the recording".into(),
            pcm: None,
        }
    }

    /// A file's content, from wherever it is read.
    pub fn reader(reader: impl Read + Seek + Send + 'static) -> Self {
        Self {
            kind: Kind::Reader(Arc::new(Mutex::new(reader))),
            label: "the recording".into(),
            pcm: None,
        }
    }

    /// Interleaved samples of `rate` hertz.
    pub fn samples(samples: &[f32], rate: u32, channels: u16) -> Self {
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        Self::bytes(bytes).as_pcm(PcmFormat::f32(rate, channels))
    }

    /// Takes the content for raw samples, without any header.
    pub fn as_pcm(mut self, format: PcmFormat) -> Self {
        self.pcm = Some(format);
        self
    }

    /// What errors and warnings call it; a file has its path.
    pub fn named(mut self, name: impl Into<PathBuf>) -> Self {
        if !matches!(self.kind, Kind::Path) {
            self.label = name.into();
        }
        self
    }

    /// The path of a file; the name of anything else.
    pub fn label(&self) -> &Path {
        &self.label
    }

    #[cfg_attr(
        not(feature = "decode"),
        expect(dead_code, reason = "only decoding reads it")
    )]
    pub(super) fn pcm(&self) -> Option<PcmFormat> {
        self.pcm
    }

    /// The file, where it is one.
    #[cfg_attr(
        not(feature = "decode"),
        expect(dead_code, reason = "only decoding reads it")
    )]
    pub(super) fn file(&self) -> Option<&Path> {
        matches!(self.kind, Kind::Path).then_some(&self.label)
    }

    /// Its content from the beginning, and how many bytes that is.
    ///
    /// # Errors
    /// [`Error::Io`] if it is missing, forbidden, or no regular file: a pipe would block, and a device never ends.
    #[cfg_attr(
        not(feature = "decode"),
        expect(dead_code, reason = "only decoding reads it")
    )]
    pub(super) fn open(&self) -> Result<(Box<dyn Stream>, u64)> {
        let unreadable = || Error::io("read", &self.label);
        match &self.kind {
            Kind::Path => {
                let (file, len) = open_file(&self.label)?;
                Ok((Box::new(file), len))
            }
            Kind::Bytes(bytes) => {
                let len = bytes.len() as u64;
                Ok((Box::new(Cursor::new(Arc::clone(bytes))), len))
            }
            Kind::Reader(reader) => {
                let len = locked(reader)
                    .seek(SeekFrom::End(0))
                    .map_err(unreadable())?;
                locked(reader)
                    .seek(SeekFrom::Start(0))
                    .map_err(unreadable())?;
                Ok((Box::new(Shared(Arc::clone(reader))), len))
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("label", &self.label)
            .field("pcm", &self.pcm)
            .finish_non_exhaustive()
    }
}

impl<P: AsRef<Path>> From<P> for Source {
    /// A file.
    fn from(path: P) -> Self {
        Source::path(path.as_ref())
    }
}

/// A reader of the caller's own, one user at a time.
trait Ends: Read + Seek + Send {}

impl<T: Read + Seek + Send> Ends for T {}

struct Shared(Arc<Mutex<dyn Ends>>);

fn locked(reader: &Mutex<dyn Ends>) -> std::sync::MutexGuard<'_, dyn Ends + 'static> {
    // A reader that panicked once is asked again: it is its own affair in what state it is.
    reader.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Read for Shared {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        locked(&self.0).read(buf)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        locked(&self.0).seek(to)
    }
}

/// Opens a regular file and tells its length.
fn open_file(path: &Path) -> Result<(std::fs::File, u64)> {
    let meta = std::fs::metadata(path).map_err(Error::io("read", path))?;
    let refuse = |kind, words: &str| {
        Err(Error::io("read", path)(io::Error::new(
            kind,
            words.to_owned(),
        )))
    };
    if meta.is_dir() {
        return refuse(io::ErrorKind::IsADirectory, "it is a folder");
    }
    if !meta.is_file() {
        return refuse(io::ErrorKind::InvalidInput, "it is no regular file");
    }
    let file = std::fs::File::open(path).map_err(Error::io("read", path))?;
    Ok((file, meta.len()))
}

/// A meeting: one recording, or several on one time line.
///
/// Recordings that lie beside each other are mixed, or are speakers of their own with
/// [`ChannelMode::PerSpeaker`](super::ChannelMode::PerSpeaker).
///
/// ```
/// use autoproto_core::media::Recording;
///
/// // A recorder's two files, one behind the other.
/// let split = Recording::of("part1.mp3").then("part2.mp3");
/// // A file for each participant, of whom Oleg came 90 s late.
/// let call = Recording::of("anna.m4a").named("Anna").with("oleg.m4a", 90.0).named("Oleg");
/// ```
#[derive(Debug)]
pub struct Recording {
    pub(super) parts: Vec<Part>,
}

/// One of a meeting's recordings.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "decode"),
    expect(dead_code, reason = "only decoding reads it")
)]
pub(super) struct Part {
    pub(super) source: Source,
    /// Seconds at which it begins; none for the end of the one before it.
    pub(super) offset: Option<f64>,
    /// Who speaks in it.
    pub(super) name: Option<String>,
}

impl Recording {
    /// A meeting that begins with this recording.
    pub fn of(source: impl Into<Source>) -> Self {
        Self::at(source, 0.0)
    }

    /// A meeting of which there is sound from `offset` seconds on.
    pub fn at(source: impl Into<Source>, offset: f64) -> Self {
        let mut recording = Self { parts: Vec::new() };
        recording.push(source.into(), Some(offset));
        recording
    }

    /// Adds a recording that begins where the last one ends.
    pub fn then(mut self, source: impl Into<Source>) -> Self {
        self.push(source.into(), None);
        self
    }

    /// Adds a recording that begins `offset` seconds after the meeting does.
    pub fn with(mut self, source: impl Into<Source>, offset: f64) -> Self {
        self.push(source.into(), Some(offset));
        self
    }

    /// Names who speaks in the recording that was added last; used where channels are speakers.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        if let Some(part) = self.parts.last_mut() {
            part.name = Some(name.into());
        }
        self
    }

    fn push(&mut self, source: Source, offset: Option<f64>) {
        self.parts.push(Part {
            source,
            offset,
            name: None,
        });
    }
}

impl<S: Into<Source>> From<S> for Recording {
    fn from(source: S) -> Self {
        Recording::of(source)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_folder_and_a_missing_file_are_io_errors() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none.wav")] {
            let error = Source::path(path).open().err().unwrap();
            assert_eq!(error.code(), "io", "{error}");
        }
    }

    #[test]
    fn every_kind_gives_its_content_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        std::fs::write(&path, b"0123").unwrap();
        let kinds = [
            Source::from(&path),
            Source::bytes(b"0123".to_vec()),
            Source::reader(Cursor::new(b"0123")),
        ];
        for source in kinds {
            for _ in 0..2 {
                let (mut stream, len) = source.open().unwrap();
                let mut content = String::new();
                stream.read_to_string(&mut content).unwrap();
                assert_eq!((content.as_str(), len), ("0123", 4), "{source:?}");
            }
        }
    }

    #[test]
    fn only_what_has_no_path_can_be_named() {
        assert_eq!(Source::path("a.wav").named("b").label(), Path::new("a.wav"));
        assert_eq!(Source::bytes([]).named("b").label(), Path::new("b"));
    }
}

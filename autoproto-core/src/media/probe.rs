//! From a source to an opened demuxer and what it says of the file.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats;

use super::MediaOptions;
use super::describe::describe;
use super::heaac::{Ahead, HeAac};
use super::info::MediaInfo;
use super::recording::Source;
use super::sniff::{Container, Sniffed, sniff};
use super::watch::{Meter, Watched};
use super::{caf, mkv, mp4, names, quicktime, riff};
use crate::cancel::CancelToken;
use crate::error::{Error, Result, contain};

/// A file whose headers are read.
pub(super) struct Opened {
    pub(super) reader: Box<dyn FormatReader>,
    pub(super) info: MediaInfo,
    pub(super) sniffed: Sniffed,
    pub(super) index: mp4::Index,
    /// Seconds that a WAV claims beyond what it has.
    pub(super) claimed: Option<f64>,
    /// Whether a CAF ends before its sound does.
    pub(super) cut: bool,
    /// Whether it is a live Matroska recording, whole or not as far as can be told.
    pub(super) live: bool,
    /// What a Matroska file says of its tracks.
    pub(super) films: Vec<mkv::MkvTrack>,
    pub(super) meter: Arc<Meter>,
    pub(super) len: u64,
    /// Which of the selected tracks are HE-AAC, by their ids.
    pub(super) he_aac: Vec<(u32, HeAac)>,
    /// Packets of the selected tracks that were read to find that out.
    pub(super) ahead: Ahead,
}

impl Opened {
    /// One of its tracks, its parameters put right.
    pub(super) fn track(&self, at: usize) -> Option<Track> {
        let track = self.reader.tracks().get(at)?;
        let entry = self.index.tracks.iter().find(|entry| entry.id == track.id);
        Some(quicktime::put_right(track, entry))
    }

    /// What a Matroska file says of a track.
    pub(super) fn film(&self, track: &Track) -> Option<&mkv::MkvTrack> {
        let number = u64::from(track.id);
        self.films.iter().find(|film| film.number == number)
    }
}

/// Reads the headers of a recording.
pub(super) fn open(
    source: &Source,
    options: &MediaOptions,
    cancel: &CancelToken,
) -> Result<Opened> {
    let path = source.label();
    let (mut file, len) = source.open()?;
    if len == 0 {
        return Err(damaged(path, "it is empty", None));
    }
    let unreadable = || Error::io("read", path);
    let sniffed = sniff(&mut file).map_err(unreadable())?;
    let container = sniffed.container;
    if matches!(container, Container::Text | Container::Unknown) {
        let what = if container == Container::Text {
            "but text"
        } else {
            "of any known kind"
        };
        return Err(damaged(path, format!("it is not a recording {what}"), None));
    }
    if !container.is_read() {
        return Err(unsupported(path, container, None));
    }
    let mut index = mp4::Index::default();
    if matches!(
        container,
        Container::Mp4 | Container::QuickTime | Container::ThreeGp
    ) {
        index = mp4::read_index(&mut file, len).map_err(unreadable())?;
        if !index.found {
            let reason = format!(
                "this {} has no index (`moov`): the recording broke off, or only a part was copied",
                container.name()
            );
            return Err(damaged(path, reason, None));
        }
    }
    let (mut patches, mut claimed, mut format) = (Vec::new(), None, None);
    let mut cut = false;
    let (mut films, mut live) = (Vec::new(), false);
    let mut end = index.end;
    match container {
        Container::Matroska | Container::WebM => {
            let claimed = mkv::claimed_end(&mut file).map_err(unreadable())?;
            (end, live) = (claimed.unwrap_or(0), claimed.is_none());
            films = mkv::read_tracks(&mut file, len).map_err(unreadable())?;
        }
        Container::Aiff => {
            let mut size = [0; 4];
            let at = sniffed.start + 4;
            file.seek(SeekFrom::Start(at))
                .and_then(|_| file.read_exact(&mut size))
                .map_err(unreadable())?;
            end = at + 4 + u64::from(u32::from_be_bytes(size));
        }
        Container::Caf => {
            let checked = caf::check(&mut file, len).map_err(unreadable())?;
            (patches, cut) = checked.map_err(|fault| damaged(path, fault, None))?;
        }
        Container::Wav => {
            let sizes = riff::check(&mut file, sniffed.start, len).map_err(unreadable())?;
            if !sizes.has_data {
                return Err(damaged(path, "this WAV has headers but no sound", None));
            }
            (patches, claimed, format) = (sizes.patches, sizes.claimed, Some(sizes.format));
        }
        _ => {}
    }

    file.seek(SeekFrom::Start(sniffed.start))
        .map_err(unreadable())?;
    let (mut watched, meter) = Watched::new(file, len, end, patches, cancel);
    let looks_ahead = matches!(
        container,
        Container::Matroska | Container::WebM | Container::Aiff
    );
    if matches!(
        container,
        Container::Mp4 | Container::QuickTime | Container::ThreeGp
    ) {
        watched = watched.checking_runs(len);
    }
    if end > len && looks_ahead && sniffed.start == 0 {
        watched = watched.forward_only();
    }
    let opened = guarded(path, || demuxer(container, watched, sniffed.start))?;
    let mut reader = opened.map_err(|failure| {
        if cancel.is_cancelled() {
            return Error::Cancelled;
        }
        match failure {
            Failure::IoError(e) if meter.failed().is_some() => {
                Error::io("read", path)(meter.failed().unwrap_or(e))
            }
            Failure::Unsupported(_) if format.is_none() => unsupported(path, container, None),
            Failure::Unsupported(_) => unsupported(
                path,
                container,
                Some(&names::wav_format(format.unwrap_or(0))),
            ),
            failure => damaged(
                path,
                format!("the headers of this {} can't be read", container.name()),
                Some(failure),
            ),
        }
    })?;
    let mut info = describe(&*reader, container, &index, &films, path, &options.track)?;
    let mut ahead = Ahead::new();
    let tracks = reader.tracks();
    let chosen: Vec<Track> = info
        .selected
        .iter()
        .filter_map(|&at| tracks.get(at).cloned())
        .collect();
    let he_aac = guarded(path, || HeAac::find(&chosen, &mut *reader, &mut ahead))?;
    for (id, found) in &he_aac {
        for row in info.tracks.iter_mut().filter(|row| row.id == *id) {
            row.codec = found.name().into();
        }
    }
    Ok(Opened {
        reader,
        info,
        sniffed,
        index,
        claimed,
        cut,
        films,
        live,
        meter,
        len,
        he_aac,
        ahead,
    })
}

/// The one demuxer for this kind of file; letting symphonia choose would let it search for another kind inside.
fn demuxer(
    container: Container,
    source: Watched,
    start: u64,
) -> Result<Box<dyn FormatReader>, Failure> {
    let mut stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    if start > 0 {
        stream.seek(SeekFrom::Start(start))?;
    }
    let options = FormatOptions::default();
    Ok(match container {
        Container::Wav => Box::new(formats::WavReader::try_new(stream, options)?),
        Container::Aiff => Box::new(formats::AiffReader::try_new(stream, options)?),
        Container::Caf => Box::new(formats::CafReader::try_new(stream, options)?),
        Container::Flac => Box::new(formats::FlacReader::try_new(stream, options)?),
        Container::Mp3 => Box::new(formats::MpaReader::try_new(stream, options)?),
        Container::Adts => Box::new(formats::AdtsReader::try_new(stream, options)?),
        Container::Ogg => Box::new(formats::OggReader::try_new(stream, options)?),
        Container::Matroska | Container::WebM => {
            Box::new(formats::MkvReader::try_new(stream, options)?)
        }
        Container::Mp4 | Container::QuickTime | Container::ThreeGp => {
            Box::new(formats::IsoMp4Reader::try_new(stream, options)?)
        }
        _ => return Err(Failure::Unsupported("no demuxer")),
    })
}

pub(super) fn unsupported(path: &Path, container: Container, codec: Option<&str>) -> Error {
    Error::UnsupportedMedia {
        path: path.into(),
        container: container.name().into(),
        codec: codec.map(Into::into),
    }
}

pub(super) fn damaged(path: &Path, reason: impl Into<String>, cause: Option<Failure>) -> Error {
    Error::DamagedMedia {
        path: path.into(),
        reason: reason.into(),
        source: cause.map(Into::into),
    }
}

/// A call into symphonia, whose readers panic on some damaged files: that is the file's fault, not this library's.
pub(super) fn guarded<T>(path: &Path, call: impl FnOnce() -> T) -> Result<T> {
    contain(|| Ok(call())).map_err(|error| match error {
        Error::Internal { reason } => {
            damaged(path, format!("its reader gave up on it ({reason})"), None)
        }
        other => other,
    })
}

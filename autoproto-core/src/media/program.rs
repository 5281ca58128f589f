//! What is not decoded here, through a program that the caller allows.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use tempfile::NamedTempFile;

use super::external;
use super::info::MediaInfo;
use super::raw::Interleaved;
use super::recording::Source;
use super::sniff::{Container, sniff};
use super::spill::check_room;
use super::track::{Placed, shortfall, too_long};
use super::tracks;
use super::{MediaOptions, TrackChoice};
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result, Stage};

/// What a program says of a recording that is refused here; the refusal itself where there is no program.
pub(super) fn probe(
    source: &Source,
    refused: Error,
    options: &MediaOptions,
    cancel: &CancelToken,
) -> Result<MediaInfo> {
    let Some(program) = allowed(&refused, options) else {
        return Err(refused);
    };
    let file = AsFile::of(source, options)?;
    let mut info = external::probe(&program, file.path(source), file.container, cancel)
        .map_err(|error| about(source, error))?;
    info.selected = tracks::choose(source.label(), &info.tracks, &options.track)?;
    Ok(info)
}

/// An error of the program's, about the recording and not about the copy that was made of it.
fn about(source: &Source, error: Error) -> Error {
    match error {
        Error::DamagedMedia {
            reason,
            source: cause,
            ..
        } => Error::DamagedMedia {
            path: source.label().into(),
            reason,
            source: cause,
        },
        other => other,
    }
}

/// Decodes with a program what is refused here: the `nth` audio track, or the one that the options choose.
pub(super) fn by_program(
    source: &Source,
    refused: Error,
    nth: Option<usize>,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<(MediaInfo, Vec<Placed>)> {
    let Some(program) = allowed(&refused, options) else {
        return Err(refused);
    };
    let file = AsFile::of(source, options)?;
    let path = file.path(source);
    let mut info = external::probe(&program, path, file.container, ctx.cancel())
        .map_err(|error| about(source, error))?;
    info.selected = tracks::choose(source.label(), &info.tracks, &options.track)?;
    let of = |at: usize| {
        let before = info.tracks.iter().take(at);
        before.filter(|track| track.kind == "audio").count()
    };
    let wanted: Vec<Option<usize>> = match (nth, &options.track) {
        (Some(nth), choice) if *choice != TrackChoice::All => vec![Some(nth)],
        _ => info.selected.iter().map(|&at| Some(of(at))).collect(),
    };
    let wanted = if wanted.is_empty() {
        vec![None]
    } else {
        wanted
    };
    let mut placed = Vec::with_capacity(wanted.len());
    for (pass, &track) in wanted.iter().enumerate() {
        let ctx = &ctx.nth(pass, wanted.len());
        let mut external = external::open(&program, path, file.container, track, ctx.cancel())
            .map_err(|error| about(source, error))?;
        let mut sound = Interleaved::new(options, external.rate, external.channels.clone())?;
        let promised = info.duration;
        sound.lanes.check_room(promised, options)?;
        let mut block = Vec::new();
        while external
            .next(&mut block)
            .map_err(|error| about(source, error))?
        {
            sound.push(block.iter().copied())?;
            let seconds = sound.lanes.seconds();
            if seconds > options.max_duration {
                return Err(too_long(source.label(), options.max_duration));
            }
            // Without a promise nobody knows how far it is.
            let done = promised.map_or(0.0, |promised| seconds / promised);
            ctx.tick(Stage::Decode, done)?;
        }
        let complaints = external.finish().map_err(|error| about(source, error))?;
        let seconds = sound.lanes.seconds();
        let mut track = sound.finish()?;
        track.promised = promised;
        track.warnings.extend(complaints);
        track.warnings.extend(shortfall(promised, seconds, 2.0));
        placed.push(track);
    }
    Ok((info, placed))
}

fn allowed(refused: &Error, options: &MediaOptions) -> Option<std::path::PathBuf> {
    matches!(refused, Error::UnsupportedMedia { .. })
        .then(|| options.external_decoder.find())
        .flatten()
}

/// A source as a file that a program can open, and what it is by its content.
struct AsFile {
    container: Container,
    /// What was in memory or came from a reader.
    copy: Option<NamedTempFile>,
}

impl AsFile {
    fn of(source: &Source, options: &MediaOptions) -> Result<Self> {
        let (mut stream, len) = source.open()?;
        let unreadable = || Error::io("read", source.label());
        let container = sniff(&mut stream).map_err(unreadable())?.container;
        if source.file().is_some() {
            return Ok(Self {
                container,
                copy: None,
            });
        }
        let folder = options.temp_dir.clone();
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        check_room(Some(&folder), len)?;
        let unwritable = || Error::io("write a temporary file in", &folder);
        let mut copy = NamedTempFile::new_in(&folder).map_err(unwritable())?;
        stream.seek(SeekFrom::Start(0)).map_err(unreadable())?;
        std::io::copy(&mut stream, &mut copy).map_err(unwritable())?;
        Ok(Self {
            container,
            copy: Some(copy),
        })
    }

    fn path<'a>(&'a self, source: &'a Source) -> &'a Path {
        self.copy
            .as_ref()
            .map_or(source.label(), |copy| copy.path())
    }
}

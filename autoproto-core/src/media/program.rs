//! What is not decoded here, through a program that the caller allows.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use tempfile::NamedTempFile;

use super::decode::Share;
use super::external;
use super::info::MediaInfo;
use super::raw::Interleaved;
use super::recording::Source;
use super::sniff::{Container, sniff};
use super::spill::check_room;
use super::track::{Placed, too_long};
use super::tracks;
use super::{MediaOptions, TrackChoice};
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result};

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
    let mut info = external::probe(&program, file.path(source), file.container, cancel)?;
    info.selected = tracks::choose(source.label(), &info.tracks, &options.track)?;
    Ok(info)
}

/// Decodes with a program what is refused here: the `nth` audio track, or the one that the options choose.
pub(super) fn by_program(
    source: &Source,
    refused: Error,
    nth: Option<usize>,
    options: &MediaOptions,
    ctx: &Context<'_>,
    share: Share,
) -> Result<(MediaInfo, Vec<Placed>)> {
    let Some(program) = allowed(&refused, options) else {
        return Err(refused);
    };
    let file = AsFile::of(source, options)?;
    let path = file.path(source);
    let mut info = external::probe(&program, path, file.container, ctx.cancel())?;
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
    let step = (share.to - share.from) / wanted.len() as f64;
    for (pass, &track) in wanted.iter().enumerate() {
        let from = share.from + step * pass as f64;
        let share = Share {
            from,
            to: from + step,
        };
        let mut external = external::open(&program, path, file.container, track, ctx.cancel())?;
        let mut sound = Interleaved::new(options, external.rate, external.channels.clone())?;
        let promised = info.duration;
        if let Some(promised) = promised {
            let seconds = promised.min(options.max_duration);
            let bytes = (seconds * sound.lanes.bytes_a_second() as f64) as u64;
            if bytes > options.memory_limit as u64 {
                check_room(options.temp_dir.as_deref(), bytes)?;
            }
        }
        let mut block = Vec::new();
        while external.next(&mut block)? {
            sound.push(block.iter().copied())?;
            let seconds = sound.lanes.seconds();
            if seconds > options.max_duration {
                return Err(too_long(source.label(), options.max_duration));
            }
            // Without a promise nobody knows how far it is.
            share.tick(ctx, promised.map_or(0.0, |promised| seconds / promised))?;
        }
        let complaints = external.finish()?;
        let seconds = sound.lanes.seconds();
        let mut track = sound.finish()?;
        track.promised = promised;
        track.warnings.extend(complaints);
        if let Some(promised) =
            promised.filter(|promised| seconds + (promised * 0.01).max(2.0) < *promised)
        {
            track.warnings.push(format!(
                "the headers promise {promised:.1} s, but only {seconds:.1} s are there"
            ));
        }
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

//! The files on the command line as a meeting, and how they are read.

use std::path::Path;

use super::args::{Media, Recording as Arguments};
use crate::error::{Error, Result};
use crate::media::{
    self, ChannelMode, ExternalDecoder, MediaOptions, PcmFormat, Recording, Source, TrackChoice,
};

/// The meeting, of which every file was looked at: one that can't be read is told before models are loaded.
pub(super) fn checked(args: &Arguments) -> Result<Recording> {
    let options = options(&args.media)?;
    for (option, count) in [("offset", args.offset.len()), ("name", args.name.len())] {
        if count > args.files.len() {
            return Err(Error::InvalidOption {
                option,
                expected: format!("given at most {} times", args.files.len()),
                got: format!("{count} times"),
            });
        }
    }
    let beside = options.channels == ChannelMode::PerSpeaker;
    let mut whole: Option<Recording> = None;
    for (at, file) in args.files.iter().enumerate() {
        media::probe(source(file, &args.media)?, &options)?;
        let source = source(file, &args.media)?;
        let offset = args.offset.get(at).copied();
        let mut next = match (whole.take(), offset) {
            (None, None) => Recording::of(source),
            (None, Some(offset)) => Recording::at(source, offset),
            (Some(before), None) if beside => before.with(source, 0.0),
            (Some(before), None) => before.then(source),
            (Some(before), Some(offset)) => before.with(source, offset),
        };
        if let Some(name) = args.name.get(at) {
            next = next.named(name);
        }
        whole = Some(next);
    }
    whole.ok_or_else(|| Error::InvalidOption {
        option: "file",
        expected: "at least one".into(),
        got: "none".into(),
    })
}

/// One file.
pub(super) fn source(file: &Path, args: &Media) -> Result<Source> {
    let source = Source::path(file);
    match &args.raw {
        None => Ok(source),
        Some(raw) => Ok(source.as_pcm(pcm(raw)?)),
    }
}

/// How files are read.
pub(super) fn options(args: &Media) -> Result<MediaOptions> {
    let channels = match args.channels.as_str() {
        "mix" => ChannelMode::Mix,
        "per-speaker" => ChannelMode::PerSpeaker,
        number => match number.parse::<usize>() {
            Ok(number @ 1..) => ChannelMode::Pick(number - 1),
            _ => {
                return Err(Error::InvalidOption {
                    option: "channels",
                    expected: "mix, per-speaker, or the number of a channel".into(),
                    got: format!("`{number}`"),
                });
            }
        },
    };
    let track = match args.track.as_str() {
        "best" => TrackChoice::Best,
        "all" => TrackChoice::All,
        other => match other.parse() {
            Ok(id) => TrackChoice::Id(id),
            Err(_) => TrackChoice::Language(other.into()),
        },
    };
    let decoder = match args.external_decoder.as_str() {
        "none" => ExternalDecoder::Never,
        "ffmpeg" => ExternalDecoder::OnPath,
        path => ExternalDecoder::At(path.into()),
    };
    let mut options = MediaOptions::default()
        .with_channels(channels)
        .with_track(track)
        .with_external_decoder(decoder);
    if let Some(folder) = &args.temp_dir {
        if !folder.is_dir() {
            return Err(Error::InvalidOption {
                option: "temp-dir",
                expected: "a folder that exists".into(),
                got: format!("`{}`", folder.display()),
            });
        }
        options = options.with_temp_dir(folder);
    }
    Ok(options)
}

/// The channels in which several people are heard, counted from 0.
pub(super) fn shared(args: &Arguments) -> Result<Vec<usize>> {
    let from_one = |number: &usize| {
        number.checked_sub(1).ok_or_else(|| Error::InvalidOption {
            option: "shared",
            expected: "the number of a channel, counted from 1".into(),
            got: "0".into(),
        })
    };
    args.shared.iter().map(from_one).collect()
}

/// `s16:48000:2`.
fn pcm(text: &str) -> Result<PcmFormat> {
    let parts: Vec<&str> = text.split(':').collect();
    let parsed = || match parts.as_slice() {
        ["s16", rate, channels] => Some(PcmFormat::i16(rate.parse().ok()?, channels.parse().ok()?)),
        ["f32", rate, channels] => Some(PcmFormat::f32(rate.parse().ok()?, channels.parse().ok()?)),
        _ => None,
    };
    parsed().ok_or_else(|| Error::InvalidOption {
        option: "raw",
        expected: "s16 or f32, hertz and channels, such as s16:48000:2".into(),
        got: format!("`{text}`"),
    })
}

//! What an opened file says of itself: its tracks, their names, and how long they claim to be.

use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::formats::{FormatReader, Track, TrackFlags};

use super::info::{MediaInfo, TrackInfo};
use super::probe::{Opened, damaged, unsupported};
use super::sniff::Container;
use super::{TrackChoice, mkv, mp4, names, quicktime, tracks};
use crate::error::{Error, Result};

/// Lists the tracks of a file, and chooses among them.
pub(super) fn describe(
    reader: &dyn FormatReader,
    container: Container,
    index: &mp4::Index,
    films: &[mkv::MkvTrack],
    path: &Path,
    choice: &TrackChoice,
) -> Result<MediaInfo> {
    let listed = reader
        .tracks()
        .iter()
        .map(|track| {
            let entry = index.tracks.iter().find(|entry| entry.id == track.id);
            row(&quicktime::put_right(track, entry), index, films)
        })
        .collect::<Vec<_>>();
    let selected = tracks::choose(path, &listed, choice)?;
    let whole = reader.media_info();
    let duration = selected
        .first()
        .and_then(|chosen| listed.get(*chosen))
        .and_then(|row| row.duration)
        .or_else(|| {
            Some(
                whole
                    .time_base?
                    .calc_duration(whole.duration?)?
                    .as_secs_f64(),
            )
            .filter(|s| s.is_finite() && *s > 0.0)
        });
    Ok(MediaInfo {
        container: container.name().into(),
        duration,
        tracks: listed,
        selected,
    })
}

fn row(track: &Track, index: &mp4::Index, films: &[mkv::MkvTrack]) -> TrackInfo {
    let film = films.iter().find(|film| film.number == u64::from(track.id));
    let entry = index.tracks.iter().find(|entry| entry.id == track.id);
    let named_by_index = || {
        entry.map_or_else(
            || "unknown".into(),
            |entry| names::sample_entry(entry.codec),
        )
    };
    let name = |known: &str| {
        if known == "unknown" {
            named_by_index()
        } else {
            known.to_owned()
        }
    };
    let (kind, codec) = match &track.codec_params {
        Some(CodecParameters::Audio(params)) => ("audio", name(names::audio_codec(params))),
        Some(CodecParameters::Video(params)) => ("video", name(names::video_codec(params.codec))),
        Some(CodecParameters::Subtitle(_)) => ("subtitle", named_by_index()),
        _ => match entry.map(|entry| &entry.handler) {
            Some(b"soun") => ("audio", named_by_index()),
            Some(b"vide") => ("video", named_by_index()),
            _ => ("other", named_by_index()),
        },
    };
    let audio = audio_of(track);
    TrackInfo {
        id: track.id,
        kind: kind.into(),
        codec,
        sample_rate: audio.and_then(|params| params.sample_rate),
        channels: audio
            .and_then(|params| params.channels.as_ref())
            .map(|channels| channels.count()),
        language: track
            .language
            .clone()
            .filter(|language| !language.is_empty() && language != "und"),
        duration: duration_of(track),
        default: film.map_or(track.flags.contains(TrackFlags::DEFAULT), |film| {
            film.default
        }),
        decoded: audio.is_some_and(names::is_decoded),
    }
}

/// Seconds a track claims to have.
pub(super) fn duration_of(track: &Track) -> Option<f64> {
    let by_clock = || {
        Some(
            track
                .time_base?
                .calc_duration(track.duration?)?
                .as_secs_f64(),
        )
    };
    let by_frames = || Some(track.num_frames? as f64 / f64::from(audio_of(track)?.sample_rate?));
    by_clock()
        .or_else(by_frames)
        // A rate of zero makes it endless.
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

pub(super) fn audio_of(track: &Track) -> Option<&AudioCodecParameters> {
    track.codec_params.as_ref().and_then(CodecParameters::audio)
}

/// Seconds the headers promise for a track, where they count and don't guess.
pub(super) fn promised(opened: &Opened, track: &Track) -> Option<f64> {
    if opened.claimed.is_some() {
        return opened.claimed;
    }
    let counts = match opened.sniffed.container {
        Container::Adts => false,
        Container::Mp3 => opened.sniffed.counted,
        _ => true,
    };
    let edit = opened
        .index
        .tracks
        .iter()
        .find(|entry| entry.id == track.id)
        .and_then(|entry| entry.edit);
    let whole = duration_of(track).filter(|_| counts);
    match edit {
        Some(edit) if edit.duration > 0.0 => Some(edit.silence + edit.duration),
        _ => {
            // Matroska's length has the run-in in it.
            let run_in = opened
                .film(track)
                .map_or(0.0, |film| film.delay as f64 / 1e9);
            let promised = whole.or(opened.info.duration.filter(|_| counts));
            promised.map(|promised| (promised - run_in).max(0.0))
        }
    }
}

/// Why a file has no track to decode.
pub(super) fn nothing_to_decode(path: &Path, container: Container, info: &MediaInfo) -> Error {
    let chosen = info.selected.first().and_then(|&at| info.tracks.get(at));
    let first = || info.tracks.iter().find(|track| track.kind == "audio");
    if let Some(track) = chosen.or_else(first) {
        let codec = match track.channels {
            Some(channels @ 3..) => format!("{} of {channels} channels", track.codec),
            _ => track.codec.clone(),
        };
        return unsupported(path, container, Some(&codec));
    }
    let others: Vec<String> = info
        .tracks
        .iter()
        .map(|track| format!("{} ({})", track.kind, track.codec))
        .collect();
    if others.is_empty() {
        return damaged(
            path,
            format!("this {} has no tracks", container.name()),
            None,
        );
    }
    damaged(
        path,
        format!(
            "this {} has no sound, only {}",
            container.name(),
            others.join(", ")
        ),
        None,
    )
}

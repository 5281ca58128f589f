//! The clock of a track: what its file leaves out at either end, by whatever its container says it with.

use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia::core::formats::Track;

use super::describe;
use super::heaac::HeAac;
use super::opus::OpusHead;
use super::probe::Opened;
use super::setup::is_exact;
use super::sniff::Container;
use super::timeline::{Timeline, frames_at};

/// The clock of a track, with what its file cuts off at either end.
pub(super) fn timeline(opened: &Opened, track: &Track, rate: u32) -> Timeline {
    let mut timeline = Timeline::new(rate, is_exact(track, rate));
    if let Some(length) = opened.info.duration {
        timeline.length((length * f64::from(rate)) as i64);
    }
    let entry = opened
        .index
        .tracks
        .iter()
        .find(|entry| entry.id == track.id);
    if let Some((entry, edit)) = entry.and_then(|entry| Some((entry, entry.edit?))) {
        let frames = |seconds: f64| (seconds * f64::from(rate)).round() as i64;
        let skip = frames_at(
            i64::try_from(edit.skip).unwrap_or(0),
            1,
            entry.timescale,
            rate,
        );
        let skip = he_aac(opened, track).map_or(skip, |he_aac| he_aac.skip(skip, entry.timescale));
        timeline.edit(
            frames(edit.silence),
            skip,
            (edit.duration > 0.0).then(|| frames(edit.duration)),
        );
    } else if opened.sniffed.container == Container::Caf {
        let frames = track
            .num_frames
            .and_then(|frames| i64::try_from(frames).ok());
        timeline.edit(0, 0, frames.filter(|&frames| frames > 0));
    } else if let Some(head) =
        describe::audio_of(track).and_then(|params| OpusHead::of(params, opened.sniffed.container))
    {
        timeline.run_in(head.run_in(rate));
    } else if let Some(film) = opened.film(track).filter(|_| !is_vorbis(track)) {
        let frames = (u128::from(film.delay) * u128::from(rate) + 500_000_000) / 1_000_000_000;
        let frames = i64::try_from(frames).unwrap_or(0);
        let run_in = he_aac(opened, track).map_or(frames, |he_aac| he_aac.run_in(frames));
        timeline.run_in(run_in);
    }
    timeline
}

/// Whether the first packet makes no sound, which is all of its run-in, whatever the container says of it.
fn is_vorbis(track: &Track) -> bool {
    describe::audio_of(track).is_some_and(|params| params.codec == CODEC_ID_VORBIS)
}

/// What is known of a track that is HE-AAC.
pub(super) fn he_aac(opened: &Opened, track: &Track) -> Option<HeAac> {
    let mut found = opened.he_aac.iter();
    found
        .find(|(id, _)| *id == track.id)
        .map(|(_, found)| *found)
}

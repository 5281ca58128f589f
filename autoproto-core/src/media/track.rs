//! One track: the sound of its packets, put in its place, with every loss counted.

use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::Track;
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use super::MediaOptions;
use super::clock;
use super::crew::{Heard, Piece, Stamp};
use super::describe;
use super::heaac::HeAac;
use super::lanes::{Laid, Lanes};
use super::opus::OpusHead;
use super::probe::{Opened, damaged};
use super::setup::{MOST_FRAMES, check_rate, decoder_of};
use super::sniff::Container;
use super::timeline::{Timeline, frames_at};
use crate::error::{Error, Result};
use crate::types::{TimeSpan, merge_spans};

/// Packets in a row that give no sound, or errors of the demuxer, before a file is given up on.
pub(super) const MOST_IDLE: u32 = 10_000;
/// Seconds that may be lost, and on top of it so many for each second of sound: a few packets with stamps that were made
/// to would otherwise become a day of silence.
const MOST_HOLES: f64 = 2.5 * 3_600.0;
const HOLES_A_SECOND: f64 = 20.0;
/// Seconds of damage at the end that are taken for damage; more is a file that breaks off.
const LONGEST_TAIL: f64 = 1.0;

/// A track's sound.
pub(super) struct Placed {
    pub(super) laid: Laid,
    /// Seconds the headers promise, where they count and don't guess.
    pub(super) promised: Option<f64>,
    /// Where sound is lost, in seconds.
    pub(super) lost: Vec<TimeSpan>,
    pub(super) warnings: Vec<String>,
}

/// One track under way.
pub(super) struct TrackRun<'a> {
    path: &'a Path,
    most: f64,
    container: Container,
    codec: &'static str,
    time_base: Option<TimeBase>,
    /// Channels as the headers claim.
    channels: usize,
    rate: u32,
    timeline: Timeline,
    lanes: Lanes,
    promised: Option<f64>,
    films: bool,
    /// Whether nothing need be wrong where packets are missing: recorders leave out who is muted.
    pauses: bool,
    decoded: u64,
    /// Frames of the last packet.
    usual: u64,
    broken: u64,
    idle: u32,
    lost: Vec<TimeSpan>,
    /// Seconds of that.
    holes: f64,
    /// Seconds that were heard.
    sound: f64,
    cut: bool,
    he_aac: Option<HeAac>,
    last: Option<Failure>,
}

impl<'a> TrackRun<'a> {
    pub(super) fn new(
        path: &'a Path,
        options: &MediaOptions,
        opened: &Opened,
        track: &Track,
    ) -> Result<Self> {
        let container = opened.sniffed.container;
        let (decoder, rate) = decoder_of(path, container, track)?;
        let channels = decoder
            .codec_params()
            .channels
            .as_ref()
            .or(describe::audio_of(track).and_then(|params| params.channels.as_ref()))
            .map_or(1, Channels::count)
            .max(1);
        let promised = describe::promised(opened, track);
        let he_aac = clock::he_aac(opened, track);
        let lanes = Lanes::new(options, rate, channels)?;
        lanes.check_room(promised, options)?;
        Ok(Self {
            path,
            most: options.max_duration,
            container,
            codec: he_aac.map_or_else(
                || super::names::audio_codec(decoder.codec_params()),
                |he_aac| he_aac.name(),
            ),
            time_base: track.time_base,
            channels,
            rate,
            timeline: clock::timeline(opened, track, rate),
            lanes,
            promised,
            pauses: matches!(
                container,
                Container::Matroska
                    | Container::WebM
                    | Container::Mp4
                    | Container::QuickTime
                    | Container::ThreeGp
            ),
            films: opened.info.tracks.len() > 1,
            decoded: 0,
            usual: 0,
            broken: 0,
            idle: 0,
            lost: Vec::new(),
            holes: 0.0,
            sound: 0.0,
            cut: false,
            he_aac,
            last: None,
        })
    }

    /// Seconds of sound so far.
    pub(super) fn seconds(&self) -> f64 {
        self.lanes.seconds()
    }

    /// How many samples a packet claims to hold, over all channels.
    pub(super) fn samples_of(&self, packet: &Packet) -> u64 {
        self.span(packet.block_dur().get())
            .saturating_mul(self.channels as u64)
    }

    /// The file ends before it should.
    pub(super) fn breaks_off(&mut self) {
        self.cut = true;
    }

    /// Goes on with the stream behind the one that has ended.
    pub(super) fn next_stream(&mut self, track: &Track) -> Result<()> {
        self.rate = decoder_of(self.path, self.container, track)?.1;
        self.time_base = track.time_base;
        self.timeline = Timeline::new(self.rate, false);
        let params = describe::audio_of(track);
        if let Some(head) = params.and_then(|params| OpusHead::of(params, self.container)) {
            self.timeline.run_in(head.run_in(self.rate));
        }
        Ok(())
    }

    /// Puts decoded packets in their places.
    pub(super) fn place(&mut self, heard: Heard) -> Result<()> {
        let mut planes: Vec<&[f32]> = Vec::new();
        for piece in heard.pieces {
            match piece {
                Piece::Sound {
                    stamp,
                    block,
                    frames,
                } => {
                    let Some(block) = heard.blocks.get(block) else {
                        continue;
                    };
                    (self.idle, self.decoded) = (0, self.decoded + 1);
                    self.usual = frames.len() as u64;
                    if block.rate != self.rate {
                        // The headers were wrong, or the stream has changed.
                        check_rate(self.path, block.rate)?;
                        self.rate = block.rate;
                        self.timeline = Timeline::new(block.rate, false);
                    }
                    let (at, count, trim) = self.heard_of(stamp, frames.len());
                    let padding = u128::from(stamp.padding) * u128::from(self.rate) / 1_000_000_000;
                    let count = count.saturating_sub(usize::try_from(padding).unwrap_or(count));
                    let begins = self.stamp(Stamp { trim, ..stamp });
                    let place = self.timeline.place(begins, count);
                    self.silence(place.silence, place.lost)?;
                    let from = frames.start + at + place.skip;
                    planes.clear();
                    planes.extend(
                        block
                            .planes
                            .iter()
                            .map(|plane| plane.get(from..from + place.take).unwrap_or_default()),
                    );
                    self.lanes.sound(&planes, &block.channels, self.rate)?;
                    self.sound += place.take as f64 / f64::from(self.rate);
                }
                Piece::Nothing => self.idle()?,
                Piece::Broken(stamp, failure) => {
                    self.broken += 1;
                    self.last = Some(failure);
                    if let Some(stamp) = stamp {
                        // A damaged header may claim anything; its neighbours don't.
                        let most = MOST_FRAMES.min(4 * self.usual.max(1_152));
                        let whole = usize::try_from(self.span(stamp.whole).min(most));
                        let stamp = self.stamp(Stamp { trim: 0, ..stamp });
                        let place = self.timeline.place(stamp, whole.unwrap_or(0));
                        self.silence(place.silence + place.take as u64, true)?;
                    }
                    self.idle()?;
                }
            }
        }
        if self.seconds() > self.most {
            return Err(too_long(self.path, self.most));
        }
        Ok(())
    }

    /// Which of a packet's frames are to be heard: from, and how many; and the ticks that are left out at its beginning.
    /// Some decoders leave out the run-in and the padding of a packet themselves, others don't.
    fn heard_of(&self, stamp: Stamp, frames: usize) -> (usize, usize, u64) {
        let (whole, kept) = (self.span(stamp.whole), self.span(stamp.kept));
        if frames as u64 == whole && whole > kept {
            let trim = usize::try_from(self.span(stamp.trim)).unwrap_or(frames);
            let trim = trim.min(frames);
            let kept = usize::try_from(kept).unwrap_or(frames);
            (trim, kept.min(frames - trim), stamp.trim)
        } else if frames as u64 <= kept {
            (0, frames, stamp.trim)
        } else {
            (0, frames, 0)
        }
    }

    /// Where a packet's first frame that is heard belongs.
    fn stamp(&self, stamp: Stamp) -> Option<i64> {
        // These have no stamps of their own: the demuxer counts frames, at the rate of the first.
        if matches!(self.container, Container::Mp3 | Container::Adts) {
            return None;
        }
        let base = self.time_base?;
        let ticks = stamp.pts.saturating_add_unsigned(stamp.trim);
        Some(frames_at(
            ticks,
            base.numer.get(),
            base.denom.get(),
            self.rate,
        ))
    }

    fn span(&self, ticks: u64) -> u64 {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        self.time_base.map_or(0, |base| {
            frames_at(ticks, base.numer.get(), base.denom.get(), self.rate)
                .max(0)
                .cast_unsigned()
        })
    }

    fn silence(&mut self, frames: u64, lost: bool) -> Result<()> {
        let start = self.seconds();
        let seconds = frames as f64 / f64::from(self.rate);
        if start + seconds > self.most {
            return Err(too_long(self.path, self.most));
        }
        if lost {
            self.holes += seconds;
            if self.holes > MOST_HOLES + HOLES_A_SECOND * self.sound {
                return Err(damaged(
                    self.path,
                    "there are more holes than sound in it",
                    None,
                ));
            }
        }
        self.lanes.silence(frames, self.rate)?;
        if lost && frames > 0 {
            self.lost.push(TimeSpan::new(start, self.seconds()));
            // One bad packet after another is one hole.
            if self.lost.len() > 1_000 {
                self.lost = merge_spans(&self.lost, 0.001);
            }
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<()> {
        self.idle += 1;
        if self.idle > MOST_IDLE {
            return Err(damaged(
                self.path,
                "most of it can't be decoded",
                self.last.take(),
            ));
        }
        Ok(())
    }

    /// Ends the track; `cut` if its file is known to end early, `mended` if its headers claimed what can't be.
    pub(super) fn finish(mut self, cut: bool, mended: bool) -> Result<Placed> {
        let codec = self.codec;
        if self.decoded == 0 {
            let reason = if self.broken > 0 {
                format!("none of its {codec} can be decoded")
            } else {
                format!("this {} has headers but no sound", self.container.name())
            };
            return Err(damaged(self.path, reason, self.last.take()));
        }
        if self.broken > 20 * self.decoded {
            return Err(damaged(
                self.path,
                "nearly all of it is damaged",
                self.last.take(),
            ));
        }
        // The last packets are damaged: their place is known by the promise alone.
        let tail = self
            .promised
            .map_or(0.0, |promised| promised - self.seconds());
        if !self.lost.is_empty() && tail > 0.0 && tail <= LONGEST_TAIL {
            self.silence((tail * f64::from(self.rate)).round() as u64, true)?;
        }
        let have = self.seconds();
        let lost = merge_spans(&self.lost, 0.001);
        let seconds: f64 = lost.iter().map(TimeSpan::duration).sum();
        let mut warnings: Vec<String> = self.he_aac.iter().filter_map(HeAac::warning).collect();
        if self.broken > 0 || !lost.is_empty() && !self.pauses {
            warnings.push(format!(
                "this {codec} is damaged: {seconds:.2} s of sound are lost, and silence stands in their place"
            ));
        } else if !lost.is_empty() {
            warnings.push(format!(
                "{seconds:.2} s of sound are missing from this {codec} (paused, or lost), and silence stands in their place"
            ));
        }
        if let Some(&(at, jump)) = self.timeline.jumps.first() {
            let seconds = |frames: i64| frames as f64 / f64::from(self.rate);
            warnings.push(format!(
                "the clock of the file jumps by {:.1} s at {:.1} s; what follows is taken to follow at once",
                seconds(jump),
                seconds(at)
            ));
        }
        if mended {
            warnings
                .push("a fragment claims more samples than there are bytes and is left out".into());
        }
        // What is promised for a film may be its picture's.
        let slack: f64 = if self.films { 2.0 } else { 0.1 };
        let short = shortfall(self.promised, have, slack);
        if short.is_none() && (self.cut || cut) && lost.is_empty() {
            warnings.push("the file breaks off before its end".into());
        }
        warnings.extend(short);
        let mut laid = self.lanes.finish()?;
        warnings.append(&mut laid.warnings);
        Ok(Placed {
            laid,
            promised: self.promised,
            lost,
            warnings,
        })
    }
}

pub(super) fn too_long(path: &Path, most: f64) -> Error {
    Error::InvalidOption {
        option: "max_duration",
        expected: format!("at least the length of {}", path.display()),
        got: format!("{most} s"),
    }
}

/// What to say where less is there than the headers promise, give or take some seconds or a hundredth.
pub(super) fn shortfall(promised: Option<f64>, have: f64, slack: f64) -> Option<String> {
    let promised = promised.filter(|promised| have + slack.max(promised * 0.01) < *promised)?;
    Some(format!(
        "the headers promise {promised:.1} s, but only {have:.1} s are there"
    ))
}

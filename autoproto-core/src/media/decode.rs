//! Packets to samples, under budgets, with every loss counted.

use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::Track;
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use super::mixer::Mixer;
use super::probe::{self, Opened, damaged, guarded};
use super::setup::{MOST_FRAMES, check_rate, decoder_of, is_exact};
use super::sniff::Container;
use super::timeline::{Timeline, frames_at};
use super::{Decoded, MediaOptions};
use crate::context::Context;
use crate::error::{Error, Result, Stage};

/// Packets in a row that give no sound, or errors in a row, before a file is given up on.
const MOST_IDLE: u32 = 10_000;

/// Seconds of damage at the end that are taken for damage; more is a file that breaks off.
const LONGEST_TAIL: f64 = 1.0;

pub(super) fn decode(path: &Path, options: &MediaOptions, ctx: &Context<'_>) -> Result<Decoded> {
    ctx.tick(Stage::Decode, 0.0)?;
    let opened = probe::open(path, ctx.cancel())?;
    let container = opened.sniffed.container;
    let track = opened
        .info
        .selected
        .and_then(|at| opened.reader.tracks().get(at))
        .cloned();
    let Some(track) = track else {
        return Err(probe::nothing_to_decode(path, container, &opened.info));
    };
    let promised = promised(&opened, &track);
    let mut run = Run::new(path, options, ctx, &opened, track)?;
    let mut reader = opened.reader;

    loop {
        match guarded(path, || reader.next_packet())? {
            Ok(Some(packet)) => run.packet(&packet)?,
            Ok(None) => break,
            Err(Failure::ResetRequired) => {
                // An Ogg file can hold one stream behind another, each with headers of its own.
                let tracks = reader.tracks();
                let Some(track) = probe::choose(tracks).and_then(|at| tracks.get(at)) else {
                    break;
                };
                run.next_stream(track.clone())?;
            }
            Err(failure) => {
                if !run.survives(failure)? {
                    break;
                }
            }
        }
    }
    let others = opened
        .info
        .tracks
        .iter()
        .filter(|track| track.kind == "audio")
        .count()
        .saturating_sub(1);
    run.finish(promised, others, opened.info)
}

/// Seconds the headers promise, where they count and don't guess.
fn promised(opened: &Opened, track: &Track) -> Option<f64> {
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
    let whole = probe::duration_of(track).filter(|_| counts);
    match edit {
        Some(edit) if edit.duration > 0.0 => Some(edit.silence + edit.duration),
        _ => whole.or(opened.info.duration.filter(|_| counts)),
    }
}

/// One decoding under way.
struct Run<'a> {
    path: &'a Path,
    options: &'a MediaOptions,
    ctx: &'a Context<'a>,
    container: Container,
    meter: std::sync::Arc<super::source::Meter>,
    len: u64,
    track: Track,
    decoder: Box<dyn AudioDecoder>,
    rate: u32,
    timeline: Timeline,
    mixer: Mixer,
    packets: u64,
    decoded: u64,
    broken: u64,
    idle: u32,
    lost: f64,
    told: f64,
    cut: bool,
    last: Option<Failure>,
}

impl<'a> Run<'a> {
    fn new(
        path: &'a Path,
        options: &'a MediaOptions,
        ctx: &'a Context<'a>,
        opened: &Opened,
        track: Track,
    ) -> Result<Self> {
        let container = opened.sniffed.container;
        let (decoder, rate) = decoder_of(path, container, &track)?;
        let mut timeline = Timeline::new(rate, is_exact(&track, rate));
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
            timeline.edit(
                frames(edit.silence),
                skip,
                (edit.duration > 0.0).then(|| frames(edit.duration)),
            );
        } else if container == Container::Caf {
            timeline.edit(
                0,
                0,
                track
                    .num_frames
                    .and_then(|frames| i64::try_from(frames).ok())
                    .filter(|&frames| frames > 0),
            );
        }
        Ok(Self {
            path,
            options,
            ctx,
            container,
            meter: std::sync::Arc::clone(&opened.meter),
            len: opened.len,
            track,
            decoder,
            rate,
            timeline,
            mixer: Mixer::new(options, rate)?,
            packets: 0,
            decoded: 0,
            broken: 0,
            idle: 0,
            lost: 0.0,
            told: 0.0,
            cut: opened.cut,
            last: None,
        })
    }

    fn packet(&mut self, packet: &Packet) -> Result<()> {
        self.packets += 1;
        // A packet has at least one byte, unless a table says so that was made to.
        if self.packets > self.len.saturating_add(1_000) {
            return Err(damaged(self.path, "it has more packets than bytes", None));
        }
        if packet.track_id != self.track.id {
            return if self.packets.is_multiple_of(256) {
                self.tell()
            } else {
                Ok(())
            };
        }
        let stamp = self
            .track
            .time_base
            .map(|base| self.frames(packet.pts.get(), base));
        let whole = self.span(packet.block_dur().get());
        let (trim, kept) = (
            self.span(packet.trim_start.get()),
            self.span(packet.dur.get()),
        );
        let decoder = &mut self.decoder;
        match guarded(self.path, move || decoder.decode(packet))? {
            Ok(buffer) => {
                let frames = buffer.frames();
                if frames == 0 {
                    return self.idle();
                }
                (self.idle, self.decoded) = (0, self.decoded + 1);
                if buffer.spec().rate() != self.rate {
                    // The headers were wrong, or the stream has changed.
                    let rate = buffer.spec().rate();
                    check_rate(self.path, rate)?;
                    self.rate = rate;
                    self.timeline = Timeline::new(rate, false);
                }
                // Some decoders leave out the run-in and the padding of a packet themselves, others don't.
                let untrimmed = frames as u64 == whole && whole > kept;
                let (from, count) = if untrimmed {
                    (trim as usize, kept as usize)
                } else {
                    (0, frames)
                };
                let trimmed = if frames as u64 <= kept || untrimmed {
                    trim
                } else {
                    0
                };
                let stamp = stamp.map(|stamp| stamp.saturating_add_unsigned(trimmed));
                let place = self.timeline.place(stamp, count);
                if place.lost {
                    self.lost += place.silence as f64 / f64::from(self.rate);
                }
                self.mixer.silence(place.silence, self.rate)?;
                self.mixer
                    .sound(&buffer, from + place.skip, place.take, self.rate)?;
            }
            Err(Failure::ResetRequired) => self.decoder.reset(),
            Err(failure) => {
                self.broken += 1;
                self.last = Some(failure);
                let place = self
                    .timeline
                    .place(stamp, usize::try_from(whole.min(MOST_FRAMES)).unwrap_or(0));
                let silence = place.silence + place.take as u64;
                self.lost += silence as f64 / f64::from(self.rate);
                self.mixer.silence(silence, self.rate)?;
                self.idle()?;
            }
        }
        if self.mixer.pcm.seconds() > self.options.max_duration {
            return Err(Error::InvalidOption {
                option: "max_duration",
                expected: format!("at least the length of {}", self.path.display()),
                got: format!("{} s", self.options.max_duration),
            });
        }
        if self.mixer.pcm.seconds() - self.told >= 0.5 {
            self.tell()
        } else {
            Ok(())
        }
    }

    /// Starts on the stream behind the one that has ended.
    fn next_stream(&mut self, track: Track) -> Result<()> {
        (self.decoder, self.rate) = decoder_of(self.path, self.container, &track)?;
        self.timeline = Timeline::new(self.rate, false);
        self.track = track;
        self.idle()
    }

    /// Whether to go on after the demuxer failed.
    fn survives(&mut self, failure: Failure) -> Result<bool> {
        self.ctx.cancel().check()?;
        match failure {
            Failure::IoError(_) if self.meter.is_spent() => Err(damaged(
                self.path,
                "its parts point at each other in circles",
                None,
            )),
            Failure::IoError(e) if probe::is_of_the_system(&e) => {
                Err(Error::io("read", self.path)(e))
            }
            Failure::IoError(_) => {
                self.cut = true;
                Ok(false)
            }
            failure => {
                self.broken += 1;
                self.last = Some(failure);
                self.idle()?;
                Ok(true)
            }
        }
    }

    fn idle(&mut self) -> Result<()> {
        self.idle += 1;
        if self.idle.is_multiple_of(256) {
            self.tell()?;
        }
        if self.idle > MOST_IDLE {
            return Err(damaged(
                self.path,
                "most of it can't be decoded",
                self.last.take(),
            ));
        }
        Ok(())
    }

    fn tell(&mut self) -> Result<()> {
        self.told = self.mixer.pcm.seconds();
        self.ctx.tick(
            Stage::Decode,
            self.meter.position() as f64 / self.len.max(1) as f64,
        )
    }

    fn frames(&self, ticks: i64, base: TimeBase) -> i64 {
        frames_at(ticks, base.numer.get(), base.denom.get(), self.rate)
    }

    fn span(&self, ticks: u64) -> u64 {
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        self.track
            .time_base
            .map_or(0, |base| self.frames(ticks, base).max(0).cast_unsigned())
    }

    fn finish(
        mut self,
        promised: Option<f64>,
        others: usize,
        info: super::MediaInfo,
    ) -> Result<Decoded> {
        let codec = super::names::audio_codec(self.decoder.codec_params());
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
        let tail = promised.map_or(0.0, |promised| {
            promised - self.timeline.written() as f64 / f64::from(self.rate)
        });
        if self.lost > 0.0 && tail > 0.0 && tail <= LONGEST_TAIL {
            self.lost += tail;
            self.mixer
                .silence((tail * f64::from(self.rate)).round() as u64, self.rate)?;
        }
        self.mixer.flush()?;
        let have = self.mixer.pcm.seconds();
        let mut warnings = Vec::new();
        if self.broken > 0 || self.lost > 0.0 {
            warnings.push(format!(
                "this {codec} is damaged: {:.2} s of sound are lost, and silence stands in their place",
                self.lost
            ));
        }
        // What is promised for a film may be its picture's.
        let slack: f64 = if info.tracks.len() > 1 { 2.0 } else { 0.1 };
        let short = promised.filter(|promised| have + slack.max(promised * 0.01) < *promised);
        match short {
            Some(promised) => warnings.push(format!(
                "the headers promise {promised:.1} s, but only {have:.1} s are there"
            )),
            None if self.cut && self.lost == 0.0 => {
                warnings.push("the file breaks off before its end".into())
            }
            None => {}
        }
        if others > 0 {
            warnings.push(format!(
                "one of {} audio tracks is used; the others are left out",
                others + 1
            ));
        }
        self.ctx.tick(Stage::Decode, 1.0)?;
        Ok(Decoded {
            audio: self.mixer.pcm.finish()?,
            info,
            promised,
            lost: self.lost,
            warnings,
        })
    }
}

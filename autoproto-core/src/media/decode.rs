//! A track's packets through the decoders, under budgets.

use std::path::Path;
use std::sync::Arc;
use std::thread::Scope;

use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::packet::Packet;

use super::MediaOptions;
use super::crew::{Crew, Heard};
use super::demux::{Batch, Batches, RunIn};
use super::describe;
use super::heaac::Ahead;
use super::opus::OpusHead;
use super::probe::{Opened, damaged, guarded};
use super::setup::decoder_of;
use super::sniff::Container;
use super::track::{MOST_IDLE, Placed, TrackRun};
use super::trims::Trims;
use super::watch::Meter;
use crate::context::Context;
use crate::error::{Error, Result, Stage};

/// Decoders side by side, where nobody says how many: more don't help, since resampling takes as long by then.
const MOST_THREADS: usize = 4;

/// Decodes the track at `at` of an opened file.
pub(super) fn decode(
    path: &Path,
    opened: Opened,
    at: usize,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<Placed> {
    let Some(track) = opened.track(at) else {
        return Err(damaged(path, "it has lost a track", None));
    };
    std::thread::scope(|scope| {
        let run = TrackRun::new(path, options, &opened, &track)?;
        let mut feed = Feed {
            path,
            ctx,
            container: opened.sniffed.container,
            meter: Arc::clone(&opened.meter),
            len: opened.len,
            most: opened.len.saturating_add(1_000),
            packets: 0,
            idle: 0,
            read: 0,
            run,
            crew: None,
            batches: Batches::new(RunIn::Nothing),
            trims: Trims::of(&opened.sniffed),
            held: None,
            padding: opened.film(&track).map_or(0, |film| film.padding),
            live: opened.live,
            threads: options.threads.unwrap_or_else(cores).clamp(1, 64),
            scope,
            track,
        };
        feed.seat()?;
        feed.all(opened.reader, opened.ahead, at)?;
        feed.run.finish(opened.cut, feed.meter.is_mended())
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS))
}

/// From the demuxer to the decoders, and from these to their place.
struct Feed<'scope, 'env> {
    path: &'env Path,
    ctx: &'env Context<'env>,
    container: Container,
    meter: Arc<Meter>,
    len: u64,
    /// More packets than this no file of its size can have.
    most: u64,
    packets: u64,
    idle: u32,
    /// How much of the file has become sound, in bytes.
    read: u64,
    track: Track,
    run: TrackRun<'env>,
    crew: Option<Crew<'env>>,
    batches: Batches,
    trims: Trims,
    /// The packet before: the last of a track is treated otherwise.
    held: Option<Packet>,
    /// Nanoseconds of padding behind the track's last packet.
    padding: u64,
    /// Whether its end is where a live recording ends, which no size tells.
    live: bool,
    threads: usize,
    scope: &'scope Scope<'scope, 'env>,
}

impl<'env> Feed<'_, 'env> {
    /// Makes the decoders of the track.
    fn seat(&mut self) -> Result<()> {
        let codec = describe::audio_of(&self.track).map(|params| params.codec);
        let head =
            describe::audio_of(&self.track).and_then(|params| OpusHead::of(params, self.container));
        let run_in = codec.map_or(RunIn::All, RunIn::of);
        let count = if run_in == RunIn::All {
            1
        } else {
            self.threads
        };
        let decoders = (0..count)
            .map(|_| Ok(decoder_of(self.path, self.container, &self.track)?.0))
            .collect::<Result<Vec<_>>>()?;
        self.batches = Batches::new(run_in);
        self.crew = Some(Crew::new(
            self.path,
            decoders,
            head.map_or(1.0, |head| head.gain),
            self.threads > 1,
            self.scope,
        )?);
        Ok(())
    }

    fn all(
        &mut self,
        mut reader: Box<dyn FormatReader>,
        mut ahead: Ahead,
        at: usize,
    ) -> Result<()> {
        loop {
            let next = match ahead.pop_front() {
                Some(next) => next,
                None => guarded(self.path, || reader.next_packet())?,
            };
            match next {
                Ok(Some(packet)) => self.packet(packet)?,
                Ok(None) => break,
                Err(Failure::ResetRequired) => {
                    // An Ogg file can hold one stream behind another, each with headers of its own.
                    self.drain()?;
                    let tracks = reader.tracks();
                    let fits = |track: &&Track| {
                        describe::audio_of(track).is_some_and(super::names::is_decoded)
                    };
                    let next = tracks
                        .get(at)
                        .filter(fits)
                        .or_else(|| tracks.iter().find(fits));
                    let Some(next) = next.cloned() else {
                        break;
                    };
                    self.track = next;
                    self.seat()?;
                    self.run.next_stream(&self.track)?;
                    self.idle()?;
                }
                Err(failure) => {
                    if !self.survives(failure)? {
                        break;
                    }
                }
            }
        }
        self.drain()
    }

    fn packet(&mut self, packet: Packet) -> Result<()> {
        self.packets += 1;
        // A packet has at least one byte, unless a table says so that was made to.
        if self.packets > self.most {
            return Err(damaged(self.path, "it has more packets than bytes", None));
        }
        if self.packets.is_multiple_of(1_024) {
            self.tell()?;
        }
        if packet.track_id != self.track.id {
            return Ok(());
        }
        self.idle = 0;
        for packet in self.trims.pass(packet) {
            self.untrimmed(packet)?;
        }
        Ok(())
    }

    fn untrimmed(&mut self, packet: Packet) -> Result<()> {
        let Some(packet) = self.held.replace(packet) else {
            return Ok(());
        };
        let samples = self.run.samples_of(&packet);
        match self.batches.push(packet, samples) {
            Some(batch) => self.give(batch),
            None => Ok(()),
        }
    }

    fn give(&mut self, mut batch: Batch) -> Result<()> {
        if batch.items.is_empty() {
            return Ok(());
        }
        batch.read = self.meter.position();
        match &mut self.crew {
            Some(crew) => match crew.give(batch)? {
                Some(heard) => self.place(heard),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn place(&mut self, heard: Heard) -> Result<()> {
        self.read = heard.read;
        self.run.place(heard)?;
        self.tell()
    }

    /// Waits for what is out.
    fn drain(&mut self) -> Result<()> {
        for packet in self.trims.rest() {
            self.untrimmed(packet)?;
        }
        if let Some(last) = self.held.take() {
            self.batches.last(last, self.padding);
        }
        let rest = self.batches.take();
        self.give(rest)?;
        while let Some(heard) = self.crew.as_mut().map_or(Ok(None), Crew::take)? {
            self.place(heard)?;
        }
        Ok(())
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
            Failure::IoError(e) if self.meter.failed().is_some() => {
                let failed = self.meter.failed().unwrap_or(e);
                Err(Error::io("read", self.path)(failed))
            }
            Failure::IoError(_) => {
                if !self.live {
                    self.run.breaks_off();
                }
                Ok(false)
            }
            failure => {
                self.idle()?;
                for packet in self.trims.rest() {
                    self.untrimmed(packet)?;
                }
                if let Some(held) = self.held.take() {
                    self.batches.last(held, 0);
                }
                if let Some(batch) = self.batches.broken(failure) {
                    self.give(batch)?;
                }
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
            return Err(damaged(self.path, "most of it can't be decoded", None));
        }
        Ok(())
    }

    fn tell(&mut self) -> Result<()> {
        let done = self.read as f64 / self.len.max(1) as f64;
        self.ctx.tick(Stage::Decode, done)
    }
}

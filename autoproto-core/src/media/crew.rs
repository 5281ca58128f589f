//! Decoders side by side: each takes every n-th batch, and the batches come back in their order.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as Failure;
use symphonia::core::packet::Packet;

use super::demux::{Batch, Item};
use super::probe::guarded;
use crate::error::{Error, Result};

/// When a packet's sound is to be heard, in ticks of its track.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    pub(super) pts: i64,
    /// All of it, run-in and padding included.
    pub(super) whole: u64,
    pub(super) trim: u64,
    pub(super) kept: u64,
    /// Nanoseconds at its end that are not for hearing, and that the ticks don't tell.
    pub(super) padding: u64,
}

impl Stamp {
    fn of(packet: &Packet) -> Self {
        Self {
            pts: packet.pts.get(),
            whole: packet.block_dur().get(),
            trim: packet.trim_start.get(),
            kept: packet.dur.get(),
            padding: 0,
        }
    }
}

/// What became of a packet.
pub(super) enum Piece {
    /// So many frames of a block.
    Sound {
        stamp: Stamp,
        block: usize,
        frames: Range<usize>,
    },
    /// Nothing to hear.
    Nothing,
    Broken(Option<Stamp>, Failure),
}

/// Decoded sound of one shape.
#[derive(Default)]
pub(super) struct Block {
    pub(super) rate: u32,
    pub(super) channels: Channels,
    pub(super) planes: Vec<Vec<f32>>,
}

/// A batch as it was heard.
#[derive(Default)]
pub(super) struct Heard {
    /// How much of the file was read when this was, in bytes.
    pub(super) read: u64,
    pub(super) pieces: Vec<Piece>,
    pub(super) blocks: Vec<Block>,
}

/// One decoder at work.
struct Worker<'a> {
    path: &'a Path,
    decoder: Box<dyn AudioDecoder>,
    gain: f32,
}

impl Worker<'_> {
    fn hear(&mut self, batch: Batch) -> Result<Heard> {
        if let Some(packets) = batch.run_in {
            self.decoder.reset();
            for packet in &packets {
                // What is wrong with it was told with the batch before.
                let _ = guarded(self.path, || self.decoder.decode(packet).map(|_| ()))?;
            }
        }
        let mut heard = Heard {
            read: batch.read,
            pieces: Vec::with_capacity(batch.items.len()),
            blocks: Vec::new(),
        };
        for item in batch.items {
            let piece = match item {
                Item::Packet(packet) => self.packet(&packet, &mut heard.blocks)?,
                Item::Padded(packet, padding) => {
                    let mut piece = self.packet(&packet, &mut heard.blocks)?;
                    if let Piece::Sound { stamp, .. } = &mut piece {
                        stamp.padding = padding;
                    }
                    piece
                }
                Item::Broken(failure) => Piece::Broken(None, failure),
            };
            heard.pieces.push(piece);
        }
        Ok(heard)
    }

    fn packet(&mut self, packet: &Packet, blocks: &mut Vec<Block>) -> Result<Piece> {
        let stamp = Stamp::of(packet);
        let decoder = &mut self.decoder;
        match guarded(self.path, move || decoder.decode(packet))? {
            Ok(buffer) if buffer.frames() == 0 => Ok(Piece::Nothing),
            Ok(buffer) => {
                let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels());
                let fits = |block: &Block| block.rate == rate && block.channels == *channels;
                if !blocks.last().is_some_and(fits) {
                    blocks.push(Block {
                        rate,
                        channels: channels.clone(),
                        planes: vec![Vec::new(); channels.count()],
                    });
                }
                let at = blocks.len() - 1;
                let Some(block) = blocks.last_mut() else {
                    return Ok(Piece::Nothing);
                };
                let from = block.planes.first().map_or(0, Vec::len);
                let frames = from..from + buffer.frames();
                let mut planes: Vec<&mut [f32]> = block
                    .planes
                    .iter_mut()
                    .map(|plane| {
                        plane.resize(frames.end, 0.0);
                        plane.get_mut(from..).unwrap_or_default()
                    })
                    .collect();
                buffer.copy_to_slice_planar(&mut planes);
                if self.gain != 1.0 {
                    planes
                        .iter_mut()
                        .flat_map(|plane| plane.iter_mut())
                        .for_each(|s| *s *= self.gain);
                }
                Ok(Piece::Sound {
                    stamp,
                    block: at,
                    frames,
                })
            }
            Err(Failure::ResetRequired) => {
                self.decoder.reset();
                Ok(Piece::Nothing)
            }
            Err(failure) => Ok(Piece::Broken(Some(stamp), failure)),
        }
    }
}

/// A worker's place: here, or on a thread of its own.
enum Seat<'a> {
    Here(Worker<'a>, VecDeque<Result<Heard>>),
    There(SyncSender<Batch>, Receiver<Result<Heard>>),
}

impl Seat<'_> {
    fn give(&mut self, batch: Batch) -> Result<()> {
        match self {
            Seat::Here(worker, done) => {
                done.push_back(worker.hear(batch));
                Ok(())
            }
            Seat::There(jobs, _) => jobs.send(batch).map_err(|_| gone()),
        }
    }

    fn take(&mut self) -> Result<Heard> {
        match self {
            Seat::Here(_, done) => done.pop_front().unwrap_or_else(|| Err(gone())),
            Seat::There(_, done) => done.recv().unwrap_or_else(|_| Err(gone())),
        }
    }
}

fn gone() -> Error {
    Error::Internal {
        reason: "a decoding thread is gone".into(),
    }
}

/// The decoders of one track.
pub(super) struct Crew<'a> {
    seats: Vec<Seat<'a>>,
    given: usize,
    taken: usize,
}

impl<'a> Crew<'a> {
    /// Seats the decoders; one alone works on the caller's thread.
    pub(super) fn new<'scope>(
        path: &'a Path,
        decoders: Vec<Box<dyn AudioDecoder>>,
        gain: f32,
        threads: bool,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Result<Self> {
        let seat = |decoder| {
            let mut worker = Worker {
                path,
                decoder,
                gain,
            };
            if !threads {
                return Ok(Seat::Here(worker, VecDeque::new()));
            }
            let (jobs, batches) = sync_channel::<Batch>(1);
            let (results, done) = sync_channel(1);
            let work = move || {
                // Ends when either side hangs up.
                for batch in batches {
                    if results.send(worker.hear(batch)).is_err() {
                        break;
                    }
                }
            };
            std::thread::Builder::new()
                .name("autoproto-decode".into())
                .spawn_scoped(scope, work)
                .map_err(Error::io("start a thread to read", path))?;
            Ok(Seat::There(jobs, done))
        };
        Ok(Self {
            seats: decoders.into_iter().map(seat).collect::<Result<_>>()?,
            given: 0,
            taken: 0,
        })
    }

    /// Gives out a batch; gives back the oldest where all hands are full.
    pub(super) fn give(&mut self, batch: Batch) -> Result<Option<Heard>> {
        let waiting = self.given - self.taken;
        // A batch in work and one in hand for each.
        let oldest = if waiting >= 2 * self.seats.len() {
            self.take()?
        } else {
            None
        };
        let at = self.given % self.seats.len().max(1);
        self.given += 1;
        self.seats.get_mut(at).ok_or_else(gone)?.give(batch)?;
        Ok(oldest)
    }

    /// The oldest batch that is out; none when all are back.
    pub(super) fn take(&mut self) -> Result<Option<Heard>> {
        if self.taken == self.given {
            return Ok(None);
        }
        let at = self.taken % self.seats.len().max(1);
        self.taken += 1;
        self.seats.get_mut(at).ok_or_else(gone)?.take().map(Some)
    }
}

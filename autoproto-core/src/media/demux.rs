//! Packets out of a file, in batches that can be decoded each by itself.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS,
};
use symphonia::core::errors::Error as Failure;
use symphonia::core::packet::Packet;

/// Packets of a batch at most, and frames at most: about a second and a half of most codecs.
const PACKETS: usize = 64;
const FRAMES: u64 = 1 << 16;
const BYTES: usize = 1 << 20;

/// What a decoder must have heard before a packet to decode it as if it had heard everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunIn {
    /// Packets stand alone: PCM, ADPCM, FLAC, ALAC.
    Nothing,
    /// So many packets, and packets of so many bytes together.
    Packets(usize, usize),
    /// Everything: what goes through a filter that never forgets.
    All,
}

impl RunIn {
    pub(super) fn of(codec: AudioCodecId) -> Self {
        match codec {
            // Each block overlaps the one before it, and the window's shape is the one before that's affair.
            CODEC_ID_AAC => RunIn::Packets(3, 0),
            CODEC_ID_VORBIS => RunIn::Packets(2, 0),
            // A frame's bits may begin 511 bytes earlier (ISO/IEC 11172-3, 2.4.3.4), and its synthesis remembers one more.
            CODEC_ID_MP1 | CODEC_ID_MP2 | CODEC_ID_MP3 => RunIn::Packets(4, 1_200),
            CODEC_ID_OPUS => RunIn::All,
            _ => RunIn::Nothing,
        }
    }
}

/// What comes out of a file.
pub(super) enum Item {
    Packet(Packet),
    /// A packet of which so many nanoseconds at the end are not for hearing.
    Padded(Packet, u64),
    /// The demuxer stumbled here.
    Broken(Failure),
}

/// Packets in a row, and those just before them.
#[derive(Default)]
pub(super) struct Batch {
    /// How much of the file was read by then, in bytes.
    pub(super) read: u64,
    /// Decoded first, and not heard; none for a decoder that goes on where it was.
    pub(super) run_in: Option<Vec<Packet>>,
    pub(super) items: Vec<Item>,
}

/// Gathers packets to batches. Where a batch ends depends on the packets alone, so that any number of decoders gives
/// the same sound.
pub(super) struct Batches {
    run_in: RunIn,
    /// The last packets, as many as the next batch may want.
    tail: Vec<Packet>,
    batch: Batch,
    frames: u64,
    bytes: usize,
    first: bool,
}

impl Batches {
    pub(super) fn new(run_in: RunIn) -> Self {
        Self {
            run_in,
            tail: Vec::new(),
            batch: Batch::default(),
            frames: 0,
            bytes: 0,
            first: true,
        }
    }

    /// Takes a packet of so many samples over all channels; gives the batch that it fills.
    pub(super) fn push(&mut self, packet: Packet, samples: u64) -> Option<Batch> {
        self.remember(&packet);
        self.frames = self.frames.saturating_add(samples);
        self.bytes += packet.data.len();
        self.batch.items.push(Item::Packet(packet));
        (self.batch.items.len() >= PACKETS || self.frames >= 2 * FRAMES || self.bytes >= BYTES)
            .then(|| self.take())
    }

    /// Takes the last packet of a track, of which so many nanoseconds are padding.
    pub(super) fn last(&mut self, packet: Packet, padding: u64) {
        self.batch.items.push(match padding {
            0 => Item::Packet(packet),
            padding => Item::Padded(packet, padding),
        });
    }

    /// Takes the demuxer's stumbling.
    pub(super) fn broken(&mut self, failure: Failure) -> Option<Batch> {
        self.batch.items.push(Item::Broken(failure));
        (self.batch.items.len() >= PACKETS).then(|| self.take())
    }

    /// The batch so far.
    pub(super) fn take(&mut self) -> Batch {
        (self.frames, self.bytes) = (0, 0);
        let next = Batch {
            run_in: (self.run_in != RunIn::All).then(|| self.tail.clone()),
            ..Batch::default()
        };
        let mut batch = std::mem::replace(&mut self.batch, next);
        if std::mem::take(&mut self.first) {
            batch.run_in = None;
        }
        batch
    }

    fn remember(&mut self, packet: &Packet) {
        let RunIn::Packets(count, bytes) = self.run_in else {
            return;
        };
        self.tail.push(packet.clone());
        let mut sum = 0;
        let enough = self.tail.iter().rev().enumerate().find(|(at, packet)| {
            sum += packet.data.len();
            at + 1 >= count && sum >= bytes
        });
        let keep = enough
            .map_or(self.tail.len(), |(at, _)| at + 1)
            .min(PACKETS);
        self.tail.drain(..self.tail.len() - keep);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use symphonia::core::units::{Duration, Timestamp};

    fn packet(number: i64, bytes: usize) -> Packet {
        Packet::new(
            0,
            Timestamp::from(number),
            Duration::from(1u32),
            vec![0; bytes],
        )
    }

    fn numbers(packets: &[Packet]) -> Vec<i64> {
        packets.iter().map(|packet| packet.pts.get()).collect()
    }

    #[test]
    fn a_batch_begins_with_what_its_decoder_must_have_heard() {
        let mut batches = Batches::new(RunIn::Packets(3, 1_200));
        let mut full = Vec::new();
        for number in 0..200 {
            full.extend(batches.push(packet(number, 100), 1_000));
        }
        assert_eq!(full.len(), 3);
        assert!(full[0].run_in.is_none(), "it begins the track");
        assert_eq!(
            numbers(full[1].run_in.as_deref().unwrap()),
            (52..64).collect::<Vec<_>>()
        );
        assert_eq!(batches.take().items.len(), 200 - 3 * 64);
    }

    #[test]
    fn long_packets_make_short_batches() {
        let mut batches = Batches::new(RunIn::Nothing);
        let filled = (0..64)
            .find_map(|number| batches.push(packet(number, 10), 50_000))
            .unwrap();
        assert_eq!(filled.items.len(), 3);
        assert_eq!(batches.take().run_in.unwrap().len(), 0);
    }
}

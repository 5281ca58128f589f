//! What an MP3's frame count is worth (the count in a Xing, Info or VBRI tag, or one guessed from the bit rate).
//!
//! The demuxer trims every packet beyond the count. A count is right within the padding of the encoder; one that is guessed,
//! left from before the recording went on, or of the first of two files in a row would cut off real sound.

use std::collections::VecDeque;

use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

use super::sniff::{Container, Sniffed};

/// Packets that padding can reach over: an encoder's delay and a last frame.
const MOST: usize = 3;

/// Holds packets that are trimmed at their end until it is known whether the sound ends with them.
pub(super) struct Trims {
    container: Container,
    counted: bool,
    /// More was trimmed than padding can be: the count is wrong, and everything is heard.
    wrong: bool,
    waiting: VecDeque<Packet>,
}

impl Trims {
    pub(super) fn of(sniffed: &Sniffed) -> Self {
        Self {
            container: sniffed.container,
            counted: sniffed.counted,
            wrong: false,
            waiting: VecDeque::new(),
        }
    }

    /// Takes a packet; gives those that are settled.
    pub(super) fn pass(&mut self, packet: Packet) -> VecDeque<Packet> {
        if self.container != Container::Mp3 {
            return VecDeque::from([packet]);
        }
        self.wrong |= !self.counted;
        if packet.trim_end.get() == 0 && self.waiting.is_empty() {
            return VecDeque::from([packet]);
        }
        self.waiting.push_back(packet);
        self.wrong |= self.waiting.len() > MOST;
        if self.wrong {
            self.rest()
        } else {
            VecDeque::new()
        }
    }

    /// What waits, at the end or before something else comes.
    pub(super) fn rest(&mut self) -> VecDeque<Packet> {
        let mut packets = std::mem::take(&mut self.waiting);
        if self.wrong {
            for packet in &mut packets {
                let whole = packet.dur.get().saturating_add(packet.trim_end.get());
                (packet.dur, packet.trim_end) = (Duration::from(whole), Duration::from(0u32));
            }
        }
        packets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::units::Timestamp;

    fn packet(number: i64, trimmed: u64) -> Packet {
        let mut packet = Packet::new(
            0,
            Timestamp::from(number),
            Duration::from(1_152 - trimmed),
            [0; 4],
        );
        packet.trim_end = Duration::from(trimmed);
        packet
    }

    fn heard(counted: bool, trimmed: &[u64]) -> Vec<u64> {
        let mut trims = Trims::of(&Sniffed {
            container: Container::Mp3,
            start: 0,
            counted,
        });
        let mut packets = Vec::new();
        for (number, &trimmed) in (0..).zip(trimmed) {
            packets.extend(trims.pass(packet(number, trimmed)));
        }
        packets.extend(trims.rest());
        assert!(packets.is_sorted_by_key(|packet| packet.pts.get()));
        packets.iter().map(|packet| packet.dur.get()).collect()
    }

    #[test]
    fn padding_is_left_out_and_sound_is_not() {
        assert_eq!(heard(true, &[0, 0, 500, 1_152]), [1_152, 1_152, 652, 0]);
        assert_eq!(
            heard(false, &[0, 500, 1_152]),
            [1_152; 3],
            "a guess is no count"
        );
        assert_eq!(
            heard(true, &[0, 500, 1_152, 1_152, 1_152, 1_152]),
            [1_152; 6],
            "a stale count"
        );
        assert_eq!(heard(true, &[1_152; 9]), [1_152; 9], "a count of none");
    }
}

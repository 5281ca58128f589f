//! Spectral band replication (SBR): what a packet of AAC says of it, read from the packet's end.
//!
//! A recipe for the upper band is a fill element of its own kind, behind the sound's elements, whose length can't be told
//! without decoding them. So each packet is read from its end: does an element at any bit claim to be a recipe, of just
//! such a length that nothing but other fill and the end mark stands behind it (ISO/IEC 14496-3, 4.4.2.1 and 4.4.2.7)? Of
//! plain AAC-LC some 3 packets in a hundred look so by chance, of HE-AAC all do. A dozen that differ settle it.

use std::collections::{HashMap, HashSet};

use super::aac::Bits;

/// The head of an SBR recipe, as far as it says where the band begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    pub(super) start: u32,
    pub(super) stop: u32,
}

impl Recipe {
    /// Hertz above which the core has nothing (ISO/IEC 14496-3, 4.6.18.3.2); a crossover band above the first, which
    /// encoders hardly use, would raise it.
    pub(super) fn crossover(self, core_rate: u32) -> Option<f64> {
        let full = 2 * i64::from(core_rate);
        if full <= 0 {
            return None;
        }
        let lowest = match full {
            ..32_000 => 3_000,
            32_000..64_000 => 4_000,
            _ => 5_000,
        };
        let offsets: [i8; 16] = match full {
            ..=16_000 => [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7],
            16_001..=22_050 => [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13],
            22_051..32_000 => [-5, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16],
            32_000..44_100 => [-6, -4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16],
            44_100..=64_000 => [-4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20],
            _ => [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20, 24],
        };
        let first = (2 * lowest * 128 + full) / (2 * full);
        let band = first + i64::from(*offsets.get(self.start as usize)?);
        Some((band * full) as f64 / 128.0)
    }
}

/// Tells from a stream's packets whether it has recipes.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: HashSet<Vec<u8>>,
    with: u32,
    without: u32,
    recipes: HashMap<Recipe, u32>,
}

/// Packets that settle it.
const ENOUGH: u32 = 12;
/// Different packets kept to tell repetitions by.
const MOST_SEEN: usize = 4 * ENOUGH as usize;
/// Bytes of a packet of two channels, of which each may have 6144 bits (ISO/IEC 14496-3, 4.5.3.2).
const LARGEST: usize = 1_536;

impl Watch {
    /// Looks at a packet: one raw data block, without a header.
    pub(super) fn see(&mut self, packet: &[u8]) {
        if packet.len() > LARGEST || self.seen.len() >= MOST_SEEN {
            return;
        }
        match recipe_at(packet) {
            Some(payload) => {
                let bits = payload.bits;
                if self.seen.insert(payload.key(packet)) {
                    self.with += 1;
                }
                if let Some(recipe) = head(&mut Bits {
                    bytes: packet,
                    at: bits.0,
                }) {
                    *self.recipes.entry(recipe).or_default() += 1;
                }
            }
            // Digital silence repeats itself: one packet, one witness.
            None => {
                if self.seen.insert(packet.to_vec()) {
                    self.without += 1;
                }
            }
        }
    }

    /// Whether it is HE-AAC, once that is settled.
    pub(super) fn verdict(&self) -> Option<bool> {
        if self.without >= ENOUGH || self.seen.len() >= MOST_SEEN {
            return Some(self.mostly() && !self.recipes.is_empty());
        }
        (self.with >= ENOUGH && self.mostly() && !self.recipes.is_empty()).then_some(true)
    }

    /// Whether most of what was seen has a recipe.
    pub(super) fn mostly(&self) -> bool {
        self.with > 3 * self.without
    }

    /// Whether it is, when there are no more packets.
    pub(super) fn at_end(&self) -> bool {
        self.verdict()
            .unwrap_or(self.with >= 4 && self.without == 0 && !self.recipes.is_empty())
    }

    /// The head of the recipe: of all that were seen the commonest.
    pub(super) fn recipe(&self) -> Option<Recipe> {
        let seen = self.recipes.iter();
        seen.max_by_key(|&(recipe, &count)| (count, recipe.start, recipe.stop))
            .map(|(recipe, _)| *recipe)
    }
}

/// Where a packet's recipe is.
struct Payload {
    /// Its bits, behind its type, and their end.
    bits: (usize, usize),
}

impl Payload {
    /// The recipe itself, by which repetitions are told.
    fn key(&self, packet: &[u8]) -> Vec<u8> {
        let mut bits = Bits {
            bytes: packet,
            at: self.bits.0,
        };
        (0..(self.bits.1 - self.bits.0) / 8)
            .map_while(|_| bits.take(8))
            .map(|byte| byte as u8)
            .collect()
    }
}

const FILL: u32 = 6;
const DATA: u32 = 4;
const END: u32 = 7;
/// Elements behind a recipe; a bound on the work that a packet can make.
const MOST_ELEMENTS: usize = 16;

/// The earliest element of a packet that may be a recipe with nothing but fill behind it.
fn recipe_at(packet: &[u8]) -> Option<Payload> {
    (7..8 * packet.len()).find_map(|at| {
        let mut bits = Bits { bytes: packet, at };
        if bits.take(3)? != FILL {
            return None;
        }
        let end = skip_fill(&mut bits)?;
        // A recipe (13), or one with a check sum before it (14).
        let kind = Some(bits.take(4)?).filter(|kind| matches!(kind, 13 | 14))?;
        let start = bits.at + if kind == 14 { 10 } else { 0 };
        bits.at = end;
        (start < end && ends(&mut bits)).then_some(Payload { bits: (start, end) })
    })
}

/// Reads the length of a fill element and says where it ends, inside the packet.
fn skip_fill(bits: &mut Bits<'_>) -> Option<usize> {
    let mut count = bits.take(4)? as usize;
    if count == 15 {
        count = 14 + bits.take(8)? as usize;
    }
    Some(bits.at + 8 * count).filter(|&end| end <= 8 * bits.bytes.len())
}

/// Whether only fill and the end mark follow, up to the last byte.
fn ends(bits: &mut Bits<'_>) -> bool {
    let mut read = || -> Option<bool> {
        for _ in 0..MOST_ELEMENTS {
            match bits.take(3)? {
                END => return Some(8 * bits.bytes.len() - bits.at < 8),
                FILL => bits.at = skip_fill(bits)?,
                DATA => {
                    bits.take(4)?;
                    let aligned = bits.take(1)? == 1;
                    let mut count = bits.take(8)? as usize;
                    if count == 255 {
                        count += bits.take(8)? as usize;
                    }
                    if aligned {
                        bits.at = bits.at.next_multiple_of(8);
                    }
                    bits.at += 8 * count;
                }
                _ => break,
            }
        }
        Some(false)
    };
    read().unwrap_or(false)
}

/// The head of a recipe, which not every packet has.
fn head(bits: &mut Bits<'_>) -> Option<Recipe> {
    if bits.take(2)? >> 1 == 0 {
        return None;
    }
    let (start, stop) = (bits.take(4)?, bits.take(4)?);
    bits.take(3)?;
    // Two bits that are kept for the future.
    (bits.take(2)? == 0).then_some(Recipe { start, stop })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    /// Bits in the order they are written.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn put(&mut self, value: u32, count: usize) {
            self.0
                .extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        }

        fn bytes(&self) -> Vec<u8> {
            self.0
                .chunks(8)
                .map(|bits| {
                    bits.iter()
                        .enumerate()
                        .fold(0, |byte, (at, &bit)| byte | u8::from(bit) << (7 - at))
                })
                .collect()
        }
    }

    /// A packet of noise in place of sound, with a recipe behind it or plain fill, and more fill behind that.
    fn packet(noise: &[u8], recipe: Option<&[u8]>, head: bool, more: usize) -> Vec<u8> {
        let mut bits = Writer::default();
        for &byte in noise {
            bits.put(u32::from(byte), 8);
        }
        // The sound's elements end at any bit.
        bits.put(0, noise.first().map_or(0, |&byte| usize::from(byte % 8)));
        let payload = recipe.unwrap_or(noise);
        let count = payload.len() + 3;
        bits.put(FILL, 3);
        match count {
            ..15 => bits.put(count as u32, 4),
            _ => {
                bits.put(15, 4);
                bits.put(count as u32 - 14, 8);
            }
        }
        bits.put(if recipe.is_some() { 13 } else { 0 }, 4);
        // With a head: resolution, start 7, stop 3, crossover band, two reserved, no more of it.
        bits.put(if head { 0x1_b980 } else { 0 }, 17);
        bits.put(0, 3);
        for &byte in payload {
            bits.put(u32::from(byte), 8);
        }
        if more > 0 {
            bits.put(FILL, 3);
            bits.put(more as u32, 4);
            bits.put(0, 8 * more);
        }
        bits.put(END, 3);
        bits.bytes()
    }

    /// Bytes without pattern.
    fn noise(seed: u64, count: usize) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        (0..count)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            })
            .collect()
    }

    fn watched(packets: impl Iterator<Item = Vec<u8>>) -> Watch {
        let mut watch = Watch::default();
        for packet in packets {
            watch.see(&packet);
            if watch.verdict().is_some() {
                break;
            }
        }
        watch
    }

    #[test]
    fn a_recipe_behind_the_sound_is_seen() {
        for more in [0, 3] {
            let watch = watched(
                (0..40).map(|n| packet(&noise(n, 120), Some(&noise(n + 99, 30)), n % 8 == 0, more)),
            );
            assert_eq!(watch.verdict(), Some(true));
            assert_eq!(watch.recipe(), Some(Recipe { start: 7, stop: 3 }));
        }
        // Short recipes, whose length has no second part.
        let watch =
            watched((0..40).map(|n| packet(&noise(n, 60), Some(&noise(n + 99, 7)), n == 0, 0)));
        assert_eq!(watch.verdict(), Some(true));
    }

    #[test]
    fn sound_alone_and_plain_fill_are_no_recipe() {
        for seed in 0..200 {
            let plain = (0..60).map(|n| noise(1_000 * seed + n, 90 + n as usize));
            assert_eq!(watched(plain).verdict(), Some(false));
            let filled = (0..60).map(|n| packet(&noise(1_000 * seed + n, 50), None, false, 2));
            assert_eq!(watched(filled).verdict(), Some(false));
        }
    }

    #[test]
    fn repetitions_are_one_witness() {
        let same = packet(&noise(5, 20), Some(&noise(6, 9)), true, 0);
        let watch = watched((0..500).map(|_| same.clone()));
        assert_eq!(
            (watch.verdict(), watch.with, watch.at_end()),
            (None, 1, false)
        );
        let silence = noise(7, 12);
        assert_eq!(watched((0..500).map(|_| silence.clone())).verdict(), None);
    }

    #[test]
    fn a_few_packets_are_enough_if_there_are_no_more() {
        let watch =
            watched((0..5).map(|n| packet(&noise(n, 100), Some(&noise(n + 99, 30)), n == 0, 0)));
        assert!(watch.verdict().is_none() && watch.at_end());
        let three =
            watched((0..3).map(|n| packet(&noise(n, 100), Some(&noise(n + 99, 30)), n == 0, 0)));
        assert!(!three.at_end());
    }

    #[test]
    fn the_crossover_is_where_the_tables_put_it() {
        let at = |start, core| Recipe { start, stop: 0 }.crossover(core).unwrap();
        // 12 + 5 bands of 344.5 Hz; 11 + 11 of 375 Hz; 16 + 5 of 250 Hz.
        assert_eq!(at(8, 22_050), (12.0 + 5.0) * 44_100.0 / 128.0);
        assert_eq!(at(12, 24_000), (11.0 + 11.0) * 375.0);
        assert_eq!(at(9, 16_000), (16.0 + 5.0) * 250.0);
        assert_eq!(Recipe { start: 0, stop: 0 }.crossover(0), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20)) {
            let watch = watched(packets.into_iter());
            let _ = (watch.at_end(), watch.recipe());
        }
    }
}

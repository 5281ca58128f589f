//! The headers of the WAV that ffmpeg writes into a pipe, whose sizes are unknown when they are written.

use symphonia::core::audio::{Channels, Position};

/// Longer headers are none: ffmpeg's are a hundred bytes.
const LONGEST: usize = 64 << 10;
/// Twice the rate of the fastest DSD once it is PCM would be more.
const HIGHEST_RATE: u32 = 3_072_000;
const MOST_CHANNELS: u16 = 64;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;

/// What the headers say.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    pub(super) rate: u32,
    pub(super) channels: Channels,
    /// The bytes before the sound.
    pub(super) length: usize,
}

/// These bytes are not the WAV that was asked for.
#[derive(Debug, PartialEq)]
pub(super) struct NotWave;

/// Reads the headers at the beginning of `bytes`; `None` if more bytes are needed.
pub(super) fn head(bytes: &[u8]) -> Result<Option<Head>, NotWave> {
    let begins = |at: usize, magic: &[u8]| {
        let there = bytes.get(at..).unwrap_or_default();
        let common = there.len().min(magic.len());
        there.get(..common) == magic.get(..common)
    };
    if !begins(0, b"RIFF") || !begins(8, b"WAVE") {
        return Err(NotWave);
    }
    let mut at = 12;
    let mut format = None;
    while at <= LONGEST {
        let Some(&[a, b, c, d, s0, s1, s2, s3]) = bytes.get(at..).and_then(|b| b.first_chunk())
        else {
            return Ok(None);
        };
        at += 8;
        let size = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
        if [a, b, c, d] == *b"data" {
            let (rate, channels) = format.ok_or(NotWave)?;
            return Ok(Some(Head {
                rate,
                channels,
                length: at,
            }));
        }
        if size > LONGEST {
            return Err(NotWave);
        }
        let Some(chunk) = bytes.get(at..at + size) else {
            return Ok(None);
        };
        if [a, b, c, d] == *b"fmt " {
            format = Some(read_format(chunk).ok_or(NotWave)?);
        }
        at += size + size % 2;
    }
    Err(NotWave)
}

fn read_format(chunk: &[u8]) -> Option<(u32, Channels)> {
    let short = |at: usize| Some(u16::from_le_bytes(*chunk.get(at..)?.first_chunk()?));
    let long = |at: usize| Some(u32::from_le_bytes(*chunk.get(at..)?.first_chunk()?));
    let (tag, count, rate, bits) = (short(0)?, short(2)?, long(4)?, short(14)?);
    let mut mask = 0;
    let mut kind = tag;
    if tag == EXTENSIBLE {
        (mask, kind) = (long(20)?, short(24)?);
    }
    let is_sound =
        (1..=MOST_CHANNELS).contains(&count) && (1..=HIGHEST_RATE).contains(&rate) && bits == 32;
    if kind != FLOAT || !is_sound {
        return None;
    }
    let positioned = Position::from_wave_channel_mask(mask)
        .map(Channels::Positioned)
        .filter(|channels| channels.count() == usize::from(count));
    Some((rate, positioned.unwrap_or(Channels::Discrete(count))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use symphonia::core::audio::layouts;

    fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&id[..], &(body.len() as u32).to_le_bytes(), body].concat()
    }

    fn format(tag: u16, count: u16, rate: u32, bits: u16) -> Vec<u8> {
        let mut body = [tag, count].map(u16::to_le_bytes).concat();
        body.extend(rate.to_le_bytes());
        body.extend([0; 4]);
        body.extend([4 * count, bits].map(u16::to_le_bytes).concat());
        body
    }

    fn wave(chunks: &[Vec<u8>]) -> Vec<u8> {
        let data = b"data\xff\xff\xff\xff".to_vec();
        [b"RIFF\xff\xff\xff\xffWAVE".to_vec(), chunks.concat(), data].concat()
    }

    #[test]
    fn a_mask_places_the_channels() {
        let mut body = format(EXTENSIBLE, 6, 48_000, 32);
        body.extend([22, 0, 32, 0, 0x3f, 0, 0, 0, 3, 0]);
        body.extend([0; 14]);
        let bytes = wave(&[chunk(b"fmt ", &body), chunk(b"LIST", &[0; 6])]);
        let head = head(&bytes).unwrap().unwrap();
        assert_eq!(head.rate, 48_000);
        assert_eq!(head.channels, layouts::CHANNEL_LAYOUT_5P1);
        assert_eq!(head.length, bytes.len());
    }

    #[test]
    fn without_a_mask_of_as_many_places_channels_count_alike() {
        for mask in [0, 0x3, 0x8000_0000_u32] {
            let mut body = format(EXTENSIBLE, 3, 8_000, 32);
            body.extend([22, 0, 32, 0]);
            body.extend(mask.to_le_bytes());
            body.extend([3, 0]);
            let head = head(&wave(&[chunk(b"fmt ", &body)])).unwrap().unwrap();
            assert_eq!(head.channels, Channels::Discrete(3), "{mask:#x}");
        }
    }

    #[test]
    fn every_part_of_the_headers_asks_for_more() {
        let bytes = wave(&[chunk(b"fmt ", &format(FLOAT, 1, 16_000, 32))]);
        for length in 0..bytes.len() {
            assert_eq!(head(bytes.get(..length).unwrap()), Ok(None), "{length}");
        }
        assert!(head(&bytes).unwrap().is_some());
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        let fmt = |tag, count, rate, bits| wave(&[chunk(b"fmt ", &format(tag, count, rate, bits))]);
        for bytes in [
            b"hello".to_vec(),
            b"RIFF\0\0\0\0AVI ".to_vec(),
            wave(&[]),
            wave(&[chunk(b"fmt ", &[0; 15])]),
            fmt(1, 1, 16_000, 32),
            fmt(FLOAT, 1, 16_000, 64),
            fmt(FLOAT, 0, 16_000, 32),
            fmt(FLOAT, 65, 16_000, 32),
            fmt(FLOAT, 1, 0, 32),
            fmt(FLOAT, 1, u32::MAX, 32),
            b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\xff".to_vec(),
        ] {
            assert_eq!(head(&bytes), Err(NotWave), "{bytes:02x?}");
        }
        let endless = wave(&vec![chunk(b"junk", &[0; 1000]); 70]);
        assert_eq!(head(&endless), Err(NotWave));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let bytes = [&b"RIFF\0\0\0\0WAVEfmt "[..], &bytes].concat();
            if let Ok(Some(head)) = head(&bytes) {
                proptest::prop_assert!(head.length <= bytes.len() && head.channels.count() > 0);
            }
        }
    }
}

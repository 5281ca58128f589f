//! A check of CAF files before they are demuxed.
//!
//! The demuxer believes the frames a packet is said to hold and the rows its packet table is said to have: a CAF of
//! 128 KiB has made it allocate 4.6 GiB. The layout is Apple's Core Audio Format Specification 1.0.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use super::watch::Patch;

/// More frames than any codec puts in a packet.
const MOST_FRAMES: u32 = 1 << 16;
const MOST_CHANNELS: u32 = 64;
/// Bytes of a packet of a constant size: 64 channels of 64-bit samples, or a long compressed one.
const MOST_BYTES: u32 = 1 << 16;
/// Rows of the packet table, each 32 bytes of memory: two days of AAC.
const MOST_PACKETS: u64 = 8 << 20;
const MOST_CHUNKS: usize = 10_000;

/// What is wrong with a file, or how its last size is to be put right, and whether that is since the file is cut.
pub(super) fn check(
    file: &mut (impl Read + Seek),
    len: u64,
) -> io::Result<Result<(Vec<Patch>, bool), String>> {
    let (mut patches, mut cut) = (Vec::new(), false);
    Ok(match fault(file, len, &mut patches, &mut cut)? {
        Some(fault) => Err(fault),
        None => Ok((patches, cut)),
    })
}

fn fault(
    file: &mut (impl Read + Seek),
    len: u64,
    patches: &mut Vec<Patch>,
    cut: &mut bool,
) -> io::Result<Option<String>> {
    let mut at = 8u64;
    let mut layout = None;
    let mut data = None;
    let mut packets = None;
    for _ in 0..MOST_CHUNKS {
        if at.saturating_add(12) > len {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 12];
        file.read_exact(&mut head)?;
        let [a, b, c, d, size @ ..] = head;
        let (kind, start) = ([a, b, c, d], at + 12);
        let left = len - start;
        let size = match i64::from_be_bytes(size) {
            // Not filled in: the sound goes on to the end.
            -1 if &kind == b"data" => {
                patches.push(Patch {
                    at: at + 4,
                    bytes: left.to_be_bytes().to_vec(),
                });
                left
            }
            size => match u64::try_from(size) {
                Ok(size) if size <= left => size,
                // A copy that broke off: what is there is decoded.
                Ok(_) if &kind == b"data" => {
                    *cut = true;
                    patches.push(Patch {
                        at: at + 4,
                        bytes: left.to_be_bytes().to_vec(),
                    });
                    left
                }
                _ => {
                    return Ok(Some(format!(
                        "its chunk `{}` goes beyond the end of the file",
                        kind.escape_ascii()
                    )));
                }
            },
        };
        match &kind {
            b"desc" if size == 32 => {
                let mut body = [0; 32];
                file.read_exact(&mut body)?;
                match described(&body) {
                    Ok(found) => layout = Some(found),
                    Err(what) => return Ok(Some(what.into())),
                }
            }
            b"data" => data = Some(size),
            b"pakt" if packets.is_some() => return Ok(Some("it has two packet tables".into())),
            b"pakt" => packets = Some((start, size)),
            _ => {}
        }
        at = start + size;
    }
    match (layout, packets) {
        (Some(layout), Some((start, size))) => {
            file.seek(SeekFrom::Start(start))?;
            table_fault(
                BufReader::new(file.take(size)),
                size,
                layout,
                data.unwrap_or(len),
            )
        }
        _ => Ok(None),
    }
}

/// Bytes and frames of a packet, 0 where they vary.
#[derive(Debug, Clone, Copy)]
struct Layout {
    bytes: u32,
    frames: u32,
}

fn described(body: &[u8; 32]) -> Result<Layout, &'static str> {
    let word = |at: usize| {
        body.get(at..at + 4)
            .and_then(|w| w.try_into().ok())
            .map_or(0, u32::from_be_bytes)
    };
    let layout = Layout {
        bytes: word(16),
        frames: word(20),
    };
    let channels = word(24);
    let plain = matches!(body.get(8..12), Some(b"lpcm" | b"alaw" | b"ulaw"));
    if layout.frames > MOST_FRAMES || layout.bytes > MOST_BYTES {
        Err("its packets are larger than any codec makes them")
    } else if plain && layout.frames > 1 {
        // Two bytes that claim to be seconds of sound would be made up for by hours of silence.
        Err("its samples claim to be packets of many")
    } else if channels == 0 || channels > MOST_CHANNELS {
        Err("it claims an impossible number of channels")
    } else {
        Ok(layout)
    }
}

fn table_fault(
    mut table: impl BufRead,
    size: u64,
    layout: Layout,
    data: u64,
) -> io::Result<Option<String>> {
    let mut head = [0; 24];
    if size < 24 {
        return Ok(Some("its packet table is cut".into()));
    }
    table.read_exact(&mut head)?;
    let [a, b, c, d, e, f, g, h, ..] = head;
    let rows = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    if layout.bytes > 0 && layout.frames > 0 {
        return Ok(None);
    }
    if rows > (size - 24).min(MOST_PACKETS) {
        return Ok(Some(
            "its packet table claims more packets than it holds".into(),
        ));
    }
    let mut left = data;
    for _ in 0..rows {
        let bytes = if layout.bytes == 0 {
            number(&mut table)?
        } else {
            Some(u64::from(layout.bytes))
        };
        let frames = if layout.frames == 0 {
            number(&mut table)?
        } else {
            Some(u64::from(layout.frames))
        };
        match (bytes.and_then(|bytes| left.checked_sub(bytes)), frames) {
            (Some(rest), Some(frames)) if frames <= u64::from(MOST_FRAMES) => left = rest,
            _ => return Ok(Some("its packet table doesn't fit its sound".into())),
        }
    }
    Ok(None)
}

/// A number of seven bits a byte, the last one without its top bit; none at the end or beyond 63 bits.
fn number(table: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut value = 0u64;
    for _ in 0..9 {
        let mut byte = [0];
        if table.read(&mut byte)? == 0 {
            return Ok(None);
        }
        let [byte] = byte;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::io::Cursor;

    fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&kind[..], &(body.len() as i64).to_be_bytes(), body].concat()
    }

    fn caf(bytes: u32, frames: u32, channels: u32, table: &[u8]) -> Vec<u8> {
        let mut desc = [&44_100f64.to_be_bytes()[..], b"aac ", &[0; 4]].concat();
        desc.extend(
            [bytes, frames, channels, 0]
                .iter()
                .flat_map(|w| w.to_be_bytes()),
        );
        let mut file = b"caff\0\x01\0\0".to_vec();
        file.extend(chunk(b"desc", &desc));
        if !table.is_empty() {
            file.extend(chunk(b"pakt", table));
        }
        file.extend(chunk(b"data", &[0; 104]));
        file
    }

    fn table(rows: i64, numbers: &[u8]) -> Vec<u8> {
        [&rows.to_be_bytes()[..], &[0; 16], numbers].concat()
    }

    fn fault_of(file: &[u8]) -> Option<String> {
        check(&mut Cursor::new(file), file.len() as u64)
            .unwrap()
            .err()
    }

    #[test]
    fn sound_files_pass() {
        assert_eq!(fault_of(&caf(4, 1, 2, &[])), None);
        assert_eq!(fault_of(&caf(0, 1_024, 2, &table(2, &[50, 50]))), None);
    }

    #[test]
    fn bombs_are_refused() {
        for (file, words) in [
            (caf(0, 1 << 30, 2, &[]), "larger than any codec"),
            (caf(1 << 30, 1, 2, &[]), "larger than any codec"),
            (caf(4, 1, 40_000, &[]), "number of channels"),
            (
                caf(0, 1_024, 2, &table(i64::MAX, &[1])),
                "more packets than it holds",
            ),
            (
                caf(0, 1_024, 2, &table(1, &[0xff, 0xff, 0xff, 0x7f])),
                "doesn't fit",
            ),
            (
                caf(0, 0, 2, &table(1, &[1, 0xff, 0xff, 0xff, 0x7f])),
                "doesn't fit",
            ),
            (
                caf(0, 1_024, 2, &table(2, &[50, 50]))[..70].to_vec(),
                "beyond the end",
            ),
        ] {
            let fault = fault_of(&file).expect(words);
            assert!(fault.contains(words), "{fault}");
        }
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(flips in proptest::collection::vec((0usize..200, 0u8..8), 1..6), cut in 0usize..200) {
            let mut file = caf(0, 0, 2, &table(2, &[50, 60, 50, 60]));
            for (at, bit) in flips {
                let at = at % file.len();
                file[at] ^= 1 << bit;
            }
            file.truncate(file.len().saturating_sub(cut % 100));
            let _ = fault_of(&file);
        }
    }

    #[test]
    fn a_sample_is_no_packet_of_many() {
        let mut file = caf(4, 1_000, 2, &[]);
        assert_eq!(fault_of(&file), None);
        file.splice(28..32, *b"lpcm");
        assert!(fault_of(&file).expect("packets").contains("many"));
        file.splice(40..44, 1u32.to_be_bytes());
        assert_eq!(fault_of(&file), None);
    }

    #[test]
    fn cut_sound_is_put_right() {
        let whole = caf(4, 1, 2, &[]);
        let cut = &whole[..whole.len() - 40];
        let checked = check(&mut Cursor::new(cut), cut.len() as u64).unwrap();
        let patch = |size: u64| Patch {
            at: 56,
            bytes: size.to_be_bytes().to_vec(),
        };
        assert_eq!(checked, Ok((vec![patch(64)], true)));
        let mut live = whole.clone();
        live[56..64].fill(0xff);
        let checked = check(&mut Cursor::new(&live), live.len() as u64).unwrap();
        assert_eq!(checked, Ok((vec![patch(104)], false)));
    }
}

//! The sizes in a WAV file, checked against the file.
//!
//! Recorders write them last, so a recording that broke off claims nothing, too much, or nonsense. What the demuxer is
//! shown is put right; RF64 (EBU Tech 3306), whose sizes don't fit the old fields, is shown to it as the WAV it is.

use std::io::{self, Read, Seek, SeekFrom};

use super::watch::Patch;

const MOST_CHUNKS: usize = 10_000;

/// What is to be put right, and what was claimed.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sizes {
    pub(super) patches: Vec<Patch>,
    /// Whether there is a chunk of sound at all.
    pub(super) has_data: bool,
    /// The format's tag; for an extensible one, the tag it stands for.
    pub(super) format: u16,
    /// Seconds claimed, where that is more than there are.
    pub(super) claimed: Option<f64>,
}

/// Walks the chunks of a file up to its sound.
pub(super) fn check(file: &mut (impl Read + Seek), start: u64, len: u64) -> io::Result<Sizes> {
    let mut sizes = Sizes::default();
    // The whole is as long as the file, whatever it says.
    sizes.patches.push(Patch {
        at: start,
        bytes: b"RIFF".to_vec(),
    });
    sizes.patches.push(Patch {
        at: start + 4,
        bytes: u32::MAX.to_le_bytes().to_vec(),
    });
    let (mut at, mut bytes_a_second, mut long) = (start + 12, 0, None);
    for _ in 0..MOST_CHUNKS {
        let Some((kind, size)) = chunk(file, at, len)? else {
            break;
        };
        let body = at + 8;
        let left = len - body;
        match &kind {
            b"fmt " => {
                file.seek(SeekFrom::Start(body))?;
                sizes.format = read_u32(file)?.unwrap_or(0) as u16;
                file.seek(SeekFrom::Start(body + 8))?;
                bytes_a_second = read_u32(file)?.unwrap_or(0);
                if sizes.format == 0xfffe {
                    file.seek(SeekFrom::Start(body + 24))?;
                    sizes.format = read_u32(file)?.unwrap_or(0) as u16;
                }
            }
            b"ds64" => {
                file.seek(SeekFrom::Start(body + 8))?;
                long = read_u32(file)?
                    .zip(read_u32(file)?)
                    .map(|(low, high)| u64::from(high) << 32 | u64::from(low));
            }
            b"data" => {
                sizes.has_data = true;
                let size = match size {
                    u32::MAX => long,
                    // Never filled in, unless a chunk follows.
                    0 if left > 0 && !chunk_follows(file, body, len)? => None,
                    size => Some(u64::from(size)),
                };
                let there = size.unwrap_or(left).min(left);
                if let Some(size) = size.filter(|&size| size > left && bytes_a_second > 0) {
                    sizes.claimed = Some(size as f64 / f64::from(bytes_a_second));
                }
                let shown = u32::try_from(there).unwrap_or(u32::MAX);
                sizes.patches.push(Patch {
                    at: at + 4,
                    bytes: shown.to_le_bytes().to_vec(),
                });
                break;
            }
            _ => {}
        }
        at = body + u64::from(size) + u64::from(size & 1);
    }
    Ok(sizes)
}

fn chunk(file: &mut (impl Read + Seek), at: u64, len: u64) -> io::Result<Option<([u8; 4], u32)>> {
    if at.saturating_add(8) > len {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut kind = [0; 4];
    file.read_exact(&mut kind)?;
    Ok(read_u32(file)?.map(|size| (kind, size)))
}

fn chunk_follows(file: &mut (impl Read + Seek), at: u64, len: u64) -> io::Result<bool> {
    Ok(chunk(file, at, len)?.is_some_and(|(kind, size)| {
        kind.iter()
            .all(|letter| letter.is_ascii_alphanumeric() || *letter == b' ')
            && u64::from(size) <= len - at - 8
    }))
}

fn read_u32(file: &mut impl Read) -> io::Result<Option<u32>> {
    let mut bytes = [0; 4];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(u32::from_le_bytes(bytes))),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

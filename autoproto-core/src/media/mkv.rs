//! The size that a Matroska file claims, which the demuxer won't see gone beyond (RFC 8794, sections 4 and 5).

use std::io::{self, Read, Seek, SeekFrom};

const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// Where the file should end by its one segment, in bytes; none for a live recording, which doesn't know.
pub(super) fn claimed_end(file: &mut (impl Read + Seek)) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(4096).read_to_end(&mut head)?;
    let end = || -> Option<u64> {
        let (size, width) = number(head.get(4..)?)?;
        let at = 4 + width + usize::try_from(size?).ok()?;
        let segment = head.get(at..)?;
        let (size, width) = number(segment.strip_prefix(&SEGMENT)?)?;
        ((at + 4 + width) as u64).checked_add(size?)
    };
    Ok(end())
}

/// A number whose leading zero bits tell its width; all ones mean unknown.
fn number(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let width = first.leading_zeros() as usize + 1;
    let rest = bytes.get(1..width).filter(|_| width <= 8)?;
    let first = u64::from(first) & ((1 << (8 - width)) - 1);
    let value = rest
        .iter()
        .fold(first, |value, &byte| value << 8 | u64::from(byte));
    let unknown = value == (1 << (7 * width)) - 1;
    Some(((!unknown).then_some(value), width))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn end(size: &[u8]) -> Option<u64> {
        let file = [
            &[0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0][..],
            &SEGMENT,
            size,
            &[0; 20],
        ]
        .concat();
        claimed_end(&mut io::Cursor::new(file)).unwrap()
    }

    #[test]
    fn sizes_of_every_width() {
        assert_eq!(end(&[0x85]), Some(12 + 5));
        assert_eq!(end(&[0x41, 0x00]), Some(13 + 256));
        assert_eq!(end(&[0x01, 0, 0, 0, 0, 3, 1, 0x22]), Some(19 + 0x3_0122));
        assert_eq!(end(&[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(end(&[0x00, 0x00]), None);
    }
}

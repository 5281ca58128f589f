//! MPEG audio streams, which have no header of their own: they are known by how their frames follow each other.

use super::sniff::{Container, WINDOW};

/// Finds MPEG audio or ADTS by a chain of frames, each of which begins where the one before it ends.
///
/// One sync word means nothing: random bytes hold it every few kilobytes.
pub(super) fn mpeg_audio(head: &[u8]) -> Option<(usize, Container)> {
    (0..head.len().saturating_sub(4))
        .filter(|&at| head.get(at) == Some(&0xff))
        .find_map(|at| {
            let chain = |length: fn(&[u8]) -> Option<usize>| {
                let (mut next, mut frames) = (at, 0);
                while frames < 4 && next + 8 < head.len() {
                    let Some(step) = head.get(next..).and_then(length) else {
                        return false;
                    };
                    next += step;
                    frames += 1;
                }
                // A short file may end within its chain; otherwise all four must hold.
                frames == 4 || (frames >= 2 && head.len() < WINDOW)
            };
            if chain(mpeg_frame) {
                Some((at, Container::Mp3))
            } else if chain(adts_frame) {
                Some((at, Container::Adts))
            } else {
                None
            }
        })
}

/// The length in bytes of the MPEG audio frame at the beginning (ISO/IEC 11172-3, 13818-3, and "2.5").
fn mpeg_frame(bytes: &[u8]) -> Option<usize> {
    let &[0xff, b, c, _] = bytes.get(..4)? else {
        return None;
    };
    let (version, layer) = (b >> 3 & 3, b >> 1 & 3);
    let (rate, hertz) = (usize::from(c >> 4), usize::from(c >> 2 & 3));
    if b & 0xe0 != 0xe0 || version == 1 || layer == 0 || rate == 0 || rate == 15 || hertz == 3 {
        return None;
    }
    const KBIT: [[usize; 16]; 5] = [
        [
            0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0,
        ],
        [
            0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0,
        ],
        [
            0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
        ],
        [
            0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0,
        ],
        [
            0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
        ],
    ];
    let table = match (version, layer) {
        (3, 3) => 0,
        (3, 2) => 1,
        (3, _) => 2,
        (_, 3) => 3,
        _ => 4,
    };
    let bits = KBIT.get(table)?.get(rate)? * 1_000;
    let hertz = [44_100, 48_000, 32_000].get(hertz)? >> [2, 0, 1, 0].get(usize::from(version))?;
    let padding = usize::from(c >> 1 & 1);
    Some(match (version, layer) {
        (_, 3) => (12 * bits / hertz + padding) * 4,
        (3, _) | (_, 2) => 144 * bits / hertz + padding,
        _ => 72 * bits / hertz + padding,
    })
}

/// The length in bytes of the ADTS frame at the beginning.
fn adts_frame(bytes: &[u8]) -> Option<usize> {
    let &[0xff, b, c, d, e, f] = bytes.get(..6)? else {
        return None;
    };
    let length = usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
    (b & 0xf6 == 0xf0 && c >> 2 & 15 < 13 && length > 7).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_long_as_their_headers_say() {
        for (head, length) in [
            // Layer III: 128 kbit/s at 44.1 kHz, padded; 64 kbit/s at 22.05 kHz; 8 kbit/s at 8 kHz.
            ([0xff, 0xfb, 0x90, 0x00], Some(417)),
            ([0xff, 0xfb, 0x92, 0x00], Some(418)),
            ([0xff, 0xf3, 0x80, 0x00], Some(208)),
            ([0xff, 0xe3, 0x18, 0x00], Some(72)),
            // Layer II: 192 kbit/s at 48 kHz.
            ([0xff, 0xfd, 0xa4, 0x00], Some(576)),
            // No bit rate, no sample rate, no layer.
            ([0xff, 0xfb, 0x00, 0x00], None),
            ([0xff, 0xfb, 0x9c, 0x00], None),
            ([0xff, 0xf9, 0x90, 0x00], None),
        ] {
            assert_eq!(mpeg_frame(&head), length, "{head:02x?}");
        }
        assert_eq!(adts_frame(&[0xff, 0xf1, 0x60, 0x40, 0x2d, 0x1f]), Some(360));
    }
}

//! What symphonia leaves out of Matroska files: the size they claim, and what is not for hearing at either end of a track
//! (RFC 8794, sections 4 to 6; RFC 9559, 5.1.3 and 5.1.4).

use std::io::{self, Read, Seek, SeekFrom};

const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
const CLUSTER: u32 = 0x1f43_b675;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const SIMPLE_BLOCK: u32 = 0xa3;
const DISCARD_PADDING: u32 = 0x75a2;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const FLAG_DEFAULT: u32 = 0x88;
const CODEC_DELAY: u32 = 0x56aa;
/// Elements looked at: a day of clusters of a tenth of a second.
const MOST_ELEMENTS: usize = 1_000_000;

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

/// What a file says of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MkvTrack {
    pub(super) number: u64,
    /// Whether a player should take it; all are, unless they say otherwise.
    pub(super) default: bool,
    /// Nanoseconds at its beginning that are not for hearing.
    pub(super) delay: u64,
    /// And at its end: none where the file is cut, or is a live recording whose clusters have no sizes.
    pub(super) padding: u64,
}

/// What a file says of its tracks.
pub(super) fn read_tracks(file: &mut (impl Read + Seek), len: u64) -> io::Result<Vec<MkvTrack>> {
    let mut tracks = Vec::new();
    let Some(head) = element(file, 0, len)? else {
        return Ok(tracks);
    };
    let Some(segment) = element(file, head.end, len)? else {
        return Ok(tracks);
    };
    let (mut at, mut last) = (segment.start, None);
    for _ in 0..MOST_ELEMENTS {
        let Some(child) = element(file, at, segment.end)? else {
            break;
        };
        match child.id {
            TRACKS if tracks.is_empty() => tracks = entries(file, child)?,
            CLUSTER => last = Some(child),
            _ => {}
        }
        at = child.end;
    }
    if let Some(cluster) = last {
        for (number, padding) in end_padding(file, cluster)? {
            if let Some(track) = tracks.iter_mut().find(|track| track.number == number) {
                track.padding = padding;
            }
        }
    }
    Ok(tracks)
}

fn entries(file: &mut (impl Read + Seek), tracks: Element) -> io::Result<Vec<MkvTrack>> {
    let (mut found, mut at) = (Vec::new(), tracks.start);
    while let Some(entry) = element(file, at, tracks.end)?.filter(|_| found.len() < 256) {
        at = entry.end;
        if entry.id != TRACK_ENTRY {
            continue;
        }
        let mut track = MkvTrack {
            number: 0,
            default: true,
            delay: 0,
            padding: 0,
        };
        let mut inner = entry.start;
        for _ in 0..256 {
            let Some(child) = element(file, inner, entry.end)? else {
                break;
            };
            match child.id {
                TRACK_NUMBER => track.number = unsigned(file, child)?.unwrap_or(0),
                FLAG_DEFAULT => track.default = unsigned(file, child)? != Some(0),
                CODEC_DELAY => track.delay = unsigned(file, child)?.unwrap_or(0),
                _ => {}
            }
            inner = child.end;
        }
        found.push(track);
    }
    Ok(found)
}

/// A number of up to eight bytes.
fn unsigned(file: &mut (impl Read + Seek), element: Element) -> io::Result<Option<u64>> {
    let width = element.end - element.start;
    if width > 8 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(element.start))?;
    let mut bytes = [0; 8];
    fill(
        file,
        bytes.get_mut(8 - width as usize..).unwrap_or_default(),
    )?;
    Ok(Some(u64::from_be_bytes(bytes)))
}

/// Nanoseconds of padding behind the last block of each track of a file's last cluster, by track number.
fn end_padding(file: &mut (impl Read + Seek), cluster: Element) -> io::Result<Vec<(u64, u64)>> {
    let mut padding = Vec::new();
    let mut at = cluster.start;
    for _ in 0..MOST_ELEMENTS {
        let Some(child) = element(file, at, cluster.end)? else {
            break;
        };
        let (block, nanoseconds) = match child.id {
            SIMPLE_BLOCK => (Some(child), 0),
            BLOCK_GROUP => group(file, child)?,
            _ => (None, 0),
        };
        if let Some(block) = block {
            file.seek(SeekFrom::Start(block.start))?;
            let mut head = [0; 8];
            let read = fill(file, &mut head)?;
            let number =
                number(head.get(..read).unwrap_or_default()).and_then(|(number, _)| number);
            if let Some(track) = number {
                padding.retain(|(other, _)| *other != track);
                if padding.len() < 256 {
                    padding.push((track, nanoseconds));
                }
            }
        }
        at = child.end;
    }
    padding.retain(|(_, nanoseconds)| *nanoseconds > 0);
    Ok(padding)
}

/// The block of a group, and its padding.
fn group(file: &mut (impl Read + Seek), group: Element) -> io::Result<(Option<Element>, u64)> {
    let (mut at, mut block, mut padding) = (group.start, None, 0);
    for _ in 0..64 {
        let Some(child) = element(file, at, group.end)? else {
            break;
        };
        match child.id {
            BLOCK => block = Some(child),
            DISCARD_PADDING if (1..=8).contains(&(child.end - child.start)) => {
                file.seek(SeekFrom::Start(child.start))?;
                let mut bytes = [0; 8];
                let width = (child.end - child.start) as usize;
                let from = 8 - width;
                fill(file, bytes.get_mut(from..).unwrap_or_default())?;
                // A negative one stands for the beginning of the block; nobody writes it.
                let value = i64::from_be_bytes(bytes) << (8 * from) >> (8 * from);
                padding = u64::try_from(value).unwrap_or(0);
            }
            _ => {}
        }
        at = child.end;
    }
    Ok((block, padding))
}

#[derive(Debug, Clone, Copy)]
struct Element {
    id: u32,
    start: u64,
    end: u64,
}

/// The element at `at`, if it ends within `end` and says where.
fn element(file: &mut (impl Read + Seek), at: u64, end: u64) -> io::Result<Option<Element>> {
    if at >= end {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut head = [0; 12];
    let read = fill(file, &mut head)?;
    let head = head.get(..read).unwrap_or_default();
    let found = || {
        let width = head.first()?.leading_zeros() as usize + 1;
        let id = head.get(..width).filter(|_| width <= 4)?;
        let id = id.iter().fold(0u32, |id, &byte| id << 8 | u32::from(byte));
        let (size, size_width) = number(head.get(width..)?)?;
        let start = at + (width + size_width) as u64;
        // The segment of a cut or live file may end anywhere; what is inside must be whole.
        let stop = match size {
            Some(size) => start.checked_add(size)?,
            None if id == 0x1853_8067 => end,
            None => return None,
        };
        let stop = if id == 0x1853_8067 {
            stop.min(end)
        } else {
            stop
        };
        (stop <= end).then_some(Element {
            id,
            start,
            end: stop,
        })
    };
    Ok(found())
}

/// Reads as much as there is.
fn fill(file: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buf.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            n => read += n,
        }
    }
    Ok(read)
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

    fn film(last: &[u8]) -> Vec<u8> {
        let cluster = |body: &[u8]| {
            let size = 0x80 | body.len() as u8;
            [&[0x1f, 0x43, 0xb6, 0x75, size][..], body].concat()
        };
        // A block of track 2, which is padded in vain, for it is not the last.
        let first = cluster(&[0xa0, 0x8a, 0xa1, 0x84, 0x82, 0, 0, 0, 0x75, 0xa2, 0x81, 9]);
        // Track 2, with 6.5 ms of run-in, and no default.
        let entry = [
            0xd7, 0x81, 2, 0x88, 0x81, 0, 0x56, 0xaa, 0x83, 0x63, 0x2e, 0xa0,
        ];
        let entry = [&[0xae, 0x80 | entry.len() as u8][..], &entry].concat();
        let tracks = [
            &[0x16, 0x54, 0xae, 0x6b, 0x80 | entry.len() as u8][..],
            &entry,
        ]
        .concat();
        let body = [tracks, first, cluster(last)].concat();
        let head = [0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0];
        [&head[..], &SEGMENT, &[0x80 | body.len() as u8], &body].concat()
    }

    fn padding(file: &[u8]) -> Option<u64> {
        let tracks = read_tracks(&mut io::Cursor::new(file), file.len() as u64).unwrap();
        tracks.first().map(|track| track.padding)
    }

    #[test]
    fn a_track_has_its_run_in_and_its_flag() {
        let file = film(&[0xa3, 0x84, 0x82, 0, 0, 0]);
        let tracks = read_tracks(&mut io::Cursor::new(&file), file.len() as u64).unwrap();
        let track = MkvTrack {
            number: 2,
            default: false,
            delay: 6_500_000,
            padding: 0,
        };
        assert_eq!(tracks, [track]);
    }

    #[test]
    fn the_last_block_of_a_track_has_its_padding() {
        let group = [
            0xa0, 0x8c, 0xa1, 0x84, 0x82, 0, 0, 0, 0x75, 0xa2, 0x83, 0x0d, 0xbb, 0xa0,
        ];
        assert_eq!(padding(&film(&group)), Some(900_000));
        let simple = [0xa3, 0x84, 0x82, 0, 0, 0];
        assert_eq!(padding(&film(&[&group[..], &simple].concat())), Some(0));
        let negative = [
            0xa0, 0x8a, 0xa1, 0x84, 0x82, 0, 0, 0, 0x75, 0xa2, 0x81, 0xff,
        ];
        assert_eq!(padding(&film(&negative)), Some(0));
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0usize..90, byte: u8, cut in 0usize..90) {
            let mut file = film(&[0xa0, 0x8a, 0xa1, 0x84, 0x82, 0, 0, 0, 0x75, 0xa2, 0x81, 9]);
            let at = at % file.len();
            file[at] = byte;
            file.truncate(file.len().saturating_sub(cut));
            let _ = padding(&file);
        }
    }
}

//! Where the formats keep their sizes, counts and rates.

use std::ops::Range;

/// The families of containers; files of one can be spliced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Riff,
    Aiff,
    Mp4,
    Ebml,
    Ogg,
    Caf,
    Flac,
    /// MP3, ADTS and whatever has no header.
    Stream,
}

/// How a field's number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
    /// A number of EBML, whose width is in its first byte.
    Ebml,
}

/// A number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) at: usize,
    pub(crate) width: usize,
    pub(crate) order: Order,
}

/// Most fields of a file that are looked at; in long files, the first ones.
const MOST: usize = 4_000;

/// What a file is by its first bytes.
pub(crate) fn kind(bytes: &[u8]) -> Kind {
    match (bytes.get(..4), bytes.get(4..8)) {
        (Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64"), _) => Kind::Riff,
        (Some(b"FORM"), _) => Kind::Aiff,
        (Some(b"caff"), _) => Kind::Caf,
        (Some(b"OggS"), _) => Kind::Ogg,
        (Some(b"fLaC"), _) => Kind::Flac,
        (Some([0x1a, 0x45, 0xdf, 0xa3]), _) => Kind::Ebml,
        (_, Some(b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free")) => Kind::Mp4,
        _ => Kind::Stream,
    }
}

/// The numbers of a file of that kind, as far as it makes sense.
pub(crate) fn fields(bytes: &[u8], kind: Kind) -> Vec<Field> {
    let mut found = Vec::new();
    match kind {
        Kind::Riff => chunks(bytes, Order::Little, &mut found),
        Kind::Aiff => chunks(bytes, Order::Big, &mut found),
        Kind::Mp4 => boxes(bytes, 0..bytes.len(), &mut found),
        Kind::Ebml => elements(bytes, 0..bytes.len(), &mut found),
        Kind::Caf => caf(bytes, &mut found),
        Kind::Flac => flac(bytes, &mut found),
        Kind::Ogg => {
            for page in ogg_pages(bytes) {
                let head = page.start;
                words(head + 5, 1, 1, Order::Little, &mut found);
                words(head + 6, 8, 1, Order::Little, &mut found);
                words(head + 14, 4, 2, Order::Little, &mut found);
                words(head + 26, 1, 3, Order::Little, &mut found);
                // The beginning of a packet, where the headers of codecs are.
                let body = head + 27 + usize::from(bytes[head + 26]);
                words(body, 1, 8, Order::Little, &mut found);
                words(body + 8, 4, 6, Order::Little, &mut found);
            }
        }
        Kind::Stream => {
            let syncs = bytes.windows(2).enumerate();
            for (at, _) in syncs.filter(|(_, pair)| pair[0] == 0xff && pair[1] >= 0xe0) {
                words(at + 1, 1, 8, Order::Big, &mut found);
                words(at + 3, 4, 1, Order::Big, &mut found);
                if found.len() > MOST {
                    break;
                }
            }
            if bytes.starts_with(b"ID3") {
                words(3, 1, 7, Order::Big, &mut found);
                words(14, 4, 2, Order::Big, &mut found);
            }
        }
    }
    found.retain(|field| field.at + field.width <= bytes.len());
    found.truncate(MOST);
    found
}

/// Where the index of an MP4 ends.
pub(crate) fn mp4_index_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some((name, body, end)) = mp4_box(bytes, at, bytes.len()) {
        if name == b"moov" && body < end {
            return Some(end);
        }
        at = end;
    }
    None
}

/// The pages of an Ogg file, one behind another.
pub(crate) fn ogg_pages(bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut pages, mut at) = (Vec::new(), 0);
    while at + 27 <= bytes.len() {
        if bytes[at..].starts_with(b"OggS") {
            let count = usize::from(bytes[at + 26]);
            let Some(lacing) = bytes.get(at + 27..at + 27 + count) else {
                break;
            };
            let end = at + 27 + count + lacing.iter().map(|&n| usize::from(n)).sum::<usize>();
            if end > bytes.len() {
                break;
            }
            pages.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    pages
}

/// Writes the checksum of a page, so that damage gets past it (RFC 3533, section 6).
pub(crate) fn ogg_checksum(page: &mut [u8]) {
    let Some(slot) = page.get_mut(22..26) else {
        return;
    };
    slot.fill(0);
    let sum = page.iter().fold(0u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
            (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
}

fn words(at: usize, width: usize, count: usize, order: Order, found: &mut Vec<Field>) {
    found.extend((0..count).map(|n| Field {
        at: at + n * width,
        width,
        order,
    }));
}

fn number(bytes: &[u8], at: usize, width: usize, order: Order) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    let join = |number, &byte: &u8| number << 8 | u64::from(byte);
    Some(match order {
        Order::Little => bytes.iter().rev().fold(0, join),
        _ => bytes.iter().fold(0, join),
    })
}

/// RIFF and AIFF: a name, a size, and a body of even length.
fn chunks(bytes: &[u8], order: Order, found: &mut Vec<Field>) {
    words(4, 4, 1, order, found);
    let mut at = 12usize;
    while let Some(size) = number(bytes, at.saturating_add(4), 4, order) {
        words(at + 4, 4, 1, order, found);
        if !matches!(&bytes[at..at + 4], b"data" | b"SSND") {
            words(at + 8, 2, (size as usize / 2).min(20), order, found);
            words(at + 8, 4, (size as usize / 4).min(10), order, found);
        }
        at = at.saturating_add(8 + size as usize + (size as usize & 1));
    }
}

fn mp4_box(bytes: &[u8], at: usize, end: usize) -> Option<(&[u8], usize, usize)> {
    let size = number(bytes, at, 4, Order::Big)? as usize;
    let name = bytes.get(at + 4..at + 8)?;
    let (head, size) = match size {
        0 => (8, end.saturating_sub(at)),
        1 => (16, number(bytes, at + 8, 8, Order::Big)? as usize),
        size => (8, size),
    };
    (size >= head && at < end).then(|| (name, at + head, at.saturating_add(size).min(end)))
}

fn boxes(bytes: &[u8], within: Range<usize>, found: &mut Vec<Field>) {
    let mut at = within.start;
    while let Some((name, body, end)) = mp4_box(bytes, at, within.end) {
        words(at, 4, 1, Order::Big, found);
        match name {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"moof" | b"traf"
            | b"mvex" | b"udta" | b"dinf" => boxes(bytes, body..end, found),
            b"mdat" | b"free" => {}
            // Tables of words; in the sample entries, of halves and bytes too.
            _ => {
                words(
                    body,
                    4,
                    (end.saturating_sub(body) / 4).min(24),
                    Order::Big,
                    found,
                );
                if name == b"stsd" {
                    let rest = end.saturating_sub(body);
                    words(body, 2, (rest / 2).min(60), Order::Big, found);
                    words(body, 1, rest.min(120), Order::Big, found);
                }
            }
        }
        at = end;
    }
}

fn elements(bytes: &[u8], within: Range<usize>, found: &mut Vec<Field>) {
    let width = |at: usize, most: usize| {
        let zeros = bytes.get(at)?.leading_zeros() as usize;
        (zeros < most).then_some(zeros + 1)
    };
    let mut at = within.start;
    while at < within.end {
        let Some(id) = width(at, 4) else { return };
        let Some(size) = width(at + id, 8) else {
            return;
        };
        let Some(raw) = number(bytes, at + id, size, Order::Big) else {
            return;
        };
        let mask = (1u64 << (7 * size)) - 1;
        let (body, value) = (at + id + size, raw & mask);
        if body > within.end {
            return;
        }
        let end = if value == mask {
            within.end
        } else {
            body.saturating_add(value as usize).min(within.end)
        };
        words(at + id, size, 1, Order::Ebml, found);
        match number(bytes, at, id, Order::Big) {
            // Segment, cluster, tracks, a track, its sound, information, seek head and entry, cues, block group, header.
            Some(
                0x1853_8067 | 0x1f43_b675 | 0x1654_ae6b | 0xae | 0xe1 | 0x1549_a966 | 0x114d_9b74
                | 0x4dbb | 0x1c53_bb6b | 0xa0 | 0x1a45_dfa3,
            ) => elements(bytes, body..end, found),
            // Blocks: track, time, flags, lacing.
            Some(0xa1 | 0xa3) => words(body, 1, 8, Order::Big, found),
            _ if end - body <= 8 => words(body, end - body, 1, Order::Big, found),
            _ => words(body, 1, (end - body).min(40), Order::Big, found),
        }
        at = end.max(at + 1);
    }
}

fn caf(bytes: &[u8], found: &mut Vec<Field>) {
    let mut at = 8usize;
    while let Some(size) = number(bytes, at.saturating_add(4), 8, Order::Big) {
        words(at + 4, 8, 1, Order::Big, found);
        match &bytes[at..at + 4] {
            b"data" => {}
            b"pakt" => {
                words(at + 12, 8, 3, Order::Big, found);
                words(at + 36, 1, (size as usize).min(60), Order::Big, found);
            }
            _ => words(at + 12, 4, (size as usize / 4).min(16), Order::Big, found),
        }
        at = at.saturating_add(12).saturating_add(size as usize);
    }
}

fn flac(bytes: &[u8], found: &mut Vec<Field>) {
    let mut at = 4;
    loop {
        let (Some(&kind), Some(size)) = (bytes.get(at), number(bytes, at + 1, 3, Order::Big))
        else {
            return;
        };
        words(at, 1, 1, Order::Big, found);
        words(at + 1, 3, 1, Order::Big, found);
        words(at + 4, 2, (size as usize / 2).min(20), Order::Big, found);
        at += 4 + size as usize;
        if kind & 0x80 != 0 {
            // The first frame's header.
            return words(at, 1, 16, Order::Big, found);
        }
    }
}

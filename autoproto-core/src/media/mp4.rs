//! What symphonia leaves out of MP4 and QuickTime files: edit lists, and the names of codecs it doesn't know.
//!
//! An encoder's first thousand samples or so are run-in; the edit list says how many (ISO/IEC 14496-12, 8.6.5 and 8.6.6).
//! Without it all times would be some 20 ms late.

use std::io::{self, Read, Seek, SeekFrom};

/// Boxes walked before a file is given up on; a day of one-second fragments has fewer.
const MOST_BOXES: usize = 1_000_000;
const MOST_TRACKS: usize = 256;

/// What the index says.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Whether there is one at all: a recorder that is cut off never writes it.
    pub(super) found: bool,
    pub(super) tracks: Vec<IndexTrack>,
    /// Where the file should end by its boxes, in bytes; further on than it does if it is cut.
    pub(super) end: u64,
}

#[derive(Debug, Default, Clone)]
pub(super) struct IndexTrack {
    pub(super) id: u32,
    /// `soun`, `vide`, …
    pub(super) handler: [u8; 4],
    /// The sample entry's four letters.
    pub(super) codec: [u8; 4],
    /// What follows the letters, at most 4 KiB.
    pub(super) description: Vec<u8>,
    /// Ticks a second.
    pub(super) timescale: u32,
    pub(super) edit: Option<Edit>,
}

/// The one edit that recordings have: some silence, then the track from some point on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edit {
    /// Seconds of silence before the track begins.
    pub(super) silence: f64,
    /// Ticks of the track that are not for hearing.
    pub(super) skip: u64,
    /// Seconds of the track that are, 0 for all.
    pub(super) duration: f64,
}

/// Walks the boxes of a file.
pub(super) fn read_index(file: &mut (impl Read + Seek), len: u64) -> io::Result<Index> {
    let mut index = Index::default();
    let mut at = 0;
    for _ in 0..MOST_BOXES {
        let Some(top) = next_box(file, at, len)? else {
            break;
        };
        index.end = index.end.max(top.claimed);
        if &top.kind == b"moov" {
            index.found = true;
            read_movie(file, top, &mut index)?;
        }
        at = top.end;
    }
    Ok(index)
}

#[derive(Debug, Clone, Copy)]
struct Box4 {
    kind: [u8; 4],
    start: u64,
    end: u64,
    /// The end by its own size.
    claimed: u64,
}

/// The box at `at`, inside what ends at `end`; a box that claims more is cut to it.
fn next_box(file: &mut (impl Read + Seek), at: u64, end: u64) -> io::Result<Option<Box4>> {
    if at.saturating_add(8) > end {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    let (Some(size), Some(kind)) = (u32_of(file)?, bytes_of::<4>(file)?) else {
        return Ok(None);
    };
    let (head, size) = match size {
        0 => (8, end - at),
        1 => match u64_of(file)? {
            Some(size) => (16, size),
            None => return Ok(None),
        },
        size => (8, u64::from(size)),
    };
    if size < head {
        return Ok(None);
    }
    Ok(Some(Box4 {
        kind,
        start: (at + head).min(end),
        end: at.saturating_add(size).min(end),
        claimed: at.saturating_add(size),
    }))
}

fn children(file: &mut (impl Read + Seek), parent: Box4) -> io::Result<Vec<Box4>> {
    let (mut found, mut at) = (Vec::new(), parent.start);
    while found.len() < 4 * MOST_TRACKS {
        let Some(child) = next_box(file, at, parent.end)? else {
            break;
        };
        at = child.end;
        found.push(child);
    }
    Ok(found)
}

fn read_movie(file: &mut (impl Read + Seek), movie: Box4, index: &mut Index) -> io::Result<()> {
    let parts = children(file, movie)?;
    let mut movie_scale = 0;
    for part in &parts {
        if &part.kind == b"mvhd" {
            movie_scale = timescale(file, *part)?.unwrap_or(0);
        }
    }
    for track in parts
        .iter()
        .filter(|part| &part.kind == b"trak")
        .take(MOST_TRACKS)
    {
        let mut found = IndexTrack::default();
        for part in children(file, *track)? {
            match &part.kind {
                b"tkhd" => {
                    let wide = version(file, part)? == Some(1);
                    skip(file, if wide { 16 } else { 8 })?;
                    found.id = u32_of(file)?.unwrap_or(0);
                }
                b"edts" => {
                    for list in children(file, part)?
                        .into_iter()
                        .filter(|list| &list.kind == b"elst")
                    {
                        found.edit = read_edits(file, list, movie_scale)?;
                    }
                }
                b"mdia" => read_media(file, part, &mut found)?,
                _ => {}
            }
        }
        index.tracks.push(found);
    }
    Ok(())
}

fn read_media(
    file: &mut (impl Read + Seek),
    media: Box4,
    found: &mut IndexTrack,
) -> io::Result<()> {
    for part in children(file, media)? {
        match &part.kind {
            b"mdhd" => found.timescale = timescale(file, part)?.unwrap_or(0),
            b"hdlr" => {
                version(file, part)?;
                skip(file, 4)?;
                found.handler = bytes_of::<4>(file)?.unwrap_or_default();
            }
            b"minf" => {
                for table in children(file, part)?
                    .into_iter()
                    .filter(|table| &table.kind == b"stbl")
                {
                    for list in children(file, table)?
                        .into_iter()
                        .filter(|list| &list.kind == b"stsd")
                    {
                        let first = Box4 {
                            start: list.start.saturating_add(8),
                            ..list
                        };
                        if let Some(entry) = next_box(file, first.start, first.end)? {
                            found.codec = entry.kind;
                            found.description = description(file, entry)?;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The beginning of a sample entry.
fn description(file: &mut (impl Read + Seek), entry: Box4) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(entry.start))?;
    let mut bytes = Vec::new();
    let length = (entry.end - entry.start).min(4_096);
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_edits(
    file: &mut (impl Read + Seek),
    list: Box4,
    movie_scale: u32,
) -> io::Result<Option<Edit>> {
    let wide = version(file, list)? == Some(1);
    let count = u32_of(file)?.unwrap_or(0);
    let mut silence = 0;
    // More than a silence and a stretch is a cut film, which would need its pieces put together: played as it was recorded.
    for _ in 0..count.min(2) {
        let (duration, from) = if wide {
            (u64_of(file)?, u64_of(file)?.map(u64::cast_signed))
        } else {
            (
                u32_of(file)?.map(u64::from),
                u32_of(file)?.map(|from| i64::from(from.cast_signed())),
            )
        };
        skip(file, 4)?;
        let (Some(duration), Some(from)) = (duration, from) else {
            return Ok(None);
        };
        match u64::try_from(from) {
            Ok(skip) if movie_scale > 0 => {
                let seconds = |ticks: u64| ticks as f64 / f64::from(movie_scale);
                let whole = count == 1 || (count == 2 && silence > 0);
                return Ok(whole.then(|| Edit {
                    silence: seconds(silence),
                    skip,
                    duration: seconds(duration),
                }));
            }
            Ok(_) => return Ok(None),
            Err(_) => silence = duration,
        }
    }
    Ok(None)
}

/// The version byte of a full box, with its flags read over.
fn version(file: &mut (impl Read + Seek), full: Box4) -> io::Result<Option<u8>> {
    file.seek(SeekFrom::Start(full.start))?;
    Ok(bytes_of::<4>(file)?.map(|[version, ..]| version))
}

fn timescale(file: &mut (impl Read + Seek), header: Box4) -> io::Result<Option<u32>> {
    let wide = version(file, header)? == Some(1);
    skip(file, if wide { 16 } else { 8 })?;
    u32_of(file)
}

fn skip(file: &mut impl Seek, bytes: i64) -> io::Result<()> {
    file.seek(SeekFrom::Current(bytes)).map(|_| ())
}

fn u32_of(file: &mut impl Read) -> io::Result<Option<u32>> {
    Ok(bytes_of::<4>(file)?.map(u32::from_be_bytes))
}

fn u64_of(file: &mut impl Read) -> io::Result<Option<u64>> {
    Ok(bytes_of::<8>(file)?.map(u64::from_be_bytes))
}

/// The next bytes, or none at the file's end.
fn bytes_of<const N: usize>(file: &mut impl Read) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::io::Cursor;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    fn words(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|v| v.to_be_bytes()).collect()
    }

    fn movie(edits: &[u32]) -> Vec<u8> {
        let list = boxed(b"elst", &words(edits));
        let stsd = boxed(
            b"stsd",
            &[words(&[0, 1]), boxed(b"mp4a", &[0; 28])].concat(),
        );
        let media = [
            boxed(b"mdhd", &words(&[0, 0, 0, 44_100, 0, 0])),
            boxed(
                b"hdlr",
                &[words(&[0, 0]), b"soun".to_vec(), vec![0; 12]].concat(),
            ),
            boxed(b"minf", &boxed(b"stbl", &stsd)),
        ];
        let track = [
            boxed(b"tkhd", &words(&[0, 0, 0, 7, 0])),
            boxed(b"edts", &list),
            boxed(b"mdia", &media.concat()),
        ];
        let movie = [
            boxed(b"mvhd", &words(&[0, 0, 0, 1_000, 0])),
            boxed(b"trak", &track.concat()),
        ];
        [
            boxed(b"ftyp", b"M4A \0\0\0\0"),
            boxed(b"mdat", &[0; 100]),
            boxed(b"moov", &movie.concat()),
        ]
        .concat()
    }

    fn index(file: &[u8]) -> Index {
        read_index(&mut Cursor::new(file), file.len() as u64).unwrap()
    }

    #[test]
    fn the_run_in_is_read_from_the_edit_list() {
        let index = index(&movie(&[0, 1, 11_000, 1_024, 0x1_0000]));
        let track = &index.tracks[0];
        assert_eq!(
            (track.id, track.timescale, &track.handler, &track.codec),
            (7, 44_100, b"soun", b"mp4a")
        );
        assert_eq!(
            track.edit,
            Some(Edit {
                silence: 0.0,
                skip: 1_024,
                duration: 11.0
            })
        );
    }

    #[test]
    fn a_track_that_begins_late_has_its_silence() {
        let index = index(&movie(&[
            0,
            2,
            500,
            u32::MAX,
            0x1_0000,
            11_000,
            0,
            0x1_0000,
        ]));
        assert_eq!(
            index.tracks[0].edit,
            Some(Edit {
                silence: 0.5,
                skip: 0,
                duration: 11.0
            })
        );
    }

    #[test]
    fn a_cut_film_is_played_as_recorded() {
        let index = index(&movie(&[0, 2, 500, 0, 0x1_0000, 500, 9_000, 0x1_0000]));
        assert_eq!(index.tracks[0].edit, None);
    }

    #[test]
    fn a_file_without_an_index_says_so() {
        let file = movie(&[0, 0]);
        assert!(!index(&file[..60]).found);
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0usize..400, bit in 0u8..8, cut in 0usize..400) {
            let mut file = movie(&[0, 1, 11_000, 1_024, 0x1_0000]);
            let at = at % file.len();
            file[at] ^= 1 << bit;
            file.truncate(file.len().saturating_sub(cut % 8 * 40));
            let _ = index(&file);
        }
    }
}

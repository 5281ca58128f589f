//! What a file is by its first bytes. Its name plays no part: people rename recordings.

use std::io::{self, Read, Seek, SeekFrom};

use super::mpeg::mpeg_audio;

/// Bytes looked at: enough for three MPEG audio frames behind some junk.
pub(super) const WINDOW: usize = 64 * 1024;

/// The kinds of file that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Wav,
    Aiff,
    Caf,
    Flac,
    Mp3,
    Adts,
    Ogg,
    Matroska,
    WebM,
    Mp4,
    QuickTime,
    ThreeGp,
    MpegTs,
    MpegPs,
    Avi,
    Asf,
    Amr,
    Flv,
    Wave64,
    Ac3,
    WavPack,
    Ape,
    Dsf,
    RealMedia,
    Text,
    Unknown,
}

impl Container {
    /// The name in errors and reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Container::Wav => "WAV",
            Container::Aiff => "AIFF",
            Container::Caf => "CAF",
            Container::Flac => "FLAC",
            Container::Mp3 => "MP3",
            Container::Adts => "AAC (ADTS)",
            Container::Ogg => "Ogg",
            Container::Matroska => "Matroska",
            Container::WebM => "WebM",
            Container::Mp4 => "MP4",
            Container::QuickTime => "QuickTime",
            Container::ThreeGp => "3GP",
            Container::MpegTs => "MPEG-TS",
            Container::MpegPs => "MPEG-PS",
            Container::Avi => "AVI",
            Container::Asf => "ASF (WMA/WMV)",
            Container::Amr => "AMR",
            Container::Flv => "FLV",
            Container::Wave64 => "Wave64",
            Container::Ac3 => "AC-3",
            Container::WavPack => "WavPack",
            Container::Ape => "Monkey's Audio",
            Container::Dsf => "DSF",
            Container::RealMedia => "RealMedia",
            Container::Text => "text",
            Container::Unknown => "unknown data",
        }
    }

    /// Whether a demuxer is at hand. The others are refused before one can take them for something else.
    pub(super) fn is_read(self) -> bool {
        use Container::*;
        matches!(
            self,
            Wav | Aiff
                | Caf
                | Flac
                | Mp3
                | Adts
                | Ogg
                | Matroska
                | WebM
                | Mp4
                | QuickTime
                | ThreeGp
        )
    }
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sniffed {
    pub(super) container: Container,
    /// Where the recording begins behind leading tags and junk, in bytes.
    pub(super) start: u64,
    /// Whether an MPEG audio stream says how many frames it has; without it a length is but a guess from the bit rate.
    pub(super) counted: bool,
}

/// Looks at the beginning of `file`, and behind its ID3 tags.
pub(super) fn sniff(file: &mut (impl Read + Seek)) -> io::Result<Sniffed> {
    let mut start = 0;
    let mut head = window(file, start)?;
    // Some writers put several tags one behind another.
    for _ in 0..8 {
        let Some(length) = id3_length(&head) else {
            break;
        };
        start += length;
        head = window(file, start)?;
    }
    let mut container = by_magic(&head);
    let mut counted = true;
    if matches!(container, Container::Unknown) {
        if let Some((junk, found)) = mpeg_audio(&head) {
            container = found;
            start += junk as u64;
            let frame = head.get(junk..).unwrap_or_default();
            counted = [&b"Xing"[..], b"Info", b"VBRI"]
                .iter()
                .any(|tag| within(frame, 200, tag));
        } else if start == 0 && is_text(&head) {
            container = Container::Text;
        }
    }
    Ok(Sniffed {
        container,
        start,
        counted,
    })
}

fn window(file: &mut (impl Read + Seek), start: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut head = Vec::with_capacity(WINDOW);
    file.take(WINDOW as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The length of an ID3v2 tag at the beginning, its size being four bytes of seven bits.
fn id3_length(head: &[u8]) -> Option<u64> {
    let (Some(b"ID3"), Some(&[flags, a, b, c, d])) = (head.get(..3), head.get(5..10)) else {
        return None;
    };
    if [a, b, c, d].iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let size = [a, b, c, d]
        .iter()
        .fold(0u64, |size, &byte| size << 7 | u64::from(byte));
    Some(size + if flags & 0x10 != 0 { 20 } else { 10 })
}

fn by_magic(head: &[u8]) -> Container {
    let at = |offset: usize, magic: &[u8]| {
        head.get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    if at(0, b"RIFF") || at(0, b"RIFX") {
        return match head.get(8..12) {
            Some(b"WAVE") => Container::Wav,
            Some(b"AVI ") => Container::Avi,
            _ => Container::Unknown,
        };
    }
    if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        return Container::Aiff;
    }
    if at(4, b"ftyp") {
        return match head.get(8..12) {
            Some(b"qt  ") => Container::QuickTime,
            Some([b'3', b'g', ..]) => Container::ThreeGp,
            _ => Container::Mp4,
        };
    }
    // QuickTime files of old have no `ftyp`.
    if [&b"moov"[..], b"mdat", b"wide", b"skip", b"pnot"]
        .iter()
        .any(|kind| at(4, kind))
    {
        return Container::QuickTime;
    }
    if at(0, &[0x1a, 0x45, 0xdf, 0xa3]) {
        return if within(head, 64, b"webm") {
            Container::WebM
        } else {
            Container::Matroska
        };
    }
    const MAGIC: [(&[u8], Container); 15] = [
        (b"caff", Container::Caf),
        (b"fLaC", Container::Flac),
        (b"OggS", Container::Ogg),
        (b"RF64", Container::Wav),
        (b"BW64", Container::Wav),
        (b"riff\x2e\x91\xcf\x11", Container::Wave64),
        (
            &[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11],
            Container::Asf,
        ),
        (b"#!AMR", Container::Amr),
        (b"FLV\x01", Container::Flv),
        (&[0, 0, 1, 0xba], Container::MpegPs),
        (&[0x0b, 0x77], Container::Ac3),
        (b"wvpk", Container::WavPack),
        (b"MAC ", Container::Ape),
        (b"DSD ", Container::Dsf),
        (b".RMF", Container::RealMedia),
    ];
    if let Some(&(_, container)) = MAGIC.iter().find(|(magic, _)| at(0, magic)) {
        return container;
    }
    if is_transport_stream(head) {
        Container::MpegTs
    } else {
        Container::Unknown
    }
}

/// A sync byte every 188 bytes, or every 192 in the variant of camcorders.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)].iter().any(|&(first, step)| {
        let syncs = head.iter().skip(first).step_by(step).take(8);
        syncs.len() >= 3 && syncs.clone().all(|&byte| byte == 0x47)
    })
}

fn within(head: &[u8], reach: usize, needle: &[u8]) -> bool {
    head.get(..reach.min(head.len()))
        .is_some_and(|head| head.windows(needle.len()).any(|w| w == needle))
}

/// Whether this reads as text: UTF-8 without control characters, or UTF-16 by its mark.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    let head = head.get(..4096).unwrap_or(head);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // Cut within a letter.
        Err(e) if e.error_len().is_none() && e.valid_up_to() > 0 => {
            std::str::from_utf8(head.get(..e.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::io::Cursor;

    fn of(bytes: &[u8]) -> Sniffed {
        sniff(&mut Cursor::new(bytes)).unwrap()
    }

    fn mp3(frames: usize) -> Vec<u8> {
        // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame.
        let frame = [&[0xff, 0xfb, 0x90, 0x00][..], &[0; 413]].concat();
        frame.repeat(frames)
    }

    #[test]
    fn content_decides() {
        let transport = [&[0x47][..], &[0; 187]].concat().repeat(8);
        for (bytes, container) in [
            (&b"RIFF\0\0\0\0WAVEfmt "[..], Container::Wav),
            (b"RIFF\0\0\0\0AVI LIST", Container::Avi),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", Container::Mp4),
            (b"\0\0\0\x18ftyp3gp4\0\0\0\0", Container::ThreeGp),
            (b"\0\0\0\x18ftypqt  \0\0\0\0", Container::QuickTime),
            (b"#!AMR\n", Container::Amr),
            (b"OggS\0\x02", Container::Ogg),
            (&transport, Container::MpegTs),
            ("Протокол встречи\n".as_bytes(), Container::Text),
            (b"<!DOCTYPE html><html>404", Container::Text),
            (&[0; 512], Container::Unknown),
            (b"", Container::Unknown),
        ] {
            assert_eq!(of(bytes).container, container, "{bytes:?}");
        }
    }

    #[test]
    fn an_mp3_is_found_behind_its_tag_and_junk() {
        let tag = [&b"ID3\x04\0\0\0\0\x01\x00"[..], &[0; 128]].concat();
        let file = [tag, b"junk".to_vec(), mp3(6)].concat();
        assert_eq!(
            of(&file),
            Sniffed {
                container: Container::Mp3,
                start: 142,
                counted: false
            }
        );
    }

    #[test]
    fn a_lone_sync_word_is_no_mp3() {
        let mut noise = vec![0x55; 4_000];
        noise.splice(1_000..1_004, [0xff, 0xfb, 0x90, 0x00]);
        assert_eq!(of(&noise).container, Container::Unknown);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_named_without_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
            let sniffed = of(&bytes);
            proptest::prop_assert!(!sniffed.container.name().is_empty());
        }
    }
}

//! What ffmpeg says on its standard error, sorted into complaints, in bounded memory.

/// Characters of a line that are shown.
const SHOWN: usize = 300;
/// Bytes of a line that are read.
const LINE: usize = 2_000;
/// Complaints of different kinds that are kept.
const KINDS: usize = 10;

/// The words of one run.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The lines as they came, if any are kept.
    pub(super) lines: Vec<String>,
    /// The last error, for the reason of a failure.
    pub(super) reason: Option<String>,
    /// A complaint of each kind, and how often it came.
    kinds: Vec<(String, String, u64)>,
    /// Complaints of further kinds.
    further: u64,
    /// Bytes of lines that may still be kept.
    room: usize,
    line: Vec<u8>,
}

impl Log {
    /// Keeps up to `room` bytes of lines.
    pub(super) fn new(room: usize) -> Self {
        Self {
            room,
            ..Self::default()
        }
    }

    /// Takes the next bytes.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' || byte == b'\r' {
                self.end_line();
            } else if self.line.len() < LINE {
                self.line.push(byte);
            }
        }
    }

    /// Takes what stands without a line's end.
    pub(super) fn close(&mut self) {
        self.end_line();
    }

    /// The complaints, for people to read.
    pub(super) fn complaints(&self) -> Vec<String> {
        let mut complaints: Vec<String> = self
            .kinds
            .iter()
            .map(|(_, text, count)| match count {
                1 => format!("ffmpeg: {text}"),
                _ => format!("ffmpeg: {text} ({count} times, or alike)"),
            })
            .collect();
        if self.further > 0 {
            complaints.push(format!("ffmpeg: {} further complaints", self.further));
        }
        complaints
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        if line.trim().is_empty() {
            return;
        }
        if let Some(room) = self.room.checked_sub(line.len() + size_of::<String>()) {
            self.room = room;
            self.lines.push(line.clone().into_owned());
        }
        let Some((is_error, text)) = complaint(&plain(&line)) else {
            return;
        };
        if is_error && !is_echo(&text) {
            self.reason = Some(text.clone());
        }
        let kind: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
        if let Some((_, _, count)) = self.kinds.iter_mut().find(|(known, ..)| *known == kind) {
            *count += 1;
        } else if self.kinds.len() < KINDS {
            self.kinds.push((kind, text, 1));
        } else {
            self.further += 1;
        }
    }
}

/// What a line complains of, without who says it, and whether it is an error; `None` for what is no complaint about
/// the sound.
fn complaint(line: &str) -> Option<(bool, String)> {
    /// Of ffmpeg's guesses, which are right, and of the other streams.
    const NO_MATTER: [&str; 7] = [
        "Guessed Channel Layout",
        "Estimating duration from bitrate",
        "Application provided duration",
        "Could not find codec parameters",
        "Consider increasing the value",
        "Last message repeated",
        "At least one output file must be specified",
    ];
    const VIDEO: [&str; 14] = [
        "h264",
        "hevc",
        "vvc",
        "vp8",
        "vp9",
        "av1",
        "libdav1d",
        "mpeg1video",
        "mpeg2video",
        "mpeg4",
        "mjpeg",
        "vc1",
        "wmv3",
        "flv",
    ];
    let mut is_error = true;
    let mut rest = line.trim();
    // `[aac @ 0x55d0c0de] [error] Input buffer exhausted`: who, at which address, and how bad.
    while let Some((who, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        rest = behind.trim_start();
        match who {
            "panic" | "fatal" | "error" => {}
            "warning" => is_error = false,
            "info" | "verbose" | "debug" | "trace" => return None,
            _ => {
                let name = who.split(" @ ").next().unwrap_or_default();
                if VIDEO.contains(&name) {
                    return None;
                }
            }
        }
    }
    let of_no_matter = NO_MATTER.iter().any(|start| rest.starts_with(start));
    (!rest.is_empty() && !of_no_matter).then(|| (is_error, shortened(rest)))
}

/// Whether an error only says that there was one before it.
fn is_echo(text: &str) -> bool {
    [
        "Error opening input file",
        "Error opening output file",
        "Error parsing options",
        "Error submitting packet to decoder",
        "Failed to set value",
        "To ignore this",
        "Conversion failed",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// Without colours, control characters, and marks that turn the direction of writing.
pub(super) fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => {
                // ESC [ … and a letter; of another sequence only ESC goes.
                let mut ahead = letters.clone();
                if ahead.next() == Some('[') && ahead.any(|c| ('@'..='~').contains(&c)) {
                    letters = ahead;
                }
            }
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            '\t' => plain.push(' '),
            letter if letter.is_control() => {}
            letter => plain.push(letter),
        }
    }
    plain
}

/// At most so much as people read.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn heard(text: &str) -> Log {
        let mut log = Log::new(0);
        log.hear(text.as_bytes());
        log.close();
        log
    }

    #[test]
    fn alike_complaints_are_counted() {
        let log = heard(
            "[in#0/mpegts @ 0x56185df532c0] [warning] PES packet size mismatch\n\
             [wmav2 @ 0x565274] [error] overflow (473 > 466) in spectral RLE, ignoring\n\
             [aist#0:0/wmav2 @ 0x565274] [dec:wmav2 @ 0x5652] [error] Error submitting packet to decoder: Invalid data\n\
             [wmav2 @ 0x565274] [error] overflow (469 > 466) in spectral RLE, ignoring\n",
        );
        assert_eq!(
            log.complaints(),
            [
                "ffmpeg: PES packet size mismatch",
                "ffmpeg: overflow (473 > 466) in spectral RLE, ignoring (2 times, or alike)",
                "ffmpeg: Error submitting packet to decoder: Invalid data",
            ]
        );
        assert_eq!(
            log.reason.unwrap(),
            "overflow (469 > 466) in spectral RLE, ignoring"
        );
    }

    #[test]
    fn guesses_and_pictures_are_no_complaint() {
        let log = heard(
            "[aist#0:0/wmav2 @ 0x56] [warning] Guessed Channel Layout: mono\n\
             [h264 @ 0x5565b8b810c0] [error] non-existing PPS 0 referenced\n\
             [info]   Duration: 00:00:04.00\n    Last message repeated 3 times\n\n",
        );
        assert_eq!(log.complaints(), [""; 0]);
        assert_eq!(log.reason, None);
    }

    #[test]
    fn the_reason_is_the_error_and_not_its_echo() {
        let log = heard(
            "[in#0 @ 0x55] [error] Error opening input: Invalid data found when processing input\n\
             [error] Error opening input file file:x.avi.\n\
             [fatal] Error opening input files: Invalid data found when processing input",
        );
        assert_eq!(
            log.reason.unwrap(),
            "Error opening input: Invalid data found when processing input"
        );
    }

    #[test]
    fn what_is_shown_is_plain_and_short() {
        let log = heard("\u{1b}[1;31mred\u{1b}[0m\u{7}\tend\u{202e}\n");
        assert_eq!(log.reason.unwrap(), "red end");
        assert_eq!(plain("\u{1b}[12"), "[12");
        let log = heard(&"ж".repeat(5_000));
        assert_eq!(log.reason.unwrap().chars().count(), SHOWN);
    }

    #[test]
    fn memory_is_bounded() {
        let mut log = Log::new(1_000);
        for number in 0..26_000_u32 {
            let letters: String = number
                .to_string()
                .chars()
                .map(|digit| (digit as u8 + 49) as char)
                .collect();
            log.hear(format!("complaint {letters}\n").as_bytes());
        }
        log.hear(&[b'x'; 1_000_000]);
        assert!(log.line.len() <= LINE);
        assert_eq!(log.complaints().len(), KINDS + 1);
        assert!(log.complaints().last().unwrap().contains("25990 further"));
        assert!(log.lines.iter().map(String::len).sum::<usize>() <= 1_000);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_heard(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
            let mut log = Log::new(100);
            log.hear(&bytes);
            log.close();
            for text in log.complaints() {
                proptest::prop_assert!(!text.chars().any(char::is_control));
            }
        }
    }
}

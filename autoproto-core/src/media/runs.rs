//! The counts of fragmented MP4 files, checked as they are read.
//!
//! A run of samples without a table of sizes or durations may claim any number of them (ISO/IEC 14496-12, 8.8.8), and the
//! demuxer counts to it: six seconds for each four bytes. Where it finds its boxes in a damaged file nobody else can tell, so
//! the bytes themselves are looked at on their way to it.

use memchr::memmem::Finder;

/// `trun`, version and flags, count.
const HEAD: usize = 12;
/// The flags of a run with a row for each sample: durations, sizes, flags, or time offsets.
const TABLES: u32 = 0xf00;
/// Samples that may be claimed on top of the file's bytes: a blink of counting.
const SLACK: u64 = 10_000_000;

/// Shows runs that claim too much as empty.
pub(super) struct Runs {
    /// More samples than the file has bytes there can't be.
    most: u64,
    left: u64,
    find: Finder<'static>,
}

impl Runs {
    /// For a file of `len` bytes, which may be read several times.
    pub(super) fn of(len: u64) -> Self {
        Self {
            most: len,
            left: len.saturating_mul(4).saturating_add(SLACK),
            find: Finder::new(b"trun"),
        }
    }

    /// Puts right what was read; gives how much of it can be handed on: a head at its end has to be read again as a whole.
    pub(super) fn mend(&mut self, read: &mut [u8]) -> (usize, bool) {
        let (mut from, mut mended) = (0, false);
        while let Some(at) = read.get(from..).and_then(|rest| self.find.find(rest)) {
            let at = from + at;
            let Some([_, _, _, _, flags @ .., a, b, c, d]) = read.get_mut(at..at + HEAD) else {
                // Nothing before it: as much as the reader wants, or the end of the file.
                return (if at == 0 { read.len() } else { at }, mended);
            };
            let flags = u32::from_be_bytes([0, flags[1], flags[2], flags[3]]);
            let count = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
            if flags & TABLES == 0 {
                if count > self.most || count > self.left {
                    (*a, *b, *c, *d) = (0, 0, 0, 0);
                    mended = true;
                } else {
                    self.left -= count;
                }
            }
            from = at + HEAD;
        }
        // The letters may be cut, too.
        let kept = (1..4)
            .filter(|&part| read.len() > part && read.len() - part >= from)
            .find(|&part| read.ends_with(b"trun".get(..part).unwrap_or_default()))
            .map_or(read.len(), |part| read.len() - part);
        (kept, mended)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn run(flags: u32, count: u32) -> Vec<u8> {
        [&b"trun"[..], &flags.to_be_bytes(), &count.to_be_bytes()].concat()
    }

    #[test]
    fn a_run_of_more_samples_than_bytes_is_shown_as_empty() {
        for (flags, count, shown) in [
            (1, 40, 40),
            (1, 1_001, 0),
            (1, u32::MAX, 0),
            (0x201, u32::MAX, u32::MAX),
            (0x0100_0001, u32::MAX, 0),
        ] {
            let mut read = [&b"ab"[..], &run(flags, count), b"cd"].concat();
            let length = read.len();
            let (kept, mended) = Runs::of(1_000).mend(&mut read);
            assert_eq!((kept, mended), (length, shown != count));
            assert_eq!(read, [&b"ab"[..], &run(flags, shown), b"cd"].concat());
        }
    }

    #[test]
    fn many_runs_of_a_little_are_too_much_together() {
        let mut runs = Runs::of(1_000_000);
        let mut read = run(0, 1_000_000).repeat(20);
        runs.mend(&mut read);
        assert!(read.starts_with(&run(0, 1_000_000)));
        assert!(read.ends_with(&run(0, 0)));
    }

    proptest::proptest! {
        #[test]
        fn however_it_is_read_the_same_is_shown(
            before in proptest::collection::vec(proptest::sample::select(b"trunx".to_vec()), 0..30),
            after in proptest::collection::vec(proptest::sample::select(b"trunx".to_vec()), 0..30),
            step in HEAD..40,
        ) {
            let file = [&before[..], &run(1, u32::MAX), &after].concat();
            let mut whole = file.clone();
            Runs::of(100).mend(&mut whole);
            let (mut runs, mut shown) = (Runs::of(100), Vec::new());
            while shown.len() < file.len() {
                let end = file.len().min(shown.len() + step);
                let mut read = file[shown.len()..end].to_vec();
                let (kept, _) = runs.mend(&mut read);
                proptest::prop_assert!(kept > 0);
                shown.extend_from_slice(&read[..kept]);
            }
            proptest::prop_assert_eq!(shown, whole);
        }
    }
}

//! The counts of fragmented MP4 files, checked as they are read.
//!
//! A run of samples without a table of sizes or durations may claim any number of them (ISO/IEC 14496-12, 8.8.8), and the
//! demuxer counts to it: six seconds for each four bytes. Where it finds its boxes in a damaged file nobody else can tell, so
//! the bytes themselves are looked at on their way to it.

use memchr::memmem::Finder;

/// `trun`, version and flags, count.
pub(super) const HEAD: usize = 12;
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

    /// Puts right what was read; says whether something was, and where a head begins that goes beyond it (or may: its
    /// letters may be cut, too), which is to be looked at as a whole.
    pub(super) fn mend(&mut self, read: &mut [u8]) -> (bool, Option<usize>) {
        let (mut from, mut mended) = (0, false);
        while let Some(at) = read.get(from..).and_then(|rest| self.find.find(rest)) {
            let at = from + at;
            let Some(head) = read.get_mut(at..at + HEAD) else {
                return (mended, Some(at));
            };
            mended |= self.check(head);
            from = at + HEAD;
        }
        let cut = (1..4)
            .rev()
            .filter(|&part| read.len() >= from + part)
            .find(|&part| read.ends_with(b"trun".get(..part).unwrap_or_default()));
        (mended, cut.map(|part| read.len() - part))
    }

    /// Checks one head, if it is one; puts it right and says so.
    pub(super) fn check(&mut self, head: &mut [u8]) -> bool {
        let [b't', b'r', b'u', b'n', _, x, y, z, a, b, c, d] = head else {
            return false;
        };
        let flags = u32::from_be_bytes([0, *x, *y, *z]);
        let count = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
        if flags & TABLES != 0 {
            return false;
        }
        if count <= self.most && count <= self.left {
            self.left -= count;
            return false;
        }
        (*a, *b, *c, *d) = (0, 0, 0, 0);
        true
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
            let (mended, cut) = Runs::of(1_000).mend(&mut read);
            assert_eq!((mended, cut), (shown != count, None));
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

    #[test]
    fn a_head_that_is_cut_is_pointed_at() {
        let whole = [&b"ab"[..], &run(1, u32::MAX)].concat();
        for end in 3..14 {
            let mut read = whole[..end].to_vec();
            assert_eq!(Runs::of(1_000).mend(&mut read), (false, Some(2)), "{end}");
        }
        assert_eq!(Runs::of(1_000).mend(&mut b"abtx".to_vec()), (false, None));
    }
}

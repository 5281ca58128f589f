//! The recording's bytes, read under a watch: how much of them, how far, and whether to go on.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::recording::Stream;
use super::runs::{HEAD, Runs};
use crate::cancel::CancelToken;

/// How often a file may be read over: demuxers go back and forth in badly interleaved files, but not for ever.
const PASSES: u64 = 64;
/// And on top of it, so that small files don't run out while their tables are searched.
const SLACK: u64 = 64 << 20;

/// What is known of the reading while the demuxer holds the file.
#[derive(Debug)]
pub(super) struct Meter {
    position: AtomicU64,
    left: AtomicU64,
    mended: AtomicBool,
    failed: Mutex<Option<io::Error>>,
    cancel: CancelToken,
}

impl Meter {
    /// The byte that would be read next.
    pub(super) fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Whether a count that can't be was put right.
    pub(super) fn is_mended(&self) -> bool {
        self.mended.load(Ordering::Relaxed)
    }

    /// Why the last read failed, if one did that wasn't to be foreseen: not the end of the file, nor a stop from here. The
    /// demuxer has errors of its own, which say something of the file.
    pub(super) fn failed(&self) -> Option<io::Error> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.as_ref().map(again)
    }

    /// Whether the demuxer has read so much that it must be going round in circles.
    pub(super) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

/// The same error once more, for errors can't be cloned.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Bytes shown in place of the file's own: a size that its writer got wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

impl Patch {
    /// Puts the part that falls into `buf`, which was read at `from`, in its place.
    fn apply(&self, from: u64, buf: &mut [u8]) {
        for (at, &byte) in (self.at..).zip(&self.bytes) {
            let slot = at
                .checked_sub(from)
                .and_then(|at| usize::try_from(at).ok())
                .and_then(|at| buf.get_mut(at));
            if let Some(slot) = slot {
                *slot = byte;
            }
        }
    }
}

/// A recording that refuses to be read once the token has fired or the demuxer spins.
///
/// A demuxer that loops over damaged data can't be stopped from outside, but it has to read to loop.
pub(super) struct Watched {
    file: Box<dyn Stream>,
    /// What the demuxer is told: of a cut file, the length it should have, so that it reads up to the cut.
    shown: u64,
    seekable: bool,
    patches: Vec<Patch>,
    runs: Option<Runs>,
    meter: Arc<Meter>,
}

impl Watched {
    pub(super) fn new(
        file: Box<dyn Stream>,
        len: u64,
        end: u64,
        patches: Vec<Patch>,
        cancel: &CancelToken,
    ) -> (Self, Arc<Meter>) {
        let left = len.saturating_mul(PASSES).saturating_add(SLACK);
        let meter = Arc::new(Meter {
            position: AtomicU64::new(0),
            left: AtomicU64::new(left),
            mended: AtomicBool::new(false),
            failed: Mutex::new(None),
            cancel: cancel.clone(),
        });
        (
            Self {
                file,
                shown: len.max(end),
                seekable: true,
                meter: Arc::clone(&meter),
                patches,
                runs: None,
            },
            meter,
        )
    }
}

impl Watched {
    /// Checks the counts of fragments on the way, in a file of so many bytes; what it claims to have is no measure.
    pub(super) fn checking_runs(mut self, len: u64) -> Self {
        self.runs = Some(Runs::of(len));
        self
    }

    /// Has the demuxer read from beginning to end, for one that would look up what lies behind the cut.
    pub(super) fn forward_only(mut self) -> Self {
        self.seekable = false;
        self
    }
}

impl Watched {
    /// Checks the counts in what was read at `from`; of a head that goes beyond it, with what follows in the file.
    fn check_runs(&mut self, from: u64, read: &mut [u8]) -> io::Result<()> {
        let Some(runs) = &mut self.runs else {
            return Ok(());
        };
        let (mut mended, cut) = runs.mend(read);
        if let Some(cut) = cut {
            let at = from + cut as u64;
            let mut head = [0; HEAD];
            self.file.seek(SeekFrom::Start(at))?;
            // An end of the file within it leaves zeros, and nothing to count.
            let whole = self.file.read_exact(&mut head).is_ok();
            self.file.seek(SeekFrom::Start(from + read.len() as u64))?;
            if whole && runs.check(&mut head) {
                let patch = Patch {
                    at: at + 8,
                    bytes: vec![0; 4],
                };
                patch.apply(from, read);
                self.patches.push(patch);
                mended = true;
            }
        }
        if mended {
            self.meter.mended.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.meter.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        if self.meter.is_spent() {
            return Err(io::Error::other("read over and over"));
        }
        let from = self.meter.position();
        let n = self.file.read(buf).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                let failed = self.meter.failed.lock();
                *failed.unwrap_or_else(PoisonError::into_inner) = Some(again(error));
            }
        })?;
        for patch in &self.patches {
            patch.apply(from, buf.get_mut(..n).unwrap_or_default());
        }
        self.check_runs(from, buf.get_mut(..n).unwrap_or_default())?;
        self.meter.position.fetch_add(n as u64, Ordering::Relaxed);
        let left = self.meter.left.load(Ordering::Relaxed);
        // At least one, so that reading nothing again and again comes to an end, too.
        self.meter
            .left
            .store(left.saturating_sub((n as u64).max(1)), Ordering::Relaxed);
        Ok(n)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::End(back) => SeekFrom::Start(self.shown.saturating_add_signed(back)),
            to => to,
        };
        let at = self.file.seek(to)?;
        self.meter.position.store(at, Ordering::Relaxed);
        Ok(at)
    }
}

impl symphonia::core::io::MediaSource for Watched {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.shown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_demuxer_that_spins_runs_out_of_reads() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &[0; 1 << 20]).unwrap();
        let (mut source, meter) =
            Watched::new(Box::new(file), 1 << 20, 0, Vec::new(), &CancelToken::new());
        let mut buffer = vec![0; 1 << 20];
        let spun = (0..1_000).find(|_| {
            source.seek(SeekFrom::Start(0)).unwrap();
            source.read(&mut buffer).is_err()
        });
        assert_eq!(spun, Some(128), "64 passes and 64 MiB");
        assert!(meter.is_spent());
    }

    #[test]
    fn a_fired_token_stops_the_reading() {
        let cancel = CancelToken::new();
        let (mut source, _) = Watched::new(
            Box::new(tempfile::tempfile().unwrap()),
            0,
            0,
            Vec::new(),
            &cancel,
        );
        assert_eq!(source.read(&mut [0; 4]).unwrap(), 0);
        cancel.cancel();
        assert!(source.read(&mut [0; 4]).is_err());
    }

    #[test]
    fn a_count_that_cannot_be_is_empty_wherever_the_reads_end() {
        let run = |count: u32| [&b"trun\0\0\0\x01"[..], &count.to_be_bytes()].concat();
        let bytes = [&b"abc"[..], &run(u32::MAX), b"tr", &run(5), b"tru"].concat();
        let shown = [&b"abc"[..], &run(0), b"tr", &run(5), b"tru"].concat();
        for step in 1..bytes.len() + 1 {
            let file = std::io::Cursor::new(bytes.clone());
            let cancel = CancelToken::new();
            let (watched, meter) = Watched::new(Box::new(file), 32, 0, Vec::new(), &cancel);
            let mut watched = watched.checking_runs(32);
            let (mut seen, mut buffer) = (Vec::new(), vec![0; step]);
            while let Ok(n @ 1..) = watched.read(&mut buffer) {
                seen.extend_from_slice(&buffer[..n]);
            }
            assert_eq!(seen, shown, "{step}");
            assert!(meter.is_mended());
        }
    }

    #[test]
    fn a_patch_shows_wherever_the_reads_begin_and_end() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, b"0123456789").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let patches = vec![Patch {
            at: 3,
            bytes: b"abcd".to_vec(),
        }];
        let (mut source, _) = Watched::new(Box::new(file), 10, 0, patches, &CancelToken::new());
        for step in 1..10 {
            source.seek(SeekFrom::Start(0)).unwrap();
            let (mut seen, mut buffer) = (Vec::new(), vec![0; step]);
            while let Ok(n @ 1..) = source.read(&mut buffer) {
                seen.extend_from_slice(&buffer[..n]);
            }
            assert_eq!(seen, b"012abcd789");
        }
    }
}

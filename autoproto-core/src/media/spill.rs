//! The writing side of the store: memory first, then a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::MediaOptions;
use super::pcm::Audio;
use crate::error::{Error, Result};

/// Bytes written at once.
const BLOCK: usize = 1 << 16;
/// Bytes between two looks at the room that is left.
const STRIDE: u64 = 256 << 20;
/// Bytes left to everybody else: a full disk hurts more than one program.
const RESERVE: u64 = 64 << 20;

/// Checks that the folder for temporary files has room for `bytes` of them.
///
/// # Errors
/// [`Error::Io`] of the kind [`io::ErrorKind::StorageFull`]. Where the system doesn't tell, there is room.
pub(super) fn check_room(folder: Option<&Path>, bytes: u64) -> Result<()> {
    let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
    let Ok(free) = fs4::available_space(&folder) else {
        return Ok(());
    };
    if free >= bytes.saturating_add(RESERVE) {
        return Ok(());
    }
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let words = format!(
        "the sound needs {} MiB there, and {} MiB are free",
        mib(bytes.saturating_add(RESERVE)),
        mib(free)
    );
    Err(Error::io("write a temporary file in", &folder)(
        io::Error::new(io::ErrorKind::StorageFull, words),
    ))
}

/// Collects samples, in memory up to a limit and in a file from there on.
pub(super) struct PcmWriter {
    memory: Vec<f32>,
    limit: usize,
    folder: PathBuf,
    spilled: Option<File>,
    block: Vec<u8>,
    samples: u64,
    checked: u64,
}

impl PcmWriter {
    /// Keeps its share, one of `shares`, of the memory that the options allow.
    pub(super) fn new(options: &MediaOptions, shares: usize) -> Self {
        let folder = options.temp_dir.clone();
        Self {
            memory: Vec::new(),
            limit: options.memory_limit / shares.max(1),
            folder: folder.unwrap_or_else(std::env::temp_dir),
            spilled: None,
            block: Vec::new(),
            samples: 0,
            checked: 0,
        }
    }

    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    /// Takes samples, cut to -1 to 1.
    ///
    /// A file of floats or the crest of a decoded wave may go beyond full scale, where 16-bit sound would have been cut
    /// anyway. Scaling the whole recording instead would let one click make everybody quieter, and needs a second pass.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.samples += samples.len() as u64;
        if self.spilled.is_none() {
            if (self.memory.len() + samples.len()) * size_of::<f32>() <= self.limit {
                self.memory
                    .extend(samples.iter().map(|s| s.clamp(-1.0, 1.0)));
                return Ok(());
            }
            self.spill()?;
        }
        self.write(samples)
    }

    /// Takes `count` samples of silence.
    pub(super) fn silence(&mut self, count: u64) -> Result<()> {
        let nothing = [0.0; BLOCK / 4];
        let mut left = count;
        while left > 0 {
            let step = left.min(nothing.len() as u64);
            left -= step;
            self.push(nothing.get(..step as usize).unwrap_or_default())?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        check_room(Some(&self.folder), self.samples * 4)?;
        let file = tempfile::tempfile_in(&self.folder)
            .map_err(Error::io("create a temporary file in", &self.folder))?;
        self.spilled = Some(file);
        self.block = Vec::with_capacity(BLOCK);
        let memory = std::mem::take(&mut self.memory);
        self.write(&memory)
    }

    fn write(&mut self, samples: &[f32]) -> Result<()> {
        for piece in samples.chunks(BLOCK / 4) {
            self.block
                .extend(piece.iter().flat_map(|s| s.clamp(-1.0, 1.0).to_ne_bytes()));
            if self.block.len() >= BLOCK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.samples * 4 >= self.checked + STRIDE {
            self.checked = self.samples * 4;
            check_room(Some(&self.folder), 0)?;
        }
        if let Some(file) = &mut self.spilled {
            file.write_all(&self.block)
                .map_err(Error::io("write a temporary file in", &self.folder))?;
        }
        self.block.clear();
        Ok(())
    }

    /// Ends the writing.
    pub(super) fn finish(mut self) -> Result<Audio> {
        self.flush()?;
        let Some(file) = self.spilled else {
            self.memory.shrink_to_fit();
            return Ok(Audio::from_samples(self.memory));
        };
        // SAFETY: nobody else can change or cut the file: it has no name, and this only handle is dropped here.
        let map = unsafe { memmap2::Mmap::map(&file) }
            .map_err(Error::io("write a temporary file in", &self.folder))?;
        Ok(Audio::from_map(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn writer(limit: usize) -> PcmWriter {
        PcmWriter::new(&MediaOptions::default().with_memory_limit(limit), 1)
    }

    fn collected(samples: &[f32], limit: usize, step: usize) -> Audio {
        let mut writer = writer(limit);
        for block in samples.chunks(step) {
            writer.push(block).unwrap();
        }
        writer.finish().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_mapped_recording_holds_what_memory_would(
            samples in proptest::collection::vec(-1.0f32..=1.0, 1..50_000),
            limit in 0usize..100_000,
            step in 1usize..20_000,
        ) {
            let audio = collected(&samples, limit, step);
            prop_assert_eq!(audio.is_mapped(), samples.len() * 4 > limit);
            prop_assert_eq!(audio.view().samples(), &samples[..]);
        }
    }

    #[test]
    fn nothing_at_all_is_an_empty_recording() {
        assert_eq!(collected(&[], 0, 1).duration(), 0.0);
    }

    #[test]
    fn beyond_full_scale_is_cut() {
        for limit in [64, 0] {
            assert_eq!(
                collected(&[2.0, -3.0, 0.5], limit, 1).view().samples(),
                [1.0, -1.0, 0.5]
            );
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_io_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let options = MediaOptions::default()
            .with_memory_limit(4)
            .with_temp_dir(&gone);
        let error = PcmWriter::new(&options, 1).push(&[0.0; 64]).unwrap_err();
        assert_eq!(error.code(), "io");
        assert!(error.to_string().contains("gone"), "{error}");
    }

    #[test]
    fn more_than_there_is_room_for_is_told_before_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        check_room(Some(folder.path()), 1).unwrap();
        let error = check_room(Some(folder.path()), 1 << 60).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(error.code(), "io");
        assert!(cause.contains("MiB are free"), "{cause}");
    }

    #[test]
    fn windows_of_a_mapped_recording_do_not_stay_in_memory() {
        let samples: Vec<f32> = (0..12 << 20)
            .map(|i| (i % 1_000) as f32 / 1_000.0)
            .collect();
        let audio = collected(&samples, 0, 1 << 16);
        let view = audio.view();
        let begun = resident();
        for (block, own) in view.blocks(1 << 16).zip(samples.chunks(1 << 16)) {
            assert_eq!(block, own);
        }
        // 48 MiB were looked at; a window from before is still what it was.
        if let (Some(before), Some(after)) = (begun, resident()) {
            assert!(after < before + (24 << 20), "{before} grew to {after}");
        }
    }

    /// Bytes of this process's files in memory, where the system tells.
    fn resident() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with("RssFile:"))?;
        line.split_whitespace()
            .nth(1)?
            .parse::<u64>()
            .ok()
            .map(|kib| kib << 10)
    }
}

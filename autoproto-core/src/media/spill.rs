//! The writing side of the store: memory first, then a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::pcm::Audio;
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, Result};

/// Collects samples, in memory up to a limit and in a file from there on.
pub(super) struct PcmWriter {
    memory: Vec<f32>,
    limit: usize,
    folder: PathBuf,
    spilled: Option<BufWriter<File>>,
    samples: u64,
}

impl PcmWriter {
    /// Keeps up to `limit` bytes in memory; a longer recording goes to a file in `folder`.
    pub(super) fn new(limit: usize, folder: Option<&Path>) -> Self {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        Self {
            memory: Vec::new(),
            limit,
            folder,
            spilled: None,
            samples: 0,
        }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(SAMPLE_RATE)
    }

    /// Takes samples, cut to -1 to 1.
    ///
    /// A file of floats or the crest of a decoded wave may go beyond full scale, where 16-bit sound would have been cut
    /// anyway. Scaling the whole recording instead would let one click make everybody quieter, and needs a second pass.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.samples += samples.len() as u64;
        let cut = samples.iter().map(|s| s.clamp(-1.0, 1.0));
        if self.spilled.is_none() {
            if (self.memory.len() + samples.len()) * size_of::<f32>() <= self.limit {
                self.memory.extend(cut);
                return Ok(());
            }
            self.spill()?;
        }
        self.write(cut)
    }

    fn spill(&mut self) -> Result<()> {
        let file = tempfile::tempfile_in(&self.folder)
            .map_err(Error::io("create a temporary file in", &self.folder))?;
        self.spilled = Some(BufWriter::with_capacity(1 << 18, file));
        let memory = std::mem::take(&mut self.memory);
        self.write(memory.into_iter())
    }

    fn write(&mut self, samples: impl Iterator<Item = f32>) -> Result<()> {
        let Some(file) = &mut self.spilled else {
            return Ok(());
        };
        for sample in samples {
            file.write_all(&sample.to_ne_bytes())
                .map_err(Error::io("write a temporary file in", &self.folder))?;
        }
        Ok(())
    }

    /// Ends the writing.
    pub(super) fn finish(self) -> Result<Audio> {
        let Some(file) = self.spilled else {
            return Ok(Audio::from_samples(self.memory));
        };
        let failed = || Error::io("write a temporary file in", &self.folder);
        let file = file.into_inner().map_err(|e| failed()(e.into_error()))?;
        // SAFETY: nobody else can change or cut the file: it has no name, and this only handle is dropped here.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(failed())?;
        Ok(Audio::from_map(map))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn collected(samples: &[f32], limit: usize, step: usize) -> Audio {
        let mut writer = PcmWriter::new(limit, None);
        for block in samples.chunks(step) {
            writer.push(block).unwrap();
        }
        writer.finish().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_mapped_recording_holds_what_memory_would(
            samples in proptest::collection::vec(-1.0f32..=1.0, 1..5_000),
            limit in 0usize..10_000,
            step in 1usize..2_000,
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
        assert_eq!(
            collected(&[2.0, -3.0, 0.5], 64, 1).view().samples(),
            [1.0, -1.0, 0.5]
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_io_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let mut writer = PcmWriter::new(4, Some(&gone));
        let error = writer.push(&[0.0; 64]).unwrap_err();
        assert_eq!(error.code(), "io");
        assert!(error.to_string().contains("gone"), "{error}");
    }
}

//! Decoded sound of any channels and rate into the store.

use symphonia::core::audio::{Channels, GenericAudioBufferRef};

use super::resample::Resampler;
use super::spill::PcmWriter;
use super::{MediaOptions, downmix};
use crate::audio::SAMPLE_RATE;
use crate::error::Result;

/// Sound of any channels and rate into the store.
pub(super) struct Mixer {
    pub(super) pcm: PcmWriter,
    resampler: Resampler,
    channels: Channels,
    weights: Vec<f32>,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

impl Mixer {
    pub(super) fn new(options: &MediaOptions, rate: u32) -> Result<Self> {
        Ok(Self {
            pcm: PcmWriter::new(options.memory_limit, options.temp_dir.as_deref()),
            resampler: Resampler::new(rate)?,
            channels: Channels::None,
            weights: Vec::new(),
            interleaved: Vec::new(),
            mono: Vec::new(),
        })
    }

    pub(super) fn sound(
        &mut self,
        buffer: &GenericAudioBufferRef<'_>,
        from: usize,
        count: usize,
        rate: u32,
    ) -> Result<()> {
        if self.channels != *buffer.spec().channels() {
            self.channels = buffer.spec().channels().clone();
            self.weights = downmix::weights(&self.channels);
        }
        buffer.copy_to_vec_interleaved(&mut self.interleaved);
        let width = self.weights.len();
        let wanted = from.saturating_mul(width)
            ..from
                .saturating_add(count)
                .saturating_mul(width)
                .min(self.interleaved.len());
        downmix::mix(
            self.interleaved.get(wanted).unwrap_or_default(),
            &self.weights,
            &mut self.mono,
        );
        self.at_rate(rate)?;
        self.resampler
            .push(&self.mono, &mut |samples| self.pcm.push(samples))
    }

    pub(super) fn silence(&mut self, frames: u64, rate: u32) -> Result<()> {
        self.at_rate(rate)?;
        let nothing = [0.0; 4096];
        let mut left = frames;
        while left > 0 {
            let count = left.min(4096);
            left -= count;
            let block = nothing.get(..count as usize).unwrap_or_default();
            self.resampler
                .push(block, &mut |samples| self.pcm.push(samples))?;
        }
        Ok(())
    }

    fn at_rate(&mut self, rate: u32) -> Result<()> {
        if self.resampler.rate() == rate {
            return Ok(());
        }
        let old = std::mem::replace(&mut self.resampler, Resampler::new(rate)?);
        old.finish(&mut |samples| self.pcm.push(samples))
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        let old = std::mem::replace(&mut self.resampler, Resampler::new(SAMPLE_RATE)?);
        old.finish(&mut |samples| self.pcm.push(samples))
    }
}

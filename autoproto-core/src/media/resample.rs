//! Any sample rate to 16 kHz, as a stream.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

use crate::audio::SAMPLE_RATE;
use crate::error::{Error, Result};

/// Resamples mono sound to [`SAMPLE_RATE`], block by block.
///
/// Time zero stays time zero: the filter's delay is cut off at the beginning and made up for at the end, and `n`
/// samples in give `round(n × 16 000 / rate)` out.
pub(super) struct Resampler {
    rate: u32,
    /// Absent where the rate is right already.
    fft: Option<Fft<f32>>,
    waiting: Vec<f32>,
    block: Vec<f32>,
    /// Samples of delay still to be cut off.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From `rate` hertz.
    pub(super) fn new(rate: u32) -> Result<Self> {
        let mut resampler = Self {
            rate,
            fft: None,
            waiting: Vec::new(),
            block: Vec::new(),
            delay: 0,
            taken: 0,
            given: 0,
        };
        if rate != SAMPLE_RATE {
            // About a tenth of a second: the longer the block, the steeper the filter, and speech needs no short delay.
            // An even number of units, for the middle of a filter of odd length lies between two samples, and the
            // sound would come out half a sample late.
            let (from, to) = (rate as usize, SAMPLE_RATE as usize);
            let unit = from / gcd(from, to);
            let block = (from / 10).div_ceil(2 * unit).max(1) * 2 * unit;
            let fft = Fft::new(from, to, block, 1, FixedSync::Both).map_err(broken)?;
            resampler.delay = fft.output_delay();
            resampler.block = vec![0.0; fft.output_frames_max()];
            resampler.fft = Some(fft);
        }
        Ok(resampler)
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes samples, and hands on those that are done.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        out: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        self.taken += samples.len() as u64;
        let Some(fft) = &self.fft else {
            self.given += samples.len() as u64;
            return out(samples);
        };
        let need = fft.input_frames_next();
        self.waiting.extend_from_slice(samples);
        let mut from = 0;
        while self.waiting.len() - from >= need {
            self.turn(from, None, u64::MAX, out)?;
            from += need;
        }
        self.waiting.drain(..from);
        Ok(())
    }

    /// Hands on the rest.
    pub(super) fn finish(mut self, out: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        let (taken, rate, to) = (
            u128::from(self.taken),
            u128::from(self.rate),
            u128::from(SAMPLE_RATE),
        );
        let due = u64::try_from((2 * taken * to + rate) / (2 * rate)).unwrap_or(u64::MAX);
        let mut partial = self.waiting.len();
        while self.fft.is_some() && self.given < due {
            self.turn(0, Some(partial), due - self.given, out)?;
            partial = 0;
        }
        Ok(())
    }

    /// One block through the filter, of which at most `limit` samples go on.
    fn turn(
        &mut self,
        from: usize,
        partial: Option<usize>,
        limit: u64,
        out: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        let Some(fft) = &mut self.fft else {
            return Ok(());
        };
        let input = self.waiting.get(from..).unwrap_or_default();
        let frames = self.block.len();
        let made = {
            let input = InterleavedSlice::new(input, 1, input.len()).map_err(broken)?;
            let mut block =
                InterleavedSlice::new_mut(&mut self.block, 1, frames).map_err(broken)?;
            let indexing = Indexing {
                input_offset: 0,
                output_offset: 0,
                partial_len: partial,
                active_channels_mask: None,
            };
            fft.process_into_buffer(&input, &mut block, Some(&indexing))
                .map_err(broken)?
                .1
        };
        let cut = self.delay.min(made);
        self.delay -= cut;
        let end = made.min(cut.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)));
        let done = self.block.get(cut..end).unwrap_or_default();
        self.given += done.len() as u64;
        out(done)
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn broken(cause: impl std::fmt::Display) -> Error {
    Error::Internal {
        reason: format!("the resampler refused its own block: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn resampled(rate: u32, samples: &[f32], step: usize) -> Vec<f32> {
        let mut out = Vec::new();
        let mut resampler = Resampler::new(rate).unwrap();
        let mut take = |block: &[f32]| {
            out.extend_from_slice(block);
            Ok(())
        };
        for block in samples.chunks(step) {
            resampler.push(block, &mut take).unwrap();
        }
        resampler.finish(&mut take).unwrap();
        out
    }

    fn sine(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..(seconds * f64::from(rate)) as usize)
            .map(|i| (step * i as f64).sin() as f32)
            .collect()
    }

    /// Root mean square without the fifth of a second at either end, where the tone begins and stops.
    fn level(samples: &[f32]) -> f64 {
        let middle = &samples[3_200..samples.len() - 3_200];
        (middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64).sqrt()
    }

    #[test]
    fn tones_keep_their_level_and_their_phase() {
        for (rate, hertz) in [
            (48_000, 440.0),
            (48_000, 7_000.0),
            (44_100, 440.0),
            (44_100, 7_000.0),
            (22_050, 3_000.0),
            (11_025, 3_000.0),
            (32_000, 3_000.0),
            (8_000, 440.0),
        ] {
            let out = resampled(rate, &sine(rate, hertz, 2.0), 1_000);
            let level = level(&out) * std::f64::consts::SQRT_2;
            assert!(
                (level - 1.0).abs() < 0.01,
                "{hertz} Hz from {rate}: {level}"
            );
            let worst = sine(SAMPLE_RATE, hertz, 2.0)[3_200..28_800]
                .iter()
                .zip(&out[3_200..28_800])
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(
                worst < 0.01,
                "{hertz} Hz from {rate} is off by {worst}: shifted in time?"
            );
        }
    }

    #[test]
    fn what_16_khz_cannot_hold_does_not_fold_back() {
        for rate in [48_000, 44_100] {
            let level = level(&resampled(rate, &sine(rate, 9_000.0, 2.0), 4_096));
            let decibels = 20.0 * (level * std::f64::consts::SQRT_2).max(1e-12).log10();
            assert!(
                decibels < -60.0,
                "a 9 kHz tone from {rate} comes back at {decibels:.1} dB"
            );
        }
    }

    #[test]
    fn an_event_stays_where_it_was() {
        for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 47_999] {
            let mut samples = vec![0.0; 2 * rate as usize];
            // A second and a quarter in.
            samples[rate as usize * 5 / 4] = 1.0;
            let out = resampled(rate, &samples, 777);
            let peak = (0..out.len())
                .max_by(|&a, &b| out[a].abs().total_cmp(&out[b].abs()))
                .unwrap();
            assert!(peak.abs_diff(20_000) <= 1, "from {rate}: at {peak}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_length_follows_the_rate(rate in 4_000u32..200_000, length in 0usize..20_000, step in 1usize..5_000) {
            let out = resampled(rate, &vec![0.25; length], step);
            let due = (length as f64 * 16_000.0 / f64::from(rate)).round();
            prop_assert!((out.len() as f64 - due).abs() < 0.75, "{} for {due}", out.len());
        }

        #[test]
        fn the_size_of_the_blocks_does_not_matter(step in 1usize..3_000) {
            let samples = sine(44_100, 300.0, 0.2);
            prop_assert_eq!(resampled(44_100, &samples, step), resampled(44_100, &samples, 8_820));
        }
    }
}

//! One block after the other through the filter, in the frequency domain.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, FftError, RealFftPlanner, RealToComplex};

use super::design::{Sizes, low_pass};
use crate::error::{Error, Result};

/// Overlap-save with a change of rate: the spectrum of a block of sound, times the filter's, cut or filled up to the
/// other rate's bins, is the spectrum of the same time at the other rate.
pub(super) struct Block {
    sizes: Sizes,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// The filter's spectrum, below the lower of the two Nyquist frequencies.
    filter: Vec<Complex<f32>>,
    /// The block; transforming it destroys it.
    input: Vec<f32>,
    /// Samples in it.
    filled: usize,
    /// Its end, with which the next one begins.
    tail: Vec<f32>,
    /// That of the block, then that of what comes of it: long enough for either.
    spectrum: Vec<Complex<f32>>,
    output: Vec<f32>,
    scratch: Vec<Complex<f32>>,
}

impl Block {
    /// From `rate` hertz, before the first sample.
    pub(super) fn new(rate: u32) -> Result<Self> {
        let taps = low_pass(rate);
        let sizes = Sizes::cheapest(rate, taps.len());
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(sizes.input);
        let inverse = planner.plan_fft_inverse(sizes.output);
        let none = Complex::new(0.0, 0.0);
        let lower = sizes.input.min(sizes.output) / 2;
        let mut block = Self {
            sizes,
            filter: Vec::new(),
            input: forward.make_input_vec(),
            filled: 0,
            tail: vec![0.0; sizes.shared],
            spectrum: vec![none; sizes.input.max(sizes.output) / 2 + 1],
            output: inverse.make_output_vec(),
            scratch: vec![none; forward.get_scratch_len().max(inverse.get_scratch_len())],
            forward,
            inverse,
        };
        for (place, tap) in block.input.iter_mut().zip(&taps) {
            *place = *tap;
        }
        block.transform().map_err(broken)?;
        // The inverse transform doesn't divide by the length.
        let scale = 1.0 / sizes.input as f32;
        block.filter = block
            .spectrum
            .iter()
            .take(lower)
            .map(|bin| bin * scale)
            .collect();
        block.input.fill(0.0);
        // What is thrown away of the first block comes before time zero; what the filter is late by comes on top.
        block.filled = sizes.shared.saturating_sub(taps.len() / 2);
        Ok(block)
    }

    /// Takes what has room, and gives back the rest.
    pub(super) fn fill<'a>(&mut self, samples: &'a [f32]) -> &'a [f32] {
        let room = self.input.get_mut(self.filled..).unwrap_or_default();
        let (taken, left) = samples.split_at(room.len().min(samples.len()));
        for (place, sample) in room.iter_mut().zip(taken) {
            *place = *sample;
        }
        self.filled += taken.len();
        left
    }

    /// Silence in the rest of the room.
    pub(super) fn fill_up(&mut self) {
        self.input
            .get_mut(self.filled..)
            .unwrap_or_default()
            .fill(0.0);
        self.filled = self.input.len();
    }

    pub(super) fn is_full(&self) -> bool {
        self.filled == self.input.len()
    }

    /// What comes of the full block; the next one begins with its end.
    pub(super) fn turn(&mut self) -> Result<&[f32]> {
        let new = self.sizes.input - self.sizes.shared;
        self.tail
            .copy_from_slice(self.input.get(new..).unwrap_or_default());
        self.filter().map_err(broken)?;
        if let Some(start) = self.input.get_mut(..self.sizes.shared) {
            start.copy_from_slice(&self.tail);
        }
        self.filled = self.sizes.shared;
        Ok(self.output.get(self.sizes.spoilt..).unwrap_or_default())
    }

    fn transform(&mut self) -> Result<(), FftError> {
        let bins = self
            .spectrum
            .get_mut(..=self.sizes.input / 2)
            .unwrap_or_default();
        self.forward
            .process_with_scratch(&mut self.input, bins, &mut self.scratch)
    }

    fn filter(&mut self) -> Result<(), FftError> {
        self.transform()?;
        let bins = self
            .spectrum
            .get_mut(..=self.sizes.output / 2)
            .unwrap_or_default();
        for (bin, filter) in bins.iter_mut().zip(&self.filter) {
            *bin *= filter;
        }
        // From the lower Nyquist frequency on there is nothing, its own bin included: half of that is the other rate's.
        bins.get_mut(self.filter.len()..)
            .unwrap_or_default()
            .fill(Complex::new(0.0, 0.0));
        if let Some(first) = bins.first_mut() {
            first.im = 0.0;
        }
        self.inverse
            .process_with_scratch(bins, &mut self.output, &mut self.scratch)
    }
}

fn broken(cause: FftError) -> Error {
    Error::Internal {
        reason: format!("the resampler refused its own block: {cause}"),
    }
}

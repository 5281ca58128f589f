//! Log-mel filter banks as Kaldi computes them, for the embedding models trained on those.
//!
//! 25 ms frames every 10 ms, snipped at the edges; the mean removed, pre-emphasis 0.97, Hamming window, power spectrum of
//! 512 points, triangular filters even in mel from 20 Hz to 8 kHz, natural logarithm; no dither, no energy
//! (kaldi `compute-fbank-feats`; torchaudio `compliance.kaldi.fbank`).

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use crate::audio::SAMPLE_RATE;

/// Samples in a frame and between frames: 25 and 10 ms.
const FRAME: usize = 400;
const HOP: usize = 160;
const FFT: usize = 512;
const LOWEST: f64 = 20.0;
/// Kaldi works on 16-bit numbers.
const SCALE: f32 = 32_768.0;

/// Computes filter banks of `[frames, bins]`.
pub(super) struct Fbank {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// For each bin the first spectral line and the weights from there on.
    filters: Vec<(usize, Vec<f32>)>,
}

impl Fbank {
    pub(super) fn new(bins: usize) -> Self {
        let angle = 2.0 * std::f64::consts::PI / (FRAME - 1) as f64;
        let window = (0..FRAME)
            .map(|i| (0.54 - 0.46 * (angle * i as f64).cos()) as f32)
            .collect();
        Self {
            fft: RealFftPlanner::new().plan_fft_forward(FFT),
            window,
            filters: filters(bins),
        }
    }

    /// The features of `samples`, the mean of each bin over them removed, by frame: `[frames × bins]`, with the number of
    /// frames; none for less than 25 ms.
    pub(super) fn features(&self, samples: &[f32]) -> (usize, Vec<f32>) {
        let bins = self.filters.len();
        let frames = if samples.len() < FRAME {
            0
        } else {
            1 + (samples.len() - FRAME) / HOP
        };
        let mut out = Vec::with_capacity(frames * bins);
        let (mut time, mut spectrum) = (self.fft.make_input_vec(), self.fft.make_output_vec());
        for start in (0..frames).map(|i| i * HOP) {
            self.prepare(&samples[start..start + FRAME], &mut time);
            // It fails only for buffers of the wrong length, which these are not.
            let done = self.fft.process(&mut time, &mut spectrum).is_ok();
            for (first, weights) in &self.filters {
                let lines = spectrum.get(*first..).unwrap_or_default();
                let energy: f32 = lines
                    .iter()
                    .zip(weights)
                    .map(|(line, weight)| line.norm_sqr() * weight)
                    .sum();
                out.push(if done {
                    energy.max(f32::EPSILON).ln()
                } else {
                    0.0
                });
            }
        }
        for bin in 0..bins {
            let mean = (0..frames)
                .map(|t| f64::from(out[t * bins + bin]))
                .sum::<f64>()
                / frames.max(1) as f64;
            (0..frames).for_each(|t| out[t * bins + bin] -= mean as f32);
        }
        (frames, out)
    }

    fn prepare(&self, frame: &[f32], time: &mut [f32]) {
        time.fill(0.0);
        let mean = frame.iter().sum::<f32>() / FRAME as f32;
        let mut previous = (frame[0] - mean) * SCALE;
        for ((slot, sample), weight) in time.iter_mut().zip(frame).zip(&self.window) {
            let now = (sample - mean) * SCALE;
            *slot = (now - 0.97 * previous) * weight;
            previous = now;
        }
    }
}

fn mel(hertz: f64) -> f64 {
    1127.0 * (1.0 + hertz / 700.0).ln()
}

fn filters(bins: usize) -> Vec<(usize, Vec<f32>)> {
    let rate = f64::from(SAMPLE_RATE);
    let (low, high) = (mel(LOWEST), mel(rate / 2.0));
    let width = (high - low) / (bins + 1) as f64;
    let weight = |bin: usize, line: usize| -> f64 {
        let (left, centre, right) = (
            low + bin as f64 * width,
            low + (bin + 1) as f64 * width,
            low + (bin + 2) as f64 * width,
        );
        let at = mel(line as f64 * rate / FFT as f64);
        if at <= left || at >= right {
            0.0
        } else if at <= centre {
            (at - left) / (centre - left)
        } else {
            (right - at) / (right - centre)
        }
    };
    (0..bins)
        .map(|bin| {
            // Kaldi leaves out the line at half the sample rate.
            let lines: Vec<usize> = (0..FFT / 2)
                .filter(|&line| weight(bin, line) > 0.0)
                .collect();
            let first = lines.first().copied().unwrap_or(0);
            let last = lines.last().map_or(first, |l| l + 1);
            (
                first,
                (first..last).map(|line| weight(bin, line) as f32).collect(),
            )
        })
        .collect()
}

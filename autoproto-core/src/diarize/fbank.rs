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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// As `golden/make_fbank.py` makes it.
    fn sound() -> Vec<f32> {
        let mut state: u64 = 1;
        (0..8000)
            .map(|i| {
                state = (1_103_515_245 * state + 12_345) % (1 << 31);
                let noise = state as f64 / f64::from(1 << 30) - 1.0;
                let t = f64::from(i) / f64::from(SAMPLE_RATE);
                let turn = 2.0 * std::f64::consts::PI;
                let falling = (turn * (3000.0 * t - 2500.0 * t * t)).sin();
                (0.3 * falling + 0.2 * (turn * 220.0 * t).sin() + 0.02 * noise) as f32
            })
            .collect()
    }

    #[test]
    fn features_are_those_of_kaldi() {
        let golden: Vec<Vec<f32>> =
            serde_json::from_str(include_str!("golden/fbank.json")).unwrap();
        let (frames, got) = Fbank::new(80).features(&sound());
        assert_eq!((frames, got.len()), (golden.len(), 80 * golden.len()));
        let furthest = got
            .iter()
            .zip(golden.iter().flatten())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(furthest < 1e-3, "{furthest} away in log");
    }

    #[test]
    fn what_is_shorter_than_a_frame_has_no_features() {
        let bank = Fbank::new(80);
        assert_eq!(bank.features(&[0.1; FRAME - 1]), (0, Vec::new()));
        assert_eq!(bank.features(&[0.1; FRAME]).0, 1);
        assert_eq!(bank.features(&[0.1; FRAME + HOP]).0, 2);
    }
}

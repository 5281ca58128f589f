//! Log-mel filter banks as Kaldi computes them, for the embedding models trained on those.
//!
//! 25 ms frames every 10 ms; the mean removed, pre-emphasis 0.97, a window, the power spectrum of 512 points, triangular
//! filters even in mel from 20 Hz up, natural logarithm; no dither, no energy
//! (kaldi `compute-fbank-feats`; torchaudio `compliance.kaldi.fbank`). A model's row says which window, how far up, and
//! what happens at the edges.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use crate::audio::SAMPLE_RATE;
use crate::models::{FbankSignature, FrameWindow};

/// Samples in a frame and between frames: 25 and 10 ms.
pub(super) const FRAME: usize = 400;
pub(super) const HOP: usize = 160;
const FFT: usize = 512;
const LOWEST: f64 = 20.0;

/// Computes filter banks of `[frames, bins]`.
pub(super) struct Fbank {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// For each bin the first spectral line and the weights from there on.
    filters: Vec<(usize, Vec<f32>)>,
    signature: FbankSignature,
}

impl Fbank {
    pub(super) fn new(signature: &FbankSignature) -> Self {
        let angle = 2.0 * std::f64::consts::PI / (FRAME - 1) as f64;
        let weight = |cosine: f64| match signature.window {
            FrameWindow::Hamming => 0.54 - 0.46 * cosine,
            FrameWindow::Povey => (0.5 - 0.5 * cosine).powf(0.85),
        };
        Self {
            fft: RealFftPlanner::new().plan_fft_forward(FFT),
            window: (0..FRAME)
                .map(|i| weight((angle * i as f64).cos()) as f32)
                .collect(),
            filters: filters(signature),
            signature: signature.clone(),
        }
    }

    pub(super) fn bins(&self) -> usize {
        self.filters.len()
    }

    /// Whether a frame depends on the samples under it alone.
    pub(super) fn is_local(&self) -> bool {
        self.signature.snip_edges
    }

    /// How many frames `samples` have.
    pub(super) fn frames(&self, samples: usize) -> usize {
        match (self.signature.snip_edges, samples) {
            (true, 0..FRAME) | (false, 0) => 0,
            (true, _) => 1 + (samples - FRAME) / HOP,
            (false, _) => (samples + HOP / 2) / HOP,
        }
    }

    /// The features of `samples` by frame, `[frames × bins]`, with the number of frames; the mean of each bin over them
    /// removed where the model wants that.
    pub(super) fn features(&self, samples: &[f32]) -> (usize, Vec<f32>) {
        let mut features = self.log_mel(samples);
        self.centre(&mut features);
        (self.frames(samples.len()), features)
    }

    /// The same as they are.
    pub(super) fn log_mel(&self, samples: &[f32]) -> Vec<f32> {
        let frames = self.frames(samples.len());
        let mut out = Vec::with_capacity(frames * self.bins());
        let (mut time, mut spectrum) = (self.fft.make_input_vec(), self.fft.make_output_vec());
        let mut mirrored = [0.0_f32; FRAME];
        for frame in 0..frames {
            let sound = match samples.get(frame * HOP..frame * HOP + FRAME) {
                Some(inside) if self.signature.snip_edges => inside,
                _ => {
                    mirror(samples, frame, &mut mirrored);
                    &mirrored[..]
                }
            };
            self.prepare(sound, &mut time);
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
        out
    }

    /// Removes the mean of each bin, where the model wants that.
    pub(super) fn centre(&self, features: &mut [f32]) {
        let bins = self.bins();
        if !self.signature.centred || features.is_empty() {
            return;
        }
        let mut means = vec![0.0_f64; bins];
        for frame in features.chunks(bins) {
            means
                .iter_mut()
                .zip(frame)
                .for_each(|(m, v)| *m += f64::from(*v));
        }
        let frames = (features.len() / bins) as f64;
        let means: Vec<f32> = means.iter().map(|m| (m / frames) as f32).collect();
        for frame in features.chunks_mut(bins) {
            frame.iter_mut().zip(&means).for_each(|(v, m)| *v -= m);
        }
    }

    fn prepare(&self, frame: &[f32], time: &mut [f32]) {
        time.fill(0.0);
        let scale = self.signature.scale;
        let mean = frame.iter().sum::<f32>() / FRAME as f32;
        let mut previous = frame.first().map_or(0.0, |s| (s - mean) * scale);
        for ((slot, sample), weight) in time.iter_mut().zip(frame).zip(&self.window) {
            let now = (sample - mean) * scale;
            *slot = (now - 0.97 * previous) * weight;
            previous = now;
        }
    }
}

/// A frame around its middle, the sound mirrored at its ends as often as need be.
fn mirror(samples: &[f32], frame: usize, out: &mut [f32; FRAME]) {
    let length = samples.len().max(1) as i64;
    let first = (frame * HOP + HOP / 2) as i64 - (FRAME / 2) as i64;
    for (at, slot) in (first..).zip(out) {
        let folded = at.rem_euclid(2 * length);
        let inside = if folded < length {
            folded
        } else {
            2 * length - 1 - folded
        };
        *slot = samples.get(inside as usize).copied().unwrap_or(0.0);
    }
}

fn mel(hertz: f64) -> f64 {
    1127.0 * (1.0 + hertz / 700.0).ln()
}

fn filters(signature: &FbankSignature) -> Vec<(usize, Vec<f32>)> {
    let bins = signature.bins;
    let rate = f64::from(SAMPLE_RATE);
    let highest = match signature.highest {
        from_above if from_above <= 0.0 => rate / 2.0 + from_above,
        highest => highest,
    };
    let (low, high) = (mel(LOWEST), mel(highest));
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
        let (frames, got) = Fbank::new(&FbankSignature::default()).features(&sound());
        assert_eq!((frames, got.len()), (golden.len(), 80 * golden.len()));
        let furthest = got
            .iter()
            .zip(golden.iter().flatten())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(furthest < 1e-3, "{furthest} away in log");
    }

    #[test]
    fn other_models_filter_banks_are_those_of_torchaudio() {
        let mut compared = 0;
        for text in [
            include_str!("golden/fbank_hamming.json"),
            include_str!("golden/fbank_povey.json"),
            include_str!("golden/fbank_povey_16bit.json"),
            include_str!("golden/fbank_povey_raw.json"),
            include_str!("golden/fbank_povey_7600.json"),
            include_str!("golden/fbank_povey_edges.json"),
            include_str!("golden/fbank_povey_edges_7600.json"),
        ] {
            let golden: serde_json::Value = serde_json::from_str(text).unwrap();
            let options = &golden["options"];
            let signature = FbankSignature {
                bins: 80,
                window: serde_json::from_value(options["window_type"].clone()).unwrap(),
                snip_edges: options["snip_edges"].as_bool().unwrap(),
                highest: options["high_freq"].as_f64().unwrap(),
                scale: options["scale"].as_f64().unwrap() as f32,
                centred: options["mean_removed"].as_bool().unwrap(),
            };
            let (frames, got) = Fbank::new(&signature).features(&sound());
            assert_eq!(frames as u64, golden["frames"], "{options}");
            let at: Vec<usize> = serde_json::from_value(golden["at"].clone()).unwrap();
            let values: Vec<Vec<f32>> = serde_json::from_value(golden["values"].clone()).unwrap();
            for (frame, want) in at.iter().zip(values) {
                for (got, want) in got[frame * 80..][..80].iter().zip(want) {
                    assert!((got - want).abs() < 1e-3, "{options}: {got} and {want}");
                    compared += 1;
                }
            }
        }
        assert!(compared >= 7 * 4 * 80);
    }

    #[test]
    fn what_is_shorter_than_a_frame_has_no_features() {
        let bank = Fbank::new(&FbankSignature::default());
        assert_eq!(bank.features(&[0.1; FRAME - 1]), (0, Vec::new()));
        assert_eq!(bank.features(&[0.1; FRAME]).0, 1);
        assert_eq!(bank.features(&[0.1; FRAME + HOP]).0, 2);
    }
}

//! Log-mel features as GigaAM's and NeMo's recognisers were trained on.
//!
//! Every 10 ms a frame: a window, its power spectrum, triangular filters, the natural logarithm. GigaAM's are torchaudio's
//! `MelSpectrogram` (filters even in the mel of HTK, from 0 to 8 kHz), of which version 3 has window and filters in bfloat16.
//! NeMo's `AudioToMelSpectrogramPreprocessor` has pre-emphasis, filters even in the mel of Slaney's Auditory Toolbox and of
//! equal area, and brings each bin to mean 0 and deviation 1 over the sound.

use std::f64::consts::PI;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use crate::audio::SAMPLE_RATE;
use crate::models::AsrFrontEnd;

/// Samples between frames.
pub(super) const HOP: usize = 160;
/// What NeMo's pre-emphasis takes of the sample before.
const PREEMPHASIS: f32 = 0.97;
/// What NeMo adds before the logarithm.
const GUARD: f32 = 1.0 / 16_777_216.0;
/// Between which GigaAM keeps energies.
const CLIP: (f32, f32) = (1e-9, 1e9);

/// Computes features `[bins, frames]`.
pub(super) struct LogMel {
    kind: AsrFrontEnd,
    fft: Arc<dyn RealToComplex<f32>>,
    /// As long as the transform.
    window: Vec<f32>,
    /// For each bin the first spectral line and the weights from there on.
    filters: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    pub(super) fn new(kind: AsrFrontEnd) -> Self {
        // (transform, bins)
        let (size, bins) = match kind {
            AsrFrontEnd::GigaamV2 => (400, 64),
            AsrFrontEnd::GigaamV3 => (320, 64),
            AsrFrontEnd::Nemo80 => (512, 80),
            AsrFrontEnd::Nemo128 => (512, 128),
        };
        let hann =
            |i: usize, period: usize| 0.5 - 0.5 * (2.0 * PI * i as f64 / period as f64).cos();
        let mut window: Vec<f32> = vec![0.0; size];
        let mut filters = if is_nemo(kind) {
            // 25 ms in the middle of the transform, symmetric.
            let edge = (size - 400) / 2;
            for (i, slot) in window.iter_mut().skip(edge).take(400).enumerate() {
                *slot = hann(i, 399) as f32;
            }
            filters(bins, size, Scale::Slaney)
        } else {
            for (i, slot) in window.iter_mut().enumerate() {
                *slot = hann(i, size) as f32;
            }
            filters(bins, size, Scale::Htk)
        };
        if kind == AsrFrontEnd::GigaamV3 {
            window.iter_mut().for_each(bfloat16);
            let weights = filters.iter_mut().flat_map(|(_, weights)| weights);
            weights.for_each(bfloat16);
        }
        Self {
            kind,
            fft: RealFftPlanner::new().plan_fft_forward(size),
            window,
            filters,
        }
    }

    pub(super) fn bins(&self) -> usize {
        self.filters.len()
    }

    /// How many frames `samples` have.
    pub(super) fn frames(&self, samples: usize) -> usize {
        let size = self.window.len();
        match self.kind {
            AsrFrontEnd::GigaamV3 if samples < size => 0,
            AsrFrontEnd::GigaamV3 => 1 + (samples - size) / HOP,
            // What is to be mirrored must be longer than the mirror.
            AsrFrontEnd::GigaamV2 if samples <= size / 2 => 0,
            AsrFrontEnd::GigaamV2 => 1 + samples / HOP,
            AsrFrontEnd::Nemo80 | AsrFrontEnd::Nemo128 => samples / HOP,
        }
    }

    /// The features of `samples` by bin, `[bins × frames]`. What is no number counts as silence.
    pub(super) fn features(&self, samples: &[f32]) -> Vec<f32> {
        let frames = self.frames(samples.len());
        let mut out = vec![0.0; frames * self.bins()];
        if frames == 0 {
            return out;
        }
        let (mut time, mut spectrum) = (self.fft.make_input_vec(), self.fft.make_output_vec());
        let mut power = vec![0.0_f32; spectrum.len()];
        for frame in 0..frames {
            self.prepare(samples, frame, &mut time);
            // It fails only for buffers of the wrong length, which these are not.
            if self.fft.process(&mut time, &mut spectrum).is_err() {
                continue;
            }
            for (slot, line) in power.iter_mut().zip(&spectrum) {
                *slot = line.norm_sqr();
            }
            for (row, (first, weights)) in out.chunks_exact_mut(frames).zip(&self.filters) {
                let lines = power.get(*first..).unwrap_or_default();
                let energy: f32 = lines.iter().zip(weights).map(|(p, w)| p * w).sum();
                if let Some(slot) = row.get_mut(frame) {
                    *slot = if is_nemo(self.kind) {
                        (energy + GUARD).ln()
                    } else {
                        energy.clamp(CLIP.0, CLIP.1).ln()
                    };
                }
            }
        }
        if is_nemo(self.kind) {
            out.chunks_exact_mut(frames).for_each(normalise);
        }
        out
    }

    /// The windowed samples of a frame.
    fn prepare(&self, samples: &[f32], frame: usize, time: &mut [f32]) {
        let middle = match self.kind {
            AsrFrontEnd::GigaamV3 => 0,
            _ => self.window.len() as i64 / 2,
        };
        let first = (frame * HOP) as i64 - middle;
        let sample = |at: i64| -> f32 {
            let found = usize::try_from(at).ok().and_then(|at| samples.get(at));
            found.copied().filter(|s| s.is_finite()).unwrap_or(0.0)
        };
        let nemo = is_nemo(self.kind);
        for ((at, slot), weight) in (first..).zip(time).zip(&self.window) {
            let value = if nemo {
                // The silence that follows the sound is put there after the pre-emphasis.
                let inside = at < samples.len() as i64;
                sample(at)
                    - if inside {
                        PREEMPHASIS * sample(at - 1)
                    } else {
                        0.0
                    }
            } else {
                sample(mirrored(at, samples.len()))
            };
            *slot = value * weight;
        }
    }
}

fn is_nemo(kind: AsrFrontEnd) -> bool {
    matches!(kind, AsrFrontEnd::Nemo80 | AsrFrontEnd::Nemo128)
}

/// Where `at` falls if the sound is mirrored at its first and its last sample, which are not repeated.
fn mirrored(at: i64, length: usize) -> i64 {
    let last = length as i64 - 1;
    if at < 0 {
        -at
    } else if at > last {
        2 * last - at
    } else {
        at
    }
}

/// To mean 0 and deviation 1, as far as it has any.
fn normalise(row: &mut [f32]) {
    let count = row.len() as f64;
    let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let squares = row.iter().map(|v| (f64::from(*v) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / (count - 1.0).max(1.0)).sqrt() + 1e-5;
    for value in row {
        *value = ((f64::from(*value) - mean) / deviation) as f32;
    }
}

/// Rounds to the nearest number of 8 bits of mantissa, to the even one of two.
fn bfloat16(value: &mut f32) {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1));
    *value = f32::from_bits(rounded & 0xffff_0000);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// `2595 log10(1 + f / 700)`; each filter reaches 1.
    Htk,
    /// Linear up to 1 kHz, then logarithmic; each filter has the same area.
    Slaney,
}

impl Scale {
    fn mel(self, hertz: f64) -> f64 {
        match self {
            Scale::Htk => 2595.0 * (1.0 + hertz / 700.0).log10(),
            Scale::Slaney if hertz < 1000.0 => hertz * 3.0 / 200.0,
            Scale::Slaney => 15.0 + (hertz / 1000.0).ln() * 27.0 / 6.4_f64.ln(),
        }
    }

    fn hertz(self, mel: f64) -> f64 {
        match self {
            Scale::Htk => 700.0 * (10_f64.powf(mel / 2595.0) - 1.0),
            Scale::Slaney if mel < 15.0 => mel * 200.0 / 3.0,
            Scale::Slaney => 1000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp(),
        }
    }
}

fn filters(bins: usize, size: usize, scale: Scale) -> Vec<(usize, Vec<f32>)> {
    let rate = f64::from(SAMPLE_RATE);
    let width = scale.mel(rate / 2.0) / (bins + 1) as f64;
    let corner = |i: usize| scale.hertz(i as f64 * width);
    (0..bins)
        .map(|bin| {
            let (left, middle, right) = (corner(bin), corner(bin + 1), corner(bin + 2));
            let height = match scale {
                Scale::Htk => 1.0,
                Scale::Slaney => 2.0 / (right - left),
            };
            let weight = |line: usize| {
                let at = line as f64 * rate / size as f64;
                let (up, down) = (
                    (at - left) / (middle - left),
                    (right - at) / (right - middle),
                );
                up.min(down).max(0.0) * height
            };
            let lines = 0..=size / 2;
            let first = lines.clone().find(|l| weight(*l) > 0.0).unwrap_or(0);
            let weights = (first..=size / 2).map(|line| weight(line) as f32);
            (first, weights.take_while(|w| *w > 0.0).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const ALL: [AsrFrontEnd; 4] = [
        AsrFrontEnd::GigaamV2,
        AsrFrontEnd::GigaamV3,
        AsrFrontEnd::Nemo80,
        AsrFrontEnd::Nemo128,
    ];

    /// As `golden/make_mel.py` makes it.
    fn sound(samples: u32) -> Vec<f32> {
        let mut state: u64 = 1;
        (0..samples)
            .map(|i| {
                state = (1_103_515_245 * state + 12_345) % (1 << 31);
                let noise = state as f64 / f64::from(1 << 30) - 1.0;
                let t = f64::from(i) / f64::from(SAMPLE_RATE);
                let turn = 2.0 * PI;
                let falling = (turn * (3000.0 * t - 2500.0 * t * t)).sin();
                (0.3 * falling + 0.2 * (turn * 220.0 * t).sin() + 0.02 * noise) as f32
            })
            .collect()
    }

    #[test]
    fn features_are_those_of_the_references() {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("golden/mel.json")).unwrap();
        let (mut furthest, mut compared) = (0.0_f32, 0);
        for case in golden.as_array().unwrap() {
            let kind: AsrFrontEnd = serde_json::from_value(case["front_end"].clone()).unwrap();
            let mel = LogMel::new(kind);
            let samples = sound(u32::try_from(case["samples"].as_u64().unwrap()).unwrap());
            let frames = mel.frames(samples.len());
            assert_eq!(frames as u64, case["frames"], "{kind:?}");
            let got = mel.features(&samples);
            assert_eq!(got.len(), mel.bins() * frames);
            let at: Vec<usize> = serde_json::from_value(case["at"].clone()).unwrap();
            let values: Vec<Vec<f32>> = serde_json::from_value(case["values"].clone()).unwrap();
            for (frame, column) in at.iter().zip(&values) {
                assert_eq!(column.len(), mel.bins(), "{kind:?}");
                for (row, want) in got.chunks(frames).zip(column) {
                    let away = (row[*frame] - want).abs();
                    assert!(away < 1e-3, "{kind:?}, frame {frame}: {away} away in log");
                    furthest = furthest.max(away);
                    compared += 1;
                }
            }
        }
        assert!(compared > 2000 && furthest > 0.0, "{compared} compared");
    }

    #[test]
    fn what_is_shorter_than_a_frame_has_no_features() {
        for kind in ALL {
            let mel = LogMel::new(kind);
            assert!(mel.features(&[]).is_empty(), "{kind:?}");
            assert!(mel.features(&[0.1; 100]).is_empty(), "{kind:?}");
            assert_eq!(mel.features(&[0.1; 480]).len() % mel.bins(), 0, "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn features_are_numbers_whatever_the_sound(length in 0_usize..3000, scale in prop_oneof![Just(0.0_f32), Just(1.0), Just(1e18), Just(f32::NAN), Just(f32::INFINITY)]) {
            let samples: Vec<f32> = (0..length).map(|i| scale * ((i * i) as f32).sin()).collect();
            for kind in ALL {
                let mel = LogMel::new(kind);
                let got = mel.features(&samples);
                prop_assert_eq!(got.len(), mel.bins() * mel.frames(length));
                if scale < 1e3 || !scale.is_finite() {
                    prop_assert!(got.iter().all(|v| v.is_finite()), "{:?}", kind);
                }
            }
        }
    }
}

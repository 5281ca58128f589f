//! The low-pass filter of a sample rate, and the blocks it is applied in.

use std::f64::consts::PI;

use crate::audio::SAMPLE_RATE;

/// Decibels by which the stop band is down, and the pass band flat. Ten more than the −100 dB that are promised, for
/// single precision adds some noise of its own.
const ATTENUATION: f64 = 110.0;
/// The pass band's end; a share of the lower of the two Nyquist frequencies, where the stop band begins.
const PASS: f64 = 0.9;
/// Samples of a block, at the higher of the two rates: longer ones leave the cache. Only where a rate and 16 000 share
/// little are they longer all the same.
const LONGEST: usize = 1 << 16;
/// What passing over a sample costs besides the transform, in halvings of an FFT: measured.
const PASSING: f64 = 4.0;

/// A linear-phase low-pass filter of odd length at `rate`, by Kaiser's window and formulas; it adds up to one.
///
/// J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
pub(super) fn low_pass(rate: u32) -> Vec<f32> {
    // In cycles per sample.
    let nyquist = 0.5 * f64::from(rate.min(SAMPLE_RATE)) / f64::from(rate);
    let width = (1.0 - PASS) * nyquist;
    let cutoff = 0.5 * (1.0 + PASS) * nyquist;
    let beta = 0.1102 * (ATTENUATION - 8.7);
    let half = ((ATTENUATION - 7.95) / (2.285 * 2.0 * PI * width) / 2.0).ceil();
    let side = half as i64;
    let taps: Vec<f64> = (-side..=side)
        .map(|i| {
            let place = i as f64 / half;
            let angle = 2.0 * PI * cutoff * i as f64;
            let sinc = if i == 0 { 1.0 } else { angle.sin() / angle };
            sinc * bessel(beta * (1.0 - place * place).max(0.0).sqrt())
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= (0.5 * x / n).powi(2);
        sum += term;
        n += 1.0;
    }
    sum
}

/// The lengths of overlap-save: each block of `input` samples becomes `output` samples, the first of which are thrown
/// away. All are whole multiples of the smallest equal times at both rates, so that every block falls on the same grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Samples of a block.
    pub(super) input: usize,
    /// Samples that a block shares with the one before: at least the filter's length.
    pub(super) shared: usize,
    /// Samples that come of a block.
    pub(super) output: usize,
    /// Those of them in which the block's end has come around to its beginning.
    pub(super) spoilt: usize,
}

impl Sizes {
    /// The cheapest lengths for a filter of `taps`.
    ///
    /// Short blocks spend their time on what they share, long ones on the logarithm of their length; in between, a length
    /// of many twos is fastest. The lengths are tried, and what they cost per new sample is estimated.
    pub(super) fn cheapest(rate: u32, taps: usize) -> Self {
        let (from, to) = (rate.max(1) as usize, SAMPLE_RATE as usize);
        let unit = gcd(from, to);
        let (from, to) = (from / unit, to / unit);
        let shared = taps.div_ceil(from);
        let of = |units: usize| Self {
            input: units * from,
            shared: shared * from,
            output: units * to,
            spoilt: shared * to,
        };
        // Even ones only: transforms of even lengths take half the time, and have a bin at the Nyquist frequency, which
        // can be left out.
        let least = (shared / 2 + 1) * 2;
        let first = (least..).step_by(2).find(|units| rest(*units) == 1);
        let first = first.unwrap_or(least);
        (first..=LONGEST / from.max(to))
            .step_by(2)
            .filter(|units| rest(*units) == 1)
            .map(of)
            .min_by(|a, b| a.cost().total_cmp(&b.cost()))
            .unwrap_or_else(|| of(first))
    }

    fn cost(&self) -> f64 {
        (transform(self.input) + transform(self.output)) / (self.input - self.shared) as f64
    }
}

/// What an FFT of `length` costs: its factors' share per sample, twos being cheaper than their logarithm says.
fn transform(length: usize) -> f64 {
    let mut left = length;
    let mut each = PASSING;
    for (factor, cost) in [(2, 1.0), (3, 1.9), (5, 3.2), (7, 4.2)] {
        while left > 0 && left.is_multiple_of(factor) {
            left /= factor;
            each += cost;
        }
    }
    length as f64 * (each + 2.0 * (left as f64).log2())
}

/// What is left of a number without its factors 2, 3, 5 and 7.
fn rest(number: usize) -> usize {
    [2, 3, 5, 7].into_iter().fold(number, |mut left, factor| {
        while left > 0 && left.is_multiple_of(factor) {
            left /= factor;
        }
        left
    })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

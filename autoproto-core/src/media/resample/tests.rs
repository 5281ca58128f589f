#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::f64::consts::{SQRT_2, TAU};

use proptest::prelude::*;

use super::design::{Sizes, low_pass};
use super::*;

/// The rates that recordings have, and some that share next to nothing with 16 000.
const RATES: [u32; 14] = [
    8_000, 11_025, 15_999, 16_001, 22_050, 24_000, 32_000, 44_056, 44_100, 47_999, 48_000, 96_000,
    192_000, 399_989,
];

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
    let step = TAU * hertz / f64::from(rate);
    (0..(seconds * f64::from(rate)) as usize)
        .map(|i| (step * i as f64).sin() as f32)
        .collect()
}

/// Without the twentieth of a second at either end, where a tone begins and stops.
fn middle(samples: &[f32]) -> &[f32] {
    &samples[800..samples.len() - 800]
}

/// The level of a sine, in decibels below full scale.
fn level(samples: &[f32]) -> f64 {
    let samples = middle(samples);
    let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
    20.0 * (SQRT_2 * power.sqrt()).max(1e-12).log10()
}

#[test]
fn a_tone_is_that_tone_at_16_khz() {
    for rate in RATES {
        let top = 0.45 * f64::from(rate.min(SAMPLE_RATE));
        for hertz in [50.0, 440.0, 3_000.0, 7_000.0, 7_200.0, top] {
            if hertz > top {
                continue;
            }
            let want = sine(SAMPLE_RATE, hertz, 0.5);
            let got = resampled(rate, &sine(rate, hertz, 0.5), 1_000);
            let worst = middle(&want)
                .iter()
                .zip(middle(&got))
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(
                worst < 2e-5,
                "{hertz} Hz from {rate} is off by {worst}: shifted in time?"
            );
        }
    }
}

#[test]
fn the_pass_band_is_flat() {
    for rate in RATES.into_iter().filter(|rate| *rate <= 192_000) {
        let top = 0.45 * f64::from(rate.min(SAMPLE_RATE));
        for part in 0..=24 {
            let hertz = 50.0 + (top - 50.0) * f64::from(part) / 24.0;
            // A whole number of periods, for the level is that of their mean.
            let hertz = (hertz / 20.0).floor() * 20.0;
            let level = level(&resampled(rate, &sine(rate, hertz, 0.2), 4_096));
            assert!(
                level.abs() < 0.01,
                "{hertz} Hz from {rate} comes out at {level:.4} dB"
            );
        }
    }
}

#[test]
fn what_16_khz_cannot_hold_does_not_fold_back() {
    for rate in [22_050, 32_000, 44_100, 47_999, 48_000, 96_000, 192_000] {
        let nyquist = f64::from(rate) / 2.0;
        let steps = (0..24).map(|part| 8_010.0 + (nyquist - 8_010.0) * f64::from(part) / 24.0);
        for hertz in steps.chain([8_050.0, 8_100.0, nyquist - 10.0, nyquist - 1.0]) {
            let got = resampled(rate, &sine(rate, hertz, 0.3), 4_096);
            let peak = middle(&got).iter().map(|s| s.abs()).fold(0.0, f32::max);
            let decibels = 20.0 * f64::from(peak).max(1e-12).log10();
            assert!(
                decibels <= -100.0,
                "a tone of {hertz} Hz from {rate} comes back at {decibels:.1} dB"
            );
        }
    }
}

#[test]
fn an_event_stays_where_it_was() {
    for rate in RATES {
        let mut samples = vec![0.0; 2 * rate as usize];
        // A second and a quarter in.
        samples[(rate as usize * 5).div_ceil(4)] = 1.0;
        let out = resampled(rate, &samples, 777);
        let peak = (0..out.len())
            .max_by(|&a, &b| out[a].abs().total_cmp(&out[b].abs()))
            .unwrap();
        assert!(peak.abs_diff(20_000) <= 1, "from {rate}: at {peak}");
    }
}

/// A filter that cut off the wrong samples would lose what is at the ends, or repeat it.
#[test]
fn the_first_sample_and_the_last_are_heard() {
    for rate in RATES {
        for length in [1, rate as usize / 3] {
            for at in [0, length - 1] {
                let mut samples = vec![0.0; length];
                samples[at] = 1.0;
                let out = resampled(rate, &samples, 777);
                let place = at as f64 * 16_000.0 / f64::from(rate);
                let peak = (0..out.len()).max_by(|&a, &b| out[a].abs().total_cmp(&out[b].abs()));
                if let Some(peak) = peak {
                    let off = (peak as f64 - place).abs();
                    assert!(
                        off < 1.5,
                        "{at} of {length} from {rate}: at {peak}, not {place}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_block_from_hours_on_is_like_the_first() {
    let samples = sine(44_100, 441.0, 10.0);
    let out = resampled(44_100, &samples, 4_096);
    let want = sine(SAMPLE_RATE, 441.0, 10.0);
    let worst = middle(&want)
        .iter()
        .zip(middle(&out))
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 2e-5, "off by {worst}");
}

#[test]
fn the_right_rate_passes_through() {
    let samples = sine(SAMPLE_RATE, 7_900.0, 0.3);
    assert_eq!(resampled(SAMPLE_RATE, &samples, 333), samples);
}

#[test]
fn usual_rates_have_lengths_of_small_factors() {
    let sizes = |rate| Sizes::cheapest(rate, low_pass(rate).len());
    for (rate, input, output) in [(48_000, 6_144, 2_048), (44_100, 7_056, 2_560)] {
        let got = sizes(rate);
        assert_eq!((got.input, got.output), (input, output), "{rate}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_length_follows_the_rate(rate in 1_000u32..=200_000, length in 0usize..20_000, step in 1usize..5_000) {
        let out = resampled(rate, &vec![0.25; length], step);
        let due = (2 * length as u64 * 16_000 + u64::from(rate)) / (2 * u64::from(rate));
        prop_assert_eq!(out.len() as u64, due);
    }

    #[test]
    fn the_size_of_the_blocks_does_not_matter(
        rate in prop::sample::select(vec![8_000u32, 44_100, 47_999, 48_000, 96_000]),
        step in 1usize..9_000,
    ) {
        let samples = sine(rate, 300.0, 0.7);
        let bits = |step| -> Vec<u32> {
            resampled(rate, &samples, step).iter().map(|s| s.to_bits()).collect()
        };
        prop_assert_eq!(bits(step), bits(samples.len()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_rate_has_lengths_on_its_grid(rate in 1_000u32..=400_000) {
        let taps = low_pass(rate);
        let sizes = Sizes::cheapest(rate, taps.len());
        prop_assert_eq!(taps.len() % 2, 1);
        prop_assert!((taps.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        prop_assert!(sizes.shared >= taps.len() && sizes.shared < sizes.input);
        for (from, to) in [(sizes.input, sizes.output), (sizes.shared, sizes.spoilt)] {
            prop_assert_eq!(from as u64 * 16_000, to as u64 * u64::from(rate));
        }
        let longest = sizes.input.max(sizes.output);
        prop_assert!(longest <= 1 << 16 || longest <= 2 * rate as usize, "{sizes:?}");
    }
}

//! How alike two decodes of the same recording are.

use autoproto_core::SAMPLE_RATE;

/// Lags are searched up to so many samples to either side.
const LAGS: usize = 2_000;
/// Samples that the lag is found in: four seconds from the middle.
const WINDOW: usize = 4 * SAMPLE_RATE as usize;

/// Our decode against the other one.
#[derive(Debug, Clone, Copy)]
pub struct Likeness {
    /// Our samples less theirs.
    pub length_error: i64,
    /// Samples by which ours comes later, to a fraction; everything below is taken at lag 0.
    pub lag: f64,
    /// Ours is so much louder, in dB.
    pub gain: f64,
    /// Theirs over the difference, in dB, after the gain; infinite where no sample differs.
    pub snr: f64,
    /// The same in the lower nine tenths of the band, where both resamplers are flat.
    pub band_snr: f64,
    /// The correlation coefficient.
    pub correlation: f64,
}

/// Compares as far as the shorter one goes; `None` where there is nothing to compare. `rate` is the recording's own.
pub fn compare(ours: &[f32], theirs: &[f32], rate: u32) -> Option<Likeness> {
    let length = ours.len().min(theirs.len());
    let (a, b) = (&ours[..length], &theirs[..length]);
    let snr = fitted(a, b)?;
    let taps = low_pass(0.45 * f64::from(rate.min(SAMPLE_RATE)));
    let band_snr = if length > 4 * taps.len() {
        fitted(&filtered(a, &taps), &filtered(b, &taps)).unwrap_or(snr)
    } else {
        snr
    };
    Some(Likeness {
        length_error: ours.len() as i64 - theirs.len() as i64,
        lag: lag(a, b),
        gain: 10.0 * (dot(a, a) / dot(b, b)).log10(),
        snr,
        band_snr,
        correlation: dot(a, b) / (dot(a, a) * dot(b, b)).sqrt(),
    })
}

/// The same where ours is known to be so many samples late (early below 0): what is below the lag is taken at it, to the
/// fraction of a sample.
pub fn shifted(ours: &[f32], theirs: &[f32], rate: u32, by: f64) -> Option<Likeness> {
    let found = compare(ours, theirs, rate)?;
    let moved = delayed(ours, -by, theirs.len());
    let like = compare(&moved, theirs, rate)?;
    Some(Likeness {
        length_error: found.length_error,
        lag: found.lag,
        ..like
    })
}

/// Sound that comes `by` samples later, by a windowed sinc.
fn delayed(sound: &[f32], by: f64, length: usize) -> Vec<f32> {
    const HALF: i64 = 64;
    let whole = by.floor();
    let rest = by - whole;
    let taps: Vec<f64> = (-HALF..=HALF)
        .map(|tap| {
            let x = tap as f64 - rest;
            let window = 0.5 + 0.5 * (std::f64::consts::PI * x / (HALF + 1) as f64).cos();
            let angle = std::f64::consts::PI * x;
            window
                * if x.abs() < 1e-12 {
                    1.0
                } else {
                    angle.sin() / angle
                }
        })
        .collect();
    (0..length as i64)
        .map(|at| {
            let middle = at - whole as i64;
            let sum: f64 = (-HALF..=HALF)
                .zip(&taps)
                .filter_map(|(tap, gain)| {
                    let from = usize::try_from(middle - tap).ok()?;
                    Some(f64::from(*sound.get(from)?) * gain)
                })
                .sum();
            sum as f32
        })
        .collect()
}

/// `b` over its difference to `a`, in dB, once `a` has the gain that brings it nearest.
fn fitted(a: &[f32], b: &[f32]) -> Option<f64> {
    let (aa, bb) = (dot(a, a), dot(b, b));
    if aa == 0.0 || bb == 0.0 {
        return None;
    }
    if a == b {
        return Some(f64::INFINITY);
    }
    let gain = dot(a, b) / aa;
    let rest: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*b) - gain * f64::from(*a)).powi(2))
        .sum();
    Some(10.0 * (bb / rest).log10())
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

/// The lag with the largest normalised cross-correlation; a parabola through its neighbours gives the fraction.
fn lag(ours: &[f32], theirs: &[f32]) -> f64 {
    let Some(room) = ours.len().checked_sub(2 * LAGS).filter(|room| *room > 0) else {
        return 0.0;
    };
    let window = room.min(WINDOW);
    let start = LAGS + (room - window) / 2;
    let theirs = &theirs[start..start + window];
    let scores: Vec<f64> = (0..=2 * LAGS)
        .map(|shift| {
            let ours = &ours[start - LAGS + shift..][..window];
            let energy = quick_dot(ours, ours);
            quick_dot(ours, theirs) / energy.max(f64::MIN_POSITIVE).sqrt()
        })
        .collect();
    let best = (0..scores.len())
        .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
        .unwrap_or(LAGS);
    let whole = best as f64 - LAGS as f64;
    let (Some(before), Some(after)) = (
        best.checked_sub(1).and_then(|i| scores.get(i)),
        scores.get(best + 1),
    ) else {
        return whole;
    };
    let bend = before - 2.0 * scores[best] + after;
    if bend < 0.0 {
        whole + 0.5 * (before - after) / bend
    } else {
        whole
    }
}

/// In single precision and eight sums, which the compiler makes vectors of.
fn quick_dot(a: &[f32], b: &[f32]) -> f64 {
    let mut total = 0.0;
    for (a, b) in a.chunks(4_096).zip(b.chunks(4_096)) {
        let mut sums = [0.0_f32; 8];
        for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
            for i in 0..8 {
                sums[i] += a[i] * b[i];
            }
        }
        total += sums.iter().map(|s| f64::from(*s)).sum::<f64>();
    }
    total
}

/// A Kaiser-windowed sinc: `end`, in hertz, is 100 dB down, and what lies 200 Hz below it passes.
fn low_pass(end: f64) -> Vec<f32> {
    const TAPS: usize = 515;
    const BETA: f64 = 10.06; // 0.1102 (100 − 8.7), Kaiser's formula for 100 dB
    let cut = 2.0 * (end - 100.0).max(100.0) / f64::from(SAMPLE_RATE);
    let middle = (TAPS - 1) as f64 / 2.0;
    (0..TAPS)
        .map(|i| {
            let x = i as f64 - middle;
            let sinc = if x == 0.0 {
                cut
            } else {
                (std::f64::consts::PI * cut * x).sin() / (std::f64::consts::PI * x)
            };
            let window = bessel(BETA * (1.0 - (x / middle).powi(2)).max(0.0).sqrt());
            (sinc * window / bessel(BETA)) as f32
        })
        .collect()
}

/// The modified Bessel function of the first kind and order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

/// Only where the filter has all its samples.
fn filtered(samples: &[f32], taps: &[f32]) -> Vec<f32> {
    samples
        .windows(taps.len())
        .map(|window| quick_dot(window, taps) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Noise from a linear congruential generator, -1 to 1.
    fn noise(length: usize, mut state: u64) -> Vec<f32> {
        (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    fn tone(hertz: f64, length: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * hertz / f64::from(SAMPLE_RATE);
        (0..length)
            .map(|i| (step * i as f64).sin() as f32)
            .collect()
    }

    #[test]
    fn the_same_sound_differs_in_nothing() {
        let sound = noise(20_000, 1);
        let same = compare(&sound, &sound, 16_000).unwrap();
        assert_eq!((same.length_error, same.gain), (0, 0.0));
        assert!(same.lag.abs() < 0.01, "{}", same.lag);
        assert_eq!(same.snr, f64::INFINITY);
        assert!((same.correlation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_shift_is_found_with_its_sign_and_length() {
        let sound = noise(40_000, 1);
        for shift in [1, 37, 1_999] {
            let late = [vec![0.0; shift], sound.clone()].concat();
            let later = compare(&late, &sound, 16_000).unwrap();
            assert!((later.lag - shift as f64).abs() < 0.1, "{}", later.lag);
            assert_eq!(later.length_error, shift as i64);
            let earlier = compare(&sound, &late, 16_000).unwrap();
            assert!((earlier.lag + shift as f64).abs() < 0.1, "{}", earlier.lag);
        }
    }

    #[test]
    fn a_known_shift_is_taken_out_to_the_fraction() {
        let sound = filtered(&noise(41_000, 1), &low_pass(6_000.0))[..40_000].to_vec();
        // Long enough to hold all of it.
        let late = delayed(&sound, 37.25, 40_200);
        let found = shifted(&late, &sound, 16_000, 37.25).unwrap();
        assert!((found.lag - 37.25).abs() < 0.1, "{}", found.lag);
        assert!(found.correlation > 0.9999, "{}", found.correlation);
    }

    #[test]
    fn noise_and_gain_are_told_apart() {
        let sound = noise(40_000, 1);
        let noisy: Vec<f32> = sound
            .iter()
            .zip(noise(40_000, 2))
            .map(|(s, n)| 0.5 * (s + 0.01 * n))
            .collect();
        let found = compare(&noisy, &sound, 16_000).unwrap();
        assert!((found.snr - 40.0).abs() < 0.3, "{}", found.snr);
        assert!((found.gain + 6.02).abs() < 0.01, "{}", found.gain);
    }

    #[test]
    fn what_is_above_the_band_is_left_out_of_its_ratio() {
        let low = tone(1_000.0, 20_000);
        let both = |hertz| -> Vec<f32> {
            let other = tone(hertz, 20_000);
            low.iter().zip(other).map(|(l, h)| l + 0.1 * h).collect()
        };
        let high = compare(&both(7_600.0), &low, 16_000).unwrap();
        assert!((high.snr - 20.0).abs() < 0.2, "{}", high.snr);
        assert!(high.band_snr > 90.0, "{}", high.band_snr);
        let inside = compare(&both(6_500.0), &low, 16_000).unwrap();
        assert!((inside.band_snr - 20.0).abs() < 0.2, "{}", inside.band_snr);
        // Of a recording at 8 kHz the same tone is above the band.
        let inside = compare(&both(6_500.0), &low, 8_000).unwrap();
        assert!(inside.band_snr > 90.0, "{}", inside.band_snr);
    }

    #[test]
    fn silence_and_nothing_compare_to_nothing() {
        assert!(compare(&[], &[1.0], 16_000).is_none());
        assert!(compare(&[0.0; 100], &[1.0; 100], 16_000).is_none());
    }
}

//! Segmentations and voices that are made up, in sizes from nothing to more than any model has.

use proptest::prelude::*;

use super::powerset::CLASSES;

/// Numbers that look random and are the same for the same seed (Steele, Lea and Flood's SplitMix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// From -1 to 1.
    pub(super) fn number(&mut self) -> f32 {
        self.below(1 << 20) as f32 / (1 << 19) as f32 - 1.0
    }
}

/// Sizes of everything that a prepared diarization is made of.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    pub(super) seed: u64,
    pub(super) samples: usize,
    /// Seconds.
    pub(super) window: f64,
    pub(super) step: f64,
    /// Samples.
    pub(super) shift: usize,
    pub(super) field: usize,
    /// Frames that the model gives beside what the window has.
    pub(super) more: isize,
    pub(super) dim: usize,
    pub(super) people: usize,
    pub(super) speakers: (usize, usize),
    pub(super) threshold: f32,
}

impl Default for Sizes {
    /// Three people for 25 seconds, as the bundled models hear them.
    fn default() -> Self {
        Self {
            seed: 1,
            samples: 400_000,
            window: 10.0,
            step: 1.0,
            shift: 270,
            field: 991,
            more: -3,
            dim: 4,
            people: 3,
            speakers: (1, 100),
            threshold: 0.7,
        }
    }
}

/// Any sizes.
pub(super) fn sizes() -> impl Strategy<Value = Sizes> {
    let shape = (
        1.0..20.0_f64,
        0.1..1.0_f64,
        1_usize..16_000,
        0_usize..20_000,
    );
    let usual = (Just(10.0), Just(0.1), Just(270), Just(721));
    let threshold = prop_oneof![Just(0.0_f32), Just(2.0), Just(f32::NAN), 0.0..2.0_f32];
    let voices = (1_usize..6, 0_usize..8, 1_usize..20, 0_usize..8, threshold);
    (
        any::<u64>(),
        0_usize..500_000,
        prop_oneof![shape, usual],
        prop_oneof![Just(0_isize), -600..600_isize],
        voices,
    )
        .prop_map(|(seed, samples, shape, more, voices)| {
            let (window, step, shift, field) = shape;
            let (dim, people, min, more_speakers, threshold) = voices;
            // Frames of single samples would make a case of seconds.
            let shift = shift.max(160);
            Sizes {
                seed,
                samples,
                window,
                step: (step * window).max(0.1),
                shift,
                field: shift + field,
                more,
                dim,
                people,
                speakers: (min, min + more_speakers),
                threshold,
            }
        })
}

/// Log-probabilities of classes that last a while, of silence alone where there are no `people`, and here and there no
/// numbers: `[frames × classes]`.
pub(super) fn scores(random: &mut Random, frames: usize, people: usize) -> Vec<f32> {
    let mut scores = Vec::with_capacity(frames * CLASSES);
    let (mut class, mut left) = (0, 0);
    for _ in 0..frames {
        if left == 0 {
            class = random.below(if people == 0 { 1 } else { CLASSES });
            left = 1 + random.below(200);
        }
        left -= 1;
        let mut row = [-9.0_f32; CLASSES];
        row[class] = -0.1;
        if random.below(100) == 0 {
            row[random.below(CLASSES)] = [f32::NAN, f32::INFINITY, -0.1, 80.0][random.below(4)];
        }
        scores.extend(row);
    }
    scores
}

/// The voice of one of the `people`.
pub(super) fn voice(random: &mut Random, dim: usize, people: usize) -> Vec<f32> {
    let who = random.below(people.max(1));
    (0..dim)
        .map(|i| 0.2 * random.number() + f32::from(u8::from(i == who % dim)))
        .collect()
}

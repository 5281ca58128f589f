//! What holds for every book, and how often it errs on synthetic voices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod files;
mod people;
mod simulation;

use super::*;
use crate::types::Embedding;

/// The model of the tests, measured by nobody.
fn model(dim: usize) -> VoiceModel {
    VoiceModel::new("test", dim, &"a1".repeat(32), "none").unwrap()
}

/// Numbers of a normal distribution: splitmix64 and Box-Muller.
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// A unit vector in any direction.
    fn direction(&mut self, dim: usize) -> Vec<f64> {
        let v: Vec<f64> = (0..dim).map(|_| self.next()).collect();
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.into_iter().map(|x| x / length).collect()
    }

    /// A unit vector at about this cosine to `centre`, which has length 1: a von Mises-Fisher cluster, near enough in
    /// many dimensions.
    fn near(&mut self, centre: &[f64], cosine: f64) -> Vec<f64> {
        let off = self.direction(centre.len());
        let along: f64 = off.iter().zip(centre).map(|(a, b)| a * b).sum();
        let side = ((1.0 - cosine * cosine) / (1.0 - along * along)).sqrt();
        let pair = off.iter().zip(centre);
        pair.map(|(o, c)| cosine * c + side * (o - along * c))
            .collect()
    }
}

fn embedding(values: &[f64]) -> Embedding {
    Embedding(values.iter().map(|v| *v as f32).collect())
}

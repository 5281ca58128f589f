//! Channels that repeat another: a call of one microphone is often written twice.

use super::downmix::dot;

/// Two channels whose difference is this much weaker than they are, -40 dB, are one.
const SAME: f64 = 1e-4;
/// Channels that are compared with each other.
const COMPARED: usize = 8;

/// Which channels carry the same sound.
pub(super) struct Likeness {
    count: usize,
    energy: Vec<f64>,
    /// Of the difference of each pair, by the first and then by the second.
    difference: Vec<f64>,
    apart: Vec<f32>,
}

impl Likeness {
    pub(super) fn new(channels: usize) -> Self {
        let count = if channels <= COMPARED { channels } else { 0 };
        Self {
            count,
            energy: vec![0.0; count],
            difference: vec![0.0; count * count],
            apart: Vec::new(),
        }
    }

    pub(super) fn look(&mut self, planes: &[&[f32]]) {
        for (a, plane) in planes.iter().enumerate().take(self.count) {
            let energy = dot(plane, plane);
            if let Some(sum) = self.energy.get_mut(a) {
                *sum += f64::from(energy);
            }
            for (b, other) in planes.iter().enumerate().take(self.count).skip(a + 1) {
                self.apart.clear();
                self.apart
                    .extend(plane.iter().zip(*other).map(|(s, t)| s - t));
                if let Some(sum) = self.difference.get_mut(a * self.count + b) {
                    *sum += f64::from(dot(&self.apart, &self.apart));
                }
            }
        }
    }

    /// The first channel before this one with the same sound.
    pub(super) fn like(&self, channel: usize) -> Option<usize> {
        (0..channel.min(self.count)).find(|&a| {
            let difference = self.difference.get(a * self.count + channel);
            difference
                .zip(self.energy.get(channel))
                .is_some_and(|(difference, energy)| *difference <= energy * SAME)
        })
    }
}

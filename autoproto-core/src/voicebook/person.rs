//! A person and what is known of their voice.

use std::fmt;

use crate::types::PersonId;

/// Prototypes a person has at most.
pub const MOST_PROTOTYPES: usize = 8;

/// Vectors shorter than this have no direction.
pub(super) const SHORTEST: f64 = 1e-6;

/// What a voice was like on one occasion, or on several alike.
///
/// It does not print its numbers: logs are no place for biometric data.
#[derive(Clone, PartialEq)]
pub struct Prototype {
    /// The mean of unit vectors, weighted by seconds; no longer than 1.
    pub(super) mean: Vec<f32>,
    pub(super) seconds: f64,
}

impl Prototype {
    /// Seconds of speech it stands for.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Both in one.
    fn with(&self, other: &Prototype) -> Prototype {
        let seconds = self.seconds + other.seconds;
        let part = self.seconds / seconds;
        let mean = self.mean.iter().zip(&other.mean);
        Prototype {
            mean: mean
                .map(|(a, b)| (f64::from(*a) * part + f64::from(*b) * (1.0 - part)) as f32)
                .collect(),
            seconds,
        }
    }
}

impl fmt::Debug for Prototype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prototype")
            .field("dim", &self.mean.len())
            .field("seconds", &self.seconds)
            .finish()
    }
}

/// A person: an id, a name, and prototypes of their voice.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub(super) id: PersonId,
    pub(super) name: String,
    pub(super) prototypes: Vec<Prototype>,
}

impl Person {
    /// Stays the same when the name changes.
    pub fn id(&self) -> PersonId {
        self.id
    }

    /// What they are called; two people may have the same name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// At most [`MOST_PROTOTYPES`].
    pub fn prototypes(&self) -> &[Prototype] {
        &self.prototypes
    }

    /// Seconds of speech enrolled in all.
    pub fn seconds(&self) -> f64 {
        self.prototypes.iter().map(Prototype::seconds).sum()
    }

    /// Adds prototypes; while they are too many, the nearest two become one.
    pub(super) fn learn(&mut self, more: impl IntoIterator<Item = Prototype>) {
        for prototype in more {
            self.prototypes.push(prototype);
            if self.prototypes.len() > MOST_PROTOTYPES {
                self.fold();
            }
        }
    }

    fn fold(&mut self) {
        let mut nearest: Option<(f64, usize, usize)> = None;
        for (i, a) in self.prototypes.iter().enumerate() {
            for (j, b) in self.prototypes.iter().enumerate().skip(i + 1) {
                let cosine = cosine(&wide(&a.mean), &wide(&b.mean)).unwrap_or(-1.0);
                if nearest.is_none_or(|(best, ..)| cosine > best) {
                    nearest = Some((cosine, i, j));
                }
            }
        }
        if let Some((_, i, j)) = nearest {
            let second = self.prototypes.swap_remove(j);
            if let Some(first) = self.prototypes.get_mut(i) {
                *first = first.with(&second);
            }
        }
    }

    /// The best cosine of a voice to any prototype or to the mean of all.
    pub(super) fn cosine(&self, voice: &[f64]) -> Option<f64> {
        let mut mean = vec![0.0; voice.len()];
        for prototype in &self.prototypes {
            for (sum, value) in mean.iter_mut().zip(&prototype.mean) {
                *sum += prototype.seconds * f64::from(*value);
            }
        }
        // Against the longest sum there can be, so that the bound on length means the same as for a prototype.
        let seconds = self.seconds();
        mean.iter_mut().for_each(|sum| *sum /= seconds);
        let each = self.prototypes.iter().map(|p| wide(&p.mean));
        each.chain([mean])
            .filter_map(|prototype| cosine(voice, &prototype))
            .reduce(f64::max)
    }
}

pub(super) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

pub(super) fn length(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// The cosine between two vectors; `None` where one has no direction.
fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    let (long, wide) = (length(a), length(b));
    let dot: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let cosine = dot / (long * wide);
    (long > SHORTEST && wide > SHORTEST && cosine.is_finite()).then(|| cosine.clamp(-1.0, 1.0))
}

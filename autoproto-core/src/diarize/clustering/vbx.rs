//! VBx: a Bayesian mixture over speakers that drops those it has no need of.
//!
//! After Landini, Profant, Diez and Burget, "Bayesian HMM clustering of x-vector sequences (VBx) in speaker diarization:
//! theory, implementation and analysis on standard tasks" (2022), in the form that pyannote.audio's community-1 uses:
//! no Markov chain, each vector for itself. Equations are numbered as there.
//!
//! The responsibilities `[n, speakers]` are never held: sums over the vectors are all that an iteration hands to the next,
//! so that memory is that of the features, however many speakers it starts from. Most of those are idle after an iteration
//! or two: their voice is the average one, so that what they take of a vector is the same for all of them but for a factor,
//! and they cost nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::distance::{add_weighted, products};
use super::plda::Features;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result};

/// A speaker with a smaller share of the vectors than this is dropped.
const LEAST_SHARE: f64 = 1e-7;
/// The objective must gain as much for another iteration.
const LEAST_GAIN: f64 = 1e-4;
/// Shares are kept from zero by this in logarithms.
const FLOOR: f64 = 1e-8;
/// A speaker is idle whose logarithm no vector changes by more than this.
const IDLE: f64 = 1e-6;
/// Below this a responsibility adds nothing that a sum of so many could hold.
const NOTHING: f64 = 1e-12;
/// Parts of the vectors, which several threads share.
const PARTS: usize = 8;
/// Vectors between two looks at the token.
const STEPS: usize = 256;

/// How eager the mixture is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::diarize) struct VbxOptions {
    /// How much each vector counts: less than 1, since windows overlap. community-1: 0.07.
    pub(in crate::diarize) fa: f64,
    /// How strongly speakers are held at the average voice: higher leaves fewer. community-1: 0.8.
    pub(in crate::diarize) fb: f64,
    /// The most iterations. pyannote.audio: 20.
    pub(in crate::diarize) max_iterations: usize,
    /// How sure the first clusters are: the logarithm of the odds. pyannote.audio: 7.
    pub(in crate::diarize) init_smoothing: f64,
}

impl Default for VbxOptions {
    fn default() -> Self {
        Self {
            fa: 0.07,
            fb: 0.8,
            max_iterations: 20,
            init_smoothing: 7.0,
        }
    }
}

/// The speakers that were kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::diarize) struct Vbx {
    /// How much of each vector is each kept speaker's, row-major `[n, kept]`; rows add up to 1, less what dropped ones held.
    pub(in crate::diarize) responsibilities: Vec<f64>,
    /// The share of the vectors that each kept speaker has.
    pub(in crate::diarize) shares: Vec<f64>,
    /// The first cluster that each kept speaker comes from.
    pub(in crate::diarize) kept: Vec<usize>,
    /// The objective after each iteration.
    pub(in crate::diarize) objective: Vec<f64>,
}

/// Refines clusters (`labels`, from 0) of vectors in the space of the [`Plda`](super::plda::Plda), `phi` being its variances
/// between speakers, on so many threads; the result is the same for any number of them.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) soon after the token has fired.
pub(in crate::diarize) fn cluster_vbx(
    labels: &[usize],
    features: &Features,
    phi: &[f64],
    options: &VbxOptions,
    threads: usize,
    ctx: &Context<'_>,
) -> Result<Vbx> {
    let dim = features.dim();
    let speakers = labels.iter().max().map_or(0, |m| m + 1);
    let count = labels.len().min(features.len());
    if count == 0 || phi.len() != dim {
        return Ok(Vbx::default());
    }
    let problem = Problem::new(features, phi, options, count);
    let mut sums = problem.first_sums(labels, speakers, options.init_smoothing);
    let mut shares = vec![1.0 / speakers as f64; speakers];
    let mut objective: Vec<f64> = Vec::new();
    let mut last = Mixture::default();
    for _ in 0..options.max_iterations.max(1) {
        last = problem.mixture(&sums, &shares);
        let total = problem.step(&last, &mut sums, threads, ctx)?;
        let whole: f64 = sums.weights.iter().sum();
        shares = sums.weights.iter().map(|w| w / whole).collect();
        let gain = total + last.prior - objective.last().copied().unwrap_or(f64::NEG_INFINITY);
        objective.push(total + last.prior);
        if gain.is_nan() || gain < LEAST_GAIN {
            break;
        }
    }
    let kept: Vec<usize> = (0..speakers).filter(|&s| shares[s] > LEAST_SHARE).collect();
    let mut responsibilities = Vec::with_capacity(count * kept.len());
    let mut active = vec![0.0; last.active.len()];
    for i in 0..count {
        if i.is_multiple_of(STEPS) {
            ctx.cancel().check()?;
        }
        let idle = problem.responsibilities(&last, i, &mut active).idle;
        responsibilities.extend(kept.iter().map(|&s| match last.place[s] {
            Place::Active(at) => active[at],
            Place::Idle(factor) => idle * factor,
        }));
    }
    Ok(Vbx {
        responsibilities,
        shares: kept.iter().map(|&s| shares[s]).collect(),
        kept,
        objective,
    })
}

/// Sums over the vectors, by speaker.
struct Sums {
    /// Of responsibilities, `[speakers]`.
    weights: Vec<f64>,
    /// Of features times responsibilities, `[speakers, dim]`.
    features: Vec<f64>,
}

/// What an iteration makes of its sums.
#[derive(Default)]
struct Mixture {
    /// Those whose voice is not the average.
    active: Vec<usize>,
    /// The means of their voices in terms of the features, `[active, dim]`.
    means: Vec<f64>,
    /// What each adds to the logarithm whatever the vector, with that of its share.
    offsets: Vec<f64>,
    place: Vec<Place>,
    /// The logarithm of what all idle ones add, and minus infinity where none is.
    idle: f64,
    /// The part of the objective that is not the vectors'.
    prior: f64,
}

/// Where a speaker is in a mixture.
#[derive(Clone, Copy)]
enum Place {
    /// Among the active ones.
    Active(usize),
    /// Among the idle ones, of whose part it has this part.
    Idle(f64),
}

/// What one vector is to a mixture.
struct Fit {
    /// How much of it is the idle speakers', all together.
    idle: f64,
    /// The logarithm of its likelihood, less what depends on the vector alone.
    likelihood: f64,
}

struct Problem<'a> {
    features: &'a Features,
    phi: &'a [f64],
    /// Features times the square roots of `phi`: (18).
    scaled: Vec<f64>,
    /// The length of the longest of them.
    longest: f64,
    fa: f64,
    fb: f64,
}

impl<'a> Problem<'a> {
    fn new(features: &'a Features, phi: &'a [f64], options: &VbxOptions, count: usize) -> Self {
        let roots: Vec<f64> = phi.iter().map(|p| p.sqrt()).collect();
        let scaled: Vec<f64> = features
            .rows()
            .take(count)
            .flat_map(|row| row.iter().zip(&roots).map(|(x, r)| x * r))
            .collect();
        let longest = scaled
            .chunks_exact(phi.len())
            .map(|row| square(row).sqrt())
            .fold(0.0, f64::max);
        Self {
            features,
            phi,
            scaled,
            longest,
            fa: options.fa,
            fb: options.fb,
        }
    }

    fn scaled(&self, i: usize) -> &[f64] {
        let dim = self.phi.len();
        &self.scaled[i * dim..(i + 1) * dim]
    }

    /// Of the first clusters: each vector is mostly its own cluster's, and a little of every other's.
    fn first_sums(&self, labels: &[usize], speakers: usize, smoothing: f64) -> Sums {
        let dim = self.phi.len();
        let own = 1.0 / (1.0 + (speakers - 1) as f64 * (-smoothing).exp());
        let other = own * (-smoothing).exp();
        let mut all = vec![0.0; dim];
        let mut sums = Sums {
            weights: vec![0.0; speakers],
            features: vec![0.0; speakers * dim],
        };
        let count = labels.len().min(self.features.len());
        for (i, &label) in labels[..count].iter().enumerate() {
            let row = self.scaled(i);
            add(&mut all, 1.0, row);
            sums.weights[label] += own - other;
            add(&mut sums.features[label * dim..][..dim], own - other, row);
        }
        for s in 0..speakers {
            sums.weights[s] += other * count as f64;
            add(&mut sums.features[s * dim..][..dim], other, &all);
        }
        sums
    }

    /// (16), (17), and the parts of (23) and (25) that depend on the speaker alone.
    fn mixture(&self, sums: &Sums, shares: &[f64]) -> Mixture {
        let dim = self.phi.len();
        let ratio = self.fa / self.fb;
        let mut mixture = Mixture::default();
        let mut means = vec![0.0; dim];
        let mut idle = Vec::new();
        let weights = sums.weights.iter().zip(shares);
        for (s, ((weight, share), sum)) in weights.zip(sums.features.chunks_exact(dim)).enumerate()
        {
            let mut offset = 0.0;
            for ((phi, sum), out) in self.phi.iter().zip(sum).zip(&mut means) {
                let variance = 1.0 / (1.0 + ratio * weight * phi);
                let mean = ratio * variance * sum;
                offset += (variance + mean * mean) * phi;
                mixture.prior += variance.ln() - variance - mean * mean + 1.0;
                *out = mean;
            }
            let offset = (share + FLOOR).ln() - 0.5 * self.fa * offset;
            if self.fa * self.longest * square(&means).sqrt() < IDLE {
                idle.push(offset);
                mixture.place.push(Place::Idle(offset));
            } else {
                mixture.place.push(Place::Active(mixture.active.len()));
                mixture.active.push(s);
                mixture.means.extend_from_slice(&means);
                mixture.offsets.push(offset);
            }
        }
        mixture.prior *= 0.5 * self.fb;
        let highest = idle.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = idle.iter().map(|o| (o - highest).exp()).sum();
        mixture.idle = if idle.is_empty() {
            highest
        } else {
            highest + total.ln()
        };
        for place in &mut mixture.place {
            if let Place::Idle(part) = place {
                *part = (*part - mixture.idle).exp();
            }
        }
        mixture
    }

    /// The responsibilities of the active speakers for one vector: (23).
    fn responsibilities(&self, mixture: &Mixture, i: usize, out: &mut [f64]) -> Fit {
        products(self.scaled(i), &mixture.means, out);
        let mut highest = mixture.idle;
        for (out, offset) in out.iter_mut().zip(&mixture.offsets) {
            *out = self.fa * *out + offset;
            highest = highest.max(*out);
        }
        let idle = (mixture.idle - highest).exp();
        let mut total = idle;
        for out in out.iter_mut() {
            *out = (*out - highest).exp();
            total += *out;
        }
        out.iter_mut().for_each(|out| *out /= total);
        Fit {
            idle: idle / total,
            likelihood: highest + total.ln(),
        }
    }

    /// Goes through the vectors once; the sums become those of the new responsibilities, and the result is their likelihood.
    ///
    /// The vectors are cut into the same parts for any number of threads, and the parts' sums added in order.
    fn step(
        &self,
        mixture: &Mixture,
        sums: &mut Sums,
        threads: usize,
        ctx: &Context<'_>,
    ) -> Result<f64> {
        let (next, cancel) = (AtomicUsize::new(0), ctx.cancel());
        let work = || {
            let mut done = Vec::new();
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= PARTS || cancel.is_cancelled() {
                    return done;
                }
                done.push((part, self.part(mixture, part, cancel)));
            }
        };
        let mut done = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads.min(PARTS)).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for other in others {
                done.extend(other.join().map_err(|_| Error::Internal {
                    reason: "a thread of the clustering ended early".into(),
                })?);
            }
            Ok::<_, Error>(done)
        })?;
        cancel.check()?;
        done.sort_unstable_by_key(|(part, _)| *part);
        let dim = self.phi.len();
        let mut whole = Part::new(mixture, dim);
        for (_, part) in done {
            whole.likelihood += part.likelihood;
            whole.idle += part.idle;
            add(&mut whole.idle_features, 1.0, &part.idle_features);
            add(&mut whole.weights, 1.0, &part.weights);
            add(&mut whole.features, 1.0, &part.features);
        }
        for (s, place) in mixture.place.iter().enumerate() {
            let sum = &mut sums.features[s * dim..][..dim];
            match place {
                Place::Active(at) => {
                    sums.weights[s] = whole.weights[*at];
                    sum.copy_from_slice(&whole.features[at * dim..][..dim]);
                }
                Place::Idle(part) => {
                    sums.weights[s] = whole.idle * part;
                    sum.fill(0.0);
                    add(sum, *part, &whole.idle_features);
                }
            }
        }
        Ok(whole.likelihood)
    }

    /// The sums of one part of the vectors.
    fn part(&self, mixture: &Mixture, part: usize, cancel: &CancelToken) -> Part {
        let dim = self.phi.len();
        let count = self.scaled.len() / dim;
        let mut sums = Part::new(mixture, dim);
        let mut responsibilities = vec![0.0; mixture.active.len()];
        let constant = dim as f64 * std::f64::consts::TAU.ln();
        let vectors = count * part / PARTS..count * (part + 1) / PARTS;
        for (i, row) in vectors
            .clone()
            .zip(self.features.rows().skip(vectors.start))
        {
            if i.is_multiple_of(STEPS) && cancel.is_cancelled() {
                break;
            }
            let fit = self.responsibilities(mixture, i, &mut responsibilities);
            sums.likelihood += fit.likelihood - 0.5 * self.fa * (square(row) + constant);
            sums.idle += fit.idle;
            add(&mut sums.idle_features, fit.idle, self.scaled(i));
            add(&mut sums.weights, 1.0, &responsibilities);
            add_weighted(
                self.scaled(i),
                &responsibilities,
                NOTHING,
                &mut sums.features,
            );
        }
        sums
    }
}

/// Sums over a part of the vectors.
struct Part {
    likelihood: f64,
    idle: f64,
    /// `[dim]`.
    idle_features: Vec<f64>,
    /// `[active]`.
    weights: Vec<f64>,
    /// `[active, dim]`.
    features: Vec<f64>,
}

impl Part {
    fn new(mixture: &Mixture, dim: usize) -> Self {
        Self {
            likelihood: 0.0,
            idle: 0.0,
            idle_features: vec![0.0; dim],
            weights: vec![0.0; mixture.active.len()],
            features: vec![0.0; mixture.means.len()],
        }
    }
}

fn square(row: &[f64]) -> f64 {
    row.iter().map(|v| v * v).sum()
}

fn add(sums: &mut [f64], weight: f64, row: &[f64]) {
    sums.iter_mut().zip(row).for_each(|(s, v)| *s += weight * v);
}

//! The space in which voices of one speaker spread alike, and VBx compares them: probabilistic linear discriminant analysis.

use std::path::Path;

use super::npz::{self, Array};
use super::vectors::Vectors;
use crate::error::{Error, Result};

/// Numbers in a voice at most, before and after the reduction.
const MOST: usize = 2048;
/// Dimensions kept, the ones that tell most of speakers; pyannote.audio's default.
const KEPT: usize = 128;

/// A transformation of voices, read from the two files of pyannote's community-1.
///
/// `xvec_transform.npz` has `mean1` `[d]`, `mean2` `[k]` and `lda` `[d, k]`; `plda.npz` has `mu` `[k]`, `tr` `[k, k]` and
/// `psi` `[k]`.
///
/// pyannote.audio finds the axes of the last step as generalised eigenvectors of `B = inv(tr' diag(1/psi) tr)` and
/// `W = inv(tr' tr)`. They are the rows of `tr` itself, with `psi` as eigenvalues: for `v = tr' e`, with `e` a unit axis,
/// `B v = inv(tr) diag(psi) e = psi_e W v`, and `v' W v = 1`. So they only need to be put in order. An eigenvector's sign
/// is arbitrary, and so is the choice among equal eigenvalues; VBx depends on neither.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::diarize) struct Plda {
    /// `[d]`.
    mean1: Vec<f64>,
    /// `[k]`.
    mean2: Vec<f64>,
    /// `[d, k]`.
    lda: Vec<f64>,
    /// `[k]`.
    mu: Vec<f64>,
    /// `[kept, k]`, the axis with the greatest variance between speakers first.
    axes: Vec<f64>,
    /// `[kept]`.
    phi: Vec<f64>,
}

/// Vectors of a [`Plda`]'s space, `[n, dim]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::diarize) struct Features {
    dim: usize,
    values: Vec<f64>,
}

impl Features {
    /// Of values `[n, dim]`.
    pub(in crate::diarize) fn new(dim: usize, values: Vec<f64>) -> Self {
        Self { dim, values }
    }

    /// How many there are.
    pub(in crate::diarize) fn len(&self) -> usize {
        self.values.len().checked_div(self.dim).unwrap_or(0)
    }

    /// Numbers in each.
    pub(in crate::diarize) fn dim(&self) -> usize {
        self.dim
    }

    /// The vectors in order.
    pub(in crate::diarize) fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.dim.max(1))
    }
}

impl Plda {
    /// Reads the bytes of the two files; the paths are for errors.
    ///
    /// # Errors
    /// [`Error::ModelDamaged`] where an array is missing, of another shape or type than it must be, or not finite.
    pub(in crate::diarize) fn read(
        transform: (&Path, &[u8]),
        plda: (&Path, &[u8]),
    ) -> Result<Self> {
        let damaged = |path: &Path, reason: String| Error::ModelDamaged {
            path: path.into(),
            reason,
        };
        let array = |(path, bytes): (&Path, &[u8]), name: &str| {
            npz::from_npz(bytes, name).map_err(|reason| damaged(path, reason))
        };
        let [mean1, mean2, lda] = ["mean1", "mean2", "lda"].map(|name| array(transform, name));
        let [mu, tr, psi] = ["mu", "tr", "psi"].map(|name| array(plda, name));
        let (mean1, mean2, lda) = (mean1?, mean2?, lda?);
        let (d, k) = match lda.shape[..] {
            [d, k] if (1..=MOST).contains(&d) && (1..=MOST).contains(&k) => (d, k),
            _ => return Err(damaged(transform.0, format!("`lda` is {:?}", lda.shape))),
        };
        let shaped = |path: &Path, name: &str, array: &Array, shape: &[usize]| {
            if array.shape == shape {
                return Ok(());
            }
            let reason = format!("`{name}` is {:?} where {shape:?} fits", array.shape);
            Err(damaged(path, reason))
        };
        shaped(transform.0, "mean1", &mean1, &[d])?;
        shaped(transform.0, "mean2", &mean2, &[k])?;
        let (mu, tr, psi) = (mu?, tr?, psi?);
        shaped(plda.0, "mu", &mu, &[k])?;
        shaped(plda.0, "tr", &tr, &[k, k])?;
        shaped(plda.0, "psi", &psi, &[k])?;
        if psi.values.iter().any(|v| *v <= 0.0) {
            return Err(damaged(
                plda.0,
                "`psi` has variances that are not positive".into(),
            ));
        }
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&a, &b| psi.values[b].total_cmp(&psi.values[a]));
        order.truncate(KEPT);
        Ok(Self {
            mean1: mean1.values,
            mean2: mean2.values,
            lda: lda.values,
            mu: mu.values,
            axes: order
                .iter()
                .flat_map(|&i| &tr.values[i * k..(i + 1) * k])
                .copied()
                .collect(),
            phi: order.iter().map(|&i| psi.values[i]).collect(),
        })
    }

    /// Numbers in the voices that it takes.
    pub(in crate::diarize) fn dim(&self) -> usize {
        self.mean1.len()
    }

    /// The variances between speakers along each axis, the greatest first; those within a speaker are 1.
    pub(in crate::diarize) fn phi(&self) -> &[f64] {
        &self.phi
    }

    /// The voices (as the model gave them, of any length) in this space; one of another number of numbers counts as zeros.
    pub(in crate::diarize) fn transform(&self, voices: &Vectors) -> Features {
        let (d, k) = (self.mean1.len(), self.mean2.len());
        let mut values = Vec::with_capacity(voices.len().saturating_mul(self.phi.len()));
        let (mut centred, mut reduced) = (vec![0.0; d], vec![0.0; k]);
        for voice in voices.rows() {
            let numbers = voice.iter().copied().map(f64::from);
            let numbers = numbers.chain(std::iter::repeat(0.0));
            for ((out, v), mean) in centred.iter_mut().zip(numbers).zip(&self.mean1) {
                *out = v - mean;
            }
            stretch(&mut centred, (d as f64).sqrt());
            reduced.fill(0.0);
            for (v, row) in centred.iter().zip(self.lda.chunks_exact(k)) {
                reduced.iter_mut().zip(row).for_each(|(s, l)| *s += v * l);
            }
            reduced
                .iter_mut()
                .zip(&self.mean2)
                .for_each(|(v, m)| *v -= m);
            stretch(&mut reduced, (k as f64).sqrt());
            reduced.iter_mut().zip(&self.mu).for_each(|(v, m)| *v -= m);
            values.extend(
                self.axes
                    .chunks_exact(k)
                    .map(|axis| axis.iter().zip(&reduced).map(|(a, v)| a * v).sum::<f64>()),
            );
        }
        Features::new(self.phi.len(), values)
    }
}

/// Gives a vector this length; one without a direction becomes all zero.
fn stretch(row: &mut [f64], length: f64) {
    let old = row.iter().map(|v| v * v).sum::<f64>().sqrt();
    let by = if old > 0.0 && old.is_finite() {
        length / old
    } else {
        row.fill(0.0);
        return;
    };
    row.iter_mut().for_each(|v| *v *= by);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    const TRANSFORM: &[u8] = include_bytes!("../golden/xvec_transform.npz");
    const PLDA: &[u8] = include_bytes!("../golden/plda.npz");

    fn read(transform: &[u8], plda: &[u8]) -> Result<Plda> {
        Plda::read(
            (Path::new("first.npz"), transform),
            (Path::new("second.npz"), plda),
        )
    }

    #[test]
    fn the_wrong_file_is_named_with_the_reason() {
        let Err(Error::ModelDamaged { path, reason }) = read(TRANSFORM, TRANSFORM) else {
            panic!("it was read");
        };
        assert_eq!(path, Path::new("second.npz"));
        assert!(reason.contains("`mu`"), "{reason}");
    }

    #[test]
    fn cut_and_changed_files_are_errors_or_of_the_same_shape() {
        for file in [TRANSFORM, PLDA] {
            for at in (0..file.len()).step_by(5) {
                let mut changed = file.to_vec();
                changed[at] ^= 0x5A;
                for (first, second) in [(&changed[..], PLDA), (TRANSFORM, &changed[..])] {
                    if let Ok(plda) = read(first, second) {
                        assert_eq!((plda.dim(), plda.phi().len()), (32, 16));
                    }
                }
            }
            for end in (0..file.len()).step_by(97) {
                assert!(read(&file[..end], PLDA).is_err());
                assert!(read(TRANSFORM, &file[..end]).is_err());
            }
        }
    }

    #[test]
    fn odd_voices_give_finite_features() {
        let plda = read(TRANSFORM, PLDA).unwrap();
        let odd = [f32::NAN, f32::INFINITY, 0.0, 1e38];
        for value in odd {
            let features = plda.transform(&Vectors::new(32, vec![value; 32]));
            assert!(features.rows().flatten().all(|v| v.is_finite()));
        }
        assert_eq!(plda.transform(&Vectors::new(7, vec![1.0; 14])).len(), 2);
        assert!(plda.phi().windows(2).all(|w| w[0] >= w[1]));
    }
}

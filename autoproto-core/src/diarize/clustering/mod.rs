//! Arithmetic on vectors that knows nothing of sound: which of them are one speaker's.
//!
//! - [`vectors`]: rows of `f32`, and means of them; `distance` compares them with the processor's vector instructions.
//! - [`levels`]: centroid linkage, exact up to [`levels::EXACT`] vectors and in two levels above; `nearest` looks for the
//!   neighbours, [`linkage`] merges them. It does what scipy's `linkage(method="centroid")` does, without its matrix, after
//!   D. Müllner, "Modern hierarchical, agglomerative clustering algorithms" (2011).
//! - [`flat`]: a linkage cut at a distance, as scipy's `fcluster`, or into a number of speakers, as pyannote.audio's
//!   agglomerative clustering.
//! - [`vbx`]: the Bayesian mixture of Landini et al., "Bayesian HMM clustering of x-vector sequences (VBx) in speaker
//!   diarization" (2022), in pyannote.audio's form, over the features of [`plda`], whose files `npz` reads.
//! - [`kmeans`]: a given number of clusters.
//! - [`centres`]: how far voices are from the speakers, and one voice of a window for each speaker at most.

pub(in crate::diarize) mod centres;
mod distance;
pub(in crate::diarize) mod flat;
#[cfg(test)]
mod goldens;
pub(in crate::diarize) mod kmeans;
pub(in crate::diarize) mod levels;
pub(in crate::diarize) mod linkage;
mod nearest;
mod npz;
pub(in crate::diarize) mod plda;
#[cfg(test)]
mod properties;
pub(in crate::diarize) mod vbx;
pub(in crate::diarize) mod vectors;

//! The clustering by itself, on vectors from anywhere, for a bench to time: what community-1's recipe does with the voices
//! of a recording once the models have run.

use std::path::Path;
use std::time::Instant;

use super::clustering::levels::centroid_linkage;
use super::clustering::plda::Plda;
use super::clustering::vbx::{VbxOptions, cluster_vbx};
use super::clustering::vectors::Vectors;
use crate::context::Context;
use crate::error::{Error, Result};

/// What a clustering found, and the seconds that it took.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClusterRun {
    /// The cluster of each vector after the linkage, from 0.
    pub labels: Vec<usize>,
    /// Of each vector the speaker that it is likeliest of, by VBx, from 0; empty without a PLDA.
    pub speakers: Vec<usize>,
    /// Whether the linkage is the exact one, and not in two levels.
    pub exact: bool,
    /// Seconds of the linkage and of cutting it.
    pub linkage: f64,
    /// Seconds of VBx, the projection among them.
    pub vbx: f64,
}

/// Clusters unit vectors in the order of time, `[n, dim]`: centroid linkage cut at `threshold`, then VBx with community-1's
/// numbers where `plda` names the two files of a PLDA, the transform and the model.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Io`] or [`Error::ModelDamaged`] for a PLDA that can't be read, [`Error::InvalidOption`] for
/// one that takes vectors of another length.
pub fn cluster_vectors(
    values: Vec<f32>,
    dim: usize,
    threshold: f64,
    plda: Option<[&Path; 2]>,
    threads: usize,
    ctx: &Context<'_>,
) -> Result<ClusterRun> {
    let vectors = Vectors::new(dim, values);
    let plda = plda.map(read).transpose()?;
    if let Some(plda) = plda.as_ref().filter(|plda| plda.dim() != dim) {
        return Err(Error::InvalidOption {
            option: "plda",
            expected: format!("one of {dim} numbers a vector"),
            got: plda.dim().to_string(),
        });
    }
    let begun = Instant::now();
    let tree = centroid_linkage(&vectors, threads, ctx)?;
    let labels = tree.below(threshold);
    let mut run = ClusterRun {
        exact: tree.exact,
        linkage: begun.elapsed().as_secs_f64(),
        labels,
        speakers: Vec::new(),
        vbx: 0.0,
    };
    if let Some(plda) = plda {
        let begun = Instant::now();
        let features = plda.transform(&vectors);
        let options = VbxOptions::default();
        let found = cluster_vbx(&run.labels, &features, plda.phi(), &options, threads, ctx)?;
        run.vbx = begun.elapsed().as_secs_f64();
        let rows = found.responsibilities.chunks(found.kept.len().max(1));
        let likeliest = |row: &[f64]| {
            let row = row.iter().enumerate();
            row.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(k, _)| k)
        };
        run.speakers = rows.map(likeliest).collect();
    }
    Ok(run)
}

fn read([transform, model]: [&Path; 2]) -> Result<Plda> {
    let bytes = |path: &Path| std::fs::read(path).map_err(Error::io("read", path));
    Plda::read((transform, &bytes(transform)?), (model, &bytes(model)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::{CancelToken, Progress};

    fn run(values: Vec<f32>, dim: usize, plda: Option<[&Path; 2]>) -> Result<ClusterRun> {
        let cancel = CancelToken::new();
        let ctx = Context::new(&cancel, &|_: Progress| {});
        cluster_vectors(values, dim, 0.6, plda, 2, &ctx)
    }

    #[test]
    fn two_directions_are_two_clusters() {
        let values = (0..40).flat_map(|i| if i % 3 == 0 { [1.0, 0.0] } else { [0.0, 1.0] });
        let found = run(values.collect(), 2, None).unwrap();
        assert!(found.exact && found.speakers.is_empty());
        assert!((0..40).all(|i| (found.labels[i] == found.labels[0]) == (i % 3 == 0)));
    }

    #[test]
    fn a_plda_gives_each_vector_a_speaker_and_another_length_is_refused() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diarize/golden");
        let [transform, model] = ["xvec_transform.npz", "plda.npz"].map(|name| golden.join(name));
        let plda = Some([transform.as_path(), model.as_path()]);
        let refused = run(vec![1.0; 6], 3, plda).unwrap_err();
        assert_eq!(refused.code(), "invalid-option");
        let dim = 32;
        let values = (0..30 * dim).map(|i| f32::from(u8::from(i % dim == (i / dim) % 2)));
        let found = run(values.collect(), dim, plda).unwrap();
        assert_eq!(found.speakers.len(), 30);
        assert_eq!(found.labels.iter().max(), Some(&1));
    }
}

//! Vectors of one length, side by side.

/// `n` vectors of `dim` numbers each, row-major: `[n, dim]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::diarize) struct Vectors {
    dim: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// Of values `[n, dim]`; what doesn't fill a whole row at the end is left out.
    pub(in crate::diarize) fn new(dim: usize, mut values: Vec<f32>) -> Self {
        let whole = values.len().checked_div(dim).unwrap_or(0) * dim;
        values.truncate(whole);
        Self { dim, values }
    }

    /// None yet, of `dim` numbers, with room for `count`.
    pub(in crate::diarize) fn with_capacity(dim: usize, count: usize) -> Self {
        Self {
            dim,
            values: Vec::with_capacity(dim.saturating_mul(count)),
        }
    }

    /// Adds a vector: one of another length is cut, or filled up with zeros.
    pub(in crate::diarize) fn push(&mut self, row: &[f32]) {
        let kept = row.len().min(self.dim);
        self.values.extend_from_slice(&row[..kept]);
        let end = self.values.len() + self.dim - kept;
        self.values.resize(end, 0.0);
    }

    /// Adds vectors of the same length.
    pub(super) fn extend(&mut self, more: &Self) {
        self.values.extend_from_slice(&more.values);
    }

    /// How many there are.
    pub(in crate::diarize) fn len(&self) -> usize {
        self.values.len().checked_div(self.dim).unwrap_or(0)
    }

    /// Whether there are none.
    pub(in crate::diarize) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers in each.
    pub(in crate::diarize) fn dim(&self) -> usize {
        self.dim
    }

    /// All numbers, row by row.
    pub(in crate::diarize) fn values(&self) -> &[f32] {
        &self.values
    }

    /// The numbers themselves.
    pub(super) fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Vector `i`; empty where there is none.
    pub(in crate::diarize) fn row(&self, i: usize) -> &[f32] {
        let start = i.saturating_mul(self.dim);
        self.values
            .get(start..start.saturating_add(self.dim))
            .unwrap_or_default()
    }

    /// The vectors in order.
    pub(in crate::diarize) fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dim.max(1))
    }

    /// Each divided by its length; one without a direction (all zero, or not finite) becomes all zero.
    pub(in crate::diarize) fn normalised(&self) -> Self {
        let mut values = self.values.clone();
        for row in values.chunks_exact_mut(self.dim.max(1)) {
            let length = norm(row);
            if length > 0.0 && length.is_finite() {
                row.iter_mut()
                    .for_each(|v| *v = (f64::from(*v) / length) as f32);
            } else {
                row.fill(0.0);
            }
        }
        Self {
            dim: self.dim,
            values,
        }
    }

    /// The chosen ones, in the order given; numbers of none are passed over.
    pub(in crate::diarize) fn chosen(&self, rows: impl IntoIterator<Item = usize>) -> Self {
        let mut chosen = Self::with_capacity(self.dim, 0);
        for i in rows.into_iter().filter(|&i| i < self.len()) {
            chosen.values.extend_from_slice(self.row(i));
        }
        chosen
    }

    /// The mean of each group, `[groups, dim]`, where `labels` says the group of each vector from 0 on;
    /// a group without a vector has a mean of zeros, and a vector whose group is not below `groups` is in none.
    pub(in crate::diarize) fn means(&self, labels: &[usize], groups: usize) -> Self {
        let mut sums = vec![0.0_f64; groups.saturating_mul(self.dim)];
        let mut sizes = vec![0_usize; groups];
        for (row, &group) in self.rows().zip(labels) {
            let Some(size) = sizes.get_mut(group) else {
                continue;
            };
            *size += 1;
            sums[group * self.dim..][..self.dim]
                .iter_mut()
                .zip(row)
                .for_each(|(s, v)| *s += f64::from(*v));
        }
        let values = sums
            .chunks_exact(self.dim.max(1))
            .zip(sizes)
            .flat_map(|(sum, size)| sum.iter().map(move |s| (s / size.max(1) as f64) as f32))
            .collect();
        Self {
            dim: self.dim,
            values,
        }
    }
}

/// The length of a vector, summed in `f64`.
pub(super) fn norm(row: &[f32]) -> f64 {
    dot(row, row).sqrt()
}

/// The sum of products, in `f64`.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lie_side_by_side_and_an_unfinished_one_is_left_out() {
        let vectors = Vectors::new(2, vec![3.0, 4.0, 0.0, 0.0, 1.0]);
        assert_eq!(vectors.len(), 2);
        assert_eq!(vectors.row(0), [3.0, 4.0]);
        assert!(vectors.row(2).is_empty());
        assert_eq!(vectors.normalised().values(), [0.6, 0.8, 0.0, 0.0]);
        assert!(Vectors::new(0, vec![1.0]).is_empty());
    }

    #[test]
    fn a_vector_without_a_direction_becomes_zero() {
        let vectors = Vectors::new(2, vec![f32::NAN, 1.0, f32::INFINITY, 1.0, 0.0, -2.0]);
        assert_eq!(
            vectors.normalised().values(),
            [0.0, 0.0, 0.0, 0.0, 0.0, -1.0]
        );
    }

    #[test]
    fn a_mean_is_of_its_group_only() {
        let vectors = Vectors::new(1, vec![1.0, 2.0, 5.0, 9.0]);
        let means = vectors.means(&[0, 0, 2, 7], 3);
        assert_eq!(means.values(), [1.5, 0.0, 5.0]);
        assert_eq!(vectors.chosen([3, 0, 8]).values(), [9.0, 1.0]);
    }
}

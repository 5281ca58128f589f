//! Squared distances and scalar products of vectors, as fast as the processor does them.
//!
//! The vector instructions are chosen while the program runs, by the crate `pulp`: builds are for the oldest processor of
//! their kind, and what the compiler makes of plain loops there is several times slower.

use pulp::{Arch, Simd, WithSimd};

/// The squared Euclidean distance of each of `Q` vectors to each row of `rows` (`[n, dim]`, `dim` being the vectors' length);
/// of `out[q]`, as many are written as there are rows, and no more than fit.
///
/// In `f32`, by differences and not by scalar products: near vectors lose nothing to cancellation, and the error is below
/// 2e-6 of the squared distance at 256 numbers. The order of the additions is the same for every row, wherever it lies.
pub(super) fn squared<const Q: usize>(queries: [&[f32]; Q], rows: &[f32], out: [&mut [f32]; Q]) {
    Arch::new().dispatch(Squared { queries, rows, out });
}

struct Squared<'a, const Q: usize> {
    queries: [&'a [f32]; Q],
    rows: &'a [f32],
    out: [&'a mut [f32]; Q],
}

impl<const Q: usize> WithSimd for Squared<'_, Q> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let dim = self.queries.first().map_or(1, |q| q.len()).max(1);
        let queries = self.queries.map(|query| S::as_simd_f32s(query));
        for (i, row) in self.rows.chunks_exact(dim).enumerate() {
            let (blocks, rest) = S::as_simd_f32s(row);
            // Of one length, so that nothing is left to check in the loop; two sums each, since one waits for itself.
            let own = queries.map(|(own, _)| &own[..blocks.len().min(own.len())]);
            let mut sums = [[simd.splat_f32s(0.0); 2]; Q];
            let mut at = 0;
            while at + 2 <= blocks.len() {
                for q in 0..Q {
                    for k in 0..2 {
                        let d = simd.sub_f32s(own[q][at + k], blocks[at + k]);
                        sums[q][k] = simd.mul_add_e_f32s(d, d, sums[q][k]);
                    }
                }
                at += 2;
            }
            if at < blocks.len() {
                for q in 0..Q {
                    let d = simd.sub_f32s(own[q][at], blocks[at]);
                    sums[q][0] = simd.mul_add_e_f32s(d, d, sums[q][0]);
                }
            }
            for q in 0..Q {
                let differences = queries[q].1.iter().zip(rest).map(|(a, b)| a - b);
                let tail: f32 = differences.map(|d| d * d).sum();
                if let Some(out) = self.out[q].get_mut(i) {
                    *out = simd.reduce_sum_f32s(simd.add_f32s(sums[q][0], sums[q][1])) + tail;
                }
            }
        }
    }
}

/// The scalar product of a vector with each row of `rows`, in `f64`; as many are written as there are rows, and no more
/// than fit.
pub(super) fn products(vector: &[f64], rows: &[f64], out: &mut [f64]) {
    Arch::new().dispatch(Products { vector, rows, out });
}

struct Products<'a> {
    vector: &'a [f64],
    rows: &'a [f64],
    out: &'a mut [f64],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (own, own_rest) = S::as_simd_f64s(self.vector);
        let rows = self.rows.chunks_exact(self.vector.len().max(1));
        for (row, out) in rows.zip(self.out) {
            let (blocks, rest) = S::as_simd_f64s(row);
            let mut sums = [simd.splat_f64s(0.0); 4];
            for (own, blocks) in own.chunks(4).zip(blocks.chunks(4)) {
                for ((sum, a), b) in sums.iter_mut().zip(own).zip(blocks) {
                    *sum = simd.mul_add_e_f64s(*a, *b, *sum);
                }
            }
            let [a, b, c, d] = sums;
            let sum = simd.add_f64s(simd.add_f64s(a, b), simd.add_f64s(c, d));
            let tail: f64 = own_rest.iter().zip(rest).map(|(a, b)| a * b).sum();
            *out = simd.reduce_sum_f64s(sum) + tail;
        }
    }
}

/// Adds a vector to each row of `sums` as many times as its weight says; weights up to `nothing` count as none.
pub(super) fn add_weighted(vector: &[f64], weights: &[f64], nothing: f64, sums: &mut [f64]) {
    Arch::new().dispatch(AddWeighted {
        vector,
        weights,
        nothing,
        sums,
    });
}

struct AddWeighted<'a> {
    vector: &'a [f64],
    weights: &'a [f64],
    nothing: f64,
    sums: &'a mut [f64],
}

impl WithSimd for AddWeighted<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (own, own_rest) = S::as_simd_f64s(self.vector);
        let rows = self.sums.chunks_exact_mut(self.vector.len().max(1));
        for (row, &weight) in rows.zip(self.weights) {
            if weight <= self.nothing {
                continue;
            }
            let (blocks, rest) = S::as_mut_simd_f64s(row);
            let all = simd.splat_f64s(weight);
            for (sum, v) in blocks.iter_mut().zip(own) {
                *sum = simd.mul_add_e_f64s(all, *v, *sum);
            }
            for (sum, v) in rest.iter_mut().zip(own_rest) {
                *sum += weight * v;
            }
        }
    }
}

/// The Euclidean distance of two vectors, summed in `f64`.
pub(super) fn euclidean(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) - f64::from(*b))
        .map(|d| d * d)
        .sum::<f64>()
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_slow_arithmetic_at_any_length() {
        let value = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 50.0;
        for dim in [1, 2, 15, 16, 17, 40, 256] {
            let rows: Vec<f32> = (0..5 * dim).map(value).collect();
            let queries: Vec<f32> = (0..2 * dim).map(|i| value(i + 7)).collect();
            let (first, second) = queries.split_at(dim);
            let mut out = [[0.0_f32; 5]; 2];
            let [a, b] = &mut out;
            squared([first, second], &rows, [a, b]);
            let mut portable = [[0.0_f32; 5]; 2];
            let [a, b] = &mut portable;
            let (queries, rows) = ([first, second], rows.as_slice());
            pulp::Scalar::new().vectorize(Squared {
                queries,
                rows,
                out: [a, b],
            });
            for (q, query) in [first, second].into_iter().enumerate() {
                for (i, row) in rows.chunks_exact(dim).enumerate() {
                    let want = euclidean(query, row).powi(2);
                    for got in [out[q][i], portable[q][i]] {
                        assert!(
                            (f64::from(got) - want).abs() <= 2e-6 * want,
                            "{got} for {want}, {dim} numbers"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn products_are_those_of_slow_arithmetic_at_any_length() {
        let value = |i: usize| (i * 37 % 101) as f64 / 50.0 - 1.0;
        for dim in [1, 3, 4, 16, 31, 128] {
            let rows: Vec<f64> = (0..3 * dim).map(value).collect();
            let vector: Vec<f64> = (0..dim).map(|i| value(i + 11)).collect();
            let mut out = [0.0; 3];
            products(&vector, &rows, &mut out);
            for (got, row) in out.iter().zip(rows.chunks_exact(dim)) {
                let want: f64 = vector.iter().zip(row).map(|(a, b)| a * b).sum();
                assert!(
                    (got - want).abs() < 1e-12,
                    "{got} for {want}, {dim} numbers"
                );
            }
        }
    }

    #[test]
    fn short_room_is_not_overrun() {
        let mut out = [0.0; 1];
        squared([&[0.0]], &[1.0, 2.0, 3.0], [&mut out]);
        assert_eq!(out, [1.0]);
    }
}

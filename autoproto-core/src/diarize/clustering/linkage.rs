//! Centroid linkage without a matrix of distances.
//!
//! The two clusters whose centroids are nearest are merged, again and again. scipy does it on a matrix of all distances;
//! here they are computed from the centroids when needed, after the generic algorithm for stored vectors of D. Müllner,
//! "Modern hierarchical, agglomerative clustering algorithms" (2011): every cluster knows its nearest neighbours among
//! those older than itself. A cluster never changes once it is there, so that such a list only ever loses members, and the
//! first of it still there is the nearest; where none is left, the table is searched again.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{PoisonError, RwLock};

use super::distance::euclidean;
use super::nearest::{Crew, Neighbour, Table};
use super::vectors::Vectors;
use crate::context::Context;
use crate::error::{Error, Result};

/// The token is looked at once in so many steps.
const STEPS: usize = 64;

/// Two clusters becoming one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::diarize) struct Merge {
    /// The one with the lower number: vectors are numbered from 0, and the clusters after them in the order of merging.
    pub(in crate::diarize) a: usize,
    /// The other.
    pub(in crate::diarize) b: usize,
    /// Between the two centroids, Euclidean.
    pub(in crate::diarize) distance: f64,
    /// Vectors in the new cluster.
    pub(in crate::diarize) size: usize,
}

/// Who merged with whom: `n - 1` merges of `n` vectors, in the order they were made.
///
/// A centroid can come nearer to a third than the two were to each other, so that distances need not rise.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::diarize) struct Linkage {
    /// The merges.
    pub(in crate::diarize) merges: Vec<Merge>,
    /// How many vectors there were.
    pub(in crate::diarize) vectors: usize,
    /// Whether each merge was of the nearest two of all, or, with very many vectors, first of the nearest in a stretch of time.
    pub(in crate::diarize) exact: bool,
}

/// Clusters to be merged.
pub(super) struct Clusters {
    pub(super) centroids: Vectors,
    /// The number of each in the linkage.
    pub(super) ids: Vec<usize>,
    /// The vectors in each.
    pub(super) sizes: Vec<usize>,
}

impl Clusters {
    /// Every vector alone; what isn't finite is at the origin, as far from every unit vector.
    pub(super) fn of(vectors: &Vectors) -> Self {
        let mut centroids = Vectors::with_capacity(vectors.dim(), vectors.len());
        for row in vectors.rows() {
            let finite = row.iter().all(|v| v.is_finite());
            centroids.push(if finite { row } else { &[] });
        }
        let count = centroids.len();
        Self {
            centroids,
            ids: (0..count).collect(),
            sizes: vec![1; count],
        }
    }

    /// None, with centroids of `dim` numbers.
    pub(super) fn none(dim: usize) -> Self {
        Self {
            centroids: Vectors::with_capacity(dim, 0),
            ids: Vec::new(),
            sizes: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// In blocks of so many, in order.
    pub(super) fn blocks(&self, size: usize) -> impl Iterator<Item = Self> {
        let starts = (0..self.len()).step_by(size.max(1));
        starts.map(move |start| {
            let block = start..(start + size).min(self.len());
            Self {
                centroids: self.centroids.chosen(block.clone()),
                ids: self.ids[block.clone()].to_vec(),
                sizes: self.sizes[block].to_vec(),
            }
        })
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.centroids.extend(&more.centroids);
        self.ids.extend(more.ids);
        self.sizes.extend(more.sizes);
    }
}

impl Linkage {
    pub(super) fn of(vectors: usize) -> Self {
        Self {
            merges: Vec::with_capacity(vectors.saturating_sub(1)),
            vectors,
            exact: true,
        }
    }

    /// Merges the clusters until one is left, or no two are within `reach` of each other, and gives back those left.
    pub(super) fn grow(
        &mut self,
        mut clusters: Clusters,
        reach: f64,
        threads: usize,
        ctx: &Context<'_>,
    ) -> Result<Clusters> {
        let dim = clusters.centroids.dim();
        let centroids = std::mem::take(&mut clusters.centroids).into_values();
        let table = RwLock::new(Table::new(dim, centroids));
        std::thread::scope(|scope| {
            let crew = Crew::start(scope, &table, threads);
            let mut queue = Queue::of(crew.table().all_nearest(threads, ctx)?);
            let mut centroid = vec![0.0; dim];
            for step in 0_usize.. {
                if step.is_multiple_of(STEPS) {
                    ctx.cancel().check()?;
                }
                let (a, b) = match queue.next(&crew)? {
                    Next::Pair(a, b) => (a, b),
                    Next::Later => continue,
                    Next::None => break,
                };
                let sizes = [clusters.sizes[a], clusters.sizes[b]];
                let distance = {
                    let table = crew.table();
                    let rows = [table.centroid(a), table.centroid(b)];
                    mean(rows, sizes, &mut centroid);
                    euclidean(rows[0], rows[1])
                };
                if distance > reach {
                    break;
                }
                let id = self.add(
                    clusters.ids[a],
                    clusters.ids[b],
                    distance,
                    sizes[0] + sizes[1],
                );
                clusters.ids.push(id);
                clusters.sizes.push(sizes[0] + sizes[1]);
                crew.table_mut().replace([a, b], &centroid);
                queue.merged(a, b, &crew)?;
            }
            Ok::<_, Error>(())
        })?;
        let table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (left, centroids) = table.into_parts();
        Ok(Clusters {
            centroids: Vectors::new(dim, centroids),
            ids: left.iter().map(|&i| clusters.ids[i]).collect(),
            sizes: left.iter().map(|&i| clusters.sizes[i]).collect(),
        })
    }

    /// Merges what is left, whose distances are beyond all numbers.
    pub(super) fn close(&mut self, rest: &Clusters) {
        let mut rest: Vec<(usize, usize)> = rest
            .ids
            .iter()
            .copied()
            .zip(rest.sizes.iter().copied())
            .collect();
        rest.sort_unstable();
        let mut rest = rest.into_iter();
        if let Some((mut whole, mut size)) = rest.next() {
            for (id, more) in rest {
                size += more;
                whole = self.add(whole, id, f64::MAX, size);
            }
        }
    }

    fn add(&mut self, a: usize, b: usize, distance: f64, size: usize) -> usize {
        self.merges.push(Merge {
            a: a.min(b),
            b: a.max(b),
            distance,
            size,
        });
        self.vectors + self.merges.len() - 1
    }
}

/// The centroid of two clusters together.
fn mean(rows: [&[f32]; 2], sizes: [usize; 2], mean: &mut [f32]) {
    let [a, b] = sizes.map(|size| size as f64 / (sizes[0] + sizes[1]) as f64);
    for ((mean, x), y) in mean.iter_mut().zip(rows[0]).zip(rows[1]) {
        *mean = (a * f64::from(*x) + b * f64::from(*y)) as f32;
    }
}

/// What is at the head of the queue.
enum Next {
    /// The nearest pair of all.
    Pair(usize, usize),
    /// One that is no pair any more.
    Later,
    /// Nothing: no two are left whose distance is a number.
    None,
}

/// Each cluster's nearest older one, the nearest pair first.
struct Queue {
    /// The nearest older ones of each cluster, the nearest last; those that are gone drop out when met.
    nearest: Vec<Vec<Neighbour>>,
    there: Vec<bool>,
    heap: BinaryHeap<Pair>,
}

impl Queue {
    fn of(nearest: Vec<Vec<Neighbour>>) -> Self {
        let mut queue = Self {
            there: vec![true; nearest.len()],
            heap: BinaryHeap::with_capacity(nearest.len()),
            nearest,
        };
        for id in 0..queue.nearest.len() {
            queue.offer(id);
        }
        queue
    }

    /// Puts a cluster and the first of its list in the queue.
    fn offer(&mut self, id: usize) {
        if let Some(&with) = self.nearest[id].last() {
            self.heap.push(Pair { id, with });
        }
    }

    fn next(&mut self, crew: &Crew<'_>) -> Result<Next> {
        let Some(Pair { id, with }) = self.heap.pop() else {
            return Ok(Next::None);
        };
        if !self.there[id] {
            return Ok(Next::Later);
        }
        if self.there[with.id] {
            return Ok(Next::Pair(with.id, id));
        }
        let list = &mut self.nearest[id];
        while list.pop_if(|n| !self.there[n.id]).is_some() {}
        if list.is_empty() {
            *list = crew.nearest(id)?;
        }
        self.offer(id);
        Ok(Next::Later)
    }

    /// Two are gone, and a new one is in the table.
    fn merged(&mut self, a: usize, b: usize, crew: &Crew<'_>) -> Result<()> {
        for gone in [a, b] {
            self.there[gone] = false;
            self.nearest[gone] = Vec::new();
        }
        let id = self.there.len();
        self.there.push(true);
        self.nearest.push(crew.nearest(id)?);
        self.offer(id);
        Ok(())
    }
}

/// A cluster and the nearest older one, as far as is known.
#[derive(PartialEq)]
struct Pair {
    id: usize,
    with: Neighbour,
}

impl Eq for Pair {}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pair {
    /// The nearest is the greatest, and of equally near ones the oldest: a heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_distance = other.with.squared.total_cmp(&self.with.squared);
        by_distance.then_with(|| (other.id, other.with.id).cmp(&(self.id, self.with.id)))
    }
}

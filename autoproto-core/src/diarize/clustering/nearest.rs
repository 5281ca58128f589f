//! The nearest of many clusters, looked for by several threads.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::Scope;

use super::distance::squared;
use crate::context::Context;
use crate::error::{Error, Result};

/// Neighbours kept of each cluster: merges take the nearest away, and the next is at hand then.
const KEPT: usize = 8;
/// Rows whose distances are computed at a time: few enough for the nearest cache.
const TILE: usize = 64;
/// Vectors compared with a row while it is at hand.
const TOGETHER: usize = 4;
/// Vectors of a batch of the first search.
const BATCH: usize = 32;
/// With fewer rows than this, waking another thread costs more than it saves.
const WORTH_SHARING: usize = 1024;

/// A cluster and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    /// The squared Euclidean distance.
    pub(super) squared: f32,
    pub(super) id: usize,
}

impl Neighbour {
    fn before(&self, other: &Self) -> bool {
        (self.squared, self.id) < (other.squared, other.id)
    }
}

/// The nearest few, the nearest last; those that are infinitely far or NaN are none.
#[derive(Debug, Clone)]
struct Nearest {
    found: Vec<Neighbour>,
    /// Nothing farther than this is of use.
    reach: f32,
}

impl Nearest {
    fn new() -> Self {
        Self {
            found: Vec::with_capacity(KEPT + 1),
            reach: f32::MAX,
        }
    }

    fn offer(&mut self, new: Neighbour) {
        let at = self.found.partition_point(|kept| new.before(kept));
        self.found.insert(at, new);
        if self.found.len() > KEPT {
            self.found.remove(0);
        }
        if let (KEPT, Some(farthest)) = (self.found.len(), self.found.first()) {
            self.reach = farthest.squared;
        }
    }

    fn offer_all(&mut self, distances: &[f32], ids: &[usize], below: usize) {
        for (&squared, &id) in distances.iter().zip(ids) {
            // The comparison comes first since it nearly always fails, and fails for NaN.
            if squared <= self.reach && id < below {
                self.offer(Neighbour { squared, id });
            }
        }
    }
}

/// The centroids of the clusters there are, without gaps.
pub(super) struct Table {
    dim: usize,
    values: Vec<f32>,
    /// The cluster in each slot.
    ids: Vec<usize>,
    /// The slot of each cluster; of those that are gone, any.
    slots: Vec<usize>,
}

impl Table {
    /// Of `[n, dim]` values, the clusters being numbered from 0.
    pub(super) fn new(dim: usize, values: Vec<f32>) -> Self {
        let count = values.len().checked_div(dim).unwrap_or(0);
        Self {
            dim: dim.max(1),
            values,
            ids: (0..count).collect(),
            slots: (0..count).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The clusters there are, and their centroids.
    pub(super) fn into_parts(self) -> (Vec<usize>, Vec<f32>) {
        (self.ids, self.values)
    }

    fn rows(&self, slots: Range<usize>) -> &[f32] {
        &self.values[slots.start * self.dim..slots.end * self.dim]
    }

    /// The centroid of a cluster that is there.
    pub(super) fn centroid(&self, id: usize) -> &[f32] {
        let slot = self.slots[id];
        self.rows(slot..slot + 1)
    }

    /// Puts a new cluster, whose number is the next, in the place of two.
    pub(super) fn replace(&mut self, [a, b]: [usize; 2], centroid: &[f32]) {
        let slot = self.slots[a];
        self.values[slot * self.dim..][..self.dim].copy_from_slice(centroid);
        self.ids[slot] = self.slots.len();
        self.slots.push(slot);
        let (gone, last) = (self.slots[b], self.ids.len() - 1);
        self.values
            .copy_within(last * self.dim..(last + 1) * self.dim, gone * self.dim);
        self.values.truncate(last * self.dim);
        self.slots[self.ids[last]] = gone;
        self.ids.swap_remove(gone);
    }

    /// The nearest to cluster `id` among the older ones in these slots.
    fn nearest(&self, id: usize, slots: Range<usize>) -> Nearest {
        let mut nearest = Nearest::new();
        let mut distances = [0.0; TILE];
        let query = self.centroid(id);
        for start in slots.clone().step_by(TILE) {
            let tile = start..(start + TILE).min(slots.end);
            let distances = &mut distances[..tile.len()];
            squared([query], self.rows(tile.clone()), [&mut *distances]);
            nearest.offer_all(distances, &self.ids[tile], id);
        }
        nearest
    }

    /// The nearest older ones of each of a batch of clusters, while none has been replaced.
    fn first_nearest(&self, batch: Range<usize>) -> Vec<Vec<Neighbour>> {
        let mut nearest: Vec<Nearest> = batch.clone().map(|_| Nearest::new()).collect();
        let mut distances = [[0.0; TILE]; TOGETHER];
        for start in (0..batch.end).step_by(TILE) {
            let tile = start..(start + TILE).min(batch.end);
            for group in batch.clone().step_by(TOGETHER) {
                // The last group may be short: its last query is then asked several times.
                let id = |k: usize| (group + k).min(batch.end - 1);
                let queries = std::array::from_fn::<_, TOGETHER, _>(|k| self.centroid(id(k)));
                squared(
                    queries,
                    self.rows(tile.clone()),
                    distances.each_mut().map(|d| &mut d[..tile.len()]),
                );
                for (k, distances) in distances.iter().enumerate() {
                    if let Some(nearest) = nearest.get_mut(group + k - batch.start) {
                        nearest.offer_all(
                            &distances[..tile.len()],
                            &self.ids[tile.clone()],
                            group + k,
                        );
                    }
                }
            }
        }
        nearest.into_iter().map(|n| n.found).collect()
    }

    /// The nearest older ones of each cluster, the nearest last, while none has been replaced.
    pub(super) fn all_nearest(
        &self,
        threads: usize,
        ctx: &Context<'_>,
    ) -> Result<Vec<Vec<Neighbour>>> {
        let batches = self.len().div_ceil(BATCH);
        let (next, cancel) = (AtomicUsize::new(0), ctx.cancel());
        let work = || {
            let mut done = Vec::new();
            loop {
                let batch = next.fetch_add(1, Ordering::Relaxed);
                if batch >= batches || cancel.is_cancelled() {
                    return done;
                }
                let ids = batch * BATCH..((batch + 1) * BATCH).min(self.len());
                done.push((batch, self.first_nearest(ids)));
            }
        };
        let mut done = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads.min(batches))
                .map(|_| scope.spawn(work))
                .collect();
            let mut done = work();
            for other in others {
                done.extend(other.join().map_err(|_| lost())?);
            }
            Ok::<_, Error>(done)
        })?;
        cancel.check()?;
        done.sort_unstable_by_key(|(batch, _)| *batch);
        Ok(done.into_iter().flat_map(|(_, lists)| lists).collect())
    }
}

fn lost() -> Error {
    Error::Internal {
        reason: "a thread of the clustering ended early".into(),
    }
}

/// Threads that look for neighbours in one table, each in its part.
pub(super) struct Crew<'a> {
    table: &'a RwLock<Table>,
    others: Vec<(Sender<usize>, Receiver<Nearest>)>,
}

impl<'a> Crew<'a> {
    /// `threads` in all, the caller's own being one of them; the rest end with the crew.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        table: &'a RwLock<Table>,
        threads: usize,
    ) -> Self
    where
        'a: 'scope,
    {
        let parts = threads.max(1);
        let others = (1..parts)
            .map(|part| {
                let (ask, asked) = channel::<usize>();
                let (answer, answers) = channel();
                scope.spawn(move || {
                    while let Ok(id) = asked.recv() {
                        let table = read(table);
                        let nearest = table.nearest(id, share(table.len(), part, parts));
                        // The table is free again before the caller hears of it.
                        drop(table);
                        if answer.send(nearest).is_err() {
                            return;
                        }
                    }
                });
                (ask, answers)
            })
            .collect();
        Self { table, others }
    }

    /// The nearest older ones of a cluster, the nearest last.
    pub(super) fn nearest(&self, id: usize) -> Result<Vec<Neighbour>> {
        let table = read(self.table);
        let shared = table.len() >= WORTH_SHARING;
        let others = if shared { self.others.as_slice() } else { &[] };
        for (ask, _) in others {
            ask.send(id).map_err(|_| lost())?;
        }
        let mut nearest = table.nearest(id, share(table.len(), 0, others.len() + 1));
        drop(table);
        for (_, answers) in others {
            let found = answers.recv().map_err(|_| lost())?.found;
            found.into_iter().for_each(|n| nearest.offer(n));
        }
        Ok(nearest.found)
    }

    pub(super) fn table(&self) -> RwLockReadGuard<'a, Table> {
        read(self.table)
    }

    pub(super) fn table_mut(&self) -> RwLockWriteGuard<'a, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(table: &RwLock<Table>) -> RwLockReadGuard<'_, Table> {
    table.read().unwrap_or_else(PoisonError::into_inner)
}

fn share(count: usize, part: usize, parts: usize) -> Range<usize> {
    count * part / parts..count * (part + 1) / parts
}

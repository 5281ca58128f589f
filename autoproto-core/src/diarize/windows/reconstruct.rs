//! Clusters of local speakers to turns: overlap-add over a ring of frames, so that memory doesn't grow with the recording.

use super::super::frames::FrameGrid;
use super::super::powerset::LOCAL;
use super::activity::Activity;
use crate::types::{SpeakerId, SpeakerTurn, TimeSpan};

/// The cluster of each local speaker of a window; `None` for one that is silent or left out.
pub(super) type Clusters = [Option<u16>; LOCAL];

/// The turns of each speaker, overlaps kept; those of which no two overlap; and each cluster's number in the order of
/// first speech.
pub(super) struct Turns {
    pub(super) all: Vec<SpeakerTurn>,
    pub(super) exclusive: Vec<SpeakerTurn>,
    pub(super) names: Vec<Option<SpeakerId>>,
}

/// Puts turns together: in each frame speak as many clusters as `speakers` says, those that most windows hear.
pub(super) fn turns(
    activity: &Activity,
    clusters: &[Clusters],
    speakers: &[u8],
    count: usize,
    duration: f64,
) -> Turns {
    // Where more speak at once than there are clusters, the surplus is a voice of which nothing else is known.
    let most = speakers.iter().copied().max().unwrap_or(0);
    let count = count.max(usize::from(most));
    let (mut all, mut alone) = (Open::new(count), Open::new(count));
    let mut ring = Ring::new(activity.frames, count);
    let mut order: Vec<usize> = Vec::with_capacity(count);
    for (t, &speaking) in speakers.iter().enumerate() {
        while ring.next < activity.windows.count && activity.first(ring.next) <= t {
            ring.add(activity, clusters.get(ring.next).unwrap_or(&[None; LOCAL]));
        }
        let heard = ring.frame(t);
        order.clear();
        for _ in 0..usize::from(speaking).min(count) {
            let best = (0..count)
                .filter(|k| !order.contains(k))
                .reduce(|a, b| if heard[b] > heard[a] { b } else { a });
            order.extend(best);
        }
        all.step(t, &order);
        alone.step(t, &order[..order.len().min(1)]);
        ring.clear(t);
    }
    let end = speakers.len().saturating_sub(1);
    let all = all.finish(end, activity.grid, duration);
    let alone = alone.finish(end, activity.grid, duration);
    let mut names = vec![None; count];
    let mut next = 0;
    for (_, k) in &all {
        names[*k].get_or_insert_with(|| {
            next += 1;
            SpeakerId(next - 1)
        });
    }
    let named = |runs: Vec<(TimeSpan, usize)>| -> Vec<SpeakerTurn> {
        let turn =
            |(span, k): (TimeSpan, usize)| names[k].map(|speaker| SpeakerTurn { span, speaker });
        runs.into_iter().filter_map(turn).collect()
    };
    Turns {
        all: named(all),
        exclusive: named(alone),
        names: names.clone(),
    }
}

/// In how many windows each cluster speaks, for the frames that windows still to come may reach.
struct Ring {
    /// `[frames of a window × clusters]`, frame `t` in row `t` modulo their number.
    heard: Vec<u16>,
    frames: usize,
    clusters: usize,
    /// The next window to add.
    next: usize,
    empty: Vec<u16>,
}

impl Ring {
    fn new(frames: usize, clusters: usize) -> Self {
        // A window may begin a frame late, so that one more is open.
        let frames = frames + 1;
        Self {
            heard: vec![0; frames * clusters],
            frames,
            clusters,
            next: 0,
            empty: vec![0; clusters],
        }
    }

    fn row(&self, t: usize) -> std::ops::Range<usize> {
        let from = (t % self.frames) * self.clusters;
        from..from + self.clusters
    }

    fn add(&mut self, activity: &Activity, clusters: &Clusters) {
        let first = activity.first(self.next);
        for (t, frame) in (first..).zip(activity.window(self.next)) {
            let row = self.row(t);
            for (local, cluster) in clusters.iter().enumerate() {
                let Some(cluster) = cluster.map(usize::from) else {
                    continue;
                };
                // Two local speakers of one cluster count once.
                let counted = (0..local).any(|other| {
                    clusters[other].map(usize::from) == Some(cluster) && frame >> other & 1 == 1
                });
                if frame >> local & 1 == 1
                    && !counted
                    && let Some(slot) = self.heard[row.clone()].get_mut(cluster)
                {
                    *slot = slot.saturating_add(1);
                }
            }
        }
        self.next += 1;
    }

    fn frame(&self, t: usize) -> &[u16] {
        self.heard.get(self.row(t)).unwrap_or(&self.empty)
    }

    fn clear(&mut self, t: usize) {
        let row = self.row(t);
        if let Some(row) = self.heard.get_mut(row) {
            row.fill(0);
        }
    }
}

/// Runs of frames of each cluster that are still open, and those that have ended.
struct Open {
    since: Vec<Option<usize>>,
    done: Vec<(usize, usize, usize)>,
}

impl Open {
    fn new(clusters: usize) -> Self {
        Self {
            since: vec![None; clusters],
            done: Vec::new(),
        }
    }

    fn step(&mut self, t: usize, speaking: &[usize]) {
        for (k, since) in self.since.iter_mut().enumerate() {
            match (speaking.contains(&k), *since) {
                (true, None) => *since = Some(t),
                (false, Some(start)) => {
                    self.done.push((start, t, k));
                    *since = None;
                }
                _ => {}
            }
        }
    }

    /// Turns from the middle of a run's first frame to the middle of the first after it, by start.
    fn finish(mut self, end: usize, grid: FrameGrid, duration: f64) -> Vec<(TimeSpan, usize)> {
        for (k, since) in self.since.iter().enumerate() {
            self.done.extend(since.map(|start| (start, end, k)));
        }
        self.done.sort_unstable();
        let seconds = |frame: usize| grid.middle(frame).min(duration);
        self.done
            .into_iter()
            .map(|(start, end, k)| (TimeSpan::new(seconds(start), seconds(end)), k))
            .filter(|(span, _)| span.duration() > 0.0)
            .collect()
    }
}

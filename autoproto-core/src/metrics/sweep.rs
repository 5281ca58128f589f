//! The time line that rates of diarization are counted on.

use std::collections::{BTreeMap, HashMap};

use super::{DerOptions, LabelledTurn};
use crate::types::TimeSpan;

/// Turns this short or shorter, in seconds, count as none, as in `pyannote.core`.
pub(super) const SHORTEST: f64 = 1e-6;

/// Tells `each` of every stretch that counts, in order of time: its seconds, and who speaks in it.
///
/// All time from the first boundary to the last counts, of whichever side, but for what `options` leave out.
pub(super) fn scored(
    reference: &[LabelledTurn],
    hypothesis: &[LabelledTurn],
    options: &DerOptions,
    mut each: impl FnMut(f64, &Active),
) {
    let edges = edges(reference, hypothesis, options.collar);
    let mut now = Active::default();
    for (edge, next) in edges.iter().zip(edges.iter().skip(1)) {
        now.pass(edge);
        let seconds = next.time - edge.time;
        if seconds > 0.0 && now.collars == 0 && !(options.skip_overlap && now.spoken > 1) {
            each(seconds, &now);
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Reference(usize),
    Hypothesis(usize),
    Collar,
}

/// A moment at which something begins or ends.
struct Edge {
    time: f64,
    begins: bool,
    kind: Kind,
}

/// What goes on between two edges; labels by number, with how many of their turns overlap.
#[derive(Default)]
pub(super) struct Active {
    pub(super) reference: BTreeMap<usize, usize>,
    pub(super) hypothesis: BTreeMap<usize, usize>,
    /// Turns of the reference, whatever their label.
    pub(super) spoken: usize,
    /// Turns of the hypothesis.
    pub(super) heard: usize,
    collars: usize,
}

impl Active {
    fn pass(&mut self, edge: &Edge) {
        let (count, label) = match edge.kind {
            Kind::Reference(label) => (&mut self.spoken, Some((&mut self.reference, label))),
            Kind::Hypothesis(label) => (&mut self.heard, Some((&mut self.hypothesis, label))),
            Kind::Collar => (&mut self.collars, None),
        };
        *count = if edge.begins {
            *count + 1
        } else {
            count.saturating_sub(1)
        };
        let Some((labels, label)) = label else { return };
        let turns = labels.entry(label).or_default();
        *turns = if edge.begins {
            *turns + 1
        } else {
            turns.saturating_sub(1)
        };
        if *turns == 0 {
            labels.remove(&label);
        }
    }
}

/// All boundaries in order of time; at the same moment what begins comes first, so that no count falls below 0.
fn edges(reference: &[LabelledTurn], hypothesis: &[LabelledTurn], collar: f64) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(2 * (reference.len() + hypothesis.len()));
    let mut add = |span: TimeSpan, kind| {
        edges.push(Edge {
            time: span.start,
            begins: true,
            kind,
        });
        edges.push(Edge {
            time: span.end,
            begins: false,
            kind,
        });
    };
    for (turn, label) in numbered(reference) {
        add(turn, Kind::Reference(label));
        if collar > 0.0 {
            for boundary in [turn.start, turn.end] {
                add(
                    TimeSpan::new(boundary - 0.5 * collar, boundary + 0.5 * collar),
                    Kind::Collar,
                );
            }
        }
    }
    for (turn, label) in numbered(hypothesis) {
        add(turn, Kind::Hypothesis(label));
    }
    edges.sort_by(|a, b| a.time.total_cmp(&b.time).then(b.begins.cmp(&a.begins)));
    edges
}

/// The turns that count, their labels by number.
fn numbered(turns: &[LabelledTurn]) -> Vec<(TimeSpan, usize)> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    turns
        .iter()
        .filter(|t| {
            t.span.start.is_finite() && t.span.end.is_finite() && t.span.duration() > SHORTEST
        })
        .map(|t| {
            let next = numbers.len();
            (t.span, *numbers.entry(&t.label).or_insert(next))
        })
        .collect()
}

//! Stretches of time.

use serde::{Deserialize, Serialize};

/// A stretch of time, `[start, end)`, in seconds from the beginning of the recording.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimeSpan {
    /// Where it begins, in seconds.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
}

impl TimeSpan {
    /// `[start, end)`.
    pub fn new(start: f64, end: f64) -> Self {
        Self { start, end }
    }

    /// Seconds from start to end; 0 for a span turned inside out.
    pub fn duration(&self) -> f64 {
        (self.end - self.start).max(0.0)
    }

    /// Seconds shared with `other`.
    ///
    /// ```
    /// # use autoproto_core::TimeSpan;
    /// assert_eq!(TimeSpan::new(0.0, 2.0).overlap(&TimeSpan::new(1.5, 4.0)), 0.5);
    /// ```
    pub fn overlap(&self, other: &TimeSpan) -> f64 {
        (self.end.min(other.end) - self.start.max(other.start)).max(0.0)
    }

    /// Seconds between this and `other`; 0 where they touch or overlap.
    pub fn gap(&self, other: &TimeSpan) -> f64 {
        (self.start.max(other.start) - self.end.min(other.end)).max(0.0)
    }

    /// Whether `time` lies in it.
    pub fn contains(&self, time: f64) -> bool {
        self.start <= time && time < self.end
    }

    /// The middle, in seconds.
    pub fn middle(&self) -> f64 {
        0.5 * (self.start + self.end)
    }
}

/// Sorts spans and joins those that overlap or lie at most `max_gap` seconds apart; empty ones go.
///
/// ```
/// # use autoproto_core::{TimeSpan, merge_spans};
/// let spans = [TimeSpan::new(3.0, 4.0), TimeSpan::new(0.0, 1.0), TimeSpan::new(1.2, 2.0)];
/// assert_eq!(merge_spans(&spans, 0.5), [TimeSpan::new(0.0, 2.0), TimeSpan::new(3.0, 4.0)]);
/// ```
pub fn merge_spans(spans: &[TimeSpan], max_gap: f64) -> Vec<TimeSpan> {
    let mut sorted: Vec<TimeSpan> = spans
        .iter()
        .copied()
        .filter(|s| s.duration() > 0.0)
        .collect();
    sorted.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut merged: Vec<TimeSpan> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match merged.last_mut() {
            Some(last) if span.start - last.end <= max_gap => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Seconds of `span` that `spans` cover; where they overlap each other, once.
pub fn covered(span: TimeSpan, spans: &[TimeSpan]) -> f64 {
    merge_spans(spans, 0.0)
        .iter()
        .map(|s| s.overlap(&span))
        .sum()
}

/// Seconds that two lists of spans share, each in order and without overlap.
pub(crate) fn shared_seconds(a: &[TimeSpan], b: &[TimeSpan]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0.0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        both += x.overlap(y);
        if x.end <= y.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    both
}

//! How far a run is.

use std::time::{Duration, Instant};

use crate::error::Stage;

/// How far a run is, as told to a [`ProgressSink`].
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// The stage at work.
    pub stage: Stage,
    /// How much of that stage is done, 0 to 1.
    pub fraction: f64,
    /// How much of the whole run is done, 0 to 1; never goes back.
    pub overall: f64,
    /// Seconds left, once enough is done to tell.
    pub eta: Option<f64>,
}

/// Who is told how far a run is: any `Fn(Progress)`, called on the thread that works.
///
/// ```
/// use autoproto_core::{Progress, ProgressSink};
///
/// let sink = |p: Progress| eprintln!("{} {:.0} %", p.stage, 100.0 * p.overall);
/// let _: &dyn ProgressSink = &sink;
/// ```
pub trait ProgressSink: Sync {
    /// Called often; should return at once.
    fn report(&self, progress: Progress);
}

impl<F: Fn(Progress) + Sync> ProgressSink for F {
    fn report(&self, progress: Progress) {
        self(progress);
    }
}

/// The share of each stage in a whole run, so that one bar moves evenly.
#[derive(Debug, Clone)]
pub(crate) struct Weights(Vec<(Stage, f64)>);

impl Weights {
    /// Shares measured on two cores with Whisper base; stages that don't run are left out.
    pub(crate) fn of(stages: &[Stage]) -> Self {
        let cost = |stage: Stage| match stage {
            Stage::Decode => 0.02,
            Stage::Vad => 0.03,
            Stage::Diarize => 0.45,
            Stage::Transcribe => 0.48,
            Stage::Attribute | Stage::Summarize => 0.01,
        };
        let total: f64 = stages.iter().map(|&s| cost(s)).sum();
        Self(
            stages
                .iter()
                .map(|&s| (s, if total > 0.0 { cost(s) / total } else { 0.0 }))
                .collect(),
        )
    }

    pub(crate) fn overall(&self, stage: Stage, fraction: f64) -> f64 {
        let mut done = 0.0;
        for &(s, share) in &self.0 {
            if s == stage {
                return (done + share * fraction.clamp(0.0, 1.0)).min(1.0);
            }
            done += share;
        }
        fraction.clamp(0.0, 1.0)
    }
}

/// Seconds left, guessed from what has been done; nothing before the first two hundredths.
pub(crate) fn eta(started: Instant, overall: f64) -> Option<f64> {
    let spent = started.elapsed();
    (overall > 0.02 && spent > Duration::from_millis(500))
        .then(|| spent.as_secs_f64() * (1.0 - overall) / overall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overall_rises_from_stage_to_stage_and_ends_at_one() {
        let weights = Weights::of(&Stage::ALL);
        let mut last = 0.0;
        for stage in Stage::ALL {
            for step in 0..=4 {
                let now = weights.overall(stage, f64::from(step) / 4.0);
                assert!(
                    now >= last - 1e-12,
                    "{stage} went back from {last} to {now}"
                );
                last = now;
            }
        }
        assert!((last - 1.0).abs() < 1e-9, "{last}");
    }
}

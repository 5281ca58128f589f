//! What each stage is handed beside its input: whom to tell, and when to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::cancel::CancelToken;
use crate::error::{Result, Stage};
use crate::progress::{Progress, ProgressSink, Weights, eta};

/// Progress and cancellation, handed to every stage.
///
/// A backend calls [`tick`](Context::tick) once per window of work; that is the whole protocol.
///
/// ```
/// use autoproto_core::{CancelToken, Context, Progress, Stage};
///
/// let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
/// let ctx = Context::new(&cancel, &sink);
/// for window in 0..10 {
///     ctx.tick(Stage::Vad, f64::from(window) / 10.0)?;
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct Context<'a> {
    cancel: &'a CancelToken,
    sink: &'a dyn ProgressSink,
    weights: Weights,
    started: Instant,
    /// The highest overall fraction so far, as bits: those of floats from 0 up are ordered as the floats are.
    reached: Arc<AtomicU64>,
    /// The part of each stage that this is about.
    part: (f64, f64),
}

impl<'a> Context<'a> {
    /// For one run of all stages.
    pub fn new(cancel: &'a CancelToken, sink: &'a dyn ProgressSink) -> Self {
        Self::for_stages(cancel, sink, &Stage::ALL)
    }

    /// For a run of only these stages: the overall fraction reaches 1 at the end of the last.
    pub fn for_stages(
        cancel: &'a CancelToken,
        sink: &'a dyn ProgressSink,
        stages: &[Stage],
    ) -> Self {
        Self {
            cancel,
            sink,
            weights: Weights::of(stages),
            started: Instant::now(),
            reached: Arc::new(AtomicU64::new(0)),
            part: (0.0, 1.0),
        }
    }

    /// For the piece `at` of `count` alike of a stage's work.
    pub(crate) fn nth(&self, at: usize, count: usize) -> Context<'a> {
        let count = count.max(1) as f64;
        self.part(at as f64 / count, (at + 1) as f64 / count)
    }

    /// For one of several pieces of a stage's work, which goes from `from` to `to` of it.
    pub(crate) fn part(&self, from: f64, to: f64) -> Context<'a> {
        let (begin, end) = self.part;
        let at = |share: f64| begin + (end - begin) * share;
        Context {
            cancel: self.cancel,
            sink: self.sink,
            weights: self.weights.clone(),
            started: self.started,
            reached: Arc::clone(&self.reached),
            part: (at(from), at(to)),
        }
    }

    /// Reports how much of `stage` is done (0 to 1); what lies outside is brought inside, and the whole never goes back.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired.
    pub fn tick(&self, stage: Stage, fraction: f64) -> Result<()> {
        self.cancel.check()?;
        let fraction = if fraction.is_nan() {
            0.0
        } else {
            fraction.clamp(0.0, 1.0)
        };
        let (from, to) = self.part;
        let fraction = from + (to - from) * fraction;
        let bits = self.weights.overall(stage, fraction).to_bits();
        let overall = f64::from_bits(self.reached.fetch_max(bits, Ordering::Relaxed).max(bits));
        self.sink.report(Progress {
            stage,
            fraction,
            overall,
            eta: eta(self.started, overall),
        });
        Ok(())
    }

    /// The token, for a backend that must watch it from inside a native call.
    pub fn cancel(&self) -> &CancelToken {
        self.cancel
    }
}

//! What every engine must keep to, whatever it is made of. A breach panics, which fails the test that runs the suite.
#![allow(
    clippy::panic,
    reason = "a suite reports to the test that runs it, and tests fail by panicking"
)]

mod diarizer;
mod summarizer;
mod transcriber;
mod vad;
mod voices;

use std::sync::Mutex;

pub use diarizer::diarizer_contract;
pub use summarizer::summarizer_contract;
pub use transcriber::transcriber_contract;
pub use vad::vad_contract;

use crate::audio::{AudioView, SAMPLE_RATE};
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::progress::Progress;
use crate::types::{SpeechRegion, TimeSpan};

/// Times may lie this far outside, in seconds: less than a sample.
const SLACK: f64 = 1e-5;

/// A recording for a suite to try an engine on; ten to twenty seconds are enough.
#[derive(Debug, Clone)]
pub struct Sound<'a> {
    audio: AudioView<'a>,
    speech: Vec<SpeechRegion>,
}

impl<'a> Sound<'a> {
    /// All of it is taken for speech.
    pub fn new(audio: AudioView<'a>) -> Self {
        Self {
            audio,
            speech: whole(audio),
        }
    }

    /// With the stretches of speech in it, as a voice activity detector finds them.
    pub fn with_speech(mut self, speech: &[SpeechRegion]) -> Self {
        self.speech = speech.to_vec();
        self
    }
}

/// One second of silence.
fn second() -> Vec<f32> {
    vec![0.0; SAMPLE_RATE as usize]
}

/// Sounds without a word in them: nothing, less than any window, a second of silence, a second of hum.
fn wordless() -> Vec<(&'static str, Vec<f32>)> {
    let hum = |i: usize| 0.1 * (i as f32 * 0.05).sin();
    vec![
        ("no audio", Vec::new()),
        ("one sample", vec![0.0]),
        ("one second of silence", second()),
        ("one second of hum", (0..16_000).map(hum).collect()),
    ]
}

/// One region over everything; none where there is nothing.
fn whole(audio: AudioView<'_>) -> Vec<SpeechRegion> {
    let span = TimeSpan::new(0.0, audio.duration());
    if span.duration() > 0.0 {
        vec![SpeechRegion { span }]
    } else {
        Vec::new()
    }
}

/// Runs `work` with a token that doesn't fire and checks what it reports of its progress.
fn run<T>(
    engine: &str,
    what: &str,
    stage: Stage,
    work: impl FnOnce(&Context<'_>) -> Result<T>,
) -> T {
    let reports: Mutex<Vec<Progress>> = Mutex::new(Vec::new());
    let sink = |p: Progress| {
        if let Ok(mut reports) = reports.lock() {
            reports.push(p);
        }
    };
    let cancel = CancelToken::new();
    let answer = work(&Context::for_stages(&cancel, &sink, &[stage]))
        .unwrap_or_else(|error| panic!("{engine}: {what}: must give an answer, gave: {error}"));
    let reports = reports.into_inner().unwrap_or_default();
    for report in &reports {
        assert!(
            report.stage == stage,
            "{engine}: {what}: reports progress of `{}`, and is at `{stage}`",
            report.stage
        );
    }
    for pair in reports.windows(2) {
        assert!(
            pair[1].fraction >= pair[0].fraction - 1e-9,
            "{engine}: {what}: its progress goes back from {} to {}",
            pair[0].fraction,
            pair[1].fraction
        );
    }
    answer
}

/// A token that has fired, and one that fires at the first report of progress, both stop the engine with
/// [`Error::Cancelled`].
fn stops<T>(
    engine: &str,
    what: &str,
    stage: Stage,
    mut work: impl FnMut(&Context<'_>) -> Result<T>,
) {
    let cancelled = |answer: Result<T>, when: &str| match answer {
        Err(Error::Cancelled) => {}
        Err(error) => {
            panic!("{engine}: {what}: {when}, must give `cancelled`, gave: {error}")
        }
        Ok(_) => panic!("{engine}: {what}: {when}, must give `cancelled`, gave an answer"),
    };
    let cancel = CancelToken::new();
    cancel.cancel();
    let sink = |_: Progress| {};
    cancelled(
        work(&Context::for_stages(&cancel, &sink, &[stage])),
        "with a token that has fired",
    );

    let cancel = CancelToken::new();
    let midway = Mutex::new(false);
    let sink = |p: Progress| {
        cancel.cancel();
        if let Ok(mut midway) = midway.lock() {
            *midway |= p.fraction < 1.0;
        }
    };
    let answer = work(&Context::for_stages(&cancel, &sink, &[stage]));
    if midway.into_inner().unwrap_or_default() {
        cancelled(
            answer,
            "with a token that fires at its first report of progress",
        );
    }
}

/// Finite, start < end, inside `[0, duration]`, by start.
fn spans_hold<'s>(
    engine: &str,
    what: &str,
    duration: f64,
    spans: impl IntoIterator<Item = &'s TimeSpan>,
) {
    let mut last = f64::NEG_INFINITY;
    for span in spans {
        let TimeSpan { start, end } = *span;
        assert!(
            start.is_finite() && end.is_finite(),
            "{engine}: {what}: a time is not finite: {start} to {end}"
        );
        assert!(
            start < end,
            "{engine}: {what}: a span has no length: {start} to {end}"
        );
        assert!(
            start >= -SLACK && end <= duration + SLACK,
            "{engine}: {what}: {start} to {end} lies outside the audio, which has {duration} s"
        );
        assert!(
            start >= last,
            "{engine}: {what}: not by start: {start} comes after {last}"
        );
        last = start;
    }
}

/// As [`spans_hold`], and no span begins before the one before it has ended.
fn spans_lie_apart(engine: &str, what: &str, duration: f64, spans: &[TimeSpan]) {
    spans_hold(engine, what, duration, spans);
    for pair in spans.windows(2) {
        assert!(
            pair[1].start >= pair[0].end - SLACK,
            "{engine}: {what}: {} to {} overlaps {} to {}",
            pair[1].start,
            pair[1].end,
            pair[0].start,
            pair[0].end
        );
    }
}

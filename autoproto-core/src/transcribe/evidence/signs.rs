//! Signs that nobody said a phrase.

use super::Trial;
use super::letters::letters;
use super::sound::INSIDE;
use crate::types::{TimeSpan, Word};

// Measured with Whisper base, greedy, on twelve seconds each of silence, white and pink noise, hum, a tone, clicks and
// chords, in Russian and English, against seven cuts of AMI meetings and the three demo meetings: no-speech probabilities
// of 0.55 to 0.94 against 0.15 to 0.58; mean log-probabilities of words of -1.8 and less against -1.3 and more, but for
// single words ("Okay.": -3.4) on one side and «СПОКОЙНАЯ МУЗЫКА» (-0.2) on the other.

/// Above this the recogniser holds that nobody speaks: openai/whisper's `no_speech_threshold`.
pub(super) const NO_SPEECH: f32 = 0.6;
/// Above this it does so if the whole window is [`WILD`]: a tone and clicks have 0.55.
pub(super) const MAYBE_NO_SPEECH: f32 = 0.5;
/// Below this mean log-probability it is unsure of its words: openai/whisper's `logprob_threshold`.
pub(super) const UNSURE: f64 = -1.0;
/// Below this mean log-probability a whole window is guessed.
pub(super) const WILD: f64 = -1.5;
/// Below this it has doubts: as likely wrong as right.
const DOUBTED: f64 = -0.7;
/// From this on it has none: a mean of 0.8.
const CERTAIN: f64 = -0.22;
/// Letters a second that few people reach: a quarter more than the fastest utterance of the demo meetings, and more than
/// subtitles allow their readers.
const CRAMMED: f64 = 20.0;
/// What the times of a phrase may be wrong by, in seconds.
const ROUGH: f64 = 0.4;
/// Letters a second below which a phrase can't be all that was said; slow speakers have about 5.
const SPARSE: f64 = 2.0;
/// Seconds of speech from which on [`SPARSE`] says anything.
const LONG: f64 = 5.0;

/// What speaks against a phrase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signs {
    /// The mean logarithm of its words' confidences.
    pub(super) log_prob: f64,
    /// It lies mostly outside speech.
    pub(super) outside: bool,
    /// The recogniser has doubts about its words.
    pub(super) doubted: bool,
    /// The recogniser holds that nobody speaks.
    pub(super) nobody: bool,
    /// There is hardly time for it between its neighbours.
    pub(super) crammed: bool,
    /// The speech around it is far longer than it, and the recogniser is not certain of it.
    pub(super) sparse: bool,
    /// It is written as a sound, not as words: "[Music]".
    pub(super) bracketed: bool,
}

impl Signs {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let all = [
            self.outside,
            self.doubted,
            self.nobody,
            self.crammed,
            self.sparse,
            self.bracketed,
        ];
        all.into_iter().filter(|sign| *sign).count()
    }

    /// Whether the recogniser is certain of its words.
    pub(super) fn certain(&self) -> bool {
        self.log_prob >= CERTAIN
    }
}

/// The signs against the words with these numbers, which are in order.
pub(super) fn signs_of(trial: &Trial<'_>, numbers: &[usize]) -> Signs {
    let words = trial.words(numbers);
    let (letters, room) = (letters(words.iter().copied()) as f64, room(trial, numbers));
    let log_prob = log_prob(&words);
    let certain = log_prob >= CERTAIN;
    Signs {
        log_prob,
        outside: trial.sound.share(words.iter().map(|w| w.span)) < INSIDE,
        doubted: log_prob < DOUBTED,
        nobody: trial.heard.no_speech.is_some_and(|p| p > NO_SPEECH),
        crammed: letters > CRAMMED * (room + ROUGH),
        sparse: room >= LONG && letters < SPARSE * room && !certain,
        bracketed: bracketed(&words),
    }
}

/// The mean logarithm of the words' confidences; a confidence that is no number is none.
pub(super) fn log_prob(words: &[&Word]) -> f64 {
    const LEAST: f32 = 1e-6;
    let log = |w: &&Word| {
        let known = w.confidence >= LEAST;
        f64::from(if known { w.confidence.min(1.0) } else { LEAST }).ln()
    };
    words.iter().map(log).sum::<f64>() / words.len().max(1) as f64
}

/// Seconds of speech between the standing words before and after these.
fn room(trial: &Trial<'_>, numbers: &[usize]) -> f64 {
    let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
        return 0.0;
    };
    let stands = |number: &usize| matches!(trial.verdicts.get(*number), Some(None));
    let window = trial.sound.window();
    let before = (0..first)
        .rev()
        .find(stands)
        .and_then(|n| trial.heard.words.get(n));
    let after = (last + 1..trial.verdicts.len())
        .find(stands)
        .and_then(|n| trial.heard.words.get(n));
    let mut start = before.map_or(window.start, |w| w.span.end.max(window.start));
    let mut end = after.map_or(window.end, |w| w.span.start.min(window.end));
    // Its own time is its own, whatever its neighbours claim.
    let own = (trial.heard.words.get(first)).zip(trial.heard.words.get(last));
    if let Some((first, last)) = own {
        (start, end) = (start.min(first.span.start), end.max(last.span.end));
    }
    trial.sound.seconds(TimeSpan::new(start, end))
}

fn bracketed(words: &[&Word]) -> bool {
    let first = words.first().and_then(|w| w.text.chars().next());
    let last = words
        .last()
        .and_then(|w| w.text.trim_end_matches('.').chars().next_back());
    matches!(
        (first, last),
        (Some('['), Some(']')) | (Some('('), Some(')')) | (Some('*'), Some('*')) | (Some('♪'), _)
    )
}

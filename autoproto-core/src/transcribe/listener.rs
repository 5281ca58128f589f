//! One voice of whisper.cpp: a state that hears windows one after the other.

use whisper_rs::{WhisperContext, WhisperError, WhisperState};

use super::coverage::{HOLE, holes};
use super::whisper_params::{Attempt, full_params};
use super::words::{Token, words_of};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::cancel::CancelToken;
use crate::error::{Error, Result, Stage};
use crate::types::{Language, SpeechRegion, TimeSpan, Word};

/// whisper.cpp wants at least a second, in samples.
const SHORTEST: usize = SAMPLE_RATE as usize + 1600;

/// What all listeners of a run share.
#[derive(Clone, Copy)]
pub(super) struct Hearing<'a> {
    pub(super) context: &'a WhisperContext,
    /// Whether token times come from the attention.
    pub(super) aligned: bool,
    pub(super) audio: AudioView<'a>,
    pub(super) speech: &'a [SpeechRegion],
    pub(super) cancel: &'a CancelToken,
}

/// A state at work.
pub(super) struct Listener<'a> {
    pub(super) state: &'a mut WhisperState,
    pub(super) threads: usize,
    pub(super) hearing: Hearing<'a>,
}

impl Listener<'_> {
    /// How likely each language is in `window`, by whisper.cpp's numbers.
    pub(super) fn languages(&mut self, window: TimeSpan) -> Result<Vec<f32>> {
        self.hearing.cancel.check()?;
        let samples = padded(self.hearing.audio.slice(window));
        self.state
            .pcm_to_mel(&samples, self.threads)
            .map_err(failed)?;
        let (_, probabilities) = self.state.lang_detect(0, self.threads).map_err(failed)?;
        Ok(probabilities)
    }

    /// Listens to `window`, then again to what it left without words.
    pub(super) fn listen(&mut self, window: TimeSpan, language: Language) -> Result<Vec<Word>> {
        let speech = self.hearing.speech;
        let mut words = words_of(
            &self.decode(window, language, Attempt::First)?,
            window,
            speech,
        );
        for attempt in [Attempt::Again, Attempt::Last] {
            for hole in holes(window, speech, &words, HOLE) {
                let wider = TimeSpan::new(
                    (hole.start - 0.2).max(window.start),
                    (hole.end + 0.2).min(window.end),
                );
                let found = words_of(&self.decode(wider, language, attempt)?, wider, speech);
                insert(&mut words, found, hole);
            }
        }
        Ok(words)
    }

    /// One listening.
    fn decode(
        &mut self,
        window: TimeSpan,
        language: Language,
        attempt: Attempt,
    ) -> Result<Vec<Token>> {
        let Hearing {
            context,
            aligned,
            audio,
            cancel,
            ..
        } = self.hearing;
        let params = full_params(language, attempt, self.threads, cancel);
        let outcome = self.state.full(params, &padded(audio.slice(window)));
        cancel.check()?; // an abort looks like a failure
        outcome.map_err(failed)?;
        let first_special = context.token_eot();
        let mut tokens = Vec::new();
        for segment in self.state.as_iter() {
            for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
                let data = token.token_data();
                if data.id >= first_special {
                    continue;
                }
                let hundredths = if aligned && data.t_dtw >= 0 {
                    data.t_dtw
                } else {
                    data.t0
                };
                tokens.push(Token {
                    bytes: token.to_bytes().map_err(failed)?.to_vec(),
                    start: window.start + hundredths as f64 / 100.0,
                    probability: data.p,
                });
            }
        }
        Ok(tokens)
    }
}

/// Puts the words found in a hole into place, except those that only repeat their new neighbours: the wider cut may have
/// heard the word on either side once more.
fn insert(words: &mut Vec<Word>, found: Vec<Word>, hole: TimeSpan) {
    let at = words.partition_point(|w| w.span.start < hole.middle());
    let inside = TimeSpan::new(hole.start - 0.3, hole.end + 0.3);
    let mut found: Vec<Word> = found
        .into_iter()
        .filter(|w| inside.contains(w.span.middle()))
        .collect();
    let plain = |w: &Word| {
        w.text
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    let heard: Vec<String> = found.iter().map(plain).collect();
    let before: Vec<String> = words[..at].iter().map(plain).collect();
    let after: Vec<String> = words[at..].iter().map(plain).collect();
    let head = (0..=heard.len())
        .rev()
        .find(|&n| before.ends_with(&heard[..n]))
        .unwrap_or(0);
    found.drain(..head);
    let tail = (0..=found.len())
        .rev()
        .find(|&n| after.starts_with(&heard[heard.len() - n..]))
        .unwrap_or(0);
    found.truncate(found.len() - tail);
    if repeats(words, &found, plain) {
        return; // the times were wrong, not the words
    }
    let earliest = at
        .checked_sub(1)
        .map_or(f64::NEG_INFINITY, |i| words[i].span.end);
    let latest = words.get(at).map_or(f64::INFINITY, |w| w.span.start);
    found.retain_mut(|w| {
        w.span = TimeSpan::new(w.span.start.max(earliest), w.span.end.min(latest));
        w.span.duration() > 0.0
    });
    words.splice(at..at, found);
}

/// Whether three or more words in a row stand nearby already: then the hole is one of times, and filling it would double
/// what was said.
fn repeats(words: &[Word], found: &[Word], plain: impl Fn(&Word) -> String) -> bool {
    const RUN: usize = 3;
    const NEAR: f64 = 8.0;
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return false;
    };
    let near = TimeSpan::new(first.span.start - NEAR, last.span.end + NEAR);
    let known: Vec<String> = words
        .iter()
        .filter(|w| near.contains(w.span.middle()))
        .map(&plain)
        .collect();
    let found: Vec<String> = found.iter().map(plain).collect();
    found
        .windows(RUN)
        .any(|run| known.windows(RUN).any(|other| other == run))
}

fn padded(samples: &[f32]) -> std::borrow::Cow<'_, [f32]> {
    if samples.len() >= SHORTEST && samples.iter().all(|s| s.is_finite()) {
        return samples.into();
    }
    let mut samples: Vec<f32> = samples
        .iter()
        .map(|s| if s.is_finite() { *s } else { 0.0 })
        .collect();
    samples.resize(samples.len().max(SHORTEST), 0.0);
    samples.into()
}

/// The one place where whisper.cpp's errors become ours.
pub(super) fn failed(error: WhisperError) -> Error {
    Error::backend(Stage::Transcribe, "whisper", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(from: f64, text: &str) -> Vec<Word> {
        let each = |(i, w): (usize, &str)| {
            let start = from + 0.5 * i as f64;
            Word {
                span: TimeSpan::new(start, start + 0.4),
                text: w.into(),
                confidence: 1.0,
            }
        };
        text.split(' ').enumerate().map(each).collect()
    }

    fn filled(found: &str) -> String {
        let mut all = words(0.0, "we agreed");
        all.extend(words(5.0, "next week"));
        insert(&mut all, words(1.2, found), TimeSpan::new(1.5, 4.5));
        all.iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_a_second_listening_finds_is_put_into_its_place() {
        assert_eq!(
            filled("to move the release"),
            "we agreed to move the release next week"
        );
    }

    #[test]
    fn what_stands_nearby_already_is_not_said_twice() {
        let mut all = words(0.0, "ask not what your country can do for you");
        let before = all.clone();
        insert(
            &mut all,
            words(4.6, "what your country can"),
            TimeSpan::new(4.5, 7.0),
        );
        assert_eq!(all, before);
    }

    #[test]
    fn a_neighbour_heard_once_more_is_not_doubled() {
        assert_eq!(
            filled("Agreed, to move the"),
            "we agreed to move the next week"
        );
        assert_eq!(filled("to move it next"), "we agreed to move it next week");
        assert_eq!(filled("agreed"), "we agreed next week");
    }
}

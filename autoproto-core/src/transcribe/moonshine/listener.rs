//! Listening to a window: the words it has, and again to what was left without any.

use super::decoder::{FRAME, Networks};
use super::evidence::{Placed, held, text_of};
use super::tokenizer::Tokenizer;
use crate::audio::AudioView;
use crate::cancel::CancelToken;
use crate::error::Result;
use crate::transcribe::coverage::{HOLE, holes};
use crate::transcribe::fill::fill;
use crate::transcribe::words::{Token, words_with_lag};
use crate::types::{RemovalReason, RemovedText, SpeechRegion, TimeSpan, Word};

/// A sound whose root mean square is below this has no speech in it: 80 dB below full scale.
const SILENT: f64 = 1e-4;
/// How much of the sound around a hole is heard with it, in seconds, each attempt with another cut.
const AROUND: [f64; 2] = [0.2, 0.7];

/// What all listeners of a run share.
#[derive(Clone, Copy)]
pub(super) struct Hearing<'a> {
    pub(super) audio: AudioView<'a>,
    pub(super) speech: &'a [SpeechRegion],
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) cancel: &'a CancelToken,
}

/// What was heard in a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Heard {
    pub(super) words: Vec<Word>,
    pub(super) removed: Vec<RemovedText>,
}

/// Networks at work.
pub(super) struct Listener<'a> {
    pub(super) networks: &'a mut Networks,
    pub(super) hearing: Hearing<'a>,
}

impl Listener<'_> {
    /// Listens to `window`, then again to what it left without words.
    pub(super) fn listen(&mut self, window: TimeSpan) -> Result<Heard> {
        let speech = self.hearing.speech;
        let mut heard = self.hear(window)?;
        for around in AROUND {
            for hole in holes(window, speech, &heard.words, HOLE) {
                let wider = TimeSpan::new(
                    (hole.start - around).max(window.start),
                    (hole.end + around).min(window.end),
                );
                if wider == window {
                    continue; // that was heard already
                }
                let again = self.hear(wider)?;
                fill(&mut heard.words, again.words, hole);
                for removed in again.removed {
                    let known = |r: &RemovedText| {
                        r.text == removed.text && r.span.overlap(&removed.span) > 0.0
                    };
                    if !heard.removed.iter().any(known) {
                        heard.removed.push(removed);
                    }
                }
            }
        }
        Ok(heard)
    }

    /// One listening.
    fn hear(&mut self, window: TimeSpan) -> Result<Heard> {
        let Hearing {
            audio,
            speech,
            tokenizer,
            cancel,
        } = self.hearing;
        let sound = audio.slice(window);
        if is_silent(sound) {
            cancel.check()?;
            return Ok(Heard::default());
        }
        let said = self.networks.hear(sound, cancel)?;
        let places = said.attention.as_ref().map(|a| a.places(said.tokens.len()));
        let count = said.tokens.len().max(1) as f64;
        let placed = said.tokens.iter().zip(&said.probabilities).enumerate();
        let placed: Vec<Placed> = placed
            .map(|(i, (token, probability))| {
                let place = places.as_ref().and_then(|places| places.get(i)).copied();
                let start = match place {
                    Some(place) => window.start + FRAME * place.frame as f64,
                    // Nothing is known but the order.
                    None => spread(i as f64 / count, window, speech),
                };
                Placed {
                    token: Token {
                        bytes: tokenizer.bytes(*token).to_vec(),
                        start,
                        probability: *probability,
                    },
                    place,
                }
            })
            .filter(|placed| !placed.token.bytes.is_empty())
            .collect();
        let looped_from = placed.last().map_or(window.start, |p| p.token.start);
        let (tokens, mut removed) = held(placed, window);
        if !said.repeats.is_empty() {
            removed.push(RemovedText {
                span: TimeSpan::new(looped_from, window.end.max(looped_from)),
                text: text_of(said.repeats.iter().map(|t| tokenizer.bytes(*t))),
                reason: RemovalReason::Repeats,
            });
        }
        removed.retain(|r| !r.text.is_empty());
        // The path through the attention begins a token where it begins: nothing lags behind.
        let words = words_with_lag(&tokens, window, speech, 0.0);
        Ok(Heard { words, removed })
    }
}

/// The moment at which this share of the window's speech has gone by.
fn spread(share: f64, window: TimeSpan, speech: &[SpeechRegion]) -> f64 {
    let inside: Vec<TimeSpan> = speech
        .iter()
        .map(|r| TimeSpan::new(r.span.start.max(window.start), r.span.end.min(window.end)))
        .filter(|s| s.duration() > 0.0)
        .collect();
    let mut left = share * inside.iter().map(TimeSpan::duration).sum::<f64>();
    for span in &inside {
        if left < span.duration() {
            return span.start + left;
        }
        left -= span.duration();
    }
    inside
        .last()
        .map_or(window.start + share * window.duration(), |s| s.end)
}

fn is_silent(sound: &[f32]) -> bool {
    let power: f64 = sound
        .iter()
        .filter(|s| s.is_finite())
        .map(|s| f64::from(*s) * f64::from(*s))
        .sum();
    power <= SILENT * SILENT * sound.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_speech_leaves_out_the_silence() {
        let region = |start, end| SpeechRegion {
            span: TimeSpan::new(start, end),
        };
        let speech = [region(0.0, 2.0), region(8.0, 10.0), region(30.0, 40.0)];
        let window = TimeSpan::new(0.0, 20.0);
        assert_eq!(spread(0.0, window, &speech), 0.0);
        assert_eq!(spread(0.25, window, &speech), 1.0);
        assert_eq!(spread(0.75, window, &speech), 9.0);
        assert_eq!(spread(0.5, window, &[]), 10.0);
    }

    #[test]
    fn only_next_to_nothing_is_silent() {
        assert!(is_silent(&[]));
        assert!(is_silent(&[0.0; 100]) && is_silent(&[f32::NAN; 100]));
        assert!(is_silent(&[5e-5; 100]) && !is_silent(&[1e-3; 100]));
    }
}

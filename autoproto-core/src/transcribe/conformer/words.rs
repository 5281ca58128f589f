//! Tokens with frames to words with times.

use super::token::Token;
use super::vocabulary::{Piece, Vocabulary};
use crate::types::{SpeechRegion, TimeSpan, Word};

/// The shortest stretch a word is given, in seconds, unless there are more words than that leaves room for.
const SHORTEST: f64 = 0.04;
/// A word this near to speech is moved there, in seconds: no model tells times better than its frames.
const NEAR: f64 = 0.25;

/// The longest a word of so many letters lasts, in seconds; slow speech has about 0.12 a letter.
fn longest(letters: usize) -> f64 {
    0.5 + 0.15 * letters as f64
}

/// Where the frames of a window lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// What was heard, in seconds of the recording.
    pub(super) heard: TimeSpan,
    /// Seconds from one frame to the next.
    pub(super) frame: f64,
}

impl Clock {
    fn at(&self, frame: usize) -> f64 {
        self.heard.start + frame as f64 * self.frame
    }
}

/// Joins tokens to words: from the first token's begin to the last one's end, each after the one before and inside what was
/// heard, brought into the speech it touches.
pub(super) fn words_of(
    tokens: &[Token],
    vocabulary: &Vocabulary,
    clock: Clock,
    speech: &[SpeechRegion],
) -> Vec<Word> {
    let mut words = join(tokens, vocabulary, clock);
    let heard = clock.heard;
    let shortest = SHORTEST.min(heard.duration() / words.len().max(1) as f64);
    let mut earliest = heard.start;
    for i in 0..words.len() {
        let next = words.get(i + 1).map(|w| w.span.start);
        let left = words.len() - i;
        let Some(word) = words.get_mut(i) else { break };
        let wanted = inside(word.span, speech);
        // Room is left for the words that follow, should they pile up at the end.
        let latest = heard.end - shortest * left as f64;
        let start = wanted.start.min(latest).max(earliest);
        let letters = word.text.chars().filter(|c| c.is_alphanumeric());
        let end = wanted
            .end
            .min(next.unwrap_or(heard.end))
            .min(start + longest(letters.count()))
            .min(latest + shortest)
            .max(start + shortest);
        word.span = TimeSpan::new(start, end);
        earliest = end;
    }
    words
}

/// The part of a word within the speech it touches; where it touches none, the nearest speech if that is near.
fn inside(word: TimeSpan, speech: &[SpeechRegion]) -> TimeSpan {
    let touched = || speech.iter().filter(|r| r.span.overlap(&word) > 0.0);
    if let (Some(first), Some(last)) = (touched().next(), touched().next_back()) {
        return TimeSpan::new(
            word.start.max(first.span.start),
            word.end.min(last.span.end),
        );
    }
    let nearest = speech
        .iter()
        .min_by(|a, b| a.span.gap(&word).total_cmp(&b.span.gap(&word)));
    match nearest.map(|r| (r.span, r.span.gap(&word))) {
        Some((region, gap)) if gap <= NEAR && region.start >= word.end => {
            TimeSpan::new(region.start, region.end.min(region.start + word.duration()))
        }
        Some((region, gap)) if gap <= NEAR => {
            TimeSpan::new(region.start.max(region.end - word.duration()), region.end)
        }
        _ => word,
    }
}

/// A word as it grows.
struct Growing {
    bytes: Vec<u8>,
    /// From its first letter to its last: marks have no time of their own, models put them anywhere in a pause.
    span: TimeSpan,
    logs: f64,
    letters: u32,
}

/// Whether a word may consist of it alone.
fn is_spoken(character: char) -> bool {
    character.is_alphanumeric() || "%$€₽№".contains(character)
}

fn join(tokens: &[Token], vocabulary: &Vocabulary, clock: Clock) -> Vec<Word> {
    let mut groups: Vec<Growing> = Vec::new();
    // Whether a space has been heard since the last token.
    let mut apart = true;
    for token in tokens {
        let Piece::Bytes(bytes) = vocabulary.piece(token.id) else {
            continue;
        };
        let text = bytes.trim_ascii_start();
        apart |= text.len() < bytes.len();
        if text.is_empty() {
            continue;
        }
        let span = TimeSpan::new(clock.at(token.start), clock.at(token.end));
        if apart || groups.is_empty() {
            groups.push(Growing {
                bytes: Vec::new(),
                span,
                logs: 0.0,
                letters: 0,
            });
        }
        // A part of a letter counts as one.
        let spoken = std::str::from_utf8(text).map_or(true, |text| text.chars().any(is_spoken));
        if let Some(group) = groups.last_mut() {
            group.bytes.extend_from_slice(text);
            if spoken {
                if group.letters == 0 {
                    group.span.start = span.start;
                }
                group.span.end = span.end;
                group.logs += f64::from(token.probability.clamp(1e-6, 1.0)).ln();
                group.letters += 1;
            }
        }
        apart = text.last().is_some_and(u8::is_ascii_whitespace);
    }
    let mut words: Vec<Word> = Vec::with_capacity(groups.len());
    for group in groups {
        let text = String::from_utf8_lossy(&group.bytes)
            .replace(char::REPLACEMENT_CHARACTER, "")
            .trim()
            .to_owned();
        if text.chars().any(is_spoken) {
            let letters = f64::from(group.letters.max(1));
            words.push(Word {
                span: group.span,
                text,
                confidence: (group.logs / letters).exp() as f32,
            });
        } else if let Some(last) = words
            .last_mut()
            .filter(|_| !text.starts_with(['-', '–', '—']))
        {
            last.text.push_str(&text); // punctuation that came with a space of its own
        }
    }
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn vocabulary() -> Vocabulary {
        let tokens = [
            "▁да",
            "вай",
            "те",
            "▁реш",
            "или",
            ".",
            "▁",
            "<0xD1>",
            "<0x8F>",
            "▁–",
            "<unk>",
            "<blk>",
        ];
        let lines = tokens.iter().enumerate();
        let text: String = lines.map(|(i, t)| format!("{t} {i}\n")).collect();
        Vocabulary::parse(text.as_bytes(), None).unwrap()
    }

    fn token(id: usize, start: usize, end: usize) -> Token {
        Token {
            id,
            start,
            end,
            probability: 0.5,
        }
    }

    fn region(start: f64, end: f64) -> SpeechRegion {
        SpeechRegion {
            span: TimeSpan::new(start, end),
        }
    }

    fn told(tokens: &[Token], speech: &[SpeechRegion]) -> Vec<(String, f64, f64)> {
        let clock = Clock {
            heard: TimeSpan::new(10.0, 20.0),
            frame: 0.04,
        };
        let round = |t: f64| (t * 100.0).round() / 100.0;
        words_of(tokens, &vocabulary(), clock, speech)
            .into_iter()
            .map(|w| (w.text, round(w.span.start), round(w.span.end)))
            .collect()
    }

    fn word(text: &str, start: f64, end: f64) -> (String, f64, f64) {
        (text.into(), start, end)
    }

    #[test]
    fn words_go_from_their_first_token_to_their_last() {
        let tokens = [
            token(0, 25, 27),
            token(1, 30, 31),
            token(2, 31, 33),
            token(5, 33, 34),
            token(3, 50, 51),
            token(10, 52, 53),
            token(4, 55, 56),
            token(9, 60, 61),
        ];
        let got = told(&tokens, &[region(10.0, 20.0)]);
        assert_eq!(
            got,
            [word("давайте.", 11.0, 11.32), word("решили", 12.0, 12.24)]
        );
    }

    #[test]
    fn a_space_of_its_own_parts_words_and_bytes_make_letters() {
        let tokens = [
            token(7, 25, 26),
            token(8, 26, 27),
            token(6, 27, 28),
            token(2, 28, 29),
        ];
        let got = told(&tokens, &[region(10.0, 20.0)]);
        assert_eq!(got, [word("я", 11.0, 11.08), word("те", 11.12, 11.16)]);
        // Half a letter is none.
        assert!(told(&tokens[..1], &[]).is_empty());
    }

    #[test]
    fn confidence_is_the_mean_of_the_tokens_in_logarithms() {
        let tokens = [
            Token {
                probability: 0.9,
                ..token(0, 0, 1)
            },
            Token {
                probability: 0.4,
                ..token(1, 1, 2)
            },
        ];
        let clock = Clock {
            heard: TimeSpan::new(0.0, 1.0),
            frame: 0.04,
        };
        let words = words_of(&tokens, &vocabulary(), clock, &[]);
        assert!((words[0].confidence - 0.6).abs() < 1e-6);
    }

    #[test]
    fn a_word_is_brought_into_the_speech_it_touches_or_nearly_touches() {
        let speech = [region(10.5, 12.0), region(14.0, 15.0)];
        assert_eq!(told(&[token(0, 10, 20)], &speech), [word("да", 10.5, 10.8)]);
        assert_eq!(told(&[token(0, 5, 10)], &speech), [word("да", 10.5, 10.7)]);
        assert_eq!(
            told(&[token(0, 51, 54)], &speech),
            [word("да", 11.88, 12.0)]
        );
        // Far from any it stays where it was heard.
        assert_eq!(told(&[token(0, 70, 75)], &speech), [word("да", 12.8, 13.0)]);
    }

    #[test]
    fn no_word_lasts_longer_than_its_letters_take() {
        let got = told(&[token(0, 25, 26), token(1, 200, 201)], &[]);
        assert_eq!(got, [word("давай", 11.0, 12.25)]);
    }

    proptest! {
        #[test]
        fn words_are_ordered_within_what_was_heard(
            heard in (0.0_f64..100.0, 0.05_f64..30.0),
            steps in proptest::collection::vec((0_usize..12, 0_usize..9, 1_usize..9), 0..300),
            regions in proptest::collection::vec((0.0_f64..130.0, 0.01_f64..9.0), 0..6),
        ) {
            let heard = TimeSpan::new(heard.0, heard.0 + heard.1);
            let mut at = 0;
            let tokens: Vec<Token> = steps.iter().map(|(id, step, length)| {
                at += step;
                token(*id, at, at + length)
            }).collect();
            let speech: Vec<_> = regions.iter().map(|(s, l)| region(*s, s + l)).collect();
            let words = words_of(&tokens, &vocabulary(), Clock { heard, frame: 0.08 }, &speech);
            let mut last = heard.start;
            for word in &words {
                prop_assert!(word.span.start >= last - 1e-9 && word.span.end > word.span.start, "{:?}", word);
                prop_assert!(!word.text.is_empty() && word.text.trim() == word.text);
                prop_assert!((0.0..=1.0).contains(&word.confidence));
                last = word.span.end;
            }
            prop_assert!(last <= heard.end + 1e-9);
        }
    }
}

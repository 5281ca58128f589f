//! Tokens with times to words with times.

use crate::types::{SpeechRegion, TimeSpan, Word};

/// A text token as the decoder gave it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// UTF-8, of which a token may hold a part of a character; a leading space begins a word.
    pub(super) bytes: Vec<u8>,
    /// Where it begins, in seconds of the recording.
    pub(super) start: f64,
    /// How sure the decoder was, 0 to 1.
    pub(super) probability: f32,
}

/// The longest a word of so many letters lasts; slow speech has about 0.12 s a letter.
fn longest(letters: usize) -> f64 {
    0.35 + 0.12 * letters as f64
}

/// How far the attention that gives a word's time lags behind its sound, in seconds: the lower quarter of what the first
/// words of the demo recordings' utterances show.
#[cfg_attr(not(feature = "whisper"), allow(dead_code))]
pub(super) const LAG: f64 = 0.12;

/// The shortest stretch a word is given, unless there are more words than that leaves room for.
const SHORTEST: f64 = 0.04;

/// The words of these tokens at the times that the decoder gave them, `lag` seconds earlier; each ends where the next
/// begins, or where a word of its length must be over. The last ends within the window.
pub(super) fn spoken(tokens: &[Token], window: TimeSpan, lag: f64) -> Vec<Word> {
    let mut words = join(tokens);
    for i in 0..words.len() {
        let next = words.get(i + 1).map_or(window.end, |w| w.span.start) - lag;
        let letters = words[i].text.chars().filter(|c| c.is_alphanumeric());
        let start = words[i].span.start - lag;
        let end = next.min(start + longest(letters.count())).max(start);
        words[i].span = TimeSpan::new(start, end);
    }
    words
}

/// Moves words into the speech of the window, in order and each with a length: a word ends where the next begins, where
/// the speech region ends, or where a word of its length must be over, whichever comes first.
pub(super) fn settled(
    mut words: Vec<Word>,
    window: TimeSpan,
    speech: &[SpeechRegion],
) -> Vec<Word> {
    let shortest = SHORTEST.min(window.duration() / words.len().max(1) as f64);
    let mut earliest = window.start;
    for i in 0..words.len() {
        let wanted = inside(words[i].span.start, window, speech);
        // Room is left for the words that follow, should they pile up at the window's end.
        let latest = window.end - shortest * (words.len() - i) as f64;
        let start = wanted.min(latest).max(earliest);
        let next = words.get(i + 1).map_or(window.end, |w| w.span.start);
        let letters = words[i].text.chars().filter(|c| c.is_alphanumeric());
        let longest = longest(letters.count());
        let region = speech.iter().find(|r| r.span.contains(start));
        let region_end = region.map_or(window.end, |r| r.span.end);
        let end = next
            .min(region_end)
            .min(start + longest)
            .min(latest + shortest)
            .max(start + shortest);
        words[i].span = TimeSpan::new(start, end);
        earliest = end;
    }
    words
}

/// Both, where tokens' times are `lag` seconds behind their sound.
#[cfg_attr(not(feature = "onnx"), allow(dead_code))]
pub(super) fn words_with_lag(
    tokens: &[Token],
    window: TimeSpan,
    speech: &[SpeechRegion],
    lag: f64,
) -> Vec<Word> {
    settled(spoken(tokens, window, lag), window, speech)
}

/// `time` itself if someone speaks then, else the begin of the next speech in the window if that is near.
fn inside(time: f64, window: TimeSpan, speech: &[SpeechRegion]) -> f64 {
    if speech.iter().any(|r| r.span.contains(time)) {
        return time;
    }
    let next = speech
        .iter()
        .map(|r| r.span.start)
        .filter(|s| *s >= time && *s < window.end)
        .fold(f64::INFINITY, f64::min);
    let last = speech
        .iter()
        .map(|r| r.span.end)
        .filter(|e| *e <= time && *e > window.start)
        .fold(f64::NEG_INFINITY, f64::max);
    // A word belongs to the nearer speech: at its begin, or just before its end.
    match (next.is_finite(), last.is_finite()) {
        (true, true) if time - last < next - time => (last - 0.2).max(window.start),
        (true, _) => next,
        (false, true) => (last - 0.2).max(window.start),
        (false, false) => time,
    }
}

fn join(tokens: &[Token]) -> Vec<Word> {
    let mut groups: Vec<(Vec<u8>, f64, f64, u32)> = Vec::new();
    for token in tokens {
        let begins = token.bytes.first().is_some_and(|b| *b == b' ') || groups.is_empty();
        let log = f64::from(token.probability.clamp(1e-6, 1.0)).ln();
        match groups.last_mut() {
            Some((bytes, _, logs, count)) if !begins => {
                bytes.extend_from_slice(&token.bytes);
                *logs += log;
                *count += 1;
            }
            _ => groups.push((token.bytes.clone(), token.start, log, 1)),
        }
    }
    let mut words: Vec<Word> = Vec::with_capacity(groups.len());
    for (bytes, start, logs, count) in groups {
        let text = String::from_utf8_lossy(&bytes)
            .replace(char::REPLACEMENT_CHARACTER, "")
            .trim()
            .to_owned();
        let is_word = text
            .chars()
            .any(|c| c.is_alphanumeric() || "%$€₽№".contains(c));
        if is_word {
            let confidence = (logs / f64::from(count)).exp() as f32;
            words.push(Word {
                span: TimeSpan::new(start, start),
                text,
                confidence,
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
    use super::*;
    use proptest::prelude::*;

    fn words_of(tokens: &[Token], window: TimeSpan, speech: &[SpeechRegion]) -> Vec<Word> {
        words_with_lag(tokens, window, speech, LAG)
    }

    fn token(text: &str, start: f64) -> Token {
        Token {
            bytes: text.as_bytes().to_vec(),
            start,
            probability: 0.5,
        }
    }

    fn speech(spans: &[(f64, f64)]) -> Vec<SpeechRegion> {
        spans
            .iter()
            .map(|&(s, e)| SpeechRegion {
                span: TimeSpan::new(s, e),
            })
            .collect()
    }

    #[test]
    fn tokens_join_at_spaces_and_punctuation_stays_with_its_word() {
        let tokens = [
            token(" ag", 1.0),
            token("reed", 1.2),
            token(",", 1.4),
            token(" yes", 1.5),
            token(" –", 1.8),
            token(".", 1.9),
        ];
        let words = words_of(&tokens, TimeSpan::new(0.0, 3.0), &speech(&[(0.9, 2.0)]));
        let texts: Vec<_> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["agreed,", "yes"]);
        assert!(
            (words[0].span.start - 0.9).abs() < 1e-9,
            "not before the speech"
        );
        assert!(
            (words[0].span.end - 1.38).abs() < 1e-9,
            "where the next begins"
        );
    }

    #[test]
    fn a_letter_split_over_two_tokens_is_whole_again() {
        let halves = "ж".as_bytes();
        let tokens = [
            Token {
                bytes: vec![b' ', halves[0]],
                ..token("", 0.0)
            },
            Token {
                bytes: vec![halves[1]],
                ..token("", 0.1)
            },
        ];
        assert_eq!(words_of(&tokens, TimeSpan::new(0.0, 1.0), &[])[0].text, "ж");
    }

    #[test]
    fn a_word_does_not_swallow_the_silence_after_it() {
        let words = words_of(
            &[token(" yes", 1.0), token(" no", 9.0)],
            TimeSpan::new(0.0, 10.0),
            &speech(&[(0.9, 1.4), (8.9, 9.5)]),
        );
        assert!(
            words[0].span.end <= 1.4 && words[1].span.start == 8.9,
            "{words:?}"
        );
    }

    proptest! {
        #[test]
        fn words_are_ordered_and_have_a_length(starts in proptest::collection::vec(-1.0_f64..31.0, 0..900), regions in proptest::collection::vec((0.0_f64..30.0, 0.1_f64..5.0), 0..6)) {
            let tokens: Vec<Token> = starts.iter().map(|s| token(" word", *s)).collect();
            let regions: Vec<SpeechRegion> = speech(&regions.iter().map(|(s, l)| (*s, s + l)).collect::<Vec<_>>());
            let words = words_of(&tokens, TimeSpan::new(0.0, 30.0), &regions);
            prop_assert_eq!(words.len(), tokens.len());
            let mut last = 0.0;
            for word in words {
                prop_assert!(word.span.start >= last && word.span.end > word.span.start);
                last = word.span.end;
            }
            prop_assert!(last <= 30.0 + 1e-9);
        }
    }
}

//! Sentences that change hands for a word at their edge.

use crate::types::{SpeakerId, Word};

/// At most so many words at a sentence's edge are given back.
const EDGE: usize = 2;
/// A pause this long inside a sentence is a border that may be real, in seconds.
const PAUSE: f64 = 0.3;
/// What one speaker must own of a sentence for the rest to be called an error.
const MAJORITY: f64 = 0.6;

/// Whether a word ends a sentence by its punctuation.
pub(super) fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '»', '”', ')'])
        .ends_with(['.', '?', '!', '…'])
}

/// Gives the first and last words of each sentence to the speaker of the rest.
pub(super) fn settle_sentences(words: &[Word], owners: &mut [Option<SpeakerId>]) {
    let mut start = 0;
    for end in 1..=words.len() {
        if end == words.len() || ends_sentence(&words[end - 1].text) {
            settle(&words[start..end], &mut owners[start..end]);
            start = end;
        }
    }
}

fn settle(words: &[Word], owners: &mut [Option<SpeakerId>]) {
    let total: f64 = words.iter().map(|w| w.span.duration()).sum();
    let share = |owner: Option<SpeakerId>, owners: &[Option<SpeakerId>]| -> f64 {
        words
            .iter()
            .zip(owners)
            .filter(|(_, o)| **o == owner)
            .map(|(w, _)| w.span.duration())
            .sum::<f64>()
            / total
    };
    let Some(main) = owners
        .iter()
        .copied()
        .find(|o| o.is_some() && share(*o, owners) >= MAJORITY)
    else {
        return;
    };
    for owner in owners.iter_mut().filter(|owner| owner.is_none()) {
        *owner = main; // no turn says otherwise
    }
    let close = |i: usize| words[i + 1].span.start - words[i].span.end < PAUSE;
    let head = owners.iter().take_while(|o| **o != main).count();
    if head <= EDGE && (0..head).all(close) {
        owners[..head].fill(main);
    }
    let tail = owners.iter().rev().take_while(|o| **o != main).count();
    let from = words.len() - tail;
    if tail <= EDGE && (from..words.len()).all(|i| i > 0 && close(i - 1)) {
        owners[from..].fill(main);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TimeSpan;

    fn words(text: &str) -> Vec<Word> {
        let each = |(i, w): (usize, &str)| Word {
            span: TimeSpan::new(i as f64, i as f64 + 0.9),
            text: w.into(),
            confidence: 1.0,
        };
        text.split(' ').enumerate().map(each).collect()
    }

    fn owners(ids: &[u32]) -> Vec<Option<SpeakerId>> {
        ids.iter().map(|i| Some(SpeakerId(*i))).collect()
    }

    #[test]
    fn a_sentence_keeps_its_edges() {
        let mut got = owners(&[0, 1, 1, 1, 0, 0]);
        settle_sentences(&words("We move the release. Good idea."), &mut got);
        assert_eq!(got, owners(&[1, 1, 1, 1, 0, 0]));
    }

    #[test]
    fn a_word_no_turn_is_near_goes_with_its_sentence() {
        let mut got = vec![
            None,
            None,
            Some(SpeakerId(2)),
            Some(SpeakerId(2)),
            Some(SpeakerId(2)),
        ];
        let mut with_pause = words("Anna please write the list.");
        with_pause[1].span.end = 1.2;
        settle_sentences(&with_pause, &mut got);
        assert_eq!(got, owners(&[2, 2, 2, 2, 2]));
    }

    #[test]
    fn a_real_change_in_a_sentence_stays() {
        let mut got = owners(&[0, 0, 0, 1, 1, 1]);
        settle_sentences(&words("so we move yes we move."), &mut got);
        assert_eq!(got, owners(&[0, 0, 0, 1, 1, 1]));
        let mut with_pause = words("Yes we move the release.");
        with_pause[0].span.end = 0.3;
        let mut got = owners(&[0, 1, 1, 1, 1]);
        settle_sentences(&with_pause, &mut got);
        assert_eq!(got, owners(&[0, 1, 1, 1, 1]), "a pause makes it a border");
    }
}

//! Putting the words of a second listening where the first left a hole.

use crate::types::{TimeSpan, Word};

/// Puts the words found in a hole into place, except those that only repeat their new neighbours: the wider cut may have
/// heard the word on either side once more.
pub(super) fn fill(words: &mut Vec<Word>, found: Vec<Word>, hole: TimeSpan) {
    let at = words.partition_point(|w| w.span.start < hole.middle());
    let inside = TimeSpan::new(hole.start - 0.3, hole.end + 0.3);
    let mut found: Vec<Word> = found
        .into_iter()
        .filter(|w| inside.contains(w.span.middle()))
        .collect();
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
    if repeats(words, &found) {
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
fn repeats(words: &[Word], found: &[Word]) -> bool {
    const RUN: usize = 3;
    const NEAR: f64 = 8.0;
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return false;
    };
    let near = TimeSpan::new(first.span.start - NEAR, last.span.end + NEAR);
    let known: Vec<String> = words
        .iter()
        .filter(|w| near.contains(w.span.middle()))
        .map(plain)
        .collect();
    let found: Vec<String> = found.iter().map(plain).collect();
    found
        .windows(RUN)
        .any(|run| known.windows(RUN).any(|other| other == run))
}

/// A word's letters and digits, in lower case.
fn plain(word: &Word) -> String {
    let text = word.text.to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        fill(&mut all, words(1.2, found), TimeSpan::new(1.5, 4.5));
        all.iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_neighbour_heard_once_more_is_not_doubled() {
        assert_eq!(filled("to move it"), "we agreed to move it next week");
        assert_eq!(
            filled("Agreed, to move the"),
            "we agreed to move the next week"
        );
        assert_eq!(filled("to move it next"), "we agreed to move it next week");
        assert_eq!(filled("agreed"), "we agreed next week");
    }

    #[test]
    fn what_stands_nearby_already_is_not_said_twice() {
        let mut all = words(0.0, "ask not what your country can do for you");
        let before = all.clone();
        let found = words(4.6, "what your country can");
        fill(&mut all, found, TimeSpan::new(4.5, 7.0));
        assert_eq!(all, before);
    }

    #[test]
    fn only_what_lies_in_the_hole_is_filled_in() {
        let word = |text: &str, start: f64, end: f64| Word {
            span: TimeSpan::new(start, end),
            text: text.into(),
            confidence: 1.0,
        };
        let mut all = vec![word("we", 0.0, 0.5), word("week", 5.0, 5.4)];
        let found = vec![
            word("we", 0.1, 0.5),
            word("agreed", 0.3, 2.5),
            word("next", 3.0, 5.2),
            word("week", 5.1, 5.4),
        ];
        fill(&mut all, found, TimeSpan::new(1.1, 4.4));
        let told: Vec<_> = all.iter().map(|w| (w.text.as_str(), w.span)).collect();
        let wanted = [
            ("we", TimeSpan::new(0.0, 0.5)),
            ("agreed", TimeSpan::new(0.5, 2.5)),
            ("next", TimeSpan::new(3.0, 5.0)),
            ("week", TimeSpan::new(5.0, 5.4)),
        ];
        assert_eq!(told, wanted);
    }

    proptest! {
        #[test]
        fn words_stay_in_order_and_none_is_lost(from in 0.0_f64..8.0, count in 0_usize..8, hole in (0.0_f64..6.0, 0.2_f64..4.0)) {
            let mut all = words(0.0, "we agreed");
            all.extend(words(5.0, "next week"));
            let found: Vec<Word> = (0..count).map(|i| Word {
                span: TimeSpan::new(from + 0.3 * i as f64, from + 0.3 * i as f64 + 0.3),
                text: format!("w{i}"),
                confidence: 0.5,
            }).collect();
            fill(&mut all, found, TimeSpan::new(hole.0, hole.0 + hole.1));
            prop_assert!(all.windows(2).all(|w| w[0].span.start <= w[1].span.start));
            prop_assert!(["we", "agreed", "next", "week"].iter().all(|t| all.iter().any(|w| w.text == *t)));
        }
    }
}

//! Utterances in pieces that fit on a screen.

use super::time::millis;
use crate::types::{SpeakerId, Utterance};

/// Characters in a line; a single longer word stays whole.
const LINE: usize = 42;
/// Milliseconds on the screen.
const LONGEST: u64 = 7000;
/// Milliseconds below which nobody can read it; kept to where the next cue leaves room.
const LEAST: u64 = 1000;
/// A pause of so many milliseconds ends a cue.
const PAUSE: u64 = 1500;

/// A piece of one utterance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cue {
    /// Milliseconds.
    pub(super) start: u64,
    /// Milliseconds, later than the start.
    pub(super) end: u64,
    pub(super) speaker: Option<SpeakerId>,
    /// One or two, neither empty.
    pub(super) lines: Vec<String>,
}

struct Token<'a> {
    start: u64,
    end: u64,
    text: &'a str,
}

/// Cues by start; those of one utterance never overlap. `prefix` opens the first cue of an utterance.
pub(super) fn cues(
    utterances: &[Utterance],
    prefix: impl Fn(Option<SpeakerId>) -> Option<String>,
) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    for utterance in utterances {
        let prefix = prefix(utterance.speaker).unwrap_or_default();
        split(utterance, &prefix, &mut cues);
    }
    cues.sort_by_key(|c| c.start);
    let starts: Vec<u64> = cues
        .iter()
        .map(|c| c.start)
        .skip(1)
        .chain([u64::MAX])
        .collect();
    for (cue, next) in cues.iter_mut().zip(starts) {
        cue.end = cue.end.max(next.min(cue.start + LEAST));
    }
    cues
}

/// Appends the cues of one utterance.
fn split(utterance: &Utterance, prefix: &str, cues: &mut Vec<Cue>) {
    let tokens = tokens(utterance);
    let mut rest = tokens.as_slice();
    let mut head: Vec<&str> = prefix.split_whitespace().collect();
    let mut free_from = 0;
    while let Some(first) = rest.first() {
        let taken = length(&head, rest);
        let (piece, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        rest = after;
        let mut words = std::mem::take(&mut head);
        words.extend(piece.iter().map(|t| t.text));
        let start = first.start.max(free_from);
        let room = rest.first().map_or(u64::MAX, |next| next.start);
        let end = piece
            .iter()
            .map(|t| t.end)
            .max()
            .unwrap_or(start)
            .min(room)
            .clamp(start + 1, start + LONGEST);
        free_from = end;
        cues.push(Cue {
            start,
            end,
            speaker: utterance.speaker,
            lines: lines(&words),
        });
    }
}

/// How many of the words make the next cue: at least one, then as many as fit, but rather up to a comma or the end of
/// a sentence, and never so many that one or two words are left alone.
fn length(head: &[&str], rest: &[Token<'_>]) -> usize {
    let mut words = head.to_vec();
    let (mut taken, mut end, mut start, mut paused) = (0, 0, 0, false);
    for token in rest {
        if taken == 0 {
            start = token.start;
        } else {
            let full = words.iter().map(|w| w.chars().count() + 1).sum::<usize>() > LINE;
            paused = token.start.saturating_sub(end) >= PAUSE
                || (full && words.last().is_some_and(|w| ends_sentence(w)));
            if paused || token.end.saturating_sub(start) > LONGEST {
                break;
            }
        }
        words.push(token.text);
        if taken > 0 && !fits(&words) {
            break;
        }
        (taken, end) = (taken + 1, end.max(token.end));
    }
    let left = rest.len() - taken;
    if paused || left == 0 || taken < 4 {
        return taken;
    }
    if left <= 2 {
        return (taken + left).div_ceil(2);
    }
    let stop = |t: &Token<'_>| ends_sentence(t.text) || t.text.ends_with([',', ';', ':', '–', '—']);
    let at_stop = rest.iter().take(taken).rposition(stop).map_or(0, |i| i + 1);
    if 3 * at_stop >= 2 * taken {
        at_stop
    } else {
        taken
    }
}

/// The words with their times put in order; without words, those of the text, evenly.
fn tokens(utterance: &Utterance) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut add = |text, start: f64, end: f64| {
        let start = millis(start).max(tokens.last().map_or(0, |t| t.start));
        tokens.push(Token {
            start,
            end: millis(end).clamp(start, start + LONGEST),
            text,
        });
    };
    for word in &utterance.words {
        for text in word.text.split_whitespace() {
            add(text, word.span.start, word.span.end);
        }
    }
    if utterance.words.is_empty() {
        let texts: Vec<&str> = utterance.text.split_whitespace().collect();
        let step = utterance.span.duration() / texts.len().max(1) as f64;
        for (i, text) in texts.into_iter().enumerate() {
            let start = utterance.span.start + step * i as f64;
            add(text, start, start + step);
        }
    }
    tokens
}

fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '”', '»', ')', '\'', '’'])
        .ends_with(['.', '?', '!', '…'])
}

fn fits(words: &[&str]) -> bool {
    lines(words).iter().all(|l| l.chars().count() <= LINE)
}

/// One line where it fits, else two of lengths as near as can be.
fn lines(words: &[&str]) -> Vec<String> {
    let whole = words.join(" ");
    let length = whole.chars().count();
    if length <= LINE {
        return vec![whole];
    }
    let mut best: Option<(usize, usize)> = None;
    let mut before = 0;
    for (i, word) in words
        .iter()
        .enumerate()
        .skip(1)
        .map(|(i, _)| (i, words.get(i - 1).copied().unwrap_or_default()))
    {
        before += word.chars().count() + usize::from(i > 1);
        let longer = before.max(length - before - 1);
        if best.is_none_or(|(least, _)| longer < least) {
            best = Some((longer, i));
        }
    }
    match best.and_then(|(_, i)| words.split_at_checked(i)) {
        Some((first, second)) => vec![first.join(" "), second.join(" ")],
        None => vec![whole],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::types::{TimeSpan, UtteranceId, Word};

    fn said(words: Vec<(f64, f64, String)>) -> Utterance {
        let word = |(start, end, text)| Word {
            span: TimeSpan::new(start, end),
            text,
            confidence: 0.9,
        };
        let words: Vec<Word> = words.into_iter().map(word).collect();
        let text = words
            .iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        Utterance {
            id: UtteranceId(1),
            speaker: Some(SpeakerId(0)),
            span: TimeSpan::new(0.0, 9.0),
            text,
            words,
        }
    }

    fn each_second(text: &str) -> Utterance {
        said(
            text.split(' ')
                .enumerate()
                .map(|(i, w)| (i as f64, i as f64 + 0.5, w.to_owned()))
                .collect(),
        )
    }

    fn plain(utterance: Utterance) -> Vec<Cue> {
        cues(&[utterance], |_| None)
    }

    #[test]
    fn a_cue_lasts_seven_seconds_at_most_and_ends_with_its_words() {
        let found = plain(each_second("a b c d e f g h i j"));
        assert_eq!(
            found.iter().map(|c| (c.start, c.end)).collect::<Vec<_>>(),
            [(0, 6500), (7000, 9500)]
        );
        assert_eq!(found[0].lines, ["a b c d e f g"]);
    }

    #[test]
    fn lines_are_even_and_count_characters() {
        let text = "Перенесём выпуск на четверг и предупредим об этом заказчика";
        assert_eq!(
            lines(&text.split(' ').collect::<Vec<_>>()),
            [
                "Перенесём выпуск на четверг и",
                "предупредим об этом заказчика"
            ]
        );
    }

    #[test]
    fn a_pause_ends_a_cue() {
        let found = plain(said(vec![
            (0.0, 0.2, "So".into()),
            (4.0, 4.2, "yes.".into()),
        ]));
        assert_eq!(
            found.iter().map(|c| (c.start, c.end)).collect::<Vec<_>>(),
            [(0, 1000), (4000, 5000)]
        );
    }

    #[test]
    fn a_cue_ends_after_a_comma_and_leaves_no_word_alone() {
        let shown = |text| {
            plain(each_second(text))
                .iter()
                .map(|c| c.lines.concat())
                .collect::<Vec<_>>()
        };
        assert_eq!(shown("a b c d e, f g h i j"), ["a b c d e,", "f g h i j"]);
        assert_eq!(shown("a b c d e f g h"), ["a b c d", "e f g h"]);
    }

    #[test]
    fn a_long_word_stays_whole() {
        let long = "x".repeat(60);
        let found = plain(said(vec![
            (0.0, 1.0, "see".into()),
            (1.0, 2.0, long.clone()),
            (2.0, 3.0, "ok".into()),
        ]));
        assert_eq!(
            found.iter().map(|c| c.lines.concat()).collect::<Vec<_>>(),
            ["see".to_owned(), long, "ok".to_owned()]
        );
    }

    #[test]
    fn text_without_words_is_spread_over_its_time() {
        let mut utterance = said(vec![]);
        utterance.text = "all of it".into();
        let found = plain(utterance);
        assert_eq!(
            (found[0].start, found[0].lines.as_slice()),
            (0, ["all of".to_owned()].as_slice())
        );
        assert_eq!(found.len(), 2);
    }

    prop_compose! {
        fn utterance()(
            words in proptest::collection::vec((-2.0..40.0_f64, -1.0..9.0_f64, "[a-zа-я.?< >-]{0,50}"), 0..60),
            sorted: bool,
            broken in 0..80_usize,
        ) -> Utterance {
            let mut words: Vec<_> = words.into_iter().map(|(s, d, t)| (s, s + d, t)).collect();
            if sorted {
                words.sort_by(|a, b| a.0.total_cmp(&b.0));
            }
            if let Some(word) = words.get_mut(broken) {
                (word.0, word.1) = (f64::NAN, f64::INFINITY);
            }
            said(words)
        }
    }

    proptest! {
        #[test]
        fn cues_are_fit_to_be_shown(utterances in proptest::collection::vec(utterance(), 0..4)) {
            let found = cues(&utterances, |_| Some("Speaker 1:".into()));
            for cue in &found {
                prop_assert!(cue.start < cue.end && cue.end - cue.start <= LONGEST, "{cue:?}");
                prop_assert!((1..=2).contains(&cue.lines.len()), "{cue:?}");
                for line in &cue.lines {
                    let words = line.trim_start_matches("Speaker 1:").split_whitespace().count();
                    prop_assert!(!line.is_empty() && (line.chars().count() <= LINE || words == 1), "{cue:?}");
                }
            }
            prop_assert!(found.windows(2).all(|w| w[0].start <= w[1].start));
        }

        #[test]
        fn no_word_is_lost_and_one_utterance_never_overlaps(utterance in utterance()) {
            let words: Vec<String> = utterance.text.split_whitespace().map(Into::into).collect();
            let found = plain(utterance);
            let shown: Vec<String> =
                found.iter().flat_map(|c| &c.lines).flat_map(|l| l.split_whitespace()).map(Into::into).collect();
            prop_assert_eq!(shown, words);
            prop_assert!(found.windows(2).all(|w| w[0].end <= w[1].start), "{found:?}");
        }
    }
}

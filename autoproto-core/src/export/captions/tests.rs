#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::types::{TimeSpan, UtteranceId, Word};

fn said(speaker: u32, words: Vec<(f64, f64, String)>) -> Utterance {
    let word = |(start, end, text)| Word {
        span: TimeSpan::new(start, end),
        text,
        confidence: 0.9,
    };
    let words: Vec<Word> = words.into_iter().map(word).collect();
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    Utterance {
        id: UtteranceId(1),
        speaker: Some(SpeakerId(speaker)),
        span: TimeSpan::new(0.0, 9.0),
        text: texts.join(" "),
        words,
    }
}

/// A word every `step` seconds.
fn paced(speaker: u32, start: f64, step: f64, text: &str) -> Utterance {
    let at = |i: usize| start + step * i as f64;
    let word = |(i, w): (usize, &str)| (at(i), at(i) + 0.8 * step, w.to_owned());
    said(speaker, text.split(' ').enumerate().map(word).collect())
}

fn plain(utterances: &[Utterance]) -> Vec<Caption> {
    captions(utterances, |_| None)
}

fn shown(found: &[Caption]) -> Vec<String> {
    found.iter().map(|c| c.lines.join(" / ")).collect()
}

fn times(found: &[Caption]) -> Vec<(u64, u64)> {
    found.iter().map(|c| (c.start, c.end)).collect()
}

#[test]
fn a_caption_lasts_seven_seconds_at_most() {
    let found = plain(&[paced(0, 0.0, 1.0, "a b c d e f g h i j")]);
    assert!(found.len() == 2, "{found:?}");
    assert!(found.iter().all(|c| c.end - c.start <= LONGEST));
}

#[test]
fn captions_end_with_sentences_and_clauses() {
    let text = "Тестировщики нашли утечку памяти при загрузке больших файлов, поэтому во вторник выпускать нельзя. \
                Предлагаю перенести на четверг.";
    let found = plain(&[paced(0, 0.0, 0.5, text)]);
    let wanted = [
        "Тестировщики нашли утечку памяти / при загрузке больших файлов,",
        "поэтому во вторник выпускать нельзя. / Предлагаю перенести на четверг.",
    ];
    assert_eq!(shown(&found), wanted);
}

#[test]
fn a_caption_stays_until_it_is_read() {
    // 28 characters said in 1.2 s take 1.65 s to read.
    let found = plain(&[paced(0, 0.0, 0.4, "Непредвиденные обстоятельства")]);
    assert_eq!(times(&found), [(0, 1706)]);
    // The next one ends it; a gap that would only flicker is closed.
    let both = [
        paced(0, 0.0, 0.4, "Непредвиденные обстоятельства"),
        paced(1, 1.2, 0.5, "Какие же?"),
    ];
    assert_eq!(times(&plain(&both))[0], (0, 1200));
}

#[test]
fn a_pause_ends_a_caption() {
    let words = vec![(0.0, 0.2, "So".into()), (4.0, 4.2, "yes.".into())];
    assert_eq!(times(&plain(&[said(0, words)])), [(0, 1000), (4000, 5000)]);
}

#[test]
fn voices_that_meet_are_shown_one_after_the_other() {
    let found = plain(&[
        paced(0, 0.0, 0.5, "Мы переносим выпуск на четверг."),
        paced(1, 0.3, 0.3, "Да."),
        paced(0, 2.6, 0.5, "Хорошо."),
    ]);
    assert_eq!(times(&found)[..2], [(0, 1000), (1000, 2000)]);
    assert!(found[2].start == 2600, "{found:?}");
}

#[test]
fn a_long_word_stays_whole_and_a_long_name_does_not() {
    let long = "x".repeat(60);
    let words = vec![
        (0.0, 1.0, "see".into()),
        (1.0, 2.0, long.clone()),
        (2.0, 3.0, "ok".into()),
    ];
    let found = plain(&[said(0, words.clone())]);
    assert_eq!(
        shown(&found),
        ["see".to_owned(), long.clone(), "ok".to_owned()]
    );
    let name = "Анна ".repeat(30);
    let found = captions(&[said(0, words)], |_| Some(format!("{name}:")));
    assert!(found[0].lines[0].ends_with("Анна…:"), "{found:?}");
    assert!(found[0].lines[0].chars().count() <= LINE);
}

#[test]
fn text_without_words_is_spread_over_its_time() {
    let mut utterance = said(0, vec![]);
    utterance.text = "all of it".into();
    let found = plain(&[utterance]);
    assert_eq!(found[0].start, 0);
    assert_eq!(shown(&found).join(" "), "all of it");
}

prop_compose! {
    fn utterance()(
        words in proptest::collection::vec((-2.0..40.0_f64, -1.0..9.0_f64, "[a-zа-я.?< >-]{0,50}"), 0..60),
        speaker in 0..3_u32,
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
        said(speaker, words)
    }
}

prop_compose! {
    /// Speech as it is: words in order, of lengths that people say them in.
    fn speech()(
        start in 0.0..30.0_f64,
        speaker in 0..3_u32,
        words in proptest::collection::vec((0.0..0.6_f64, 0.1..0.7_f64, "[a-zа-я]{1,12}[,.]?"), 1..60),
    ) -> Utterance {
        let mut at = start;
        let word = |(gap, length, text): (f64, f64, String)| {
            let span = (at + gap, at + gap + length, text);
            at = span.1;
            span
        };
        said(speaker, words.into_iter().map(word).collect())
    }
}

fn fit(found: &[Caption], prefix: &str) -> Result<(), TestCaseError> {
    for caption in found {
        prop_assert!((1..=2).contains(&caption.lines.len()), "{caption:?}");
        for line in &caption.lines {
            let words = line.trim_start_matches(prefix).split_whitespace().count();
            let fits = line.chars().count() <= LINE || words == 1;
            prop_assert!(!line.is_empty() && fits, "{caption:?}");
        }
        let length = caption.end.saturating_sub(caption.start);
        prop_assert!((FLASH..=LONGEST).contains(&length), "{caption:?}");
    }
    prop_assert!(
        found.windows(2).all(|w| w[0].end <= w[1].start),
        "{found:?}"
    );
    Ok(())
}

proptest! {
    #[test]
    fn captions_are_fit_to_be_shown(utterances in proptest::collection::vec(utterance(), 0..4)) {
        let prefix = "Speaker 1:";
        fit(&captions(&utterances, |_| Some(prefix.into())), prefix)?;
    }

    #[test]
    fn every_word_is_in_one_caption_in_order_and_not_before_it_is_said(utterance in utterance()) {
        let tokens = tokens(&utterance);
        let found = plain(std::slice::from_ref(&utterance));
        let mut rest = tokens.iter();
        for caption in &found {
            let words = caption.lines.iter().flat_map(|l| l.split_whitespace());
            for (n, word) in words.enumerate() {
                let token = rest.next().unwrap();
                prop_assert_eq!(token.text, word);
                prop_assert!(n > 0 || caption.start >= token.start);
            }
        }
        prop_assert!(rest.next().is_none());
    }

    #[test]
    fn voices_lose_no_word_and_share_no_caption(utterances in proptest::collection::vec(speech(), 1..5)) {
        let found = plain(&utterances);
        fit(&found, "")?;
        for speaker in (0..3).map(SpeakerId) {
            let of: Vec<&Utterance> = utterances.iter().filter(|u| u.speaker == Some(speaker)).collect();
            let mine = found.iter().filter(|c| c.speaker == Some(speaker));
            let mut shown: Vec<&str> = mine.flat_map(|c| &c.lines).flat_map(|l| l.split_whitespace()).collect();
            let mut words: Vec<&str> = of.iter().flat_map(|u| u.text.split_whitespace()).collect();
            if of.len() > 1 {
                // Of one voice that speaks over itself only the words are known.
                shown.sort_unstable();
                words.sort_unstable();
            }
            prop_assert_eq!(shown, words);
        }
    }

    #[test]
    fn a_caption_is_short_or_hard_to_read_only_where_the_next_comes(utterances in proptest::collection::vec(speech(), 1..4)) {
        let found = plain(&utterances);
        for (n, caption) in found.iter().enumerate() {
            let length = caption.end - caption.start;
            let free = found.get(n + 1).is_none_or(|next| next.start > caption.end);
            let read = reading(characters(&caption.lines), READ).clamp(LEAST, LONGEST);
            prop_assert!(!free || length >= read, "{caption:?}");
        }
    }
}

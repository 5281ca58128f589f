//! Rough word times to sane ones: in order, inside the speech, none too short to be said or too long to be one word.

use crate::types::{SpeechRegion, TimeSpan, Word, merge_spans};

/// A window's edge may be overrun by so many seconds before a time is not believed at all.
const BEYOND: f64 = 1.0;

/// The shortest that a word of so many letters is said in, where there is room: 25 letters a second.
fn shortest(letters: usize) -> f64 {
    0.04 * letters.clamp(1, 15) as f64
}

/// The longest: slow speech has about 0.12 s a letter.
fn longest(letters: usize) -> f64 {
    0.35 + 0.12 * letters as f64
}

/// Gives the words of a window, in the order in which they were said, their places.
///
/// Of starts that are out of order the longest run that is in order is believed, and the others are put between. Each word
/// goes to the region of speech it begins in or nearest to. An end that is not later than the start is not known, and
/// becomes the start of the next word or what the word can last.
///
/// Afterwards each word lies inside the window, has start < end, and ends before the next begins. It lies inside the
/// speech, and is at least as long as it takes to say, unless there are more words than that leaves room for.
pub(super) fn place(words: &mut [Word], window: TimeSpan, speech: &[SpeechRegion]) {
    if words.is_empty() || window.duration() <= 0.0 {
        return;
    }
    let starts = starts(words, window);
    let mut rough: Vec<Rough> = words
        .iter()
        .zip(starts)
        .map(|(word, start)| {
            let letters = letters(word);
            let length = word.span.duration();
            let known = length.is_finite() && length > 0.0;
            Rough {
                start,
                length: if known { length } else { f64::INFINITY },
                least: shortest(letters),
                most: longest(letters),
            }
        })
        .collect();
    let regions = regions(window, speech);
    let mut spans = Vec::with_capacity(words.len());
    let mut from = 0;
    for (n, region) in regions.iter().enumerate() {
        // The words nearer to this region than to the next.
        let border = regions
            .get(n + 1)
            .map(|next| 0.5 * (region.end + next.start));
        let rest = rough.get_mut(from..).unwrap_or_default();
        let count = border.map_or(rest.len(), |b| rest.partition_point(|r| r.start < b));
        let before = n.checked_sub(1).and_then(|n| regions.get(n));
        let room = TimeSpan::new(
            before.map_or(window.start, |b| 0.5 * (b.end + region.start)),
            border.unwrap_or(window.end),
        );
        if let Some(mine) = rest.get_mut(..count) {
            fill(mine, *region, room, &mut spans);
        }
        from += count;
    }
    for (word, span) in words.iter_mut().zip(spans) {
        word.span = span;
    }
}

/// What is known of a word's place.
struct Rough {
    start: f64,
    /// Infinite where it is not known.
    length: f64,
    least: f64,
    most: f64,
}

fn letters(word: &Word) -> usize {
    let letters = word.text.chars().filter(|c| c.is_alphanumeric());
    letters.count().max(1)
}

/// The stretches of speech inside the window; the window where there are none.
fn regions(window: TimeSpan, speech: &[SpeechRegion]) -> Vec<TimeSpan> {
    let inside = speech
        .iter()
        .map(|r| TimeSpan::new(r.span.start.max(window.start), r.span.end.min(window.end)));
    let inside = merge_spans(&inside.collect::<Vec<_>>(), 0.0);
    if inside.is_empty() {
        vec![window]
    } else {
        inside
    }
}

/// The starts in order, inside the window: those of the longest chain that is in order are kept.
fn starts(words: &[Word], window: TimeSpan) -> Vec<f64> {
    let given: Vec<f64> = words.iter().map(|w| w.span.start).collect();
    let believed = longest_chain(&given, window);
    // Letters before each word, to share time out by.
    let mut letters_before = vec![0];
    for word in words {
        letters_before.push(letters_before.last().copied().unwrap_or(0) + letters(word));
    }
    let at = |n: usize| letters_before.get(n).copied().unwrap_or(0) as f64;
    let mut out = Vec::with_capacity(words.len());
    let (mut left, mut next) = ((0, window.start), believed.iter().peekable());
    for n in 0..words.len() {
        let right = match next.peek() {
            Some(&&place) => (place, given.get(place).copied().unwrap_or(window.end)),
            None => (words.len(), window.end),
        };
        let start = if right.0 == n {
            next.next();
            right.1
        } else {
            let share = (at(n) - at(left.0)) / (at(right.0) - at(left.0)).max(1.0);
            left.1 + share * (right.1 - left.1)
        };
        let start = start.clamp(window.start, window.end);
        if right.0 == n {
            left = (n, start);
        }
        out.push(start.max(out.last().copied().unwrap_or(window.start)));
    }
    out
}

/// Which of the starts make the longest chain that never goes back, of those that can be in the window.
fn longest_chain(starts: &[f64], window: TimeSpan) -> Vec<usize> {
    // The last of the best chain of each length, and what came before each (Fredman, 1975).
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; starts.len()];
    for (n, start) in starts.iter().enumerate() {
        if !(window.start - BEYOND..=window.end + BEYOND).contains(start) {
            continue;
        }
        let length = ends.partition_point(|e| starts.get(*e).is_some_and(|s| s <= start));
        if let Some(slot) = before.get_mut(n) {
            *slot = length.checked_sub(1).and_then(|l| ends.get(l)).copied();
        }
        match ends.get_mut(length) {
            Some(end) => *end = n,
            None => ends.push(n),
        }
    }
    let mut chain = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(n) = at {
        chain.push(n);
        at = before.get(n).copied().flatten();
    }
    chain.reverse();
    chain
}

/// Places words in one region, or, where they can't be said in it, in the room around it.
fn fill(words: &mut [Rough], region: TimeSpan, room: TimeSpan, spans: &mut Vec<TimeSpan>) {
    let needed: f64 = words.iter().map(|w| w.least).sum();
    let short = (needed - region.duration()).max(0.0);
    let (lead, tail) = (region.start - room.start, room.end - region.end);
    let tail_taken = tail.min(short);
    let region = TimeSpan::new(
        region.start - lead.min(short - tail_taken),
        region.end + tail_taken,
    );
    // A little less than all, so that rounding leaves every word some time.
    let scale = (0.999 * region.duration() / needed.max(f64::MIN_POSITIVE)).min(1.0);
    words.iter_mut().for_each(|w| w.least *= scale);
    let mut left: f64 = words.iter().map(|w| w.least).sum();
    let mut earliest = region.start;
    let next: Vec<f64> = words.iter().skip(1).map(|w| w.start).collect();
    let next = next.into_iter().chain([region.end]);
    for (word, next) in words.iter().zip(next) {
        let latest = region.end - left;
        let start = word.start.min(latest).max(earliest);
        left -= word.least;
        let length = word.length.min(word.most);
        let end = (start + length).min(next.max(start + word.least));
        let end = end
            .max(start + word.least)
            .min((region.end - left).max(start + word.least));
        spans.push(TimeSpan::new(start, end));
        earliest = end;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn word(start: f64, end: f64, text: &str) -> Word {
        Word {
            span: TimeSpan::new(start, end),
            text: text.into(),
            confidence: 1.0,
        }
    }

    fn speech(spans: &[(f64, f64)]) -> Vec<SpeechRegion> {
        let region = |&(start, end): &(f64, f64)| SpeechRegion {
            span: TimeSpan::new(start, end),
        };
        spans.iter().map(region).collect()
    }

    fn placed(mut words: Vec<Word>, regions: &[(f64, f64)]) -> Vec<(f64, f64)> {
        place(&mut words, TimeSpan::new(0.0, 30.0), &speech(regions));
        let round = |s: f64| (s * 1000.0).round() / 1000.0;
        words
            .iter()
            .map(|w| (round(w.span.start), round(w.span.end)))
            .collect()
    }

    #[test]
    fn sane_times_stay() {
        let words = vec![word(1.0, 1.4, "решили,"), word(1.5, 2.0, "четверг")];
        assert_eq!(placed(words, &[(0.5, 3.0)]), [(1.0, 1.4), (1.5, 2.0)]);
    }

    #[test]
    fn an_end_that_is_not_known_is_the_next_start_or_what_the_word_lasts() {
        let words = vec![
            word(1.0, 1.0, "да"),
            word(1.2, 1.2, "нет"),
            word(9.0, 9.0, "да"),
        ];
        let found = placed(words, &[(0.5, 4.0), (8.0, 9.4)]);
        assert_eq!(found, [(1.0, 1.2), (1.2, 1.91), (9.0, 9.4)]);
    }

    #[test]
    fn words_that_pile_up_are_given_time_to_be_said() {
        let words = ["перенесём", "выпуск", "на", "четверг"];
        let words = words.map(|text| word(2.9, 2.9, text)).to_vec();
        let found = placed(words, &[(1.0, 3.0)]);
        let wanted = [(2.04, 2.4), (2.4, 2.64), (2.64, 2.72), (2.72, 3.0)];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_start_that_is_out_of_order_is_not_believed() {
        let words = vec![
            word(1.0, 1.3, "раз"),
            word(20.0, 20.3, "два"),
            word(2.0, 2.3, "три"),
            word(f64::NAN, 2.0, "четыре"),
            word(3.5, 3.9, "пять"),
        ];
        let found = placed(words, &[(0.5, 4.0), (19.0, 21.0)]);
        assert_eq!(found[0], (1.0, 1.3));
        assert_eq!(found[2].0, 2.0);
        assert!(found[1].0 == 1.5 && found[1].1 <= 2.0, "{found:?}");
        assert!((2.0..3.5).contains(&found[3].0) && found[3].1 <= 3.5);
    }

    #[test]
    fn a_word_in_silence_goes_to_the_nearer_speech() {
        let words = vec![word(2.2, 2.4, "да"), word(7.8, 8.0, "нет")];
        let found = placed(words, &[(1.0, 2.0), (8.0, 9.0)]);
        assert_eq!(found, [(1.92, 2.0), (8.0, 8.2)]);
    }

    proptest! {
        #[test]
        fn words_are_in_order_inside_the_speech_and_of_a_sane_length(
            words in proptest::collection::vec((-3.0_f64..33.0, -1.0_f64..9.0, "[а-я]{0,20}"), 0..120),
            regions in proptest::collection::vec((0.1_f64..4.0, 0.05_f64..6.0), 0..8),
            broken in 0..200_usize,
        ) {
            let mut words: Vec<Word> = words.into_iter().map(|(s, d, t)| word(s, s + d, &t)).collect();
            if let Some(word) = words.get_mut(broken) {
                word.span = TimeSpan::new(f64::NAN, f64::INFINITY);
            }
            let (mut at, mut spans) = (0.0, Vec::new());
            for (gap, length) in regions {
                spans.push((at + gap, at + gap + length));
                at += gap + length;
            }
            let window = TimeSpan::new(0.0, 30.0);
            place(&mut words, window, &speech(&spans));
            let inside = super::regions(window, &speech(&spans));
            let needed: f64 = words.iter().map(|w| shortest(letters(w))).sum();
            let roomy = inside.iter().all(|r| r.duration() > needed);
            let mut last = 0.0;
            for word in &words {
                prop_assert!(word.span.start >= last - 1e-9 && word.span.end > word.span.start, "{words:?}");
                last = word.span.end;
                prop_assert!(word.span.duration() <= longest(letters(word)) + 1e-9, "{word:?}");
                if roomy {
                    let of = crate::types::covered(word.span, &inside);
                    prop_assert!((of - word.span.duration()).abs() < 1e-6, "{word:?} {inside:?}");
                    prop_assert!(word.span.duration() >= shortest(letters(word)) - 1e-6, "{word:?}");
                }
            }
            prop_assert!(last <= 30.0 + 1e-9);
        }
    }
}

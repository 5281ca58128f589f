//! More text than anyone can say in the time.

use super::Trial;
use super::letters::{fastest, letters};
use super::signs::signs_of;
use crate::types::{RemovalReason, TimeSpan};

/// Less text than this is never too fast, in letters: a short phrase may have been given too little time.
const ENOUGH: usize = 40;
/// What times may be wrong by at the ends of a window, in seconds.
const ROUGH: f64 = 1.0;
/// What they may be wrong by at the ends of a phrase, in seconds.
const ROUGH_WITHIN: f64 = 0.3;
/// Words crowd at the end of a window where the decoder loses the sound, and still may have been said; not at this many
/// times the pace of the fastest speaker.
const HOPELESS: f64 = 3.0;

/// Takes out phrases at a hopeless pace; then, while the window holds more than can be said in its speech, the fastest.
///
/// Within a window a decoder's times are rough, so that its phrases may look faster than they were; all of them together
/// can't.
pub(super) fn condemn(trial: &mut Trial<'_>) {
    let fastest = fastest(trial.heard.language);
    let mut paced: Vec<(f64, usize, Vec<usize>)> = Vec::new();
    let mut total = 0;
    for stretch in trial.stretches() {
        let words = trial.words(&stretch.words);
        let count = letters(words.iter().copied());
        let span = words.iter().fold(None, |span: Option<TimeSpan>, w| {
            let start = span.map_or(w.span.start, |s| s.start.min(w.span.start));
            Some(TimeSpan::new(
                start,
                span.map_or(w.span.end, |s| s.end.max(w.span.end)),
            ))
        });
        let seconds = span.map_or(0.0, |s| {
            trial
                .sound
                .seconds(TimeSpan::new(s.start - ROUGH_WITHIN, s.end + ROUGH_WITHIN))
        });
        let pace = count as f64 / seconds.max(0.05);
        if count >= ENOUGH && pace > HOPELESS * fastest && signs_of(trial, &stretch.words).doubted {
            trial.condemn(&stretch.words, RemovalReason::TooFast);
            continue;
        }
        total += count;
        paced.push((pace, count, stretch.words));
    }
    let room = fastest * (trial.sound.seconds(trial.sound.window()) + ROUGH);
    paced.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, count, words) in paced {
        if total < ENOUGH || total as f64 <= room {
            break;
        }
        trial.condemn(&words, RemovalReason::TooFast);
        total -= count;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tests::{at, speech, texts};
    use super::super::{Heard, sift};
    use crate::types::{Language, RemovalReason, TimeSpan};

    const PAGE: &str = "The committee met on the first of March and heard from the treasurer, who read out each of the \
        accounts in turn, asked for questions, had none, and thanked everyone who had come such a long way to hear them \
        before closing with some remarks about the weather of that long winter and what it had done to the roof";

    #[test]
    fn a_page_in_a_second_goes() {
        let mut words = at(0.2, 0.3, "Good morning.", 0.9);
        words.extend(at(1.0, 0.02, PAGE, 0.9));
        let heard = Heard::new(TimeSpan::new(0.0, 10.0), words);
        let sifted = sift(heard, &speech(&[(0.1, 2.4)]), None);
        assert_eq!(texts(&sifted.words), "Good morning.");
        assert_eq!(sifted.removed[0].reason, RemovalReason::TooFast);
    }

    #[test]
    fn a_fast_talker_stays() {
        let words = at(0.2, 0.15, PAGE, 0.9); // 400 words a minute
        let end = words.last().unwrap().span.end;
        let heard = Heard::new(TimeSpan::new(0.0, end), words);
        assert!(sift(heard, &speech(&[(0.1, end)]), None).removed.is_empty());
    }

    #[test]
    fn words_that_only_crowd_in_their_window_stay() {
        // Twenty seconds of speech, but all words in its last two: the times are wrong, not the words.
        let heard = Heard::new(TimeSpan::new(0.0, 20.0), at(18.0, 0.035, PAGE, 0.9));
        assert!(
            sift(heard, &speech(&[(0.1, 20.0)]), None)
                .removed
                .is_empty()
        );
    }

    #[test]
    fn a_character_of_japanese_takes_longer_than_a_letter() {
        let text = ["本日の議題は三つあります"; 8].concat();
        let japanese = Language::new("ja").ok();
        let heard = |seconds: f64, language| {
            let heard = Heard::new(
                TimeSpan::new(0.0, seconds),
                at(0.1, seconds - 0.3, &text, 0.9),
            );
            let heard = heard.with_language(language);
            sift(heard, &speech(&[(0.0, seconds)]), None)
        };
        assert!(heard(3.0, None).removed.is_empty());
        assert_eq!(heard(3.0, japanese).removed.len(), 1);
        assert!(heard(9.0, japanese).removed.is_empty());
    }
}

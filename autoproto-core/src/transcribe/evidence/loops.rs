//! One phrase over and over: the decoder caught in a loop.

use super::Trial;
use super::letters::tokens;
use super::signs::{Signs, signs_of};
use crate::types::RemovalReason;

/// The longest round of a loop that is looked for, in words.
const LONGEST: usize = 40;

/// How often people say a phrase of so many words in a row; what is said more often is a loop.
///
/// Of four words and more, three rounds are already so repetitive that openai/whisper's compression ratio (2.4) refuses
/// the text; of one word, "no, no, no, no" must pass.
fn said(words: usize, weak: bool) -> usize {
    match (words, weak) {
        (1, false) => 8,
        (2, false) => 6,
        (3, false) => 4,
        (1, true) => 3,
        (_, false) => 3,
        (_, true) => 2,
    }
}

/// Leaves of each loop its first round.
pub(super) fn condemn(trial: &mut Trial<'_>) {
    let numbers = trial.standing();
    let plain: Vec<String> = trial
        .words(&numbers)
        .iter()
        .map(|w| tokens(&w.text).concat())
        .collect();
    let mut at = 0;
    while at < numbers.len() {
        let Some((period, length)) = looped(trial, &numbers, &plain, at) else {
            at += 1;
            continue;
        };
        let rest = numbers.get(at + period..at + length).unwrap_or_default();
        trial.condemn(rest, RemovalReason::Repeats);
        at += length;
    }
}

/// The loop that begins with the word at `at`: words in a round, and in all rounds, a last one in part included.
fn looped(
    trial: &Trial<'_>,
    numbers: &[usize],
    plain: &[String],
    at: usize,
) -> Option<(usize, usize)> {
    let rest = plain.get(at..)?;
    for period in 1..=LONGEST.min(rest.len() / 2) {
        let again = rest.iter().zip(rest.get(period..)?);
        let length = period
            + again
                .take_while(|(one, other)| one == other && !one.is_empty())
                .count();
        let rounds = length / period;
        if rounds <= said(period, true) {
            continue;
        }
        let signs = signs_of(trial, numbers.get(at..at + length)?);
        if rounds > said(period, weak(&signs)) {
            return Some((period, length));
        }
    }
    None
}

/// Loops are what a decoder is most certain of, so that its certainty says nothing in their favour.
fn weak(signs: &Signs) -> bool {
    signs.count() > 0
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, speech, texts};
    use super::super::{Heard, sift};
    use crate::types::{RemovalReason, TimeSpan};

    fn kept(text: &str, pace: f64, confidence: f32) -> String {
        let words = at(0.5, pace, text, confidence);
        let end = 1.0 + pace * words.len() as f64;
        let sifted = sift(
            Heard::new(TimeSpan::new(0.0, end), words),
            &speech(&[(0.3, end)]),
            None,
        );
        assert!(
            sifted
                .removed
                .iter()
                .all(|r| r.reason == RemovalReason::Repeats)
        );
        texts(&sifted.words)
    }

    #[test]
    fn what_people_repeat_stays() {
        for text in [
            "да, да, да",
            "Нет, нет, нет, нет!",
            "no no no",
            "it is very very very good",
            "I know, I know, I know.",
            "тише, тише, тише, тише, пожалуйста",
            "раз два три раз два три раз два три",
            "we have to go we have to go now",
        ] {
            assert_eq!(kept(text, 0.4, 0.9), text);
        }
    }

    #[test]
    fn of_a_loop_the_first_round_stays() {
        let once = "и так далее";
        let text = format!("Сделаем это, {} потом решим", [once; 12].join(" "));
        assert_eq!(
            kept(&text, 0.3, 0.99),
            "Сделаем это, и так далее потом решим"
        );
        assert_eq!(kept(&["you"; 40].join(" "), 0.3, 0.99), "you");
        let long = "Я думаю, что мы должны это обсудить.";
        let cut = format!("{} Я думаю,", [long; 5].join(" "));
        assert_eq!(
            kept(&cut, 0.3, 0.99),
            long,
            "the cut last round goes as well"
        );
    }

    #[test]
    fn a_repetition_without_evidence_goes_earlier() {
        assert_eq!(kept("no no no no no", 0.4, 0.9), "no no no no no");
        assert_eq!(kept("no no no no no", 0.4, 0.3), "no");
        let crowded = [("thank you so much"); 3].join(" ");
        assert_eq!(kept(&crowded, 0.05, 0.9), "thank you so much");
    }
}

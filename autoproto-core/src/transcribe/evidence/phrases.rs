//! Phrases that recognisers are known to invent.

mod lists;

use super::Trial;
use super::letters::tokens;
use super::signs::signs_of;
use super::stretch::ends_sentence;
use crate::types::{RemovalReason, Word};
use lists::{CREDITS, EVERYDAY, OUTROS};

/// The most words of a name after a credit: two initials and a surname.
const NAME: usize = 3;
/// How many signs it takes against a phrase of everyday talk.
const SEVERAL: usize = 2;

/// Takes out known phrases that have weak evidence; one that was clearly said stays.
///
/// Credits of subtitles go wherever they stand if there is any sign against them or the recogniser is not certain;
/// farewells of videos go if they are a phrase of their own and there is a sign against them; of "thank you" and the like
/// it takes two.
pub(super) fn condemn(trial: &mut Trial<'_>) {
    for credit in credits(trial) {
        let signs = signs_of(trial, &credit);
        if signs.count() > 0 || !signs.certain() {
            trial.condemn(&credit, RemovalReason::KnownPhrase);
        }
    }
    for stretch in trial.stretches() {
        let heard = trial.words(&stretch.words);
        let text = heard
            .iter()
            .flat_map(|w| tokens(&w.text))
            .collect::<Vec<_>>()
            .join(" ");
        let signs = signs_of(trial, &stretch.words);
        // Little time is a sign only where there is doubt: the times of a phrase are rough.
        let count = signs.count() - usize::from(signs.crammed && signs.certain());
        let invented = OUTROS.contains(&text.as_str()) && count > 0
            || EVERYDAY.contains(&text.as_str()) && count >= SEVERAL;
        if invented {
            trial.condemn(&stretch.words, RemovalReason::KnownPhrase);
        }
    }
}

/// The credits among the standing words, as numbers of words.
fn credits(trial: &Trial<'_>) -> Vec<Vec<usize>> {
    let numbers = trial.standing();
    let words = trial.words(&numbers);
    let plain: Vec<Vec<String>> = words.iter().map(|w| tokens(&w.text)).collect();
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some(mut end) = credit(&plain, at) else {
            at += 1;
            continue;
        };
        end = named(&words, end);
        if plain
            .get(end)
            .is_some_and(|t| t.first().is_some_and(|t| t == "корректор"))
        {
            end = named(&words, end + 1);
        }
        found.push(numbers.get(at..end).unwrap_or_default().to_vec());
        at = end;
    }
    found
}

/// Where the credit ends that begins with the word at `at`, without the names after it.
fn credit(plain: &[Vec<String>], at: usize) -> Option<usize> {
    CREDITS.iter().find_map(|credit| {
        let mut wanted = credit.split(' ').peekable();
        let mut end = at;
        while wanted.peek().is_some() {
            for token in plain.get(end)? {
                if wanted.next()? != token {
                    return None;
                }
            }
            end += 1;
        }
        Some(end)
    })
}

/// Where the name ends that begins with the word at `at`, if there is one.
fn named(words: &[&Word], at: usize) -> usize {
    let mut end = at;
    let closed = |end: usize| {
        let last = end.checked_sub(1).and_then(|i| words.get(i));
        last.is_some_and(|w| ends_sentence(&w.text))
    };
    let cyrillic = |word: &Word| {
        word.text
            .chars()
            .any(|c| ('\u{400}'..='\u{52f}').contains(&c))
    };
    let russian = at
        .checked_sub(1)
        .and_then(|i| words.get(i))
        .is_some_and(|w| cyrillic(w));
    while end < at + NAME && !closed(end) {
        let Some(word) = words.get(end) else {
            break;
        };
        let mut letters = word.text.chars().filter(|c| c.is_alphabetic());
        let capital = letters.next().is_some_and(char::is_uppercase);
        if !capital || tokens(&word.text).first().is_some_and(|t| t == "корректор") {
            break;
        }
        end += 1;
        if russian && !cyrillic(word) {
            break; // a handle: a name of one word
        }
    }
    end
}

#[cfg(test)]
mod tests;

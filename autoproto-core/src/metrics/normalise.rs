//! Text as it is compared: spoken words without case and punctuation.

use super::numbers::cardinal;
use crate::types::Language;

/// The words of `text` as they would be spoken, joined by single spaces.
///
/// Lower case, «ё» as «е», punctuation and apostrophes dropped, `$5` as `5 dollars`, `5%` as `5 percent` or
/// «5 процентов», whole numbers in English and Russian words, and the English "and" between two words dropped, since
/// speakers and writers of numbers differ in it. A comma or a space before three digits joins them to the digit before,
/// once per number: `12,500` is one number, and so is `12 500`. Numbers of 34 digits and more stay digits.
///
/// ```
/// use autoproto_core::{Language, metrics::normalise};
///
/// assert_eq!(normalise("It's $1,200 — 5% off!", Language::ENGLISH), "its one thousand two hundred dollars five percent off");
/// assert_eq!(normalise("Всё на 21 %.", Language::RUSSIAN), "все на двадцать один процентов");
/// ```
pub fn normalise(text: &str, language: Language) -> String {
    let text = text.to_lowercase().replace('ё', "е");
    let text = spell_dollars(&text.chars().collect::<Vec<_>>());
    let text = spell_percents(&join_thousands(&text), language);
    // Literally " and ": at a line's start and before a comma it stays, as in the measure this one is to agree with.
    let text = spell_numbers(&text, language)
        .replace(" and ", " ")
        .replace(['\'', '’'], "");
    let spaced: String = text
        .chars()
        .map(|c| if is_word(c) { c } else { ' ' })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Russian where Cyrillic letters are at least as many as Latin ones and there are any, else English.
///
/// ```
/// use autoproto_core::{Language, metrics::guess_language};
///
/// assert_eq!(guess_language("Выложили новый release."), Language::RUSSIAN);
/// assert_eq!(guess_language("42"), Language::ENGLISH);
/// ```
pub fn guess_language(text: &str) -> Language {
    let cyrillic = text
        .chars()
        .filter(|c| ('\u{400}'..='\u{52f}').contains(c))
        .count();
    let latin = text
        .chars()
        .filter(|c| c.is_alphabetic() && *c < '\u{250}')
        .count();
    if cyrillic > 0 && cyrillic >= latin {
        Language::RUSSIAN
    } else {
        Language::ENGLISH
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many of the leading characters pass.
fn run(text: &[char], pass: impl Fn(char) -> bool) -> usize {
    text.iter().take_while(|c| pass(**c)).count()
}

/// `$ 1,200.50` → `1,200.50 dollars`.
fn spell_dollars(text: &[char]) -> Vec<char> {
    let mut spelt = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        if first == '$' {
            let amount = &after[run(after, char::is_whitespace)..];
            let length = run(amount, |c| c.is_ascii_digit() || c == ',' || c == '.');
            if length > 0 {
                spelt.extend_from_slice(&amount[..length]);
                spelt.extend(" dollars".chars());
                rest = &amount[length..];
                continue;
            }
        }
        spelt.push(first);
        rest = after;
    }
    spelt
}

/// `12,500` and `12 500` → `12500`; in `1,234,567` only the first separator goes.
fn join_thousands(text: &[char]) -> Vec<char> {
    let mut joined = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        joined.push(first);
        rest = after;
        if !first.is_ascii_digit() {
            continue;
        }
        if let [',' | ' ', a, b, c, tail @ ..] = after {
            let three = [*a, *b, *c];
            if three.iter().all(char::is_ascii_digit) && !tail.first().copied().is_some_and(is_word)
            {
                joined.extend(three);
                rest = tail;
            }
        }
    }
    joined
}

/// `5 %` → `5 percent`.
fn spell_percents(text: &[char], language: Language) -> Vec<char> {
    let word = match language {
        Language::ENGLISH => " percent",
        Language::RUSSIAN => " процентов",
        _ => " ",
    };
    let mut spelt = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        spelt.push(first);
        rest = after;
        if first.is_ascii_digit() {
            let gap = run(after, char::is_whitespace);
            if after.get(gap) == Some(&'%') {
                spelt.extend(word.chars());
                rest = &after[gap + 1..];
            }
        }
    }
    spelt
}

/// Each run of digits as words, with spaces around.
fn spell_numbers(text: &[char], language: Language) -> String {
    let mut spelt = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let digits = run(rest, |c| c.is_ascii_digit());
        if digits == 0 {
            spelt.push(first);
            rest = after;
            continue;
        }
        let number: String = rest[..digits].iter().collect();
        let words = number.parse().ok().and_then(|n| cardinal(n, language));
        spelt.extend([" ", words.as_ref().unwrap_or(&number), " "]);
        rest = &rest[digits..];
    }
    spelt
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn separators_of_thousands_join_once_per_number() {
        let en = |text| normalise(text, Language::ENGLISH);
        assert_eq!(
            en("12,500 or 12 500"),
            "twelve thousand five hundred or twelve thousand five hundred"
        );
        assert_eq!(
            en("1,234,567"),
            "one thousand two hundred thirty four five hundred sixty seven"
        );
        assert_eq!(en("1,5000"), "one five thousand");
    }

    #[test]
    fn a_number_without_words_stays() {
        let long = "9".repeat(60);
        assert_eq!(normalise(&long, Language::ENGLISH), long);
        assert_eq!(normalise("50 %", Language::new("de").unwrap()), "50");
    }

    proptest! {
        #[test]
        fn once_is_enough(text in "[a-zA-Zа-яёА-ЯЁ0-9$%,. '’—-]{0,60}") {
            // Letters next to a "and" may close up to another one; without it the second pass changes nothing.
            prop_assume!(!text.to_lowercase().contains("and"));
            for language in [Language::ENGLISH, Language::RUSSIAN] {
                let once = normalise(&text, language);
                prop_assert_eq!(normalise(&once, language), once);
            }
        }

        #[test]
        fn any_text_will_do(text in any::<String>()) {
            let words = normalise(&text, guess_language(&text));
            prop_assert!(words.split(' ').all(|w| words.is_empty() || !w.is_empty()));
        }
    }
}

//! How much of a text there is to say.

use crate::types::{Language, Word};

/// Letters and digits: what takes time to say.
pub(super) fn letters<'a>(words: impl IntoIterator<Item = &'a Word>) -> usize {
    let count = |word: &Word| word.text.chars().filter(|c| c.is_alphanumeric()).count();
    words.into_iter().map(count).sum()
}

/// The lower-cased runs of letters and digits of a word, «ё» as «е»: "А.Семкин" has two.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('ё', "е");
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|t| !t.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Letters a second beyond which nobody speaks.
///
/// The fastest utterance of the demo meetings has 16 letters a second in either language, their median 11 to 13;
/// auctioneers reach about 400 words a minute, which is 31. A character of Chinese, Japanese and Korean is about a
/// syllable, of which those languages have 5 to 8 a second (Pellegrino et al., 2011).
pub(super) fn fastest(language: Option<Language>) -> f64 {
    match language.map(|l| l.code()) {
        Some("zh" | "yue" | "ja" | "ko") => 16.0,
        _ => 35.0,
    }
}

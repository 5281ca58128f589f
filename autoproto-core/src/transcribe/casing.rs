//! Capitals for engines that give none.

use super::sentences::sentences;
use crate::types::{Language, Word};

/// Names that are words besides: better no capital than a wrong one.
const WORDS_TOO: &str = "вера надежда любовь роман слава лев роза лилия майя марк мир артем заря гроза мороз волк will mark \
    may june april august grace hope faith rose bill art rob sue pat jack drew chase dean frank grant \
    guy dawn joy ray penny don miles lane page young long";

/// The cases of Russian names, as what comes after the stem.
const ENDINGS: &str = "а я у ю е и ы ой ей ою ею ом ем ым им ого его ому ему ая ую ых их ий";

/// Whether an engine gave these words capitals: there are both capitals and small letters. All words in capitals are none.
pub fn is_cased(words: &[Word]) -> bool {
    let letters = || words.iter().flat_map(|w| w.text.chars());
    letters().any(char::is_uppercase) && letters().any(char::is_lowercase)
}

/// Gives words capitals where an engine gave none: the first of each sentence, the English "I", and `names`, which are
/// written as they are to be (people, «ИТ-отдел», "GitHub"); a Russian name in any of its cases.
///
/// A name that is a word besides («Вера», "Mark") gets its capital only at the begin of a sentence, or with its surname.
/// Words that [are cased](is_cased) stay as they are, and so do all letters and times.
///
/// ```
/// use autoproto_core::transcribe::casing::restore_case;
/// use autoproto_core::{Language, TimeSpan, Word};
///
/// let said = "спросим марию про github. она знает.";
/// let word = |text: &str| Word { span: TimeSpan::new(0.0, 0.4), text: text.into(), confidence: 1.0 };
/// let mut words: Vec<Word> = said.split(' ').map(word).collect();
/// restore_case(&mut words, Some(Language::RUSSIAN), &["Мария", "GitHub"]);
/// let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
/// assert_eq!(texts.join(" "), "Спросим Марию про GitHub. Она знает.");
/// ```
pub fn restore_case<S: AsRef<str>>(words: &mut [Word], language: Option<Language>, names: &[S]) {
    if is_cased(words) {
        return;
    }
    for word in words.iter_mut() {
        word.text = word.text.to_lowercase();
    }
    for sentence in sentences(words) {
        if let Some(first) = words.get_mut(sentence).and_then(|s| s.first_mut()) {
            capitalise(&mut first.text);
        }
    }
    if language == Some(Language::ENGLISH) {
        for word in words.iter_mut() {
            let core = core(&word.text).replace('’', "'");
            if core == "i" || core.starts_with("i'") {
                capitalise(&mut word.text);
            }
        }
    }
    for name in names {
        let parts: Vec<&str> = name.as_ref().split_whitespace().collect();
        if !parts.is_empty() {
            apply(words, &parts);
        }
    }
}

/// Writes a name as it is to be wherever its words follow each other.
fn apply(words: &mut [Word], parts: &[&str]) {
    for from in 0..(words.len() + 1).saturating_sub(parts.len()) {
        let Some(place) = words.get_mut(from..from + parts.len()) else {
            return;
        };
        let alone = parts.len() == 1;
        let heard = place
            .iter()
            .zip(parts)
            .all(|(word, part)| is_form(&core(&word.text), &core(part)));
        let common = alone && parts.iter().any(|p| is_in(WORDS_TOO, &core(p)));
        if heard && !common {
            for (word, part) in place.iter_mut().zip(parts) {
                write(&mut word.text, part);
            }
        }
    }
}

/// Lower case, `ё` as `е`, without what surrounds it.
fn core(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
        .replace('ё', "е")
}

fn is_in(table: &str, word: &str) -> bool {
    table.split(' ').any(|w| w == word)
}

/// Whether `word` is `name`, or a case of that Russian name.
fn is_form(word: &str, name: &str) -> bool {
    if word == name {
        return !name.is_empty();
    }
    let cyrillic = name.chars().all(|c| ('а'..='я').contains(&c));
    let stem = ["ий", "ый", "ой", "ая"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .or_else(|| name.strip_suffix(['а', 'я', 'й', 'ь']))
        .unwrap_or(name);
    cyrillic
        && stem.chars().count() >= 3
        && word
            .strip_prefix(stem)
            .is_some_and(|rest| rest.is_empty() || is_in(ENDINGS, rest))
}

/// Capitals where `name` has them. Behind the letters that both share a case ends in small ones.
fn write(text: &mut String, name: &str) {
    let mut letters = name.trim_matches(|c: char| !c.is_alphanumeric()).chars();
    let written = text.chars().flat_map(|c| {
        let capital = c.is_alphanumeric() && letters.next().is_some_and(char::is_uppercase);
        let upper = capital.then(|| c.to_uppercase());
        let same = (!capital).then_some(c);
        upper.into_iter().flatten().chain(same)
    });
    *text = written.collect();
}

/// The first letter as a capital.
fn capitalise(text: &mut String) {
    if let Some((at, first)) = text.char_indices().find(|(_, c)| c.is_alphanumeric()) {
        let upper: String = first.to_uppercase().collect();
        text.replace_range(at..at + first.len_utf8(), &upper);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::types::TimeSpan;

    fn words(text: &str) -> Vec<Word> {
        let word = |text: &str| Word {
            span: TimeSpan::new(0.0, 0.4),
            text: text.into(),
            confidence: 1.0,
        };
        text.split(' ').map(word).collect()
    }

    fn restored(text: &str, language: Language, names: &[&str]) -> String {
        let mut words = words(text);
        restore_case(&mut words, Some(language), names);
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        texts.join(" ")
    }

    #[test]
    fn sentences_names_and_i_get_their_capitals() {
        let names = ["Мария", "Пётр Белинский", "ИТ-отдел", "Вера", "CRM"];
        for (said, wanted) in [
            (
                "«да», сказала мария. потом марией",
                "«Да», сказала Мария. Потом Марией",
            ),
            ("спроси петра белинского", "Спроси Петра Белинского"),
            ("в ит-отделе есть crm", "В ит-отделе есть CRM"),
            ("мой ит-отдел и вера в него", "Мой ИТ-отдел и вера в него"),
            ("марина и мариями", "Марина и мариями"),
        ] {
            assert_eq!(restored(said, Language::RUSSIAN, &names), wanted);
        }
        let names = ["Mark", "Will Smith", "GitHub"];
        let said = "i think will smith will mark it on github. i'm sure";
        let wanted = "I think Will Smith will mark it on GitHub. I'm sure";
        assert_eq!(restored(said, Language::ENGLISH, &names), wanted);
        // "i" is a word of its own elsewhere.
        let italian = Language::new("it").unwrap();
        assert_eq!(restored("ecco i dati", italian, &[]), "Ecco i dati");
    }

    #[test]
    fn capitals_that_are_there_stay() {
        let said = "мы ждём GPU. завтра";
        assert_eq!(restored(said, Language::RUSSIAN, &["завтра"]), said);
        assert_eq!(
            restored("HELLO I SEE", Language::ENGLISH, &[]),
            "Hello I see"
        );
    }

    proptest! {
        #[test]
        fn only_capitals_change(text in "[a-zа-яё'.,?«» -]{0,60}", names in proptest::collection::vec("[A-ZА-Яa-zа-я ]{0,8}", 0..4)) {
            let before = words(&text);
            let mut after = before.clone();
            restore_case(&mut after, Some(Language::ENGLISH), &names);
            for (a, b) in after.iter().zip(&before) {
                prop_assert_eq!(a.text.to_lowercase(), b.text.clone());
                prop_assert_eq!(a.span, b.span);
            }
            let again = after.clone();
            restore_case(&mut after, Some(Language::ENGLISH), &names);
            prop_assert!(after == again || !is_cased(&again));
        }
    }
}

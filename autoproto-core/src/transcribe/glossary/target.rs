//! What heard words are matched with: each word of the glossary in all its forms.

use std::collections::HashSet;

use super::distance::close;
use super::{Glossary, sounds};
use crate::name_cases::{forms, is_russian};

/// A form that may have been said.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// In lower case, «ё» as «е».
    pub(super) letters: Vec<char>,
    /// As it is written.
    pub(super) written: String,
    /// The name or term it is a form of: an index of [`Targets::terms`].
    pub(super) of: usize,
}

/// A Latin term by its sounds.
#[derive(Debug, Clone)]
pub(super) struct Latin {
    pub(super) sounds: Vec<char>,
    pub(super) of: usize,
}

/// The words of a glossary.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    /// The words as the glossary writes them.
    pub(super) terms: Vec<String>,
    pub(super) forms: Vec<Form>,
    pub(super) latin: Vec<Latin>,
    /// Every form, in lower case, «ё» as «е»: what is one of these was heard right.
    exact: HashSet<String>,
}

impl Targets {
    pub(super) fn of(glossary: &Glossary) -> Self {
        let mut targets = Self::default();
        for name in &glossary.people {
            for part in name.split(' ') {
                targets.add(part);
            }
        }
        for term in &glossary.terms {
            // Of several words each may be an everyday one: they are told to the decoder, and not forced afterwards.
            let mut words = term.split(' ');
            match (words.next(), words.next()) {
                (Some(word), None) => targets.add(word),
                _ => targets.exact.extend(term.split(' ').map(plain)),
            }
        }
        targets
    }

    fn add(&mut self, word: &str) {
        if self.terms.iter().any(|t| t == word) {
            return;
        }
        let of = self.terms.len();
        self.terms.push(word.to_owned());
        let lower = word.to_lowercase();
        let spelt_out = lower.chars().count() > 1 && word.chars().all(char::is_uppercase);
        let forms = if spelt_out {
            vec![lower]
        } else {
            forms(&lower)
        };
        for form in forms {
            let plain = plain(&form);
            // Words are compared without the marks around them, and so is what ends in one ("C++").
            let bare = plain.trim_matches(|c: char| !c.is_alphanumeric());
            self.exact.insert(bare.to_owned());
            self.exact.insert(plain.clone());
            self.forms.push(Form {
                letters: plain.chars().collect(),
                written: cased(&form, word),
                of,
            });
        }
        if let Some(sounds) = sounds::of_latin(word) {
            self.latin.push(Latin { sounds, of });
        }
    }

    /// Whether `plain` is a word of the glossary in one of its forms.
    pub(super) fn has(&self, plain: &str) -> bool {
        self.exact.contains(plain)
    }

    /// The forms that begin with a sound close to that of `letters` and are about as long.
    pub(super) fn like<'a>(&'a self, letters: &'a [char]) -> impl Iterator<Item = &'a Form> {
        self.forms.iter().filter(|form| {
            let heads = form.letters.first().zip(letters.first());
            heads.is_some_and(|(a, b)| close(*a, *b))
                && form.letters.len().abs_diff(letters.len()) <= 2
                && script(&form.letters) == script(letters)
        })
    }
}

/// Lower case, «ё» as «е»: what is compared.
pub(super) fn plain(word: &str) -> String {
    word.to_lowercase().replace('ё', "е")
}

fn script(letters: &[char]) -> bool {
    letters.iter().all(|c| is_russian(*c) || *c == '-')
}

/// A form with the capitals of its term: as far as both go together, and at its beginning.
fn cased(form: &str, term: &str) -> String {
    let mut term = term.chars();
    let mut together = true;
    form.chars()
        .map(|letter| {
            let other = term.next();
            together =
                together && other.is_some_and(|o| o.to_lowercase().eq(std::iter::once(letter)));
            other.filter(|_| together).unwrap_or(letter)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_the_capitals_of_its_term() {
        assert_eq!(cased("ивановым", "Иванов"), "Ивановым");
        assert_eq!(cased("петру", "Пётр"), "Петру");
        assert_eq!(cased("камазом", "КамАЗ"), "КамАЗом");
        assert_eq!(cased("gitlab", "GitLab"), "GitLab");
    }
}

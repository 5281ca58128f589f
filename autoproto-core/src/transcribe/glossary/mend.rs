//! Names and terms in what was heard, mended.

use super::Glossary;
use super::distance::distance;
use super::sounds::{of_cyrillic, stems};
use super::target::{Form, Targets, plain};
use crate::name_forms::is_name;
use crate::transcribe::evidence::ends_sentence;
use crate::types::{Correction, Language, Word};

/// Below this confidence a word may have been misheard.
const MISHEARD: f32 = 0.6;
/// Words shorter than this are never mended, in letters: too many others are near.
const SHORTEST: usize = 4;
/// Terms with fewer sounds than this are not looked for in Cyrillic.
const SHORTEST_SOUNDS: usize = 5;
/// How far a heard word may be from a name for each of its letters, when there is one sign that it is a name misheard…
const NEAR: f64 = 0.09;
/// …but no further than this: three letters taken for others that sound alike.
const NEAREST_MOST: f64 = 0.9;
/// How far when there are both signs and the word is of at least [`LONG`] letters: one letter more.
const FAR: f64 = 1.0;
const LONG: usize = 6;
/// A second name this little further away makes the first uncertain.
const MARGIN: f64 = 0.3;

/// Mends the names and terms of one glossary.
///
/// A word is mended only if there is a sign that it was misheard — the recogniser is not sure of it, or it has a capital
/// inside a sentence — and if it sounds like one word of the glossary and like no other. Its grammatical case stays:
/// of «Иванофу» comes «Иванову». Words that the glossary has in any case stay as they are, and so do common first names.
/// Latin terms are found in Cyrillic, too: of «кубернетесе» comes "Kubernetes".
///
/// ```
/// use autoproto_core::transcribe::glossary::{Glossary, Mender};
/// use autoproto_core::{Language, TimeSpan, Word};
///
/// let mender = Mender::new(&Glossary::new().with_people(["Иванов"])?);
/// let word = |text: &str, confidence| Word { span: TimeSpan::new(0.0, 0.4), text: text.into(), confidence };
/// let mut words = [word("Поручить", 0.9), word("Иванофу,", 0.5), word("Петрову", 0.9)];
///
/// let corrections = mender.mend(&mut words, Some(Language::RUSSIAN));
/// assert_eq!(words[1].text, "Иванову,");
/// assert_eq!((corrections.len(), corrections[0].heard.as_str()), (1, "Иванофу,"));
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Mender(Targets);

impl Mender {
    /// For the names and terms of `glossary`. Terms of several words are not mended.
    pub fn new(glossary: &Glossary) -> Self {
        Self(Targets::of(glossary))
    }

    /// Mends `words`, which are those of one segment or of many, in order, spoken in `language`; times and confidences stay as they are.
    ///
    /// Says what it did, in order. Doing it twice changes nothing more.
    pub fn mend(&self, words: &mut [Word], language: Option<Language>) -> Vec<Correction> {
        let nouns_have_capitals = language.is_some_and(|l| ["de", "lb"].contains(&l.code()));
        let mut corrections = Vec::new();
        let mut begins = true;
        for word in words {
            if let Some((written, of)) = self.better(word, begins, nouns_have_capitals) {
                let heard = std::mem::replace(&mut word.text, written);
                corrections.push(Correction {
                    span: word.span,
                    heard,
                    written: word.text.clone(),
                    term: self.0.terms.get(of).cloned().unwrap_or_default(),
                });
            }
            begins = ends_sentence(&word.text);
        }
        corrections
    }

    /// What to write for `word`, and for which term; `begins` at the beginning of a sentence. No capital is a sign of a
    /// name where all nouns have one.
    fn better(
        &self,
        word: &Word,
        begins: bool,
        nouns_have_capitals: bool,
    ) -> Option<(String, usize)> {
        let (head, core, tail) = parts(&word.text);
        let heard = plain(core);
        let letters: Vec<char> = heard.chars().collect();
        let whole = plain(word.text.trim_matches(|c: char| !c.is_alphanumeric()));
        if letters.len() < SHORTEST || self.0.has(&heard) || self.0.has(&whole) {
            return None;
        }
        let capital = !begins && !nouns_have_capitals && core.starts_with(char::is_uppercase);
        // A confidence that is no number is none.
        let sure = word.confidence >= MISHEARD;
        if !capital && sure {
            return None;
        }
        let found = self
            .name(&letters, capital && !sure, is_name(&heard))
            .or_else(|| self.latin(core));
        found.map(|(written, of)| (format!("{head}{written}{tail}"), of))
    }

    /// The form of the glossary that sounds like this; `known` if it is a common first name as it stands.
    fn name(&self, letters: &[char], both: bool, known: bool) -> Option<(String, usize)> {
        let near = (NEAR * letters.len() as f64).min(NEAREST_MOST);
        let most = match (known, both && letters.len() >= LONG) {
            // A name of someone else, unless it sounds the same.
            (true, _) => near.min(MARGIN),
            (false, true) => FAR.max(near),
            (false, false) => near,
        } + 1e-9;
        let heard = self.0.like(letters);
        let near: Vec<(f64, &Form)> = heard
            .map(|form| (distance(letters, &form.letters, most + MARGIN), form))
            .filter(|(cost, _)| *cost <= most + MARGIN)
            .collect();
        let (least, best) = near.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let rival = near.iter().any(|(cost, form)| {
            form.of != best.of && form.written != best.written && *cost < least + MARGIN
        });
        (*least <= most && !rival).then(|| (best.written.clone(), best.of))
    }

    /// The Latin term that a Cyrillic word sounds like.
    fn latin(&self, core: &str) -> Option<(String, usize)> {
        let lower = core.to_lowercase();
        let mut best: Option<(f64, usize)> = None;
        for stem in stems(&lower) {
            let sounds = of_cyrillic(stem)?;
            for term in &self.0.latin {
                if term.sounds.len() < SHORTEST_SOUNDS {
                    continue;
                }
                let most = (NEAR * term.sounds.len() as f64).min(NEAREST_MOST);
                let cost = distance(&sounds, &term.sounds, most);
                if cost <= most && best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, term.of));
                }
            }
        }
        let (_, of) = best?;
        self.0.terms.get(of).map(|term| (term.clone(), of))
    }
}

/// A word without the punctuation around it and an English "'s", which come before and after it.
fn parts(text: &str) -> (&str, &str, &str) {
    let core = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let head = text.len() - core.len();
    let core = core.trim_end_matches(|c: char| !c.is_alphanumeric());
    let core = core
        .strip_suffix("'s")
        .or_else(|| core.strip_suffix("’s"))
        .unwrap_or(core);
    let tail = head + core.len();
    (
        text.get(..head).unwrap_or_default(),
        core,
        text.get(tail..).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests;

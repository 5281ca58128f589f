//! What the decoder is told beforehand.

use super::Glossary;
use crate::types::Language;

/// The most tokens of a prompt that Whisper reads: half its text context of 448, less the token that begins it.
///
/// ```
/// assert_eq!(autoproto_core::transcribe::glossary::PROMPT_TOKENS, 223);
/// ```
pub const PROMPT_TOKENS: usize = 448 / 2 - 1;

/// Names and terms in a sentence or two, within a budget.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Prompt {
    /// Empty where nothing fits or there is nothing to tell.
    pub text: String,
    /// What the budget has no room for, the most important first.
    pub dropped: Vec<String>,
}

impl Prompt {
    /// What to tell the user where the budget was too small; `None` where all found room.
    pub fn note(&self) -> Option<String> {
        const NAMED: usize = 10;
        let count = self.dropped.len();
        if count == 0 {
            return None;
        }
        let named = self.dropped.iter().take(NAMED).cloned();
        let mut named = named.collect::<Vec<_>>().join(", ");
        if count > NAMED {
            named.push_str(&format!(" and {} more", count - NAMED));
        }
        Some(format!(
            "the glossary is longer than the recogniser's prompt; not told beforehand: {named}"
        ))
    }
}

impl Glossary {
    /// The prompt for every chunk that is decoded in `language`: at most `budget` tokens, as `count` counts them.
    ///
    /// People and terms take turns by their places in the two lists, so that neither list crowds out the other. An entry
    /// without room is [`dropped`](Prompt::dropped), and shorter ones after it still have their chance.
    pub fn prompt(
        &self,
        language: Option<Language>,
        budget: usize,
        count: impl Fn(&str) -> usize,
    ) -> Prompt {
        let mut chosen = (
            vec![false; self.people.len()],
            vec![false; self.terms.len()],
        );
        let mut prompt = Prompt::default();
        for place in 0..self.people.len().max(self.terms.len()) {
            for of_people in [true, false] {
                let (list, flags) = if of_people {
                    (&self.people, &mut chosen.0)
                } else {
                    (&self.terms, &mut chosen.1)
                };
                let (Some(entry), Some(flag)) = (list.get(place), flags.get_mut(place)) else {
                    continue;
                };
                *flag = true;
                let text = self.sentences(language, &chosen);
                if count(&text) <= budget {
                    prompt.text = text;
                    continue;
                }
                prompt.dropped.push(entry.clone());
                let flags = if of_people {
                    &mut chosen.0
                } else {
                    &mut chosen.1
                };
                if let Some(flag) = flags.get_mut(place) {
                    *flag = false;
                }
            }
        }
        prompt
    }

    fn sentences(&self, language: Option<Language>, chosen: &(Vec<bool>, Vec<bool>)) -> String {
        let (people, terms) = labels(language);
        let listed = |label: &str, list: &[String], flags: &[bool]| {
            let entries = list.iter().zip(flags).filter(|(_, chosen)| **chosen);
            let entries: Vec<&str> = entries.map(|(entry, _)| entry.as_str()).collect();
            (!entries.is_empty()).then(|| format!("{label}{}.", entries.join(", ")))
        };
        let both = [
            listed(people, &self.people, &chosen.0),
            listed(terms, &self.terms, &chosen.1),
        ];
        both.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Whisper goes on in the language and the manner of its prompt, so that the lists stand in sentences of that language;
/// in one without words for them here they stand alone.
fn labels(language: Option<Language>) -> (&'static str, &'static str) {
    match language {
        Some(Language::RUSSIAN) => ("Участники: ", "Термины: "),
        Some(Language::ENGLISH) => ("Participants: ", "Terms: "),
        _ => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// Like a tokenizer: no token has more than four characters.
    fn count(text: &str) -> usize {
        text.split(' ').map(|w| w.chars().count().div_ceil(4)).sum()
    }

    #[test]
    fn the_prompt_is_a_sentence_of_its_language() {
        let glossary = Glossary::new().with_people(["Anna Lee", "Tom"]).unwrap();
        let prompt = |language| glossary.prompt(language, 100, count).text;
        assert_eq!(
            prompt(Some(Language::ENGLISH)),
            "Participants: Anna Lee, Tom."
        );
        assert_eq!(prompt(Some(Language::RUSSIAN)), "Участники: Anna Lee, Tom.");
        assert_eq!(prompt(None), "Anna Lee, Tom.");
        assert_eq!(Glossary::new().prompt(None, 100, count), Prompt::default());
    }

    #[test]
    fn a_budget_too_small_is_told() {
        let people = (0..40).map(|i| format!("Person{i}"));
        let terms = [
            "Kubernetes",
            "SLA",
            "a term of very many words that has no room at all",
            "API",
        ];
        let glossary = Glossary::new().with_people(people).unwrap();
        let glossary = glossary.with_terms(terms).unwrap();
        let prompt = glossary.prompt(Some(Language::ENGLISH), 20, count);
        assert!(count(&prompt.text) <= 20, "{}", prompt.text);
        assert!(prompt.text.contains("Kubernetes") && prompt.text.contains("Person0"));
        assert!(prompt.text.contains("SLA"), "terms are not crowded out");
        let note = prompt.note().unwrap();
        assert!(
            note.contains("Person39") || note.contains(" more"),
            "{note}"
        );
        assert_eq!(glossary.prompt(None, 0, count).dropped.len(), 44);
    }

    proptest! {
        #[test]
        fn each_entry_is_told_or_named(
            people in proptest::collection::vec("[A-Z][a-z]{2,8}", 0..12), terms in proptest::collection::vec("[A-Z]{2,6}", 0..12),
            budget in 0_usize..60,
        ) {
            let glossary = Glossary::new().with_people(&people).unwrap().with_terms(&terms).unwrap();
            let prompt = glossary.prompt(None, budget, count);
            prop_assert!(prompt.text.is_empty() || count(&prompt.text) <= budget);
            let told: Vec<&str> = prompt.text.split([',', '.', ' ']).collect();
            for entry in glossary.people().iter().chain(glossary.terms()) {
                let named = prompt.dropped.contains(entry);
                prop_assert!(named || told.contains(&entry.as_str()));
            }
            prop_assert_eq!(prompt.note().is_some(), !prompt.dropped.is_empty());
        }
    }
}

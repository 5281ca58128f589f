//! Who is meant, alone or with others, and who is known in this meeting.

use std::collections::HashSet;

use super::name_forms::{
    capitalised, english, guessed_base, is_dative, is_name, is_nominative, russian,
    russian_oblique, surname, table_name,
};
use super::sentences::{Sentence, Token};
use super::{cues_en, cues_ru, verbs_ru};

/// Whether someone is given a task from here on: what begins a new clause where punctuation is missing.
pub(super) fn begins_task(words: &[&str], capital: bool, in_russian: bool) -> bool {
    let Some(first) = words.first().filter(|w| table_name(w, capital)) else {
        return false;
    };
    let mut at = 1;
    if words.get(1).is_some_and(|w| ["and", "и"].contains(w))
        && words.get(2).is_some_and(|w| is_name(w))
    {
        at = 3;
    }
    let (next, after) = (
        words.get(at).copied().unwrap_or_default(),
        words.get(at + 1).copied().unwrap_or_default(),
    );
    if in_russian {
        let verb = verbs_ru::future(next).is_some() || verbs_ru::imperative(next).is_some();
        return is_nominative(first)
            && (verb || (next == "пожалуйста" && verbs_ru::imperative(after).is_some()));
    }
    match next {
        "will" => !cues_en::NOT_TASKS.contains(&after),
        "please" | "to" => cues_en::is_task_verb(after),
        "can" | "could" | "would" => after == "you",
        "we" => after == "will",
        _ => false,
    }
}

/// The people of a meeting whom no table knows, from how they are spoken to: «Спасибо, Фархад.», "Priya, could you…".
#[derive(Debug, Default)]
pub(super) struct People(HashSet<String>);

/// Who is to do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// "Maria", "Maria and Tom", «Мария».
    pub(super) owner: String,
    /// How many tokens name them.
    pub(super) taken: usize,
    /// A name of a table, or of someone who is spoken to in this meeting; else just a capital where one is due anyway.
    pub(super) sure: bool,
    /// May be read as a dative («Олегу»).
    pub(super) dative: bool,
    /// May be read as a nominative («Олег»).
    pub(super) nominative: bool,
}

impl People {
    pub(super) fn of(sentences: &[Sentence]) -> Self {
        let mut names = HashSet::new();
        for sentence in sentences {
            let tokens = &sentence.tokens;
            for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.capital) {
                let before = at.checked_sub(1).and_then(|b| tokens.get(b));
                let thanked = before.is_some_and(|b| {
                    ["спасибо", "thanks", "you"].contains(&b.norm.as_str())
                        && (b.pause || !sentence.question)
                }) && (before.is_some_and(|b| b.norm != "you")
                    || at >= 2 && tokens[at - 2].norm == "thank");
                let next = tokens.get(at + 1).map_or("", |t| t.norm.as_str());
                let asked = at == 0
                    && token.pause
                    && ([
                        "can",
                        "could",
                        "would",
                        "please",
                        "what",
                        "how",
                        "пожалуйста",
                        "какой",
                        "как",
                        "что",
                    ]
                    .contains(&next)
                        || verbs_ru::imperative(next).is_some());
                if (thanked || asked) && !is_common(&token.norm) {
                    names.insert(token.norm.clone());
                }
            }
        }
        Self(names)
    }

    /// The name or names that begin at `at`; `oblique` where the cue before wants a dative or an accusative.
    pub(super) fn named(
        &self,
        tokens: &[&Token],
        at: usize,
        in_russian: bool,
        oblique: bool,
    ) -> Option<Named> {
        let mut found = self.one(tokens, at, in_russian, oblique)?;
        loop {
            let next = at + found.taken;
            let joined = tokens
                .get(next)
                .is_some_and(|t| ["and", "и"].contains(&t.norm.as_str()));
            let listed =
                !joined && found.sure && tokens.get(next - 1).is_some_and(|t| t.pause && !t.colon);
            if !joined && !listed {
                return Some(found);
            }
            let other = self.one(tokens, next + usize::from(joined), in_russian, oblique);
            let Some(other) = other.filter(|o| joined || o.sure) else {
                return Some(found);
            };
            found.owner = if joined {
                format!(
                    "{} {} {}",
                    found.owner,
                    if in_russian { "и" } else { "and" },
                    other.owner
                )
            } else {
                format!("{}, {}", found.owner, other.owner)
            };
            found.taken += usize::from(joined) + other.taken;
        }
    }

    fn one(&self, tokens: &[&Token], at: usize, in_russian: bool, oblique: bool) -> Option<Named> {
        let token = tokens.get(at)?;
        let norm = token.norm.as_str();
        let capital = token.capital || acts(tokens, at + 1);
        let known = if in_russian {
            self.russian(token, oblique, capital)
        } else {
            english(norm)
                .filter(|_| table_name(norm, capital))
                .map(str::to_string)
        };
        let met = token.capital && self.0.contains(norm);
        let mut named = match known {
            Some(owner) => {
                let (dative, nominative) = if in_russian {
                    (is_dative(norm), is_nominative(norm))
                } else {
                    (false, true)
                };
                Named {
                    owner,
                    taken: 1,
                    sure: true,
                    dative,
                    nominative,
                }
            }
            None if token.capital
                && norm.len() > 2
                && !is_common(norm)
                && !verbs_ru::is_form(norm) =>
            {
                let owner = if in_russian && oblique {
                    guessed_base(norm)
                } else {
                    norm.to_string()
                };
                Named {
                    owner: capitalised(&owner),
                    taken: 1,
                    sure: met,
                    dative: oblique,
                    nominative: true,
                }
            }
            None => return None,
        };
        // A patronymic or a surname after a first name.
        if let Some(second) = tokens
            .get(at + 1)
            .filter(|t| t.capital && !token.pause && named.sure)
        {
            let norm = second.norm.as_str();
            if in_russian && let Some(base) = surname(norm, named.owner.ends_with(['а', 'я', 'ь']))
            {
                (named.owner, named.taken) = (format!("{} {}", named.owner, capitalised(&base)), 2);
            } else if !in_russian
                && english(norm).is_none()
                && !cues_en::is_function(norm)
                && !cues_en::is_task_verb(norm)
                && norm.len() > 2
            {
                (named.owner, named.taken) = (format!("{} {}", named.owner, capitalised(norm)), 2);
            }
        }
        Some(named)
    }

    fn russian(&self, token: &Token, oblique: bool, capital: bool) -> Option<String> {
        let norm = token.norm.as_str();
        if !table_name(norm, capital) {
            let looks = token.capital && surname(norm, false).is_some() && norm.chars().count() > 5;
            return looks.then(|| surname(norm, false).map(|s| capitalised(&s)))?;
        }
        let base = if oblique {
            russian_oblique(norm)
        } else {
            russian(norm)
        }?;
        Some(base.to_string())
    }
}

/// Whether what follows makes a small-lettered "frank" or «вера» a person: a task, or another name after "and".
fn acts(tokens: &[&Token], at: usize) -> bool {
    let word = |n: usize| tokens.get(n).map_or("", |t| t.norm.as_str());
    let will = word(at) == "will" && cues_en::is_task_verb(word(at + 1));
    will || verbs_ru::future(word(at)).is_some()
        || (["and", "и"].contains(&word(at)) && is_name(word(at + 1)))
}

/// Words that begin sentences with a capital and name nobody.
fn is_common(norm: &str) -> bool {
    cues_en::is_function(norm)
        || cues_ru::is_function(norm)
        || cues_en::FILLERS.contains(&norm)
        || cues_ru::FILLERS.contains(&norm)
}

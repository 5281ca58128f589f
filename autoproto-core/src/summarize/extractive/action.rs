//! Who is to do what by when, as found in one sentence.

use super::due::{self, Due};
use super::names::People;
use super::sentences::{Sentence, Token};
use super::{action_en, action_ru};

/// What a sentence says about tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A task that stands.
    Task(Task),
    /// A task that stands once someone promises it ("Maria, can you send the report?").
    Request(Task),
    /// "I'll take that": whoever speaks takes the last request.
    Take {
        /// By when, if said.
        due: Option<String>,
    },
    /// «Хорошо, подготовлю.»: the last task is accepted, perhaps with a time.
    Promise {
        /// By when, if said.
        due: Option<String>,
    },
    /// "The deadline is Friday": belongs to the last task.
    Deadline(String),
    /// «Ответственный — Олег»: belongs to the last task.
    Responsible(String),
}

/// Who a task falls to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Named(String),
    Speaker,
    Nobody,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) who: Who,
    /// Begins with a verb in its plain form where that is known.
    pub(super) text: String,
    pub(super) due: Option<String>,
}

/// A sentence without its time and its politeness.
pub(super) struct Clause<'a> {
    pub(super) sentence: &'a Sentence,
    pub(super) people: &'a People,
    /// The tokens left.
    pub(super) tokens: Vec<&'a Token>,
    /// Their indices in the sentence.
    pub(super) indices: Vec<usize>,
    pub(super) due: Option<Due>,
    /// "please", «пожалуйста» was said.
    pub(super) polite: bool,
}

impl<'a> Clause<'a> {
    fn of(sentence: &'a Sentence, people: &'a People) -> Self {
        let all: Vec<&Token> = sentence.tokens.iter().collect();
        let due = due::find(&all, sentence.russian, |r| sentence.text(r));
        let mut polite = false;
        let mut indices = Vec::with_capacity(all.len());
        for (n, token) in all.iter().enumerate() {
            let please = ["please", "пожалуйста", "kindly"].contains(&token.norm.as_str());
            polite |= please;
            if !please && !due.as_ref().is_some_and(|d| d.tokens.contains(&n)) {
                indices.push(n);
            }
        }
        let tokens = indices
            .iter()
            .filter_map(|&n| sentence.tokens.get(n))
            .collect();
        Self {
            sentence,
            people,
            tokens,
            indices,
            due,
            polite,
        }
    }

    pub(super) fn norms(&self) -> Vec<&'a str> {
        self.tokens.iter().map(|t| t.norm.as_str()).collect()
    }

    pub(super) fn norm(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| t.norm.as_str())
    }

    /// Whether a comma, colon or dash stands before this token, or nothing does.
    pub(super) fn paused_before(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|b| self.tokens.get(b))
            .is_none_or(|t| t.pause)
    }

    /// The words from `from` up to `to`, as they were heard.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        self.sentence
            .text_of(self.indices.get(from..to).unwrap_or_default())
    }

    /// Where a clause of its own begins («… and we raise the fee»), or `end`.
    pub(super) fn own_end(&self, from: usize, end: usize) -> usize {
        let subjects = [
            "we", "i", "they", "he", "she", "мы", "я", "они", "он", "она",
        ];
        let begins = |n: &usize| {
            ["and", "but", "и", "а", "но"].contains(&self.norm(*n))
                && subjects.contains(&self.norm(n + 1))
        };
        (from..end).find(begins).unwrap_or(end)
    }

    pub(super) fn has_deadline(&self) -> bool {
        self.due.as_ref().is_some_and(|d| d.deadline)
    }

    pub(super) fn due_text(&self) -> Option<String> {
        self.due.as_ref().map(|d| d.text.clone())
    }
}

/// What this sentence says about tasks.
pub(super) fn find(sentence: &Sentence, people: &People) -> Option<Found> {
    let clause = Clause::of(sentence, people);
    if sentence.russian {
        action_ru::read(&clause)
    } else {
        action_en::read(&clause)
    }
}

//! How much of what a script expects is found, and how much of what is found is right.

use std::collections::HashSet;

use super::super::sentences::normal;
use crate::types::{Minutes, Owner};

/// A scripted meeting and what its minutes should hold.
pub(super) struct Script {
    pub(super) lines: &'static [&'static str],
    /// The name of each voice, from A on.
    pub(super) voices: &'static [&'static str],
    pub(super) decisions: &'static [&'static str],
    /// Owner, task, due.
    pub(super) actions: &'static [(&'static str, &'static str, &'static str)],
    pub(super) questions: &'static [&'static str],
    pub(super) agenda: &'static [&'static str],
}

/// Found of expected, right of listed, for decisions and actions together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) expected: usize,
    pub(super) found: usize,
    pub(super) listed: usize,
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| normal(w).chars().take(5).collect())
        .collect()
}

/// Two wordings mean the same where two thirds of all their words are shared.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    3 * a.intersection(&b).count() >= 2 * a.union(&b).count().max(1)
}

pub(super) fn owner(script: &Script, owner: &Owner) -> String {
    match owner {
        Owner::Named(name) => name.clone(),
        Owner::Speaker(id) => script
            .voices
            .get(id.0 as usize)
            .copied()
            .unwrap_or_default()
            .to_string(),
        Owner::Unassigned => String::new(),
    }
}

pub(super) fn score(script: &Script, minutes: &Minutes) -> Score {
    let decided = script
        .decisions
        .iter()
        .filter(|d| minutes.decisions.iter().any(|m| alike(&m.text, d)))
        .count();
    let acted = |(who, task, due): &&(&str, &str, &str)| {
        let fits = |m: &crate::types::ActionItem| {
            owner(script, &m.owner) == *who
                && alike(&m.task, task)
                && normal(m.due.as_deref().unwrap_or_default()) == normal(due)
        };
        minutes.actions.iter().any(fits)
    };
    let found = decided + script.actions.iter().filter(acted).count();
    Score {
        expected: script.decisions.len() + script.actions.len(),
        found,
        listed: minutes.decisions.len() + minutes.actions.len(),
    }
}

/// The minutes as lines, for a failing test to show.
pub(super) fn shown(script: &Script, minutes: &Minutes) -> String {
    let mut out = String::new();
    for a in &minutes.agenda {
        out += &format!("item     {}\n", a.title);
    }
    for d in &minutes.decisions {
        out += &format!("decision {}\n", d.text);
    }
    for a in &minutes.actions {
        out += &format!(
            "action   {} | {} | {}\n",
            owner(script, &a.owner),
            a.task,
            a.due.as_deref().unwrap_or("-")
        );
    }
    for q in &minutes.questions {
        out += &format!("question {}\n", q.text);
    }
    out
}

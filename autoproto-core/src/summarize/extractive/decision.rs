//! What was resolved, and what took it back.

use std::ops::Range;

use super::pattern::{anywhere, longest, matched};
use super::sentences::Sentence;
use super::{cues_en, cues_ru, verbs_ru};

/// A decision as found in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Without the announcing words.
    pub(super) text: String,
    /// The tokens it stands in.
    pub(super) tokens: Range<usize>,
}

/// The decision that this sentence announces.
pub(super) fn find(sentence: &Sentence) -> Option<Found> {
    if sentence.question {
        return None;
    }
    let norms = sentence.norms();
    let (table, kept): (&[&str], bool) = if sentence.russian {
        (cues_ru::DECISION, false)
    } else {
        (cues_en::DECISION, true)
    };
    for at in 0..norms.len() {
        let rest = norms.get(at..)?;
        let announced = longest(table, rest)
            .or_else(|| with_colon(sentence, &norms, at))
            .or_else(|| negative(sentence, rest))
            .or_else(|| misheard(sentence, &norms, at));
        let start = match announced {
            Some(len) => at + len,
            None if kept => match longest(cues_en::DECISION_KEPT, rest) {
                Some(len) => at + len - 2,
                None => continue,
            },
            None if sentence.russian => match carried(sentence, &norms, at) {
                Some(found) => return Some(found),
                None => continue,
            },
            None => continue,
        };
        if !stands(sentence, at, start) {
            return None;
        }
        if sentence.russian
            && start == norms.len()
            && at > 0
            && sentence.tokens.get(at - 1).is_some_and(|t| t.pause)
        {
            return concluded(sentence, at);
        }
        return content(sentence, start);
    }
    None
}

/// «Решила перенести релиз»: heard for «решили» where nobody is the subject.
fn misheard(sentence: &Sentence, norms: &[&str], at: usize) -> Option<usize> {
    let opens = norms
        .get(..at)?
        .iter()
        .all(|w| cues_ru::FILLERS.contains(w));
    let heard = ["решила", "решил", "решение"].contains(norms.get(at)?);
    let infinitive = norms.get(at + 1).is_some_and(|w| verbs_ru::infinitive(w));
    (sentence.russian && opens && heard && infinitive).then_some(1)
}

/// "We decided not to …": the "not" stays in the decision.
fn negative(sentence: &Sentence, rest: &[&str]) -> Option<usize> {
    let len = longest(cues_en::DECISION_NOT, rest).filter(|_| !sentence.russian)?;
    (rest.get(len) == Some(&"not") && rest.get(len + 1) == Some(&"to")).then_some(len)
}

/// «Значит, так: сайт сдаём в мае, решено.»
fn concluded(sentence: &Sentence, at: usize) -> Option<Found> {
    let norms = sentence.norms();
    let start = norms
        .iter()
        .take_while(|w| cues_ru::FILLERS.contains(w))
        .count();
    let said = at.checked_sub(start).is_some_and(|n| n >= 3)
        && ["решено", "решили"].contains(norms.get(at)?);
    said.then(|| Found {
        text: sentence.text(start..at),
        tokens: start..at,
    })
}

/// "Agreed: …", «Решение: …».
fn with_colon(sentence: &Sentence, norms: &[&str], at: usize) -> Option<usize> {
    let table = if sentence.russian {
        cues_ru::DECISION_COLON
    } else {
        cues_en::DECISION_COLON
    };
    let len = longest(table, norms.get(at..)?)?;
    sentence
        .tokens
        .get(at + len - 1)
        .is_some_and(|t| t.colon)
        .then_some(len)
}

/// «Утвердили бюджет» → «утвердить бюджет»: the announcing verb is the decision.
fn carried(sentence: &Sentence, norms: &[&str], at: usize) -> Option<Found> {
    let (_, infinitive) = cues_ru::DECISION_KEPT
        .iter()
        .find(|(form, _)| norms.get(at) == Some(form))?;
    let end = sentence.tokens.len();
    if !stands(sentence, at, at + 1) || end <= at + 1 {
        return None;
    }
    Some(Found {
        text: format!("{infinitive} {}", sentence.text(at + 1..end)),
        tokens: at..end,
    })
}

/// Whether the announcement at `at` is this meeting's own and no report, condition, doubt or question.
fn stands(sentence: &Sentence, at: usize, after: usize) -> bool {
    let norms = sentence.norms();
    let prefix = norms.get(..at).unwrap_or_default();
    if sentence.russian {
        // Whatever stands before the last pause of a plain opening («Подождите, …») is another clause.
        let doubted = prefix.iter().any(|w| cues_ru::DOUBTS.contains(w))
            && !prefix.iter().all(|w| cues_ru::FILLERS.contains(w));
        let asked = norms
            .get(after..)
            .is_some_and(|r| r.first().is_some_and(|w| ["ли", "бы"].contains(w)));
        let begin = sentence
            .tokens
            .iter()
            .take(at)
            .rposition(|t| t.pause)
            .map_or(0, |p| p + 1);
        let clause = norms.get(begin..at).unwrap_or_default();
        let opening = clause.iter().find(|w| !cues_ru::FILLERS.contains(w));
        let own = opening.is_none_or(|w| cues_ru::ADJUNCTS.contains(w));
        return !doubted
            && !asked
            && own
            && !anywhere(cues_ru::ELSEWHERE, norms.get(..after).unwrap_or_default());
    }
    let doubted = prefix.iter().any(|w| cues_en::DOUBTS.contains(w))
        && !plain_after(prefix)
        && !prefix.iter().all(|w| cues_en::FILLERS.contains(w));
    let unsubjected =
        ["agreed", "decided", "resolved", "decision"].contains(norms.get(at).unwrap_or(&""));
    let last = prefix.last().copied().unwrap_or_default();
    let paused = at == 0
        || sentence.tokens.get(at - 1).is_some_and(|t| t.pause)
        || cues_en::FILLERS.contains(&last);
    let elsewhere = anywhere(cues_en::ELSEWHERE, &norms);
    !doubted && !elsewhere && (!unsubjected || paused)
}

/// "After a long discussion we agreed": the only "after" that makes no condition.
fn plain_after(prefix: &[&str]) -> bool {
    matched(
        "?so ?and after ?a ?the|some ?long|short|much|lot ?of discussion|debate|vote|talk",
        prefix,
    ) == Some(prefix.len())
}

fn content(sentence: &Sentence, start: usize) -> Option<Found> {
    let norms = sentence.norms();
    let mut start = start;
    let lead: &[&str] = if sentence.russian {
        &["что", "мы", "так", "то", "следующее"]
    } else {
        &["that", "then", "now"]
    };
    while norms.get(start).is_some_and(|w| lead.contains(w)) {
        start += 1;
    }
    if !sentence.russian
        && let Some(len) = longest(
            &["we ?will|are|should|shall ?going ?to"],
            norms.get(start..).unwrap_or_default(),
        )
        && norms
            .get(start + 1)
            .is_some_and(|w| ["will", "shall", "are", "should"].contains(w))
        && norms.get(start + len).is_some_and(|w| *w != "not")
    {
        start += len;
    }
    let mut end = sentence.tokens.len();
    while end > start
        && norms
            .get(end - 1)
            .is_some_and(|w| ["please", "okay", "ok", "пожалуйста", "then", "да"].contains(w))
    {
        end -= 1;
    }
    let words = end.saturating_sub(start);
    let alone = words == 1
        && norms
            .get(start)
            .is_some_and(|w| w.chars().count() < 5 || cues_ru::FILLERS.contains(w));
    // «Решили задачу» solves, it doesn't decide.
    let solved = sentence.russian
        && words <= 2
        && start > 0
        && norms.get(start - 1) == Some(&"решили")
        && !sentence.tokens.get(start - 1).is_some_and(|t| t.pause)
        && !norms
            .iter()
            .skip(start)
            .any(|w| verbs_ru::like_infinitive(w));
    if solved {
        return None;
    }
    let text = sentence.text(start..end);
    (words > 0 && !alone && !text.is_empty()).then_some(Found {
        text,
        tokens: start..end,
    })
}

/// Whether the decision is an instruction to someone («решили поручить Марии …»), which is a task and not a decision.
pub(super) fn assigns(sentence: &Sentence, found: &Found) -> bool {
    let norms = sentence.norms();
    let rest = norms.get(found.tokens.start..).unwrap_or_default();
    if sentence.russian {
        longest(cues_ru::ASSIGN, rest).is_some()
            && rest.iter().any(|w| verbs_ru::like_infinitive(w))
    } else {
        longest(&["assign|ask"], rest).is_some()
    }
}

//! Russian tasks without a name: the first person and the bare imperative.

use super::action::{Clause, Found, Task, Who};
use super::action_ru::task;
use super::cues_ru;
use super::pattern::longest;
use super::verbs_ru::{self, like_infinitive};

/// «Я подготовлю отчёт к четвергу», «Да, отправлю письмо сегодня».
pub(super) fn first_person(clause: &Clause<'_>, norms: &[&str], from: usize) -> Option<Found> {
    let mut at = from;
    let said = [
        "я",
        "тогда",
        "сам",
        "сама",
        "тоже",
        "обязательно",
        "еще",
        "это",
        "его",
        "ее",
        "их",
        "сегодня",
        "лично",
        "давайте",
        "уже",
        "все",
        "сразу",
        "могу",
        "смогу",
        "готов",
        "готова",
        "беру",
        "возьму",
    ];
    let mut able = false;
    while said.contains(&clause.norm(at)) {
        able |= ["могу", "смогу", "готов", "готова"].contains(&clause.norm(at));
        if ["беру", "возьму"].contains(&clause.norm(at)) {
            break;
        }
        at += 1;
    }
    let rest = norms.get(at..)?;
    if let Some(len) = longest(&["беру|возьму ?это|его|ее на себя"], rest) {
        let text = clause.text(at + len, norms.len());
        let empty = norms
            .get(at + len..)?
            .iter()
            .all(|w| cues_ru::EMPTY.contains(w));
        return Some(if empty {
            Found::Take {
                due: clause.due_text(),
            }
        } else {
            Found::Task(Task {
                who: Who::Speaker,
                text: format!("взять на себя {text}"),
                due: clause.due_text(),
            })
        });
    }
    let word = clause.norm(at);
    let will = word == "буду" && like_infinitive(clause.norm(at + 1));
    let verb = if will || (able && like_infinitive(word)) {
        at + usize::from(will)
    } else {
        at
    };
    let infinitive = if will || able {
        like_infinitive(clause.norm(verb))
    } else {
        verbs_ru::first_person(word).is_some()
            && (!cues_ru::TALK_FIRST.contains(&word) || clause.has_deadline())
    };
    let takes = longest(cues_ru::TAKE, norms.get(from..)?).or(longest(cues_ru::TAKE, norms));
    if !infinitive {
        return takes.map(|_| Found::Take {
            due: clause.due_text(),
        });
    }
    let object = norms
        .get(verb + 1..)?
        .iter()
        .any(|w| !cues_ru::EMPTY.contains(w) && !cues_ru::FILLERS.contains(w));
    if !object {
        return Some(if takes.is_some() {
            Found::Take {
                due: clause.due_text(),
            }
        } else {
            Found::Promise {
                due: clause.due_text(),
            }
        });
    }
    let stands = verbs_ru::infinitive(clause.norm(verb))
        || verbs_ru::first_person(word).is_some()
        || clause.has_deadline();
    if stands && (!will || clause.has_deadline()) {
        task(clause, verb, norms.len(), Who::Speaker).map(Found::Task)
    } else {
        None
    }
}

/// «Подготовьте, пожалуйста, отчёт к пятнице» without a name, or with one at the end.
pub(super) fn unaddressed(clause: &Clause<'_>, norms: &[&str], at: usize) -> Option<Found> {
    let word = clause.norm(at);
    let told = verbs_ru::imperative(word).is_some()
        && word.ends_with(['е', 'ь'])
        && !cues_ru::TALK.contains(&word)
        && (clause.polite || clause.has_deadline());
    if !told {
        return None;
    }
    let next = clause
        .people
        .named(&clause.tokens, at + 1, true, false)
        .filter(|n| {
            n.sure && n.nominative && clause.tokens.get(at + n.taken).is_some_and(|t| t.pause)
        });
    let last = norms.len().saturating_sub(1);
    let end = clause
        .people
        .named(&clause.tokens, last, true, false)
        .filter(|n| n.sure && n.nominative && last > at + 1 && clause.paused_before(last));
    match (next, end) {
        (Some(named), _) => {
            let from = at + 1 + named.taken;
            let text = format!(
                "{} {}",
                verbs_ru::imperative(word)?,
                clause.text(from, norms.len())
            );
            (from < norms.len()).then(|| {
                Found::Task(Task {
                    who: Who::Named(named.owner),
                    text,
                    due: clause.due_text(),
                })
            })
        }
        (None, Some(named)) => task(clause, at, last, Who::Named(named.owner)).map(Found::Task),
        (None, None) => task(clause, at, norms.len(), Who::Nobody).map(Found::Task),
    }
}

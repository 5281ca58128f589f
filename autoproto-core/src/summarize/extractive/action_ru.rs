//! Russian tasks.

use super::action::{Clause, Found, Task, Who};
use super::action_ru_unnamed::{first_person, unaddressed};
use super::cues_ru;
use super::pattern::longest;
use super::verbs_ru::{self, like_infinitive};

const MUST: &[&str] = &[
    "должен|должна|должны|обязан|обязана",
    "?вам|тебе ?вы|ты нужно|надо|необходимо|следует|предстоит|требуется|поручается|поручено|поручаем|поручили",
    "будет|будут",
];
const CAN_YOU: &[&str] = &[
    "?вы|ты ?не можете|сможете|можешь|сможешь|могли|мог|могла|возьметесь|возьмешься ?бы ?вы|ты ?ли",
    "?вы|ты ?не смогли|смог|смогла бы",
];
const WHO: &[&str] = &[
    "кто ?у ?нас ?может|сможет|мог|хочет|готов|возьмется|будет|бы ?бы",
    "кому поручить|поручим|поручаем",
];

/// Reads a clause that is mostly Russian.
pub(super) fn read(clause: &Clause<'_>) -> Option<Found> {
    let norms = clause.norms();
    if let Some(found) = about_last(clause, &norms) {
        return Some(found);
    }
    let mut at = 0;
    while cues_ru::FILLERS.contains(&clause.norm(at))
        || (at > 0 && ["мне", "вас"].contains(&clause.norm(at)))
    {
        at += 1;
    }
    let asked = clause.sentence.question;
    if !asked && let Some(found) = assigned(clause, &norms, at) {
        return Some(found);
    }
    if let Some(len) = longest(cues_ru::DECISION, norms.get(at..)?).filter(|_| !asked) {
        // «Договорились, что Олег проверит сервер»: the name comes after the announcement.
        if clause
            .people
            .named(&clause.tokens, at + len, true, false)
            .is_some_and(|n| n.sure)
        {
            at += len;
        }
    }
    if let Some(found) = inverted(clause, &norms, at).filter(|_| !asked) {
        return Some(found);
    }
    if let Some(found) = named(clause, &norms, at) {
        return Some(found);
    }
    if longest(WHO, norms.get(at..)?).is_some() {
        let verb = (at + 1..norms.len())
            .find(|&n| verbs_ru::future(norms[n]).is_some() || like_infinitive(norms[n]))?;
        return task(clause, verb, norms.len(), Who::Nobody).map(Found::Request);
    }
    if let Some(len) = longest(CAN_YOU, norms.get(at..)?) {
        return like_infinitive(clause.norm(at + len))
            .then(|| task(clause, at + len, norms.len(), Who::Nobody).map(Found::Request))?;
    }
    if asked {
        return None;
    }
    first_person(clause, &norms, at).or_else(|| unaddressed(clause, &norms, at))
}

/// «Срок — пятница», «Ответственный — Олег».
fn about_last(clause: &Clause<'_>, norms: &[&str]) -> Option<Found> {
    let rest = norms.get(usize::from(norms.first() == Some(&"и"))..)?;
    if let Some(len) = longest(
        &[
            "крайний ?срок|дедлайн ?у ?этого",
            "срок ?исполнения ?по ?этому|этой ?задаче",
        ],
        rest,
    ) {
        if let (true, Some(due)) = (rest.len() <= len + 1, &clause.due) {
            return Some(Found::Deadline(due.text.clone()));
        }
        let named = clause.text(norms.len() - rest.len() + len, norms.len());
        return (rest.len() <= len + 2 && rest.len() > len && rest.get(len) != Some(&"не"))
            .then_some(Found::Deadline(named));
    }
    if let (true, Some(due)) = (
        norms.first() == Some(&"срок") || norms.is_empty(),
        &clause.due,
    ) {
        return (clause
            .sentence
            .norms()
            .iter()
            .any(|w| w.starts_with("срок") || *w == "дедлайн"))
        .then(|| Found::Deadline(due.text.clone()));
    }
    let len = longest(
        &[
            "ответственный|ответственная|ответственным|исполнитель|исполнителем ?за ?это ?будет ?назначим",
            "за это отвечает",
            "отвечает ?за ?это",
            "отвечать будет",
        ],
        rest,
    )?;
    let from = norms.len() - rest.len() + len;
    let named = clause
        .people
        .named(&clause.tokens, from, true, false)
        .filter(|n| n.sure && from + n.taken == norms.len())?;
    Some(Found::Responsible(named.owner))
}

/// «Поручить Марии подготовить смету», «Пусть Олег проверит», «Задача Марии: …».
fn assigned(clause: &Clause<'_>, norms: &[&str], from: usize) -> Option<Found> {
    let at = (from..norms.len()).find(|&n| {
        longest(cues_ru::ASSIGN, norms.get(n..).unwrap_or_default()).is_some()
            || cues_ru::LET.contains(&norms[n])
    });
    let at = at.filter(|&at| {
        let before = norms.get(from..at).unwrap_or_default();
        let decided = before.iter().all(|w| {
            cues_ru::FILLERS.contains(w)
                || ["решили", "решено", "договорились", "предлагаю"].contains(w)
        });
        decided && !before.contains(&"предлагаю")
    })?;
    let rest = norms.get(at..)?;
    let Some(len) = longest(cues_ru::ASSIGN, rest) else {
        let named = clause
            .people
            .named(&clause.tokens, at + 1, true, false)
            .filter(|n| n.sure && n.nominative)?;
        let verb = at + 1 + named.taken;
        let works = verbs_ru::future(clause.norm(verb)).is_some()
            || like_infinitive(clause.norm(verb))
            || clause.has_deadline();
        return works
            .then(|| task(clause, verb, norms.len(), Who::Named(named.owner)).map(Found::Task))?;
    };
    let start = at + len;
    let named = clause.people.named(&clause.tokens, start, true, true);
    if named.is_none() && ["прошу", "просим"].contains(&rest[0]) {
        return like_infinitive(clause.norm(start))
            .then(|| task(clause, start, norms.len(), Who::Nobody).map(Found::Task))?;
    }
    let verb = (start..norms.len().min(start + 6)).find(|&n| like_infinitive(norms[n]));
    let (who, after) = match named {
        Some(named) => (Who::Named(named.owner), start + named.taken),
        None => (Who::Nobody, start),
    };
    match verb {
        // Between the name and the verb stands nothing, or a few words that belong to the name («отделу продаж»).
        Some(verb) => {
            let who = if who == Who::Nobody && verb > start {
                Who::Named(clause.text(start, verb))
            } else {
                who
            };
            task(clause, verb, norms.len(), who).map(Found::Task)
        }
        // «Поручить Марии подготовку сметы», or an infinitive misheard as a future («Поручить Марии подготовит смету»).
        None if who != Who::Nobody
            && after < norms.len()
            && !["это", "что"].contains(&clause.norm(after)) =>
        {
            let text = match verbs_ru::future(clause.norm(after))
                .or(verbs_ru::imperative(clause.norm(after)))
            {
                Some(infinitive) => format!("{infinitive} {}", clause.text(after + 1, norms.len())),
                None => clause.text(after, norms.len()),
            };
            let named_task = rest[0].starts_with("поруч");
            (named_task && !text.trim().is_empty()).then(|| {
                Found::Task(Task {
                    who,
                    text,
                    due: clause.due_text(),
                })
            })
        }
        None => None,
    }
}

/// «Отчёт подготовит Мария», «За отчёт отвечает Ирина»: the name comes after the verb.
fn inverted(clause: &Clause<'_>, norms: &[&str], at: usize) -> Option<Found> {
    let last = norms.len().min(at + 7);
    let verb = (at + 1..last).find(|&n| {
        verbs_ru::future(norms[n]).is_some()
            || [
                "отвечает",
                "назначить",
                "назначили",
                "назначен",
                "назначена",
            ]
            .contains(&norms[n])
    })?;
    let first = clause.people.named(&clause.tokens, at, true, false);
    let named = clause
        .people
        .named(&clause.tokens, verb + 1, true, false)
        .filter(|n| n.sure)?;
    if first.is_some_and(|n| n.sure)
        || norms
            .get(at..verb)?
            .iter()
            .any(|w| cues_ru::DOUBTS.contains(w))
    {
        return None;
    }
    let who = Who::Named(named.owner);
    let rest = verb + 1 + named.taken;
    if let Some(infinitive) = verbs_ru::future(norms[verb]) {
        let object = super::reversal::lowered(&clause.text(at, verb));
        let tail = clause.text(rest, norms.len());
        let text = format!("{infinitive} {object} {tail}").trim().to_string();
        return Some(Found::Task(Task {
            who,
            text,
            due: clause.due_text(),
        }));
    }
    let skip = longest(
        &["?ответственным|ответственной|ответственный|ответственная за"],
        norms.get(at..verb)?,
    )?;
    let text = clause.text(at + skip, verb);
    (!text.is_empty()).then(|| {
        Found::Task(Task {
            who,
            text,
            due: clause.due_text(),
        })
    })
}

/// «Ирина исправит …», «Елена, подготовьте …», «Олегу проверить …».
fn named(clause: &Clause<'_>, norms: &[&str], at: usize) -> Option<Found> {
    let oblique = clause.people.named(&clause.tokens, at, true, true);
    let named = clause.people.named(&clause.tokens, at, true, false)?;
    let mut verb = at + named.taken;
    let end = norms.len();
    while [
        "тогда",
        "также",
        "еще",
        "сам",
        "сама",
        "вы",
        "ты",
        "пусть",
        "обязательно",
        "тоже",
        "то",
        "а",
        "и",
        "лично",
        "сегодня",
    ]
    .contains(&clause.norm(verb))
        && verb < end
    {
        verb += 1;
    }
    let asked = clause.sentence.question;
    let who = || Who::Named(named.owner.clone());
    let rest = norms.get(verb..)?;
    if let Some(len) = longest(CAN_YOU, rest) {
        return like_infinitive(clause.norm(verb + len))
            .then(|| task(clause, verb + len, end, who()).map(Found::Request))?;
    }
    if asked {
        return None;
    }
    let word = clause.norm(verb);
    if cues_ru::TALK.contains(&word) && !clause.has_deadline() {
        return None;
    }
    let comma = clause
        .tokens
        .get(at + named.taken - 1)
        .is_some_and(|t| t.pause);
    let sure = named.sure || clause.has_deadline();
    if word == "прошу" && (like_infinitive(clause.norm(verb + 1)) || clause.norm(verb + 1) == "вас")
    {
        let from = verb + 1 + usize::from(clause.norm(verb + 1) == "вас");
        return task(clause, from, end, who()).map(Found::Task);
    }
    if verbs_ru::imperative(word).is_some() && (sure || comma)
        || (comma || clause.polite) && verbs_ru::regular_imperative(word).is_some()
    {
        return task(clause, verb, end, who()).map(Found::Task);
    }
    // Any polite imperative after an address, in the form it was spoken.
    if (comma || clause.polite) && named.sure && word.ends_with("ите") && end > verb + 1 {
        return task(clause, verb, end, who()).map(Found::Task);
    }
    if !sure {
        return None;
    }
    if verbs_ru::future(word).is_some() && (named.nominative || clause.has_deadline()) {
        let stands = named.sure || clause.has_deadline();
        return if stands {
            task(clause, verb, end, who()).map(Found::Task)
        } else {
            None
        };
    }
    if let Some(len) = longest(MUST, rest).filter(|n| like_infinitive(clause.norm(verb + n))) {
        let who = oblique
            .filter(|n| {
                n.dative
                    && rest.first().is_some_and(|w| {
                        ["нужно", "надо", "необходимо", "следует", "предстоит"].contains(w)
                            || w.starts_with("поруч")
                    })
            })
            .map_or_else(who, |n| Who::Named(n.owner));
        let stands = verbs_ru::infinitive(clause.norm(verb + len)) || clause.has_deadline();
        return if stands {
            task(clause, verb + len, end, who).map(Found::Task)
        } else {
            None
        };
    }
    if like_infinitive(word) {
        // «Олегу проверить сервер», or a future misheard as an infinitive.
        let who = oblique
            .filter(|n| n.dative)
            .map_or_else(who, |n| Who::Named(n.owner));
        let stands = named.sure && (clause.has_deadline() || verbs_ru::infinitive(word));
        return if stands {
            task(clause, verb, end, who).map(Found::Task)
        } else {
            None
        };
    }
    if let Some(len) = longest(
        &[
            "за тобой|вами",
            "с тебя|вас",
            "на тебе|вас",
            "твоя|ваша задача",
        ],
        rest,
    ) {
        let text = clause.text(verb + len, end);
        return (end > verb + len && named.sure).then(|| {
            Found::Task(Task {
                who: who(),
                text,
                due: clause.due_text(),
            })
        });
    }
    let takes = longest(
        &[
            "берет|возьмет на себя",
            "отвечает за",
            "ответственный|ответственная за",
            "ответственен|ответственна за",
        ],
        rest,
    );
    if let Some(len) = takes {
        let text = if word.starts_with("отв") {
            clause.text(verb + len, end)
        } else {
            format!("взять на себя {}", clause.text(verb + len, end))
        };
        return (end > verb + len && named.sure).then(|| {
            Found::Task(Task {
                who: who(),
                text,
                due: clause.due_text(),
            })
        });
    }
    // A verb that no table has counts only with a deadline.
    let verbal = ["ит", "ет", "ют", "ят", "ут", "ат", "ится", "ется"]
        .iter()
        .any(|e| word.ends_with(e))
        && word.chars().count() > 4;
    let works = clause.has_deadline()
        && named.sure
        && named.nominative
        && verbal
        && !cues_ru::STATES.contains(&word);
    if works {
        task(clause, verb, end, who()).map(Found::Task)
    } else {
        None
    }
}

/// The task whose verb stands at `verb`, the verb in its infinitive where that is known.
pub(super) fn task(clause: &Clause<'_>, verb: usize, end: usize, who: Who) -> Option<Task> {
    let end = clause.own_end(verb + 1, end);
    let word = clause.norm(verb);
    let rest: Vec<&str> = clause
        .norms()
        .get(verb + 1..end)
        .unwrap_or_default()
        .to_vec();
    if rest
        .iter()
        .all(|w| cues_ru::EMPTY.contains(w) || cues_ru::FILLERS.contains(w))
        || cues_ru::STATES.contains(&word)
    {
        return None;
    }
    let plain = if verbs_ru::infinitive(word) {
        None
    } else {
        verbs_ru::future(word)
            .or(verbs_ru::first_person(word))
            .or(verbs_ru::imperative(word))
            .map(str::to_string)
            .or_else(|| verbs_ru::regular_imperative(word))
            .or_else(|| verbs_ru::regular_future(word))
    };
    let text = match plain {
        Some(infinitive) => format!("{infinitive} {}", clause.text(verb + 1, end)),
        None => super::reversal::lowered(&clause.text(verb, end)),
    };
    Some(Task {
        who,
        text,
        due: clause.due_text(),
    })
}

//! English tasks.

use super::action::{Clause, Found, Task, Who};
use super::cues_en::{self, is_task_verb, task_verb_of};
use super::pattern::{longest, matched};
use super::reversal::lowered;

const WILL: &[&str] = &[
    "?we|i will|shall|well ?also ?then ?now",
    "is|are going to",
    "is|are to",
    "needs|has|have|need ?also to",
    "must|should ?also",
];
const YOU: &[&str] = &[
    "you will ?then ?also",
    "you ?also need|have to",
    "i ?would ?also need|want|like|ask you to",
    "let's have you",
    "you are going to",
    "you should",
    "your task|job is to",
    "go ahead and",
    "make sure to",
];
const CAN_YOU: &[&str] = &[
    "can|could|would|will you ?then ?also ?maybe ?perhaps",
    "do you mind",
    "would you be able to",
    "are you able to",
    "can|could i ask you to",
    "would you mind",
];
const WHO: &[&str] = &[
    "who will|can|could|would|should",
    "who is going to",
    "who wants|would to",
    "who would like to",
    "can|could|will|would someone|somebody|anyone|anybody",
    "someone|somebody needs|has|should|must ?to",
    "we need someone|somebody to",
    "any volunteers to",
];
const LEADS: &[&str] = &[
    "?new ?next action ?item|point|items ?number ?one|two|three ?is|for",
    "todo",
    "to do",
    "task ?for",
    "the ?next ?first task|action for",
    "?the ?next step|steps is|are",
    "assign|ask ?task ?to",
    "assigned to",
    "let's have",
    "let|have",
    "i ?will ?am ask|asking",
    "we ?have agreed|decided that",
    "so to recap",
    "it was|is agreed|decided that",
    "to recap|summarize|summarise",
    "i ?would want|like|need",
    "we want|need",
];

/// Reads a clause that is mostly English.
pub(super) fn read(clause: &Clause<'_>) -> Option<Found> {
    let norms = clause.norms();
    if let Some(found) = about_last(clause, &norms) {
        return Some(found);
    }
    let mut at = 0;
    while cues_en::FILLERS.contains(&clause.norm(at))
        && !["let", "to", "next", "the"].contains(&clause.norm(at))
    {
        at += 1;
    }
    if let Some(len) = longest(cues_en::TAKE, norms.get(at..)?) {
        return (at + len >= norms.len()).then(|| Found::Take {
            due: clause.due_text(),
        });
    }
    let asked = clause.sentence.question;
    let mut led = false;
    if !asked && let Some(len) = longest(LEADS, norms.get(at..)?) {
        let announced = clause
            .tokens
            .get(at + len - 1)
            .is_some_and(|t| t.colon || t.pause);
        let named = clause
            .people
            .named(&clause.tokens, at + len, false, false)
            .is_some();
        if announced || named {
            at += len;
            led = true;
        }
    }
    if let Some(found) = named(clause, at, led) {
        return Some(found);
    }
    if let Some(len) = longest(WHO, norms.get(at..)?) {
        return task(clause, at + len, norms.len(), Who::Nobody, false).map(Found::Request);
    }
    if let Some(len) = longest(CAN_YOU, norms.get(at..)?) {
        let (end, who) = called_last(clause);
        return task(clause, at + len, end, who, false).map(Found::Request);
    }
    if asked {
        return None;
    }
    if let Some(len) = longest(
        &[
            "i will|shall ?also ?then ?now ?personally",
            "i am going to",
            "i am ?also to",
            "i can",
            "let me",
        ],
        norms.get(at..)?,
    ) {
        return first_person(clause, at, at + len);
    }
    if led || clause.polite {
        let (end, who) = called_last(clause);
        let start = at
            + longest(
                &["we need to", "to", "we will", "we have to"],
                norms.get(at..)?,
            )
            .unwrap_or(0);
        let known = is_task_verb(clause.norm(start))
            && (led || !cues_en::TALK.contains(&clause.norm(start)) || clause.has_deadline());
        return if known {
            task(clause, start, end, who, false).map(Found::Task)
        } else {
            None
        };
    }
    None
}

/// "The deadline is Friday", "Tom is responsible".
fn about_last(clause: &Clause<'_>, norms: &[&str]) -> Option<Found> {
    let deadline = [
        "and the deadline|due for ?date ?that ?this ?is",
        "?and ?the deadline ?for ?that ?this ?is",
        "?and ?the due date ?for ?that ?this ?is",
        "?and we need it|that|this",
        "it|that|this is due",
    ];
    if let Some(len) = longest(&deadline, norms) {
        let due = clause.due.as_ref();
        if len >= norms.len()
            && let Some(due) = due
        {
            return Some(Found::Deadline(due.text.clone()));
        }
        // "The deadline is Friday.": a weekday without a preposition is no time elsewhere.
        let rest = norms.get(len..)?;
        let bare = longest(
            &[
                "#day",
                "the end of ?the week|month|day",
                "#month #number",
                "the #number ?of #month",
            ],
            rest,
        ) == Some(rest.len());
        return bare.then(|| Found::Deadline(clause.text(len, norms.len())));
    }
    let len = longest(
        &[
            "?the responsible ?person ?is",
            "?the owner ?is",
            "assigned to",
            "responsible for that|this|it is",
        ],
        norms,
    )?;
    let named = clause
        .people
        .named(&clause.tokens, len, false, false)
        .filter(|n| n.sure && len + n.taken == norms.len())?;
    Some(Found::Responsible(named.owner))
}

/// "Maria will …", "Tom, please …", "John to …".
fn named(clause: &Clause<'_>, at: usize, led: bool) -> Option<Found> {
    let norms = clause.norms();
    let named = clause.people.named(&clause.tokens, at, false, false)?;
    let next = at + named.taken;
    let rest = norms.get(next..)?;
    let strong = |verb: &str| named.sure || (is_task_verb(verb) && clause.has_deadline());
    let who = || Who::Named(named.owner.clone());
    let asked = clause.sentence.question;
    let end = norms.len();
    if let Some(len) = longest(CAN_YOU, rest) {
        return task(clause, next + len, end, who(), false).map(Found::Request);
    }
    if asked {
        return None;
    }
    if let Some(len) = longest(
        &[
            "will|is be responsible|accountable for",
            "will|can take care|charge of",
            "is responsible|accountable for",
            "is in charge of",
            "will look|check into",
        ],
        rest,
    ) {
        let from = if rest.first() == Some(&"is") {
            next + len
        } else {
            next + 1
        };
        let full = end > next + len && named.sure;
        return full.then(|| {
            Found::Task(Task {
                who: who(),
                text: clause.text(from, end),
                due: clause.due_text(),
            })
        });
    }
    if let Some(len) = longest(WILL, rest).or(longest(YOU, rest)) {
        let verb = clause.norm(next + len);
        let weak = ["needs", "has", "have", "need", "should", "must"].contains(rest.first()?)
            && !clause.has_deadline()
            && (!led || rest.first() == Some(&"should"));
        let fits = strong(verb) && !weak && !cues_en::NOT_TASKS.contains(&verb);
        let talk = [
            "present", "speak", "talk", "explain", "start", "begin", "tell", "show",
        ]
        .contains(&verb)
            && clause.due.is_none();
        return if fits && !talk {
            task(clause, next + len, end, who(), true).map(Found::Task)
        } else {
            None
        };
    }
    // "Tom, please prepare …"; a comma alone will do for a verb of work.
    let verb_at = next
        + usize::from(
            rest.first() == Some(&"to") || matched("and|so|then", rest).is_some() && rest.len() > 1,
        );
    let verb = clause.norm(verb_at);
    let told = clause.polite || led || clause.tokens.get(next - 1).is_some_and(|t| t.pause);
    let to = rest.first() == Some(&"to");
    if is_task_verb(verb)
        && (told || to || clause.has_deadline() || clause.due.is_some())
        && strong(verb)
    {
        let talk = cues_en::TALK.contains(&verb) && !clause.has_deadline() && !led;
        return if talk {
            None
        } else {
            task(clause, verb_at, end, who(), false).map(Found::Task)
        };
    }
    // "Maria prepares the report by Friday".
    let base = task_verb_of(verb).filter(|_| clause.has_deadline() && strong(verb))?;
    let object = clause.text(verb_at + 1, end);
    (!object.is_empty()).then(|| {
        Found::Task(Task {
            who: who(),
            text: format!("{base} {object}"),
            due: clause.due_text(),
        })
    })
}

fn first_person(clause: &Clause<'_>, begin: usize, start: usize) -> Option<Found> {
    let norms = clause.norms();
    let verb = clause.norm(start);
    let hesitant = matched("i can", norms.get(begin..)?).is_some()
        || matched("let me", norms.get(begin..)?).is_some();
    if hesitant && !clause.has_deadline() {
        return None;
    }
    let rest = norms.get(start + 1..).unwrap_or_default();
    let hollow = rest
        .iter()
        .all(|w| cues_en::EMPTY.contains(w) || cues_en::FILLERS.contains(w));
    if hollow {
        let promises = is_task_verb(verb) || ["do", "be", "try", "have", ""].contains(&verb);
        return (promises && !["be", "have", "try"].contains(&verb)).then(|| Found::Promise {
            due: clause.due_text(),
        });
    }
    if matched("take|look care|charge|into|after ?of", norms.get(start..)?).is_some() {
        return Some(Found::Task(Task {
            who: Who::Speaker,
            text: clause.text(start, norms.len()),
            due: clause.due_text(),
        }));
    }
    let personal = ["you", "me", "my"].contains(rest.first()?) && clause.due.is_none();
    let talk = cues_en::TALK.contains(&verb) && !clause.has_deadline();
    if !is_task_verb(verb) || talk || personal {
        return None;
    }
    task(clause, start, norms.len(), Who::Speaker, false).map(Found::Task)
}

/// The name at the end of "can you send the report, Maria?", and where it begins.
fn called_last(clause: &Clause<'_>) -> (usize, Who) {
    let end = clause.tokens.len();
    match end.checked_sub(1).and_then(|last| {
        clause
            .people
            .named(&clause.tokens, last, false, false)
            .filter(|n| n.sure && (clause.paused_before(last) || clause.sentence.question))
    }) {
        Some(named) => (end - 1, Who::Named(named.owner)),
        None => (end, Who::Nobody),
    }
}

/// The task whose verb stands at `start`; `any` accepts verbs that no table has.
fn task(clause: &Clause<'_>, start: usize, end: usize, who: Who, any: bool) -> Option<Task> {
    let end = clause.own_end(start + 1, end);
    let verb = clause.norm(start);
    let known = is_task_verb(verb);
    let rest: Vec<&str> = clause
        .norms()
        .get(start + 1..end)
        .unwrap_or_default()
        .to_vec();
    let object = !rest.is_empty() && !rest.iter().all(|w| cues_en::EMPTY.contains(w));
    let request = [
        "give",
        "tell",
        "explain",
        "walk",
        "show",
        "say",
        "remind",
        "start",
        "repeat",
        "introduce",
        "speak",
        "hear",
    ]
    .contains(&verb);
    let fits = (known || (any && !cues_en::is_function(verb)))
        && object
        && (!request || clause.has_deadline());
    if !fits || (known && matched("follow up", &[verb]).is_some()) {
        return None;
    }
    Some(Task {
        who,
        text: lowered(&clause.text(start, end)),
        due: clause.due_text(),
    })
}

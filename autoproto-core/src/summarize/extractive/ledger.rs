//! What was found so far, and how each sentence changes it.

use super::action::{self, Task, Who};
use super::decision;
use super::names::People;
use super::pattern::longest;
use super::reversal::{self, Reversal, shared, stems};
use super::sentences::{Sentence, normal};
use super::{agenda, cues_en, cues_ru, verbs_ru};
use crate::types::{
    ActionItem, AgendaItem, Decision, Evidence, Minutes, Owner, Question, TimeSpan, Utterance,
};

/// How many sentences after a decision a bare "cancel that" may mean it.
const REVERSAL_REACH: usize = 12;
/// How many sentences after a task or a question a promise or a remark may belong to it.
pub(super) const REPLY_REACH: usize = 4;

/// An item, the stems of its words, and the sentence it was last heard in.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) item: T,
    pub(super) stems: Vec<String>,
    pub(super) at: usize,
}

/// Reads the sentences in order.
pub(super) struct Ledger<'a> {
    pub(super) utterances: &'a [Utterance],
    pub(super) sentences: &'a [Sentence],
    pub(super) people: &'a People,
    pub(super) agenda: Vec<AgendaItem>,
    pub(super) decisions: Vec<Entry<Decision>>,
    pub(super) actions: Vec<Entry<ActionItem>>,
    pub(super) questions: Vec<Entry<Question>>,
    /// The sentence that last took a decision back.
    pub(super) cancelled: Option<usize>,
    /// The sentence that last asked something.
    pub(super) asked: Option<usize>,
    /// Sentences below this one are read.
    pub(super) next: usize,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(
        utterances: &'a [Utterance],
        sentences: &'a [Sentence],
        people: &'a People,
    ) -> Self {
        let (agenda, decisions, actions, questions) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            utterances,
            sentences,
            people,
            agenda,
            decisions,
            actions,
            questions,
            cancelled: None,
            asked: None,
            next: 0,
        }
    }

    /// Reads sentence `at`.
    pub(super) fn read(&mut self, at: usize) {
        let sentences = self.sentences;
        let Some(sentence) = sentences.get(at).filter(|_| at >= self.next) else {
            return;
        };
        if let Some((title, two)) = agenda::title(sentence, sentences.get(at + 1)) {
            self.next = at + 1 + usize::from(two);
            return self.open_item(at, title, two);
        }
        let task = action::find(sentence, self.people);
        let decided = decision::find(sentence).filter(|d| !decision::assigns(sentence, d));
        match (decided, task) {
            // «Решили, что Олег проверит сервер» is a task.
            (_, Some(action::Found::Task(task))) if matches!(task.who, Who::Named(_)) => {
                self.assign(at, task, None)
            }
            (Some(found), _) => {
                let instead = reversal::read(sentence) == Some(Reversal::Instead);
                self.decide(at, found.text, instead);
            }
            (None, task) => {
                let reversed = self.reverse(at);
                match task {
                    Some(task) if !reversed => self.act(at, task),
                    _ if !reversed => self.question(at),
                    _ => {}
                }
            }
        }
    }

    /// The minutes.
    pub(super) fn close(self) -> Minutes {
        let mut minutes = Minutes {
            decisions: self.decisions.into_iter().map(|e| e.item).collect(),
            actions: self.actions.into_iter().map(|e| e.item).collect(),
            questions: self.questions.into_iter().map(|e| e.item).collect(),
            utterances_read: self.utterances.len(),
            ..Minutes::default()
        };
        let end = self
            .utterances
            .iter()
            .map(|u| u.span.end)
            .fold(f64::MIN, f64::max);
        let mut ends: Vec<f64> = self.agenda.iter().skip(1).map(|a| a.span.start).collect();
        ends.push(end);
        minutes.agenda = self.agenda;
        for (item, end) in minutes.agenda.iter_mut().zip(ends) {
            item.span.end = end.max(item.span.start);
        }
        minutes
    }

    pub(super) fn proof(&self, at: usize) -> Vec<Evidence> {
        self.sentences
            .get(at)
            .map(|s| s.evidence(self.utterances))
            .unwrap_or_default()
    }

    pub(super) fn stems_of(&self, at: usize, text: &str) -> Vec<String> {
        let words: Vec<String> = text
            .split_whitespace()
            .map(|w| normal(w.trim_matches(|c: char| !c.is_alphanumeric())))
            .filter(|w| !w.is_empty())
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        stems(&words, self.sentences.get(at).is_some_and(|s| s.russian))
    }

    fn open_item(&mut self, at: usize, title: String, two: bool) {
        if self
            .agenda
            .last()
            .is_some_and(|last| normal(&last.title) == normal(&title))
        {
            return;
        }
        let mut evidence = self.proof(at);
        if two {
            evidence.extend(self.proof(at + 1));
        }
        let start = self.sentences.get(at).map_or(0.0, Sentence::start);
        self.agenda.push(AgendaItem {
            title,
            span: TimeSpan::new(start, start),
            evidence,
        });
    }

    fn decide(&mut self, at: usize, text: String, instead: bool) {
        let stems = self.stems_of(at, &text);
        let evidence = self.proof(at);
        let same = |e: &Entry<Decision>| {
            let near = at.saturating_sub(e.at) <= REPLY_REACH && stems.len() == 1;
            let sizes = e.stems.len().abs_diff(stems.len()) <= 2;
            let alike = shared(&e.stems, &stems) >= 0.8;
            alike && (sizes || near) && negated(&e.item.text) == negated(&text)
        };
        if let Some(known) = self.decisions.iter_mut().find(|e| same(e)) {
            known.item.evidence.extend(evidence);
            // The same subject with another day or sum is a correction, not a repetition.
            if instead {
                known.item.text = text;
            }
            return;
        }
        if instead
            && let Some(old) = self
                .decisions
                .iter()
                .rposition(|e| shared(&e.stems, &stems) >= 0.5)
        {
            self.decisions.remove(old);
        }
        self.decisions.push(Entry {
            item: Decision { text, evidence },
            stems,
            at,
        });
    }

    /// Whether the sentence takes a decision back or puts it off.
    fn reverse(&mut self, at: usize) -> bool {
        let Some(sentence) = self.sentences.get(at) else {
            return false;
        };
        let near = |e: &Entry<Decision>| at - e.at <= REVERSAL_REACH;
        let meant = |object: &[String], decisions: &[Entry<Decision>]| {
            if object.is_empty() {
                return decisions.iter().rposition(near);
            }
            decisions.iter().rposition(|e| {
                shared(&e.stems, object) >= 0.5 || (near(e) && shared(&e.stems, object) > 0.3)
            })
        };
        match reversal::read(sentence) {
            Some(Reversal::Cancel { object }) => {
                let Some(old) = meant(&object, &self.decisions) else {
                    return false;
                };
                self.decisions.remove(old);
                self.cancelled = Some(at);
                if !object.is_empty() {
                    let found = reversal::postponement(sentence);
                    self.decide(at, found.text, false);
                }
                true
            }
            Some(Reversal::Postpone { object, concluded }) => {
                let follows = self.cancelled.is_some_and(|c| at - c <= 3);
                let old = if object.is_empty() && !concluded {
                    None
                } else {
                    meant(&object, &self.decisions)
                };
                let concludes = concluded && !object.is_empty();
                if !follows && old.is_none() && !concludes {
                    return false;
                }
                if let Some(old) = old {
                    self.decisions.remove(old);
                }
                let found = reversal::postponement(sentence);
                self.decide(at, found.text, false);
                true
            }
            Some(Reversal::Instead) | None => false,
        }
    }

    fn act(&mut self, at: usize, found: action::Found) {
        let last_near = self
            .actions
            .last()
            .is_some_and(|e| at - e.at <= REPLY_REACH);
        let evidence = self.proof(at);
        let speaker = self.sentences.get(at).and_then(|s| s.speaker);
        match found {
            action::Found::Task(task) => self.assign(at, task, None),
            action::Found::Request(task) => self.request(at, task),
            action::Found::Take { due } | action::Found::Promise { due } => {
                let Some(last) = self.actions.last_mut().filter(|_| last_near) else {
                    return;
                };
                let taken = last.item.owner == Owner::Unassigned && speaker.is_some();
                if let Some(speaker) = speaker.filter(|_| taken) {
                    last.item.owner = Owner::Speaker(speaker);
                }
                let dated = last.item.due.is_none() && due.is_some();
                if dated {
                    last.item.due = due;
                }
                if taken || dated {
                    add(&mut last.item.evidence, evidence);
                }
            }
            action::Found::Deadline(due) => {
                if let Some(last) = self
                    .actions
                    .last_mut()
                    .filter(|e| last_near && e.item.due.is_none())
                {
                    last.item.due = Some(due);
                    add(&mut last.item.evidence, evidence);
                }
            }
            action::Found::Responsible(owner) => {
                if let Some(last) = self
                    .actions
                    .last_mut()
                    .filter(|e| last_near && e.item.owner == Owner::Unassigned)
                {
                    last.item.owner = Owner::Named(owner);
                    add(&mut last.item.evidence, evidence);
                }
            }
        }
    }

    /// A task that someone has to promise: the next sentences of another voice say whether anyone does.
    fn request(&mut self, at: usize, mut task: Task) {
        self.asked = Some(at);
        let asker = self.sentences.get(at).and_then(|s| s.speaker);
        // After "Sorry, I am abroad" a plain "yes" of someone else promises nothing, "I can do it" does.
        let mut declined = false;
        for reply in at + 1..(at + REPLY_REACH).min(self.sentences.len()) {
            let Some(sentence) = self.sentences.get(reply) else {
                return;
            };
            if asker.is_some() && sentence.speaker == asker {
                continue;
            }
            let norms = sentence.norms();
            let (accept, take): (&[&str], &[&str]) = if sentence.russian {
                (cues_ru::ACCEPT, cues_ru::TAKE)
            } else {
                (cues_en::ACCEPT, cues_en::TAKE)
            };
            let tokens: Vec<_> = sentence.tokens.iter().collect();
            let named = self
                .people
                .named(&tokens, 0, sentence.russian, false)
                .filter(|n| n.sure && tokens.len() <= n.taken + 3);
            let refuses = norms
                .iter()
                .any(|w| ["not", "не", "нет", "no", "but", "но"].contains(w))
                && longest(&["no problem", "не вопрос"], &norms).is_none();
            let takes = longest(accept, &norms).is_some()
                || longest(take, &norms).is_some()
                || volunteers(&norms);
            if sentence.question {
                return;
            }
            let takes = takes && (!declined || longest(take, &norms).is_some());
            if refuses || (!takes && named.is_none()) {
                declined = true;
                continue;
            }
            let owner = match (&task.who, named) {
                (Who::Nobody, Some(named)) => Who::Named(named.owner),
                (Who::Named(name), _) if takes && !declined => Who::Named(name.clone()),
                (_, None) => Who::Speaker,
                _ => return,
            };
            // "Yes, by Friday."
            if task.due.is_none() {
                task.due = super::due::find(&tokens, sentence.russian, |r| sentence.text(r))
                    .map(|d| d.text);
            }
            task.who = owner;
            return self.assign(at, task, Some(reply));
        }
    }

    fn assign(&mut self, at: usize, task: Task, reply: Option<usize>) {
        let voice = self
            .sentences
            .get(reply.unwrap_or(at))
            .and_then(|s| s.speaker);
        let owner = match task.who {
            Who::Named(name) => Owner::Named(name),
            Who::Speaker => voice.map_or(Owner::Unassigned, Owner::Speaker),
            Who::Nobody => Owner::Unassigned,
        };
        let mut evidence = self.proof(at);
        if let Some(reply) = reply {
            evidence.extend(self.proof(reply));
        }
        let stems = self.stems_of(at, &task.text);
        let same = |e: &Entry<ActionItem>| {
            let close = at.saturating_sub(e.at) <= REPLY_REACH;
            let alike = shared(&e.stems, &stems);
            let sizes = e.stems.len().abs_diff(stems.len());
            let people = match (&e.item.owner, &owner) {
                (Owner::Named(a), Owner::Named(b)) => a == b,
                (Owner::Speaker(a), Owner::Speaker(b)) => a == b,
                _ => true,
            };
            people && alike >= 0.75 && (close || sizes <= 2)
        };
        if let Some(known) = self.actions.iter_mut().rev().find(|e| same(e)) {
            if matches!(known.item.owner, Owner::Unassigned)
                || (matches!(owner, Owner::Named(_))
                    && !matches!(known.item.owner, Owner::Named(_)))
            {
                known.item.owner = owner;
            }
            known.item.due = known.item.due.take().or(task.due);
            known.at = at;
            return add(&mut known.item.evidence, evidence);
        }
        self.actions.push(Entry {
            item: ActionItem {
                task: task.text,
                owner,
                due: task.due,
                evidence,
            },
            stems,
            at,
        });
    }
}

/// "I will.", "Me.", «Я подготовлю.»
fn volunteers(norms: &[&str]) -> bool {
    let second = norms.get(1).copied().unwrap_or_default();
    match norms.first().copied().unwrap_or_default() {
        "i" => ["will", "can", "could", "would"].contains(&second),
        "me" | "я" if norms.len() == 1 => true,
        "я" => {
            ["могу", "готов", "готова", "возьму"].contains(&second)
                || verbs_ru::first_person(second).is_some()
        }
        _ => false,
    }
}

fn negated(text: &str) -> bool {
    text.split_whitespace()
        .any(|w| ["не", "not", "отказаться", "against", "never"].contains(&w))
}

/// Adds evidence that isn't there yet.
pub(super) fn add(known: &mut Vec<Evidence>, more: Vec<Evidence>) {
    for piece in more {
        if !known.contains(&piece) {
            known.push(piece);
        }
    }
}

//! Which questions of the meeting stay open.

use super::ledger::{Entry, Ledger, REPLY_REACH, add};
use super::reversal::shared;
use super::{name_forms, question};
use crate::types::{Evidence, Question};

impl Ledger<'_> {
    /// Reads a sentence that decides and assigns nothing.
    pub(super) fn question(&mut self, at: usize) {
        let Some(sentence) = self.sentences.get(at) else {
            return;
        };
        if question::asks(sentence) {
            self.asked = Some(at);
            return;
        }
        match question::find(sentence) {
            Some(question::Found::Open(text)) => self.leave_open(at, text, &[at]),
            Some(question::Found::NoAnswer) => {
                let asked = self.asked.filter(|&q| {
                    at - q <= 2
                        && self
                            .sentences
                            .get(q)
                            .is_some_and(|s| s.speaker.is_none() || s.speaker != sentence.speaker)
                });
                if let Some(asked) = asked {
                    self.leave_open(at, self.wording(asked), &[asked, at]);
                }
            }
            Some(question::Found::LeftOpen) => {
                if let Some(last) = self.questions.last().filter(|e| at - e.at <= REPLY_REACH) {
                    let text = last.item.text.clone();
                    return self.leave_open(at, text, &[at]);
                }
                let asked = self.asked.filter(|&q| at - q <= REPLY_REACH);
                let held = (at.saturating_sub(2)..at)
                    .rev()
                    .find(|&n| self.sentences.get(n).is_some_and(question::holds_question));
                if let Some(about) = asked.or(held) {
                    self.leave_open(at, self.wording(about), &[about, at]);
                }
            }
            None => {}
        }
    }

    /// A sentence as it was said, without an address before it.
    fn wording(&self, at: usize) -> String {
        let Some(sentence) = self.sentences.get(at) else {
            return String::new();
        };
        let called = sentence
            .tokens
            .first()
            .is_some_and(|t| t.pause && name_forms::is_name(&t.norm));
        let text = sentence.text(usize::from(called)..sentence.tokens.len());
        if sentence.question {
            format!("{text}?")
        } else {
            text
        }
    }

    fn leave_open(&mut self, at: usize, text: String, proofs: &[usize]) {
        let evidence: Vec<Evidence> = proofs.iter().flat_map(|&p| self.proof(p)).collect();
        let stems = self.stems_of(at, &text);
        if let Some(known) = self
            .questions
            .iter_mut()
            .find(|e| shared(&e.stems, &stems) >= 0.8)
        {
            return add(&mut known.item.evidence, evidence);
        }
        if !text.is_empty() {
            self.questions.push(Entry {
                item: Question { text, evidence },
                stems,
                at,
            });
        }
    }
}

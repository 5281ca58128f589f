//! Minutes by rules, for Russian and English: no model, no network, nothing that was not said.
//!
//! 1. `sentences` turns utterances into sentences, each word with its time and place, and cuts where an announcement
//!    begins without a full stop before it, since recognisers drop and misplace punctuation.
//! 2. `decision`, `action`, `question` and `agenda` look in each sentence for cues: sequences of words from the tables
//!    `cues_en` and `cues_ru`, in the notation of `pattern`. Conditions, proposals, reports of other meetings and
//!    questions are ruled out by words before the cue. `due`, `names` and `verbs_ru` give times, names and verbs their
//!    base form.
//! 3. `ledger` keeps what was found as the meeting goes: a reversal takes a decision back, a promise completes a
//!    request, a repetition merges with what it repeats.
//!
//! Each sentence is read in the language of its script, so a meeting may mix both. A missed item costs less than an
//! invented one: where a rule can't tell, it lists nothing.

mod action;
mod action_en;
mod action_ru;
mod action_ru_unnamed;
mod agenda;
mod clauses;
#[rustfmt::skip]
mod cues_en;
#[rustfmt::skip]
mod cues_ru;
mod decision;
mod due;
mod due_ru;
mod ledger;
mod names;
mod open_questions;
mod pattern;
mod question;
mod reversal;
mod sentences;
#[cfg(test)]
mod tests;
mod verbs_ru;

use super::{MinutesOptions, Summarizer};
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::name_forms;
use crate::types::{Minutes, Utterance};

/// Makes minutes by rules, for Russian and English, told apart by script sentence by sentence.
///
/// ```
/// use autoproto_core::{
///     CancelToken, Context, ExtractiveSummarizer, MinutesOptions, Owner, Progress, SpeakerId, Summarizer, TimeSpan, Utterance,
///     UtteranceId,
/// };
///
/// let said = |id, text: &str| Utterance {
///     id: UtteranceId(id),
///     speaker: Some(SpeakerId(0)),
///     span: TimeSpan::new(f64::from(id), f64::from(id) + 0.9),
///     text: text.into(),
///     words: Vec::new(),
/// };
/// let meeting = [said(1, "We agreed to move the release to Thursday."), said(2, "Maria will fix the memory leak by Tuesday.")];
/// let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
/// let ctx = Context::new(&cancel, &sink);
///
/// let minutes = ExtractiveSummarizer::default().summarize(&meeting, &MinutesOptions::default(), &ctx)?;
/// assert_eq!(minutes.decisions[0].text, "move the release to Thursday");
/// assert_eq!(minutes.actions[0].owner, Owner::Named("Maria".into()));
/// assert_eq!(minutes.actions[0].due.as_deref(), Some("Tuesday"));
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ExtractiveSummarizer;

/// How many sentences are read between two reports of progress.
const SENTENCES_PER_TICK: usize = 64;

impl Summarizer for ExtractiveSummarizer {
    fn id(&self) -> &'static str {
        "extractive"
    }

    fn summarize(
        &mut self,
        utterances: &[Utterance],
        _options: &MinutesOptions,
        ctx: &Context<'_>,
    ) -> Result<Minutes> {
        ctx.tick(Stage::Summarize, 0.0)?;
        let sentences = sentences::split(utterances);
        let people = names::People::of(&sentences);
        let mut ledger = ledger::Ledger::new(utterances, &sentences, &people);
        for at in 0..sentences.len() {
            if at % SENTENCES_PER_TICK == 0 {
                ctx.tick(Stage::Summarize, at as f64 / sentences.len() as f64)?;
            }
            ledger.read(at);
        }
        ctx.tick(Stage::Summarize, 1.0)?;
        Ok(ledger.close())
    }
}

//! Whole meetings, their noisy variants, and what must hold for any input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod decisions;
mod invariants;
mod meetings;
mod meetings_en;
mod meetings_heard;
mod meetings_ru;
mod score;
mod tasks_en;
mod tasks_ru;

use super::action::{self, Found, Who};
use super::names::People;
use super::sentences::{self, Sentence};
use super::*;
use crate::cancel::CancelToken;
use crate::progress::Progress;
use crate::types::{SpeakerId, TimeSpan, UtteranceId};

/// One utterance for each line `A: text`; the letter is the voice.
pub(super) fn meeting(lines: &[&str]) -> Vec<Utterance> {
    let mut start = 0.0;
    let said = |(n, line): (usize, &&str)| {
        let (voice, text) = line.split_once(": ").unwrap();
        let voice = u32::from(voice.bytes().next().unwrap() - b'A');
        let end = start + 0.4 * text.split_whitespace().count() as f64;
        let span = TimeSpan::new(start, end);
        start = end + 0.5;
        Utterance {
            id: UtteranceId(n as u32 + 1),
            speaker: Some(SpeakerId(voice)),
            span,
            text: text.to_string(),
            words: Vec::new(),
        }
    };
    lines.iter().enumerate().map(said).collect()
}

pub(super) fn minutes(utterances: &[Utterance]) -> Minutes {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    ExtractiveSummarizer
        .summarize(
            utterances,
            &MinutesOptions::default(),
            &Context::new(&cancel, &sink),
        )
        .unwrap()
}

pub(super) fn decisions(lines: &[&str]) -> Vec<String> {
    minutes(&meeting(lines))
        .decisions
        .into_iter()
        .map(|d| d.text)
        .collect()
}

/// The first sentence of a text.
pub(super) fn sentence(text: &str) -> Sentence {
    sentences::split(&meeting(&[&format!("A: {text}")]))
        .into_iter()
        .next()
        .unwrap()
}

pub(super) fn found(text: &str) -> Option<Found> {
    let sentences = sentences::split(&meeting(&[&format!("A: {text}")]));
    let people = People::of(&sentences);
    sentences.iter().find_map(|s| action::find(s, &people))
}

/// Owner ("I" for the voice itself, empty for nobody), task and due.
pub(super) fn task_of(text: &str) -> Option<(String, String, Option<String>)> {
    let Found::Task(task) = found(text)? else {
        return None;
    };
    let owner = match task.who {
        Who::Named(name) => name,
        Who::Speaker => "I".into(),
        Who::Nobody => String::new(),
    };
    Some((owner, task.text, task.due))
}

#[test]
fn nothing_said_makes_empty_minutes() {
    assert_eq!(minutes(&[]), Minutes::default());
    assert_eq!(ExtractiveSummarizer.id(), "extractive");
}

#[test]
fn a_fired_token_stops_the_run() {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    cancel.cancel();
    let ctx = Context::new(&cancel, &sink);
    assert!(matches!(
        ExtractiveSummarizer.summarize(&[], &MinutesOptions::default(), &ctx),
        Err(crate::Error::Cancelled)
    ));
}

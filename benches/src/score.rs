//! How far the minutes are from what a script expects.
//!
//! Two wordings are taken for the same where at least half of the stems of their content words are shared, counted over
//! the longer of the two: words of one or two letters and a short list of function words don't count, and a stem is the
//! first four letters of a word, «ё» being «е». Each line of the minutes can stand for one expectation, decisions and
//! actions apart. Owner and due date are counted for the actions that are found, and don't decide about finding.

use std::collections::HashSet;
use std::iter::Sum;
use std::ops::Add;

use autoproto_core::metrics::{DerOptions, LabelledTurn, WordErrorRate, der, wer};
use autoproto_core::metrics::{DiarizationErrorRate, normalise};
use autoproto_core::{Language, MeetingReport, Owner, SpeakerId};

use crate::truth::{Recording, Script};

const STEM: usize = 4;
const SHARED: f64 = 0.5;
const FUNCTION_WORDS: [&str; 34] = [
    "the",
    "and",
    "for",
    "will",
    "with",
    "that",
    "this",
    "not",
    "our",
    "are",
    "was",
    "has",
    "have",
    "from",
    "into",
    "you",
    "they",
    "let",
    "все",
    "его",
    "или",
    "для",
    "при",
    "над",
    "под",
    "это",
    "что",
    "как",
    "чтобы",
    "она",
    "они",
    "нам",
    "мы",
    "будет",
];

/// Decisions and actions: found of expected, right of listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// In the script.
    pub expected: usize,
    /// Of those, in the minutes.
    pub found: usize,
    /// In the minutes.
    pub listed: usize,
    /// Actions of the script that are in the minutes.
    pub actions: usize,
    /// Of those, with the right owner.
    pub owners: usize,
}

impl Add for Found {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            expected: self.expected + other.expected,
            found: self.found + other.found,
            listed: self.listed + other.listed,
            actions: self.actions + other.actions,
            owners: self.owners + other.owners,
        }
    }
}

/// A result held against the truth; add those of several recordings to pool them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// Without collar, overlap scored.
    pub der: DiarizationErrorRate,
    /// Voices there are.
    pub speakers: usize,
    /// Voices that were told apart.
    pub speakers_found: usize,
    /// Words, where they are known.
    pub wer: Option<WordErrorRate>,
    /// Minutes, where they are known.
    pub minutes: Option<Found>,
    /// Seconds of speech in which no word was found.
    pub uncovered: f64,
}

impl Add for Score {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        fn both<T: Add<Output = T> + Default>(a: Option<T>, b: Option<T>) -> Option<T> {
            (a.is_some() || b.is_some()).then(|| a.unwrap_or_default() + b.unwrap_or_default())
        }
        Self {
            der: self.der + other.der,
            speakers: self.speakers + other.speakers,
            speakers_found: self.speakers_found + other.speakers_found,
            wer: both(self.wer, other.wer),
            minutes: both(self.minutes, other.minutes),
            uncovered: self.uncovered + other.uncovered,
        }
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// Holds a report against the truth.
pub fn held_against(recording: &Recording, report: &MeetingReport) -> Score {
    let transcript = &report.transcript;
    let turns: Vec<LabelledTurn> = transcript.turns.iter().map(LabelledTurn::from).collect();
    let heard = transcript
        .utterances
        .iter()
        .map(|u| u.text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    Score {
        der: der(&recording.turns, &turns, &DerOptions::default()),
        speakers: recording.speakers(),
        speakers_found: transcript.speakers.len(),
        wer: recording
            .script
            .as_ref()
            .map(|script| wer(&script.text(), &heard, script.language)),
        minutes: recording
            .script
            .as_ref()
            .map(|script| minutes(recording, script, report)),
        uncovered: transcript
            .coverage
            .uncovered
            .iter()
            .fold(0.0, |sum, span| sum + span.duration()),
    }
}

fn minutes(recording: &Recording, script: &Script, report: &MeetingReport) -> Found {
    let listed = &report.minutes;
    let decisions = pairs(
        script.decisions.iter().map(String::as_str),
        listed.decisions.iter().map(|d| d.text.as_str()),
        script.language,
    );
    let actions = pairs(
        script.actions.iter().map(|a| a.task.as_str()),
        listed.actions.iter().map(|a| a.task.as_str()),
        script.language,
    );
    let owned = |(expected, found): &&(usize, usize)| {
        let name = match &listed.actions[*found].owner {
            Owner::Named(name) => Some(name.clone()),
            Owner::Speaker(id) => name_of(*id, recording, report),
            Owner::Unassigned => None,
        };
        name.is_some_and(|name| {
            stems(&name, script.language)
                == stems(&script.actions[*expected].owner, script.language)
        })
    };
    Found {
        expected: script.decisions.len() + script.actions.len(),
        found: decisions.len() + actions.len(),
        listed: listed.decisions.len() + listed.actions.len(),
        actions: actions.len(),
        owners: actions.iter().filter(owned).count(),
    }
}

/// The true voice that this one shares most time with.
fn name_of(id: SpeakerId, recording: &Recording, report: &MeetingReport) -> Option<String> {
    let shared = |label: &str| -> f64 {
        let own = report.transcript.turns.iter().filter(|t| t.speaker == id);
        let truth = || recording.turns.iter().filter(|t| t.label == label);
        own.flat_map(|turn| truth().map(move |t| t.span.overlap(&turn.span)))
            .sum()
    };
    let labels: HashSet<&str> = recording.turns.iter().map(|t| t.label.as_str()).collect();
    let best = labels
        .into_iter()
        .max_by(|a, b| shared(a).total_cmp(&shared(b)).then(b.cmp(a)))?;
    (shared(best) > 0.0).then(|| best.to_owned())
}

/// Pairs of alike lines, each in one pair at most, in the order of the first.
fn pairs<'a>(
    expected: impl Iterator<Item = &'a str>,
    listed: impl Iterator<Item = &'a str>,
    language: Language,
) -> Vec<(usize, usize)> {
    let listed: Vec<&str> = listed.collect();
    let mut free: Vec<usize> = (0..listed.len()).collect();
    let mut pairs = Vec::new();
    for (i, text) in expected.enumerate() {
        if let Some(at) = free.iter().position(|&j| alike(text, listed[j], language)) {
            pairs.push((i, free.remove(at)));
        }
    }
    pairs
}

/// Whether two wordings mean the same, by the rule of this module.
pub fn alike(a: &str, b: &str, language: Language) -> bool {
    let (a, b) = (stems(a, language), stems(b, language));
    let longer = a.len().max(b.len());
    longer > 0 && a.intersection(&b).count() as f64 >= SHARED * longer as f64
}

fn stems(text: &str, language: Language) -> HashSet<String> {
    normalise(text, language)
        .split(' ')
        .filter(|word| word.chars().count() > 2 && !FUNCTION_WORDS.contains(word))
        .map(|word| word.chars().take(STEM).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_content_words_makes_alike() {
        let en = |a, b| alike(a, b, Language::ENGLISH);
        assert!(en(
            "move the release to Thursday",
            "to move releases to Friday"
        ));
        assert!(!en(
            "move the release to Thursday",
            "move the meeting to Friday"
        ));
        assert!(!en("", "") && !en("the", "the"));
        assert!(alike(
            "подготовить смету",
            "подготовит смета к среде",
            Language::RUSSIAN
        ));
    }

    #[test]
    fn a_line_stands_for_one_expectation() {
        let twice = ["fix the leak", "fix the leak"].into_iter();
        assert_eq!(
            pairs(twice, ["fix a leak"].into_iter(), Language::ENGLISH),
            [(0, 0)]
        );
    }
}

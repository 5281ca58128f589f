//! How much of the scripted meetings is found, as they are and with noise.

use super::score::{Script, score, shown};
use super::{meeting, meetings_en, meetings_heard, meetings_ru, minutes};
use crate::types::{Utterance, UtteranceId};

const SCRIPTS: &[(&str, &Script)] = &[
    ("standup", &meetings_en::STANDUP),
    ("office", &meetings_en::OFFICE),
    ("launch", &meetings_en::LAUNCH),
    ("warehouse", &meetings_en::WAREHOUSE),
    ("planning", &meetings_ru::PLANNING),
    ("rollout", &meetings_ru::ROLLOUT),
    ("renovation", &meetings_ru::RENOVATION),
    ("conference", &meetings_ru::CONFERENCE),
    ("school", &meetings_ru::SCHOOL),
];

const HEARD: &[&Script] = &[
    &meetings_heard::GARDEN,
    &meetings_heard::CLINIC,
    &meetings_heard::SHOP,
    &meetings_heard::STUDIO,
    &meetings_heard::LIBRARY,
    &meetings_heard::FACTORY,
    &meetings_heard::CLUB,
    &meetings_heard::FARM,
];

/// How a recogniser spoils what was said.
type Spoil = fn(&[Utterance]) -> Vec<Utterance>;

const NOISES: &[(&str, Spoil)] = &[
    ("no punctuation", |u| {
        rewritten(u, |w| {
            w.trim_matches(|c: char| ",.!?:—".contains(c)).to_string()
        })
    }),
    ("no commas", |u| {
        rewritten(u, |w| {
            w.trim_matches(|c: char| ",:—".contains(c)).to_string()
        })
    }),
    ("full stops for commas", |u| {
        rewritten(u, |w| w.replace(',', "."))
    }),
    ("small letters", |u| rewritten(u, str::to_lowercase)),
    ("turns", merged),
];

fn rewritten(utterances: &[Utterance], word: impl Fn(&str) -> String) -> Vec<Utterance> {
    let spoilt = |u: &Utterance| {
        let text: Vec<String> = u
            .text
            .split_whitespace()
            .map(&word)
            .filter(|w| !w.is_empty())
            .collect();
        Utterance {
            text: text.join(" "),
            ..u.clone()
        }
    };
    utterances.iter().map(spoilt).collect()
}

/// Consecutive utterances of a voice become one, as attribution makes them.
fn merged(utterances: &[Utterance]) -> Vec<Utterance> {
    let mut out: Vec<Utterance> = Vec::new();
    for u in utterances {
        match out.last_mut() {
            Some(last) if last.speaker == u.speaker => {
                last.text = format!("{} {}", last.text, u.text);
                last.span.end = u.span.end;
            }
            _ => out.push(Utterance {
                id: UtteranceId(out.len() as u32 + 1),
                ..u.clone()
            }),
        }
    }
    out
}

#[test]
fn everything_expected_is_found_and_nothing_else() {
    let mut wrong = String::new();
    for (name, script) in SCRIPTS {
        let minutes = minutes(&meeting(script.lines));
        let score = score(script, &minutes);
        let titles: Vec<&str> = minutes.agenda.iter().map(|a| a.title.as_str()).collect();
        let questions: Vec<&str> = minutes.questions.iter().map(|q| q.text.as_str()).collect();
        let right = (score.found, score.listed) == (score.expected, score.expected);
        if !right || titles != script.agenda || questions != script.questions {
            wrong += &format!("{name}: {score:?}\n{}\n", shown(script, &minutes));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn most_is_found_in_what_a_recogniser_hears() {
    let (mut expected, mut found, mut listed, mut all) = (0, 0, 0, String::new());
    for script in HEARD {
        let minutes = minutes(&meeting(script.lines));
        let score = score(script, &minutes);
        (expected, found, listed) = (
            expected + score.expected,
            found + score.found,
            listed + score.listed,
        );
        all += &format!("{score:?}\n{}\n", shown(script, &minutes));
    }
    assert!(
        10 * found >= 8 * expected,
        "{found} of {expected} found\n{all}"
    );
    assert!(
        10 * found >= 9 * listed,
        "{found} of {listed} listed are right\n{all}"
    );
}

#[test]
fn noise_costs_little() {
    for (noise, spoil) in NOISES {
        let (mut expected, mut found, mut listed) = (0, 0, 0);
        let mut missed = String::new();
        let heard = HEARD.iter().map(|s| ("heard", *s));
        for (name, script) in SCRIPTS.iter().copied().chain(heard) {
            let minutes = minutes(&spoil(&meeting(script.lines)));
            let score = score(script, &minutes);
            expected += score.expected;
            found += score.found;
            listed += score.listed;
            if (score.found, score.listed) != (score.expected, score.expected) {
                missed += &format!("{name}: {score:?}\n{}\n", shown(script, &minutes));
            }
        }
        assert!(
            10 * found >= 8 * expected,
            "{noise}: {found} of {expected} found\n{missed}"
        );
        assert!(
            10 * found >= 8 * listed,
            "{noise}: {found} of {listed} listed are right\n{missed}"
        );
    }
}

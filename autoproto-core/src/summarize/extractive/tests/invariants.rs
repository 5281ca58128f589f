//! What must hold for any input.

use proptest::prelude::*;

use super::{meeting, minutes};
use crate::types::{Evidence, Minutes, SpeakerId, TimeSpan, Utterance, UtteranceId, Word};

fn evidence(minutes: &Minutes) -> Vec<&Vec<Evidence>> {
    let agenda = minutes.agenda.iter().map(|a| &a.evidence);
    let decisions = minutes.decisions.iter().map(|d| &d.evidence);
    let actions = minutes.actions.iter().map(|a| &a.evidence);
    agenda
        .chain(decisions)
        .chain(actions)
        .chain(minutes.questions.iter().map(|q| &q.evidence))
        .collect()
}

fn check(utterances: &[Utterance]) -> Result<Minutes, TestCaseError> {
    let minutes = minutes(utterances);
    prop_assert_eq!(minutes.utterances_read, utterances.len());
    for pieces in evidence(&minutes) {
        prop_assert!(!pieces.is_empty());
        for piece in pieces {
            prop_assert_eq!(piece.utterances.len(), 1);
            let of = utterances.iter().find(|u| u.id == piece.utterances[0]);
            prop_assert!(of.is_some());
            let of = of.unwrap();
            prop_assert!(
                !piece.quote.is_empty() && of.text.contains(&piece.quote),
                "{:?} is not in {:?}",
                piece.quote,
                of.text
            );
            prop_assert!(
                piece.span.start >= of.span.start - 1e-6
                    && piece.span.end <= of.span.end + 1e-6
                    && piece.span.start <= piece.span.end
            );
        }
    }
    for text in minutes
        .decisions
        .iter()
        .map(|d| &d.text)
        .chain(minutes.actions.iter().map(|a| &a.task))
        .chain(minutes.questions.iter().map(|q| &q.text))
    {
        prop_assert!(!text.trim().is_empty());
    }
    Ok(minutes)
}

/// Words that cues are made of, so that random text hits the rules.
const VOCABULARY: &[&str] = &[
    "We",
    "we",
    "agreed",
    "decided",
    "to",
    "that",
    "not",
    "move",
    "the",
    "release",
    "Maria",
    "Tom",
    "and",
    "will",
    "fix",
    "by",
    "Tuesday.",
    "tomorrow,",
    "please",
    "if",
    "I",
    "I'll",
    "take",
    "first",
    "item",
    "is",
    "Решили",
    "решили,",
    "не",
    "Поручить",
    "Марии",
    "Олег",
    "исправит",
    "ошибку",
    "к",
    "пятнице.",
    "до",
    "конца",
    "недели",
    "Хорошо,",
    "отменяем.",
    "откладываем",
    "тогда",
    "вопрос",
    "Первый",
    "следующий",
    "—",
    "что",
    "Я",
    "подготовлю",
    "отчёт",
    "кто",
    "неясно,",
    "открыт",
    "?",
    "кто?",
    "…",
    "can",
    "you",
    "send",
    "Who",
    "don't",
    "know",
    "let's",
    "cancel",
    "that.",
    "«релиз»",
    "10",
    "марта",
    "на",
    "'",
    "''",
    ":",
    "срок",
    "the",
    "ёлка",
    "İ",
    "ß",
];

fn utterances() -> impl Strategy<Value = Vec<Utterance>> {
    let text = prop_oneof![
        4 => prop::collection::vec(prop::sample::select(VOCABULARY), 0..14).prop_map(|w| w.join(" ")),
        1 => any::<String>(),
    ];
    prop::collection::vec((text, 0..3u32, 0.0..3.0f64, any::<bool>()), 0..12).prop_map(|said| {
        let mut start = 0.0;
        let mut out = Vec::new();
        for (n, (text, voice, pause, timed)) in said.into_iter().enumerate() {
            start += pause;
            let count = text.split_whitespace().count();
            let span = TimeSpan::new(start, start + 0.3 * count as f64);
            let word = |(k, w): (usize, &str)| Word {
                span: TimeSpan::new(start + 0.3 * k as f64, start + 0.3 * (k + 1) as f64),
                text: w.into(),
                confidence: 0.5,
            };
            let words = if timed {
                text.split_whitespace().enumerate().map(word).collect()
            } else {
                Vec::new()
            };
            start = span.end;
            out.push(Utterance {
                id: UtteranceId(n as u32 + 1),
                speaker: (voice < 2).then_some(SpeakerId(voice)),
                span,
                text,
                words,
            });
        }
        out
    })
}

proptest! {
    #[test]
    fn every_claim_is_proved_by_what_was_said(utterances in utterances()) {
        check(&utterances)?;
    }
}

#[test]
fn evidence_points_at_the_words() {
    let said = meeting(&[
        "A: We agreed to move the release to",
        "A: Thursday. Maria will fix the leak by Tuesday.",
    ]);
    let minutes = check(&said).unwrap();
    let decision = &minutes.decisions[0];
    assert_eq!(decision.text, "move the release to Thursday");
    let quotes: Vec<&str> = decision.evidence.iter().map(|e| e.quote.as_str()).collect();
    assert_eq!(quotes, ["We agreed to move the release to", "Thursday."]);
    assert_eq!(minutes.actions[0].evidence[0].utterances, [UtteranceId(2)]);
    assert!(minutes.actions[0].evidence[0].span.start > said[1].span.start);
}

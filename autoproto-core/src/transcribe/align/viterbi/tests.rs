//! Against torchaudio (`tests/golden/make_align.py`), against every other way, and what can't be aligned.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// What torchaudio made of the same emissions.
#[derive(Deserialize)]
struct Golden {
    name: String,
    classes: usize,
    blank: usize,
    /// The token `classes` is the one that stands for anything.
    tokens: Vec<usize>,
    emissions: Vec<f32>,
    /// First frame, end, mean log-probability.
    spans: Vec<(usize, usize, f32)>,
    score: f64,
}

#[test]
fn spans_and_scores_are_those_of_torchaudio() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/align/align.json");
    let cases: Vec<Golden> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        // torchaudio's token for anything is a class more, of log-probability 0.
        let wide = case.emissions.chunks(case.classes);
        let wide: Vec<f32> = wide
            .flat_map(|row| row.iter().copied().chain([0.0]))
            .collect();
        let emissions = Emissions::new(&wide, case.classes + 1).unwrap();
        for kept in [KEPT, 1] {
            let found = align_within(emissions, &case.tokens, case.blank, kept).unwrap();
            assert_eq!(found.spans.len(), case.spans.len(), "{}", case.name);
            for (span, want) in found.spans.iter().zip(&case.spans) {
                assert_eq!(span.frames, want.0..want.1, "{}", case.name);
                assert!((span.score - want.2).abs() < 1e-4, "{}", case.name);
            }
            assert!((found.score - case.score).abs() < 1e-3, "{}", case.name);
        }
    }
}

fn logs(probabilities: &[[f32; 2]]) -> Vec<f32> {
    probabilities.iter().flatten().map(|p| p.ln()).collect()
}

#[test]
fn tokens_alike_have_a_blank_between_them() {
    let heard = logs(&[[0.1, 0.9]; 3]);
    let heard = Emissions::new(&heard, 2).unwrap();
    let twice = [1, 1];
    let found = align(heard, &twice, 0).unwrap();
    let frames: Vec<_> = found.spans.iter().map(|s| s.frames.clone()).collect();
    assert_eq!(frames, [0..1, 2..3]);
    let short = Emissions::new(&heard.values[..4], 2).unwrap();
    let error = align(short, &twice, 0).unwrap_err();
    assert_eq!(
        error,
        Unaligned::TooShort {
            frames: 2,
            needed: 3
        }
    );
}

#[test]
fn what_cannot_be_is_said() {
    let heard = logs(&[[0.5, 0.5]; 3]);
    let emissions = Emissions::new(&heard, 2).unwrap();
    for (token, blank, class) in [(2, 0, 2), (0, 0, 0), (1, 7, 7)] {
        let error = align(emissions, &[token], blank).unwrap_err();
        assert_eq!(error, Unaligned::NoSuchClass(class));
    }
    for nothing in [f32::NAN, f32::NEG_INFINITY, f32::INFINITY] {
        let heard = [0.0, nothing, 0.0, nothing];
        let emissions = Emissions::new(&heard, 2).unwrap();
        let error = align(emissions, &[1], 0).unwrap_err();
        assert_eq!(error, Unaligned::Impossible);
    }
    assert!(Emissions::new(&heard, 0).is_none() && Emissions::new(&heard, 4).is_none());
}

#[test]
fn nothing_to_say_is_all_blank() {
    let heard = logs(&[[0.5, 0.5]; 3]);
    let found = align(Emissions::new(&heard, 2).unwrap(), &[], 0).unwrap();
    assert!(found.spans.is_empty() && (found.score - 3.0 * 0.5_f64.ln()).abs() < 1e-6);
    let empty = Emissions::new(&[], 2).unwrap();
    assert_eq!(align(empty, &[], 0).unwrap().score, 0.0);
}

/// The score of a way given as the frames at which each token begins and how long it lasts.
fn score(emissions: Emissions<'_>, tokens: &[usize], spans: &[Range<usize>]) -> f64 {
    (0..emissions.frames())
        .map(|frame| {
            let inside = spans.iter().position(|s| s.contains(&frame));
            let class = inside.and_then(|i| tokens.get(i)).copied().unwrap_or(0);
            f64::from(emissions.frame(frame)[class])
        })
        .sum()
}

prop_compose! {
    fn case()(classes in 2..6_usize, frames in 1..40_usize)(
        values in proptest::collection::vec(-9.0_f32..0.0, classes * frames),
        tokens in proptest::collection::vec(1..classes, 0..14),
        classes in Just(classes),
        gaps in proptest::collection::vec((0..3_usize, 1..4_usize), 14),
    ) -> (usize, Vec<f32>, Vec<usize>, Vec<(usize, usize)>) {
        (classes, values, tokens, gaps)
    }
}

proptest! {
    #[test]
    fn spans_are_in_order_and_no_way_is_better((classes, values, tokens, gaps) in case()) {
        let emissions = Emissions::new(&values, classes).unwrap();
        let alike = tokens.windows(2).filter(|w| w[0] == w[1]).count();
        let found = match align(emissions, &tokens, 0) {
            Ok(found) => found,
            Err(error) => {
                let needed = tokens.len() + alike;
                prop_assert_eq!(error, Unaligned::TooShort { frames: emissions.frames(), needed });
                prop_assert!(emissions.frames() < needed);
                return Ok(());
            }
        };
        prop_assert_eq!(found.spans.len(), tokens.len());
        let mut end = 0;
        for (i, span) in found.spans.iter().enumerate() {
            let blank = usize::from(i > 0 && tokens[i - 1] == tokens[i]);
            prop_assert!(span.frames.start >= end + blank && span.frames.end > span.frames.start);
            end = span.frames.end;
        }
        prop_assert!(end <= emissions.frames());
        let ways: Vec<_> = found.spans.iter().map(|s| s.frames.clone()).collect();
        prop_assert!((score(emissions, &tokens, &ways) - found.score).abs() < 1e-6);

        // Another way, laid out from the left.
        let (mut at, mut other) = (0, Vec::new());
        for (i, (gap, length)) in gaps.iter().take(tokens.len()).enumerate() {
            at += gap.max(&usize::from(i > 0 && tokens[i - 1] == tokens[i]));
            other.push(at..at + length);
            at += length;
        }
        if at <= emissions.frames() {
            prop_assert!(score(emissions, &tokens, &other) <= found.score + 1e-6);
        }
        // In blocks it is the same.
        prop_assert_eq!(align_within(emissions, &tokens, 0, 1).unwrap(), found);
    }
}

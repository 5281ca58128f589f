//! What was said is held against what the decoder looked at: words that rest on no sound are taken out.
//!
//! Measured with the tiny model on recordings of meetings, the words of a window lie at 0.6 to 0.9 (see
//! [`Place::grounded`]); what it makes up of noise, hum, music or another language at 0 to 0.3, however sure it is.

use super::attention::Place;
use crate::transcribe::words::Token;
use crate::types::{RemovalReason, RemovedText, TimeSpan};

/// All words of a window together are grounded at least so much.
const WINDOW: f32 = 0.4;
/// And every few in a row, taken together, at least so much.
const STRETCH: f32 = 0.25;
/// How many words on either side are taken together with one.
const AROUND: usize = 2;
/// Where the model does not say what it looks at: the mean probability of a window's tokens, at least.
const SURE: f64 = 0.4;

/// A token, where in the sound it lies, and how much it rests on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    /// `None` where the model does not say what it looks at.
    pub(super) place: Option<Place>,
}

/// The tokens that rest on the sound of `window`, and the text of the others.
pub(super) fn held(tokens: Vec<Placed>, window: TimeSpan) -> (Vec<Token>, Vec<RemovedText>) {
    let words = words(tokens);
    if words.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let grounded: Option<Vec<f32>> = words.iter().map(|word| grounded(word)).collect();
    let out: Vec<Option<RemovalReason>> = match grounded {
        Some(grounded) if mean(&grounded) < WINDOW => {
            vec![Some(RemovalReason::NoSpeech); words.len()]
        }
        Some(grounded) => (0..words.len())
            .map(|i| {
                let near = i.saturating_sub(AROUND)..(i + AROUND + 1).min(words.len());
                let low = mean(&grounded[near]) < STRETCH && grounded[i] < WINDOW;
                low.then_some(RemovalReason::NoSpeech)
            })
            .collect(),
        None if sure(&words) < SURE => vec![Some(RemovalReason::Unsure); words.len()],
        None => vec![None; words.len()],
    };
    let starts: Vec<f64> = words
        .iter()
        .map(|word| word.first().map_or(window.start, |p| p.token.start))
        .collect();
    let (mut kept, mut removed) = (Vec::new(), Vec::<RemovedText>::new());
    let mut joins = false;
    for (i, (word, reason)) in words.into_iter().zip(out).enumerate() {
        let Some(reason) = reason else {
            kept.extend(word.into_iter().map(|p| p.token));
            joins = false;
            continue;
        };
        let end = starts.get(i + 1).copied().unwrap_or(window.end);
        let text = text_of(word.iter().map(|p| p.token.bytes.as_slice()));
        match removed.last_mut().filter(|_| joins) {
            Some(last) => {
                last.span.end = end.max(last.span.end);
                last.text.push(' ');
                last.text.push_str(&text);
            }
            None => removed.push(RemovedText {
                span: TimeSpan::new(starts[i], end.max(starts[i])),
                text,
                reason,
            }),
        }
        joins = true;
    }
    (kept, removed)
}

/// What tokens say together, without the spaces around it.
pub(super) fn text_of<'a>(tokens: impl Iterator<Item = &'a [u8]>) -> String {
    let bytes: Vec<u8> = tokens.flatten().copied().collect();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// Tokens by word: one that begins with a space begins one.
fn words(tokens: Vec<Placed>) -> Vec<Vec<Placed>> {
    let mut words: Vec<Vec<Placed>> = Vec::new();
    for placed in tokens {
        let begins = placed.token.bytes.first() == Some(&b' ');
        match words.last_mut() {
            Some(word) if !begins => word.push(placed),
            _ => words.push(vec![placed]),
        }
    }
    words
}

fn grounded(word: &[Placed]) -> Option<f32> {
    let all: Option<Vec<f32>> = word.iter().map(|p| Some(p.place?.grounded)).collect();
    all.map(|all| mean(&all))
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

/// The geometric mean of the tokens' probabilities.
fn sure(words: &[Vec<Placed>]) -> f64 {
    let logs = words.iter().flatten().map(|p| {
        let probability = f64::from(p.token.probability);
        probability.clamp(1e-6, 1.0).ln()
    });
    let (sum, count) = logs.fold((0.0, 0_u32), |(sum, count), log| (sum + log, count + 1));
    (sum / f64::from(count.max(1))).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn placed(text: &str, start: f64, grounded: Option<f32>, probability: f32) -> Placed {
        Placed {
            token: Token {
                bytes: text.as_bytes().to_vec(),
                start,
                probability,
            },
            place: grounded.map(|grounded| Place { frame: 0, grounded }),
        }
    }

    fn said(words: &[(&str, f32)]) -> Vec<Placed> {
        let each = |(i, (word, grounded)): (usize, &(&str, f32))| {
            placed(&format!(" {word}"), i as f64, Some(*grounded), 0.9)
        };
        words.iter().enumerate().map(each).collect()
    }

    const WHOLE: TimeSpan = TimeSpan {
        start: 0.0,
        end: 20.0,
    };

    #[test]
    fn a_window_without_ground_gives_nothing_however_sure() {
        let (kept, removed) = held(said(&[("Thank", 0.1), ("you.", 0.2)]), WHOLE);
        assert!(kept.is_empty());
        assert_eq!(removed.len(), 1);
        assert_eq!(removed[0].text, "Thank you.");
        assert_eq!(removed[0].reason, RemovalReason::NoSpeech);
        assert_eq!(removed[0].span, WHOLE);
    }

    #[test]
    fn a_made_up_end_is_taken_off_and_one_weak_word_is_not() {
        let mut words = vec![
            ("We", 0.8),
            ("well", 0.1),
            ("agreed", 0.9),
            ("to", 0.8),
            ("ship", 0.9),
            ("it.", 0.9),
        ];
        assert_eq!(held(said(&words), WHOLE).0.len(), 6);
        words.extend([
            ("Thanks", 0.1),
            ("for", 0.0),
            ("watching", 0.1),
            ("this", 0.1),
            ("video.", 0.0),
        ]);
        let (kept, removed) = held(said(&words), WHOLE);
        let kept = text_of(kept.iter().map(|t| t.bytes.as_slice()));
        assert!(kept.starts_with("We well agreed to ship it."), "{kept}");
        assert!(!kept.contains("video"), "{kept}");
        assert!(removed[0].text.ends_with("this video."), "{removed:?}");
    }

    #[test]
    fn without_attention_only_what_is_said_without_certainty_goes() {
        let of = |p| vec![placed(" You", 1.0, None, p)];
        assert_eq!(held(of(0.9), WHOLE).0.len(), 1);
        let (kept, removed) = held(of(0.2), WHOLE);
        assert!(kept.is_empty() && removed[0].reason == RemovalReason::Unsure);
    }

    proptest! {
        #[test]
        fn every_word_is_kept_or_listed(grounds in proptest::collection::vec(-1.0_f32..1.0, 0..40)) {
            let words: Vec<(&str, f32)> = grounds.iter().map(|g| ("word", *g)).collect();
            let (kept, removed) = held(said(&words), TimeSpan::new(0.0, 60.0));
            let listed: usize = removed.iter().map(|r| r.text.split(' ').count()).sum();
            prop_assert_eq!(kept.len() + listed, grounds.len());
            prop_assert!(removed.iter().all(|r| r.span.duration() > 0.0));
        }
    }
}

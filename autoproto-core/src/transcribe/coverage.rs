//! Speech in which no word was found.

use crate::types::{SpeechRegion, TimeSpan, Word, merge_spans};

/// Speech without words that is worth a second listening, in seconds.
pub(super) const HOLE: f64 = 1.0;
/// A word accounts for the speech this near to it, in seconds: word times are that rough.
const REACH: f64 = 0.6;

/// The stretches of `speech` inside `window`, at least `shortest` seconds long, that lie away from every word.
pub(super) fn holes(
    window: TimeSpan,
    speech: &[SpeechRegion],
    words: &[Word],
    shortest: f64,
) -> Vec<TimeSpan> {
    let near: Vec<TimeSpan> = words
        .iter()
        .map(|w| TimeSpan::new(w.span.start - REACH, w.span.end + REACH))
        .collect();
    let near = merge_spans(&near, 0.0);
    let mut holes = Vec::new();
    for region in speech {
        let (mut at, end) = (
            region.span.start.max(window.start),
            region.span.end.min(window.end),
        );
        for span in &near {
            if span.start >= end {
                break;
            }
            if span.start - at >= shortest {
                holes.push(TimeSpan::new(at, span.start));
            }
            at = at.max(span.end);
        }
        if end - at >= shortest {
            holes.push(TimeSpan::new(at, end));
        }
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_away_from_every_word_is_a_hole() {
        let speech = [
            SpeechRegion {
                span: TimeSpan::new(0.0, 10.0),
            },
            SpeechRegion {
                span: TimeSpan::new(20.0, 21.0),
            },
        ];
        let word = |start: f64| Word {
            span: TimeSpan::new(start, start + 0.4),
            text: "w".into(),
            confidence: 1.0,
        };
        let got = holes(
            TimeSpan::new(0.0, 30.0),
            &speech,
            &[word(0.0), word(1.0), word(9.0)],
            1.0,
        );
        assert_eq!(got, [TimeSpan::new(2.0, 8.4), TimeSpan::new(20.0, 21.0)]);
    }

    #[test]
    fn speech_outside_the_window_is_not_looked_at() {
        let speech = [SpeechRegion {
            span: TimeSpan::new(0.0, 10.0),
        }];
        assert_eq!(
            holes(TimeSpan::new(4.0, 6.0), &speech, &[], 1.0),
            [TimeSpan::new(4.0, 6.0)]
        );
    }
}

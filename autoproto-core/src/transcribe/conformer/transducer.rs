//! A transducer's greedy search: at each frame the likeliest token, given those before, until that is the blank.
//!
//! With durations (TDT) each answer also says how many frames to go on by, which is how long the token takes.

use super::token::{Token, likeliest};
use crate::cancel::CancelToken;
use crate::error::Result;

/// The network that is asked for the next token. It keeps what was said so far.
pub(super) trait Predictor {
    /// Forgets what was said.
    fn restart(&mut self);

    /// Scores of tokens at a frame of the encoder, and of durations behind them.
    ///
    /// # Errors
    /// What the network fails with.
    fn scores(&mut self, frame: &[f32]) -> Result<Vec<f32>>;

    /// Takes the token as said: scores are those of what follows it from now on.
    fn say(&mut self, token: usize);
}

/// What bounds the search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Tokens in the vocabulary.
    pub(super) tokens: usize,
    /// The one that stands for none.
    pub(super) blank: usize,
    /// Tokens that may begin at one frame, at most.
    pub(super) most_tokens: usize,
    /// Frames that a token may take, by the index of their score; none for RNN-T.
    pub(super) durations: &'a [usize],
}

/// The tokens of one sound: `frames` is `[frames × width]`.
///
/// # Errors
/// What the network fails with; [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired.
pub(super) fn greedy(
    network: &mut dyn Predictor,
    frames: &[f32],
    width: usize,
    rules: Rules<'_>,
    cancel: &CancelToken,
) -> Result<Vec<Token>> {
    network.restart();
    let mut tokens = Vec::new();
    let width = width.max(1);
    let count = frames.len() / width;
    let (mut at, mut begun) = (0, 0);
    while let Some(frame) = frames.get(at * width..(at + 1) * width) {
        if begun == 0 {
            cancel.check()?;
        }
        let scores = network.scores(frame)?;
        let (spoken, lasting) = scores.split_at(rules.tokens.min(scores.len()));
        let (id, probability) = likeliest(spoken).unwrap_or((rules.blank, 0.0));
        let longest = likeliest(lasting).and_then(|(i, _)| rules.durations.get(i));
        let step = longest.copied().unwrap_or(0);
        if id != rules.blank {
            network.say(id);
            begun += 1;
            tokens.push(Token {
                id,
                start: at,
                end: (at + step.max(1)).min(count),
                probability,
            });
        }
        if step > 0 {
            at += step;
            begun = 0;
        } else if id == rules.blank || begun >= rules.most_tokens {
            at += 1;
            begun = 0;
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const BLANK: usize = 3;

    /// Answers by a table: at the frame of this number, after so many tokens.
    struct Table<F: FnMut(usize, &[usize]) -> Vec<f32>> {
        said: Vec<usize>,
        asked: usize,
        answer: F,
    }

    impl<F: FnMut(usize, &[usize]) -> Vec<f32>> Predictor for Table<F> {
        fn restart(&mut self) {
            self.said.clear();
        }

        fn scores(&mut self, frame: &[f32]) -> Result<Vec<f32>> {
            self.asked += 1;
            Ok((self.answer)(frame[0] as usize, &self.said))
        }

        fn say(&mut self, token: usize) {
            self.said.push(token);
        }
    }

    fn run(
        frames: usize,
        most_tokens: usize,
        durations: &[usize],
        answer: impl FnMut(usize, &[usize]) -> Vec<f32>,
    ) -> (Vec<(usize, usize, usize)>, usize) {
        let frames: Vec<f32> = (0..frames).map(|i| i as f32).collect();
        let rules = Rules {
            tokens: 4,
            blank: BLANK,
            most_tokens,
            durations,
        };
        let mut table = Table {
            said: vec![9], // left over from the sound before
            asked: 0,
            answer,
        };
        let tokens = greedy(&mut table, &frames, 1, rules, &CancelToken::new()).unwrap();
        let spans = tokens.iter().map(|t| (t.id, t.start, t.end)).collect();
        (spans, table.asked)
    }

    fn one_hot(width: usize, hot: &[usize]) -> Vec<f32> {
        (0..width)
            .map(|i| if hot.contains(&i) { 5.0 } else { 0.0 })
            .collect()
    }

    #[test]
    fn a_frame_may_say_several_tokens_and_the_blank_goes_on() {
        // Frame 1 says 0, then 1; frame 2 nothing; frame 3 says 0 once more.
        let (got, asked) = run(4, 3, &[], |frame, said| {
            let token = match (frame, said) {
                (1, []) => 0,
                (1, [0]) => 1,
                (3, [0, 1]) => 0,
                _ => BLANK,
            };
            one_hot(4, &[token])
        });
        assert_eq!(got, [(0, 1, 2), (1, 1, 2), (0, 3, 4)]);
        assert_eq!(asked, 1 + 3 + 1 + 2);
    }

    #[test]
    fn a_network_that_never_stops_is_stopped_at_each_frame() {
        let (got, asked) = run(5, 3, &[], |_, _| one_hot(4, &[2]));
        assert_eq!((got.len(), asked), (15, 15));
        let (got, asked) = run(5, 10, &[0, 1, 2, 3, 4], |_, _| one_hot(9, &[2, 4]));
        assert_eq!((got.len(), asked), (50, 50), "a duration of 0");
    }

    #[test]
    fn durations_say_how_long_a_token_is_and_where_the_next_is_looked_for() {
        // Of nine scores the last five are of 0 to 4 frames.
        let mut asked_at = Vec::new();
        let (got, _) = run(12, 10, &[0, 1, 2, 3, 4], |frame, said| {
            asked_at.push(frame);
            match (frame, said.len()) {
                (0, _) => one_hot(9, &[BLANK, 4 + 2]), // nothing for two frames
                (2, 0) => one_hot(9, &[0, 4]),         // a token, and more here
                (2, 1) => one_hot(9, &[1, 4 + 3]),     // a token of three frames
                (5, _) => one_hot(9, &[BLANK, 4]),     // a blank of no length still goes on
                (6, _) => one_hot(9, &[2, 4 + 4]),
                _ => one_hot(9, &[0, 4 + 4]), // runs over the end
            }
        });
        assert_eq!(got, [(0, 2, 3), (1, 2, 5), (2, 6, 10), (0, 10, 12)]);
        assert_eq!(asked_at, [0, 2, 2, 5, 6, 10]);
    }

    #[test]
    fn a_fired_token_stops_the_search() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let mut table = Table {
            said: Vec::new(),
            asked: 0,
            answer: |_: usize, _: &[usize]| one_hot(4, &[2]),
        };
        let rules = Rules {
            tokens: 4,
            blank: BLANK,
            most_tokens: 1,
            durations: &[],
        };
        let error = greedy(&mut table, &[0.0; 3], 1, rules, &cancel).unwrap_err();
        assert_eq!(error.code(), "cancelled");
        assert_eq!(table.asked, 0);
    }

    proptest! {
        #[test]
        fn tokens_are_in_order_and_within_the_limits(scores in proptest::collection::vec(-9.0_f32..9.0, 9..90), frames in 0_usize..60, most in 1_usize..5, with_durations in any::<bool>()) {
            let durations: &[usize] = if with_durations { &[0, 1, 2, 3, 4] } else { &[] };
            let mut at = 0;
            let (got, asked) = run(frames, most, durations, |_, _| {
                at = (at + 7) % (scores.len() - 8);
                scores[at..at + 4 + durations.len()].to_vec()
            });
            prop_assert!(asked <= frames * (most + 1));
            let mut last = 0;
            for (id, start, end) in &got {
                prop_assert!(*start >= last && end > start && *end <= frames && *id < BLANK);
                prop_assert!(got.iter().filter(|t| t.1 == *start).count() <= most);
                last = *start;
            }
        }
    }
}

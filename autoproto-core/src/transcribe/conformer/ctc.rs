//! Log-probabilities to tokens: the likeliest token of each frame, repeats taken together, blanks left out.

use super::token::{Token, likeliest};

/// The tokens of one sound: `scores` is `[frames × width]`. A token lasts as long as it stays the likeliest, and is as sure
/// as it ever is meanwhile.
pub(super) fn greedy(scores: &[f32], width: usize, blank: usize) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut last = blank;
    for (frame, scores) in scores.chunks_exact(width.max(1)).enumerate() {
        let (id, probability) = likeliest(scores).unwrap_or((blank, 0.0));
        if id != blank {
            match tokens.last_mut().filter(|_| id == last) {
                Some(token) => {
                    token.end = frame + 1;
                    token.probability = token.probability.max(probability);
                }
                None => tokens.push(Token {
                    id,
                    start: frame,
                    end: frame + 1,
                    probability,
                }),
            }
        }
        last = id;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLANK: usize = 3;

    /// Scores whose likeliest tokens are these, each by so much.
    fn scores(path: &[(usize, f32)]) -> Vec<f32> {
        let mut scores = Vec::new();
        for (token, by) in path {
            scores.extend((0..4).map(|i| if i == *token { *by } else { 0.0 }));
        }
        scores
    }

    #[test]
    fn repeats_are_one_and_a_blank_parts_them() {
        let path = [
            (BLANK, 1.0),
            (0, 1.0),
            (0, 3.0),
            (BLANK, 1.0),
            (0, 2.0),
            (1, 2.0),
            (1, 1.0),
            (BLANK, 9.0),
        ];
        let tokens = greedy(&scores(&path), 4, BLANK);
        let spans: Vec<_> = tokens.iter().map(|t| (t.id, t.start, t.end)).collect();
        assert_eq!(spans, [(0, 1, 3), (0, 4, 5), (1, 5, 7)]);
        let sure = |by: f32| by.exp() / (by.exp() + 3.0);
        for (token, by) in tokens.iter().zip([3.0, 2.0, 2.0]) {
            assert!(
                (token.probability - sure(by)).abs() < 1e-6,
                "the surest frame"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_a_blank() {
        let mut scores = scores(&[(0, 5.0), (1, 5.0), (0, 5.0)]);
        scores[4..8].fill(f32::NAN);
        let tokens = greedy(&scores, 4, BLANK);
        let ids: Vec<_> = tokens.iter().map(|t| (t.id, t.start)).collect();
        assert_eq!(ids, [(0, 0), (0, 2)]);
        assert!(greedy(&[], 4, BLANK).is_empty());
        assert!(greedy(&[1.0; 3], 4, BLANK).is_empty(), "not a whole frame");
    }

    proptest! {
        #[test]
        fn tokens_lie_apart_inside_the_frames(scores in proptest::collection::vec(-9.0_f32..9.0, 0..400), width in 1_usize..7, blank in 0_usize..7) {
            let frames = scores.len() / width;
            let tokens = greedy(&scores, width, blank);
            let mut last = 0;
            for token in &tokens {
                prop_assert!(token.start >= last && token.end > token.start && token.end <= frames);
                prop_assert!(token.id < width && token.id != blank);
                prop_assert!((0.0..=1.0).contains(&token.probability));
                last = token.end;
            }
        }
    }
}

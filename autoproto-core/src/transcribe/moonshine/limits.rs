//! When decoding has to stop though the model would go on.

/// Tokens beyond what the seconds allow, so that a single word in a short sound is not cut.
const SPARE: f64 = 4.0;
/// The longest phrase that is watched for repeating itself, in tokens.
const LONGEST: usize = 16;

/// How many tokens a sound of so many seconds may have.
pub(super) fn most_tokens(seconds: f64, a_second: f64) -> usize {
    (seconds.max(0.0) * a_second + SPARE).ceil() as usize
}

/// How often in a row a phrase of so many tokens may be said: "no, no, no, no" is speech, a clause four times over is not.
fn most_repeats(length: usize) -> usize {
    match length {
        1 => 8,
        2 | 3 => 5,
        _ => 3,
    }
}

/// How many of these tokens to keep, if they end in a phrase said more often than people do: up to the end of its first
/// saying.
pub(super) fn looped(tokens: &[usize]) -> Option<usize> {
    for length in 1..=LONGEST.min(tokens.len()) {
        let phrase = &tokens[tokens.len() - length..];
        let times = tokens
            .rchunks_exact(length)
            .take_while(|chunk| *chunk == phrase)
            .count();
        if times > most_repeats(length) {
            return Some(tokens.len() - (times - 1) * length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_has_so_many_tokens() {
        assert_eq!(most_tokens(10.0, 6.5), 69);
        assert_eq!(most_tokens(0.0, 6.5), 4);
        assert_eq!(most_tokens(-1.0, 6.5), 4);
    }

    #[test]
    fn a_phrase_over_and_over_is_kept_once() {
        let said = |text: &str| -> Vec<usize> { text.bytes().map(usize::from).collect() };
        assert_eq!(
            looped(&said("so the city of the city of the city of")),
            None
        );
        let loops = said("so abcdabcdabcdabcd");
        assert_eq!(looped(&loops), Some(7));
        assert_eq!(looped(&said("no no no no no ")), None);
        assert_eq!(looped(&said("nananananana")), Some(2));
        assert_eq!(looped(&said("hmmmmmmmm")), None);
        assert_eq!(looped(&said("hmmmmmmmmm")), Some(2));
        assert_eq!(looped(&[]), None);
    }

    proptest! {
        #[test]
        fn every_loop_of_a_short_phrase_ends(start in proptest::collection::vec(0_usize..50, 0..20), phrase in proptest::collection::vec(0_usize..50, 1..16)) {
            let (mut tokens, mut kept) = (start, None);
            for token in phrase.iter().cycle().take(20 * phrase.len()) {
                tokens.push(*token);
                kept = looped(&tokens);
                if kept.is_some() {
                    break;
                }
            }
            let kept = kept.map_or(usize::MAX, |kept| kept);
            prop_assert!(kept > 0 && kept < tokens.len());
        }

        #[test]
        fn tokens_that_differ_never_loop(count in 0_usize..200) {
            prop_assert_eq!(looped(&(0..count).collect::<Vec<_>>()), None);
        }
    }
}

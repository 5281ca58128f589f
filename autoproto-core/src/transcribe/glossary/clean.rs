//! Text of users made fit for a decoder.

/// `text` as it may reach a decoder: without NUL and other control characters, invisible marks and the brackets of
/// special tokens (`<|…|>`), white space as single spaces.
///
/// ```
/// use autoproto_core::transcribe::glossary::clean;
///
/// assert_eq!(clean(" Kuber\0netes\t\u{202e}1.30\n"), "Kubernetes 1.30");
/// assert_eq!(clean("<|endoftext|>"), "endoftext");
/// ```
pub fn clean(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_mark(*c))
        .collect();
    // Until none is left: taking one away may join the halves of another.
    let mut plain = visible;
    while plain.contains("<|") || plain.contains("|>") {
        plain = plain.replace("<|", "").replace("|>", "");
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters without a shape: joiners, marks of direction, byte order marks, variation selectors, tags, private use.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_of_a_bracket_do_not_join() {
        assert_eq!(clean("<<||endoftext|>"), "endoftext");
        assert_eq!(clean("a | b < c"), "a | b < c");
    }

    proptest! {
        #[test]
        fn nothing_unprintable_is_left(text in any::<String>()) {
            let once = clean(&text);
            prop_assert!(!once.chars().any(|c| c.is_control() || is_mark(c)));
            prop_assert!(!once.contains("<|") && !once.contains("|>") && !once.contains("  "));
            prop_assert_eq!(clean(&once), once);
        }
    }
}

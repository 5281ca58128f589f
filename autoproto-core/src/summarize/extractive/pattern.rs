//! Cues as sequences of words.
//!
//! A cue is a line such as `"we ?have agreed|decided to|that"`: words in order, `a|b` for either, `?` before what may
//! be missing, `stem*` for any word that begins so, and `#day`, `#month`, `#number` for those. Words are matched in their normal form (see
//! [`Token`](super::sentences::Token)), so a table of cues is plain data.

use super::due;

/// How many of `words` the cue takes from their start; `None` where it doesn't match.
pub(super) fn matched(cue: &str, words: &[&str]) -> Option<usize> {
    let mut at = 0;
    for element in cue.split(' ') {
        let (element, optional) = match element.strip_prefix('?') {
            Some(rest) => (rest, true),
            None => (element, false),
        };
        match words.get(at) {
            Some(word) if is_one_of(element, word) => at += 1,
            _ if optional => {}
            _ => return None,
        }
    }
    (at > 0).then_some(at)
}

/// The longest match of any cue of the table.
pub(super) fn longest(table: &[&str], words: &[&str]) -> Option<usize> {
    table.iter().filter_map(|cue| matched(cue, words)).max()
}

/// Whether any cue of the table matches somewhere in `words`.
pub(super) fn anywhere(table: &[&str], words: &[&str]) -> bool {
    (0..words.len()).any(|at| longest(table, words.get(at..).unwrap_or_default()).is_some())
}

fn is_one_of(element: &str, word: &str) -> bool {
    element.split('|').any(|a| match (a, a.strip_suffix('*')) {
        ("#day", _) => due::is_english_day(word),
        ("#month", _) => due::is_english_month(word),
        ("#number", _) => due::is_english_number(word),
        (_, Some(stem)) => word.starts_with(stem),
        (_, None) => a == word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_match_words_alternatives_options_and_stems() {
        let cue = "we ?have agreed|decided to";
        for (words, want) in [
            (&["we", "agreed", "to", "go"][..], Some(3)),
            (&["we", "have", "decided", "to"], Some(4)),
            (&["we", "had", "decided", "to"], None),
            (&["we", "agreed"], None),
            (&[], None),
        ] {
            assert_eq!(matched(cue, words), want, "{words:?}");
        }
        assert_eq!(matched("перен*", &["переносим"]), Some(1));
        assert_eq!(matched("?well", &["so"]), None, "an empty match is none");
        assert_eq!(longest(&["we", "we agreed"], &["we", "agreed"]), Some(2));
        assert!(anywhere(&["come back"], &["let", "us", "come", "back"]));
    }
}

//! What takes a decision back, puts it off, or puts another in its place.

use super::decision::Found;
use super::pattern::{anywhere, longest};
use super::sentences::Sentence;
use super::{cues_en, cues_ru, name_forms};

/// What a sentence does to what was decided before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reversal {
    /// Takes back; what it names, if anything, in stems.
    Cancel {
        /// The object, empty for "cancel that".
        object: Vec<String>,
    },
    /// Puts off; the sentence is a decision where it follows one.
    Postpone {
        /// The object.
        object: Vec<String>,
        /// Said as a conclusion («тогда», "then").
        concluded: bool,
    },
    /// A decision that replaces an earlier one on the same subject.
    Instead,
}

/// Reads a sentence as a reversal.
pub(super) fn read(sentence: &Sentence) -> Option<Reversal> {
    let norms = sentence.norms();
    let (cancel, postpone, instead, doubts) = if sentence.russian {
        (
            cues_ru::CANCEL,
            cues_ru::POSTPONE,
            cues_ru::INSTEAD,
            cues_ru::DOUBTS,
        )
    } else {
        (
            cues_en::CANCEL,
            cues_en::POSTPONE,
            cues_en::INSTEAD,
            cues_en::DOUBTS,
        )
    };
    if sentence.question {
        return None;
    }
    for at in 0..norms.len() {
        let rest = norms.get(at..).unwrap_or_default();
        // «пока» before the verb only softens it.
        let before = at.checked_sub(1).and_then(|b| norms.get(b));
        if before.is_some_and(|w| {
            doubts.contains(w) && !["пока", "уже", "already"].contains(w) && !fills(w)
        }) {
            return None;
        }
        let (table_hit, is_cancel) = match (longest(cancel, rest), longest(postpone, rest)) {
            (Some(len), _) => (len, true),
            (None, Some(len)) => (len, false),
            (None, None) => continue,
        };
        let mut object = stems(
            norms.get(at + table_hit..).unwrap_or_default(),
            sentence.russian,
        );
        if sentence.russian {
            object.extend(stems(norms.get(..at).unwrap_or_default(), true));
        }
        let concluded = norms
            .iter()
            .take(at + table_hit)
            .any(|w| ["тогда", "значит", "итак", "then", "so", "therefore"].contains(w));
        return Some(if is_cancel {
            Reversal::Cancel { object }
        } else {
            Reversal::Postpone { object, concluded }
        });
    }
    anywhere(instead, &norms).then_some(Reversal::Instead)
}

fn fills(word: &str) -> bool {
    cues_ru::FILLERS.contains(&word) || cues_en::FILLERS.contains(&word)
}

/// The words that carry meaning, cut to their stems, so that «покупку» meets «купить» and "releases" "release".
pub(super) fn stems(norms: &[&str], russian: bool) -> Vec<String> {
    const EMPTY: &[&str] = &[
        "the",
        "a",
        "an",
        "to",
        "of",
        "for",
        "and",
        "in",
        "on",
        "by",
        "with",
        "our",
        "we",
        "it",
        "that",
        "this",
        "at",
        "is",
        "will",
        "from",
        "not",
        "then",
        "now",
        "be",
        "all",
        "off",
        "until",
        "и",
        "в",
        "на",
        "с",
        "по",
        "к",
        "до",
        "за",
        "из",
        "о",
        "об",
        "для",
        "от",
        "это",
        "мы",
        "пока",
        "тогда",
        "будем",
        "не",
        "что",
        "решение",
        "один",
        "одну",
    ];
    let stem = |w: &str| {
        let bare = if russian {
            ["по", "вы", "за", "на", "пере"]
                .iter()
                .find_map(|p| w.strip_prefix(p).filter(|s| s.chars().count() >= 5))
                .unwrap_or(w)
        } else {
            w
        };
        let keep = if russian {
            3.max(bare.chars().count().min(7).saturating_sub(3))
        } else {
            5
        };
        bare.chars().take(keep).collect::<String>()
    };
    let mut stems: Vec<String> = norms
        .iter()
        .filter(|w| !EMPTY.contains(w) && !fills(w))
        .map(|w| stem(w))
        .collect();
    stems.sort();
    stems.dedup();
    stems
}

/// How much of the smaller of two sets of stems the other shares, 0 to 1.
pub(super) fn shared(a: &[String], b: &[String]) -> f64 {
    let meets = |x: &String| {
        b.iter().any(|y| {
            y == x
                || (y.chars().count() >= 3
                    && x.chars().count() >= 3
                    && (y.starts_with(x.as_str()) || x.starts_with(y.as_str())))
        })
    };
    let common = a.iter().filter(|x| meets(x)).count();
    let least = a.len().min(b.len());
    if least == 0 {
        0.0
    } else {
        (common as f64 / least as f64).min(1.0)
    }
}

/// The text of a postponement as a decision: the whole sentence without its opening words.
pub(super) fn postponement(sentence: &Sentence) -> Found {
    let fillers: &[&str] = if sentence.russian {
        &[
            "хорошо",
            "ладно",
            "тогда",
            "значит",
            "итак",
            "так",
            "ну",
            "давайте",
            "нет",
            "да",
            "но",
            "и",
            "а",
        ]
    } else {
        &[
            "ok", "okay", "so", "then", "well", "fine", "let's", "right", "we", "will", "good",
            "alright", "all",
        ]
    };
    let norms = sentence.norms();
    let start = norms.iter().take_while(|w| fillers.contains(w)).count();
    let end = norms.len();
    let heard = sentence.text(start..end);
    let text = match sentence.tokens.get(start) {
        Some(token) if token.capital && !name_forms::is_name(&token.norm) => lowered(&heard),
        _ => heard,
    };
    Found {
        text,
        tokens: start..end,
    }
}

/// With a small first letter.
pub(super) fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

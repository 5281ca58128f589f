//! By when: "by Tuesday", «к следующему вторнику», and the form the minutes give it in.

use std::ops::Range;

use super::due_ru;
use super::pattern::{longest, matched};
use super::sentences::Token;

/// A time by which something is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// Without its preposition: "the end of the week", «пятница».
    pub(super) text: String,
    /// The tokens it takes with its preposition, as positions in the slice that was searched.
    pub(super) tokens: Range<usize>,
    /// Said with "by", «к» or «до»: a date to deliver on, not just a time.
    pub(super) deadline: bool,
}

/// The time in these tokens; of several the last one that is a deadline, else the last.
pub(super) fn find(
    tokens: &[&Token],
    russian: bool,
    as_heard: impl Fn(Range<usize>) -> String,
) -> Option<Due> {
    let norms: Vec<&str> = tokens.iter().map(|t| t.norm.as_str()).collect();
    let mut best: Option<Due> = None;
    let mut at = 0;
    while at < norms.len() {
        let found = if russian {
            due_ru::at(&norms, at, &as_heard)
        } else {
            english(&norms, at, &as_heard)
        };
        match found {
            Some(due) => {
                at = due.tokens.end.max(at + 1);
                if best.as_ref().is_none_or(|b| due.deadline || !b.deadline) {
                    best = Some(due);
                }
            }
            None => at += 1,
        }
    }
    best
}

const DEADLINE: &[&str] = &[
    "by|before|until|till|bye|buy ?or ?on",
    "no|not later than",
    "due ?by|on",
    "at the latest by",
    "on or before",
];

/// Times that may stand without a preposition.
const BARE: &[&str] = &[
    "tomorrow ?morning|afternoon|evening|night",
    "today|tonight|asap",
    "next|this|coming|following week|month|quarter|year|weekend|#day ?morning|afternoon|evening",
    "later this week|month",
    "first thing tomorrow ?morning",
    "the day after tomorrow",
    "end of day|week|month|business",
];

/// Times that need one.
const TIMES: &[&str] = &[
    "?the ?very end|beginning|start|middle ?of ?the|this|next|business week|month|day|quarter|year|sprint|#month|weekend",
    "#day ?next ?morning|afternoon|evening|night|noon",
    "#day the #number",
    "#month ?the #number ?#number",
    "?the #number ?#number ?of #month",
    "the #number ?#number",
    "noon|midday|lunch|lunchtime|midnight|eod|cob|then|christmas|easter",
    "close of business",
    "the|our next|following meeting|call|review|standup|session|sprint",
    "the weekend",
    "#number o'clock|am|pm",
    "mid #month",
];

const SPANS: &[&str] =
    &["?the ?next #number|a|an|couple ?of day|days|week|weeks|month|months|hour|hours"];

fn english(norms: &[&str], at: usize, as_heard: &impl Fn(Range<usize>) -> String) -> Option<Due> {
    let rest = norms.get(at..)?;
    let before = at
        .checked_sub(1)
        .and_then(|b| norms.get(b))
        .copied()
        .unwrap_or_default();
    let time = |from: usize| {
        let words = rest.get(from..).unwrap_or_default();
        longest(BARE, words).max(longest(TIMES, words))
    };
    let due = |skip: usize, len: usize, deadline: bool| Due {
        text: as_heard(at + skip..at + skip + len),
        tokens: at..at + skip + len,
        deadline,
    };
    if let Some(skip) = longest(DEADLINE, rest) {
        if let Some(len) = time(skip) {
            return Some(due(skip, len, true));
        }
        let month = rest.get(skip).is_some_and(|w| is_english_month(w));
        return month.then(|| due(skip, 1, true));
    }
    let (first, second) = (
        rest.first().copied()?,
        rest.get(1).copied().unwrap_or_default(),
    );
    if ["within", "in"].contains(&first)
        && let Some(len) = longest(SPANS, rest.get(1..)?)
    {
        return Some(if first == "in" {
            due(0, len + 1, false)
        } else {
            due(1, len, true)
        });
    }
    if first == "on" && (is_english_day(second) || is_english_month(second) || second == "the") {
        return time(1).map(|len| due(1, len, false));
    }
    if first == "in" && is_english_month(second) && second != "may" {
        return Some(due(1, 1, false));
    }
    if [
        "for", "from", "of", "to", "since", "last", "every", "each", "than", "the", "until",
        "about",
    ]
    .contains(&before)
    {
        return None;
    }
    if let Some(len) = longest(BARE, rest) {
        return Some(due(0, len, false));
    }
    // A bare weekday is a time only at the end: "Maria will send it Friday".
    let len = matched("#day ?morning|afternoon|evening", rest)?;
    (len == rest.len() && at > 1).then(|| due(0, len, false))
}

pub(super) fn is_english_day(word: &str) -> bool {
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
    .contains(&word)
}

pub(super) fn is_english_month(word: &str) -> bool {
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
    .contains(&word)
}

pub(super) fn is_english_number(word: &str) -> bool {
    const WORDS: &str = "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty first \
    second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth \
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first \
    twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty- \
    eighth twenty-ninth thirtieth thirty-first";
    WORDS.split_whitespace().any(|w| w == word)
        || word
            .trim_end_matches(['t', 'h', 's', 'n', 'd', 'r'])
            .parse::<u16>()
            .is_ok()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::summarize::extractive::tests::sentence;

    pub(in crate::summarize::extractive) fn due(text: &str) -> Option<(String, bool)> {
        let sentence = sentence(text);
        let tokens: Vec<&Token> = sentence.tokens.iter().collect();
        find(&tokens, sentence.russian, |r| sentence.text(r)).map(|d| (d.text, d.deadline))
    }

    #[test]
    fn english_times_lose_their_preposition() {
        for (text, want) in [
            ("Maria will fix the leak by Tuesday.", "Tuesday"),
            (
                "I will prepare it by the end of the week.",
                "the end of the week",
            ),
            ("They write the list tomorrow.", "tomorrow"),
            ("Send it no later than Friday morning.", "Friday morning"),
            ("Finish the draft before March 10.", "March 10"),
            (
                "Finish the draft by the 10th of March.",
                "the 10th of March",
            ),
            ("Send it within two weeks.", "two weeks"),
            ("By next Monday Tom will call the vendor.", "next Monday"),
            ("Send the plan on Wednesday.", "Wednesday"),
            (
                "Update the site before the next meeting.",
                "the next meeting",
            ),
        ] {
            assert_eq!(due(text).unwrap().0, want, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_stays_where_it_is() {
        for text in [
            "Move the release to Thursday.",
            "Write the agenda for Friday.",
            "Increase the budget by 15 percent.",
            "Go by train.",
            "Check the backup every Monday.",
            "Buy a printer.",
        ] {
            assert_eq!(due(text), None, "{text}");
        }
    }
}

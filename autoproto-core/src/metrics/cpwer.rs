//! Concatenated minimum-permutation word error rate, as `meeteval` computes it.

use std::collections::HashMap;

use super::wer::{Numbers, align};
use super::{WordErrorRate, normalise};
use crate::assignment::heaviest_pairs;
use crate::types::Language;

/// Words of each kind, each speaker's against those of their partner, and who that is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CpWordErrorRate {
    /// Right ones, given to the right speaker.
    pub hits: usize,
    /// Heard as another.
    pub substitutions: usize,
    /// Not heard, or given to another speaker.
    pub deletions: usize,
    /// Heard where there was none, or said by another speaker.
    pub insertions: usize,
    /// Who is who, in the reference and in the hypothesis: pairs in the order of the reference, then those of the
    /// hypothesis whom no one of the reference is. Speakers without a word count as any other.
    pub mapping: Vec<(Option<String>, Option<String>)>,
}

impl CpWordErrorRate {
    /// The words alone; add those of several recordings to pool them.
    pub fn words(&self) -> WordErrorRate {
        WordErrorRate {
            hits: self.hits,
            substitutions: self.substitutions,
            deletions: self.deletions,
            insertions: self.insertions,
        }
    }

    /// Edits per reference word; may pass 1. For an empty reference 0 without insertions, else 1.
    pub fn rate(&self) -> f64 {
        self.words().rate()
    }
}

/// Compares who said what with who really said it: each speaker and what they said, in the order of time.
///
/// All that a speaker says is one text, joined by spaces and [normalised](normalise). Each speaker of the hypothesis is
/// paired with at most one of the reference so that the edits are fewest in all; the words of those that are left over
/// are deletions in the reference and insertions in the hypothesis. Where several pairings have the fewest edits, any
/// of them may be taken.
///
/// `meeteval` takes words as they are and at most 20 speakers. Time grows with the product of the texts' lengths and
/// with the cube of the number of speakers, memory with its square.
///
/// ```
/// use autoproto_core::{Language, metrics::cpwer};
///
/// let said = |list: &[(&str, &str)]| list.iter().map(|(who, what)| (who.to_string(), what.to_string())).collect::<Vec<_>>();
/// let truth = said(&[("Anna", "Shall we ship it?"), ("Boris", "On Friday."), ("Anna", "Agreed.")]);
/// let found = said(&[("SPEAKER_00", "Shall we ship it?"), ("SPEAKER_01", "On Friday. Agreed.")]);
/// let error = cpwer(&truth, &found, Language::ENGLISH);
/// assert_eq!((error.hits, error.substitutions, error.deletions, error.insertions), (6, 0, 1, 1));
/// assert_eq!(error.mapping[0], (Some("Anna".into()), Some("SPEAKER_00".into())));
/// ```
pub fn cpwer(
    reference: &[(String, String)],
    hypothesis: &[(String, String)],
    language: Language,
) -> CpWordErrorRate {
    let (reference, hypothesis) = (texts(reference, language), texts(hypothesis, language));
    let mut numbers = Numbers::default();
    let said: Vec<_> = reference.iter().map(|(_, t)| numbers.of(t)).collect();
    let heard: Vec<_> = hypothesis.iter().map(|(_, t)| numbers.of(t)).collect();

    let mut compared: HashMap<(usize, usize), WordErrorRate> = HashMap::new();
    for (r, r_words) in said.iter().enumerate() {
        for (h, h_words) in heard.iter().enumerate() {
            compared.insert((r, h), align(r_words, h_words));
        }
    }
    // What a pair saves against leaving both alone. It is never below 0, so that no one is left alone who need not be.
    let saved = |(r, h): (usize, usize), words: &WordErrorRate| -> f64 {
        let apart = said.get(r).map_or(0, Vec::len) + heard.get(h).map_or(0, Vec::len);
        apart.saturating_sub(words.edits()) as f64
    };
    let weights = compared
        .iter()
        .map(|(pair, words)| (*pair, saved(*pair, words)))
        .collect();
    let partner: HashMap<usize, usize> = heaviest_pairs(&weights).into_iter().collect();

    let mut words = WordErrorRate::default();
    let mut mapping = Vec::new();
    let mut alone: Vec<bool> = vec![true; heard.len()];
    for (r, (speaker, _)) in reference.iter().enumerate() {
        let h = partner.get(&r).copied();
        let name = h
            .and_then(|h| hypothesis.get(h))
            .map(|(name, _)| (*name).to_owned());
        mapping.push((Some((*speaker).to_owned()), name));
        if let Some(both) = h.and_then(|h| compared.get(&(r, h))) {
            words += *both;
        } else {
            words.deletions += said.get(r).map_or(0, Vec::len);
        }
        if let Some(alone) = h.and_then(|h| alone.get_mut(h)) {
            *alone = false;
        }
    }
    for ((speaker, _), (heard, alone)) in hypothesis.iter().zip(heard.iter().zip(alone)) {
        if alone {
            words.insertions += heard.len();
            mapping.push((None, Some((*speaker).to_owned())));
        }
    }
    CpWordErrorRate {
        hits: words.hits,
        substitutions: words.substitutions,
        deletions: words.deletions,
        insertions: words.insertions,
        mapping,
    }
}

/// The speakers in the order in which they first speak, and all that each of them says.
fn texts(said: &[(String, String)], language: Language) -> Vec<(&str, String)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut texts: Vec<(&str, String)> = Vec::new();
    for (speaker, text) in said {
        let place = *places.entry(speaker).or_insert(texts.len());
        match texts.get_mut(place) {
            Some((_, all)) => {
                all.push(' ');
                all.push_str(text);
            }
            None => texts.push((speaker, text.clone())),
        }
    }
    for (_, text) in &mut texts {
        *text = normalise(text, language);
    }
    texts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::super::wer;
    use super::*;

    fn said(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(who, what)| ((*who).into(), (*what).into()))
            .collect()
    }

    fn utterances(most: usize) -> impl Strategy<Value = Vec<(String, String)>> {
        let text = proptest::collection::vec(0..5_u8, 0..6).prop_map(|words| {
            words
                .iter()
                .map(|w| char::from(b'p' + w).to_string())
                .collect::<Vec<_>>()
                .join(" ")
        });
        let one = ((0..4_u8).prop_map(|l| l.to_string()), text);
        proptest::collection::vec(one, 0..most)
    }

    /// The fewest edits over every way to pair: a partner, or none, for one speaker after the other.
    fn fewest(said: &[&str], heard: &[Option<&str>]) -> usize {
        let edits = |a: &str, b: &str| wer(a, b, Language::ENGLISH).edits();
        let Some((first, rest)) = said.split_first() else {
            return heard.iter().flatten().map(|h| edits("", h)).sum();
        };
        let mut best = edits(first, "") + fewest(rest, heard);
        for (at, one) in heard.iter().enumerate() {
            let Some(one) = one else { continue };
            let mut left = heard.to_vec();
            left[at] = None;
            best = best.min(edits(first, one) + fewest(rest, &left));
        }
        best
    }

    #[test]
    fn speakers_left_over_are_deleted_or_inserted() {
        let truth = said(&[("a", "one two three"), ("b", "four five")]);
        let one = said(&[("x", "four five")]);
        let error = cpwer(&truth, &one, Language::ENGLISH);
        assert_eq!((error.hits, error.deletions, error.insertions), (2, 3, 0));
        let pair = |r: Option<&str>, h: Option<&str>| (r.map(str::to_owned), h.map(str::to_owned));
        assert_eq!(
            error.mapping,
            [pair(Some("a"), None), pair(Some("b"), Some("x"))]
        );
        let error = cpwer(&one, &truth, Language::ENGLISH);
        assert_eq!((error.hits, error.deletions, error.insertions), (2, 0, 3));
        assert_eq!(
            error.mapping,
            [pair(Some("x"), Some("b")), pair(None, Some("a"))]
        );
    }

    #[test]
    fn the_pairing_has_the_fewest_edits_in_all() {
        // Taking the best pair first (a with x, 3 hits of 4) would leave b with nothing of its own.
        let truth = said(&[("a", "m n o p"), ("b", "m n o q r s")]);
        let found = said(&[("x", "m n o"), ("y", "p")]);
        let error = cpwer(&truth, &found, Language::ENGLISH);
        assert_eq!(
            error.words().edits(),
            fewest(&["m n o p", "m n o q r s"], &[Some("m n o"), Some("p")])
        );
    }

    #[test]
    fn where_a_text_is_cut_does_not_matter() {
        let whole = said(&[("a", "It costs $5 and that is it."), ("b", "Yes.")]);
        let cut = said(&[
            ("a", "It costs $5"),
            ("b", "Yes."),
            ("a", "and that is it."),
        ]);
        assert_eq!(cpwer(&whole, &cut, Language::ENGLISH).rate(), 0.0);
    }

    #[test]
    fn of_one_speaker_each_it_is_wer() {
        let (truth, found) = ("We meet at 10, right?", "we meat at ten");
        let error = cpwer(
            &said(&[("a", truth)]),
            &said(&[("x", found)]),
            Language::ENGLISH,
        );
        assert_eq!(error.words(), wer(truth, found, Language::ENGLISH));
    }

    #[test]
    fn without_a_reference_any_word_is_wrong() {
        let (none, some) = (said(&[]), said(&[("x", "well")]));
        assert_eq!(
            cpwer(&none, &none, Language::ENGLISH),
            CpWordErrorRate::default()
        );
        assert_eq!(cpwer(&none, &some, Language::ENGLISH).rate(), 1.0);
        assert_eq!(cpwer(&some, &none, Language::ENGLISH).rate(), 1.0);
        assert_eq!(
            cpwer(&said(&[("", "...")]), &said(&[("", "")]), Language::ENGLISH).rate(),
            0.0
        );
    }

    proptest! {
        #[test]
        fn edits_are_the_fewest_whatever_the_labels(reference in utterances(8), hypothesis in utterances(8)) {
            let error = cpwer(&reference, &hypothesis, Language::ENGLISH);
            let (r, h) = (texts(&reference, Language::ENGLISH), texts(&hypothesis, Language::ENGLISH));
            let r: Vec<&str> = r.iter().map(|(_, text)| text.as_str()).collect();
            let h: Vec<Option<&str>> = h.iter().map(|(_, text)| Some(text.as_str())).collect();
            prop_assert_eq!(error.words().edits(), fewest(&r, &h));
            prop_assert!(error.rate() >= 0.0);
            let words = |side: &[(String, String)]| side.iter().map(|(_, t)| t.split_whitespace().count()).sum::<usize>();
            prop_assert_eq!(error.words().reference_words(), words(&reference));
            prop_assert_eq!(error.hits + error.substitutions + error.insertions, words(&hypothesis));
            // Another label for each, and in another order of the alphabet.
            let renamed: Vec<_> =
                hypothesis.iter().map(|(l, t)| (format!("z{}", (b'9' - l.as_bytes()[0]) as char), t.clone())).collect();
            prop_assert_eq!(cpwer(&reference, &renamed, Language::ENGLISH).words(), error.words());
            prop_assert_eq!(cpwer(&reference, &reference, Language::ENGLISH).words().edits(), 0);
        }

        #[test]
        fn any_text_is_measured(
            side in proptest::collection::vec((".{0,3}", ".{0,40}"), 0..6),
            other in proptest::collection::vec((".{0,3}", ".{0,40}"), 0..6),
        ) {
            prop_assert!(cpwer(&side, &other, Language::RUSSIAN).rate() >= 0.0);
            prop_assert_eq!(cpwer(&other, &other, Language::RUSSIAN).words().edits(), 0);
        }
    }
}

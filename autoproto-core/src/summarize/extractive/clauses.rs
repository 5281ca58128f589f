//! Where a sentence ends and a new one begins, with the punctuation a recogniser gives: some of it missing, some wrong.

use std::ops::Range;

use super::pattern::longest;
use super::sentences::{Heard, Sentence, Token, normal};
use super::{cues_en, cues_ru, due, name_forms, names, verbs_ru};

/// Whether the punctuation of a word ends a sentence.
pub(super) fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '»', '”', ')']);
    if bare.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(stem) = bare.strip_suffix('.') else {
        return false;
    };
    let stem = normal(stem);
    let initial = stem.chars().count() == 1 && stem.chars().all(char::is_alphabetic);
    !initial
        && ![
            "mr", "mrs", "ms", "dr", "e.g", "i.e", "т.е", "т.к", "руб", "тыс", "млн",
        ]
        .contains(&stem.as_str())
}

/// A long silence in words without punctuation ends a sentence, a short one where a capital follows.
pub(super) fn pauses(word: &Heard, next: &Heard) -> bool {
    let gap = next.span.start - word.span.end;
    let bare = normal(next.text.trim_matches(|c: char| !c.is_alphanumeric()));
    let capital =
        next.text.chars().next().is_some_and(char::is_uppercase) && !name_forms::is_name(&bare);
    !word.text.ends_with([',', ':']) && !hangs(&word.text) && (gap > 1.5 || (gap > 0.35 && capital))
}

/// Whether a word that can't end a sentence.
fn hangs(word: &str) -> bool {
    let norm = normal(word.trim_matches(|c: char| !c.is_alphanumeric()));
    cues_en::HANGING.contains(&norm.as_str()) || cues_ru::HANGING.contains(&norm.as_str())
}

/// Whether the sentence that stands open goes on in the next utterance of the same voice.
pub(super) fn goes_on(open: &[Heard], next: &Heard) -> bool {
    let Some(last) = open.last() else { return true };
    if next.span.start - last.span.end > 2.0 {
        return false;
    }
    let punctuated = open.iter().any(|w| {
        w.text.contains([',', '.']) || w.text.chars().next().is_some_and(char::is_uppercase)
    });
    let small = next.text.chars().next().is_some_and(char::is_lowercase);
    last.text.ends_with([',', ':']) || hangs(&last.text) || (punctuated && small)
}

/// Joins what a wrong full stop took apart: an announcement alone («Решили.», «Поручить Марии.») and what it announces.
pub(super) fn join_announcements(sentences: Vec<Sentence>) -> Vec<Sentence> {
    let mut joined: Vec<Sentence> = Vec::with_capacity(sentences.len());
    for next in sentences {
        match joined.last_mut() {
            Some(last)
                if last.speaker == next.speaker && !last.question && announces(last, &next) =>
            {
                let mut words = std::mem::take(&mut last.words);
                words.extend(next.words);
                *last = Sentence::new(words, next.speaker);
            }
            _ => joined.push(next),
        }
    }
    joined
}

fn announces(last: &Sentence, next: &Sentence) -> bool {
    let (norms, after) = (last.norms(), next.norms());
    if norms.len() > 6 {
        return false;
    }
    if addresses(last, &norms, &after) {
        return true;
    }
    let fillers = if last.russian {
        cues_ru::FILLERS
    } else {
        cues_en::FILLERS
    };
    let start = norms.iter().take_while(|w| fillers.contains(w)).count();
    let rest = norms.get(start..).unwrap_or_default();
    let first = after.first().copied().unwrap_or_default();
    if last.russian {
        let whole = |table: &[&str]| longest(table, rest) == Some(rest.len()) && !rest.is_empty();
        let infinitive = first.ends_with("ть") || first.ends_with("ти") || first == "не";
        let assigns = rest.len() >= 2
            && longest(cues_ru::ASSIGN, rest).is_some_and(|n| {
                rest.get(n..)
                    .is_some_and(|r| r.len() == 1 && name_forms::russian(r[0]).is_some())
            });
        let cut_off = longest(cues_ru::DECISION, rest).is_some_and(|n| {
            rest.len() == n + 1 && rest.last().is_some_and(|w| verbs_ru::infinitive(w))
        });
        let noun = after.len() <= 5
            && !after.iter().any(|w| {
                name_forms::is_name(w) || verbs_ru::is_form(w) || cues_ru::FILLERS.contains(w)
            })
            && longest(cues_ru::AGENDA, &after).is_none();
        return cut_off && noun || infinitive && (whole(cues_ru::DECISION) || assigns);
    }
    let whole = longest(cues_en::DECISION, rest) == Some(rest.len()) && !rest.is_empty();
    let cut_off = longest(cues_en::DECISION, rest).is_some_and(|n| {
        rest.len() == n + 1 && rest.last().is_some_and(|w| cues_en::is_task_verb(w))
    });
    let noun = after.len() <= 8
        && [
            "a", "an", "the", "our", "all", "two", "three", "more", "another",
        ]
        .contains(&first)
        && !after
            .iter()
            .any(|w| ["is", "are", "was", "will", "has", "have"].contains(w));
    cut_off && noun
        || whole
            && rest
                .last()
                .is_some_and(|w| ["to", "that", "is", "decision"].contains(w))
}

/// «Елена. Подготовьте …», "Tom, please. Prepare …", «Елена, подготовьте. Пожалуйста, …».
fn addresses(last: &Sentence, norms: &[&str], after: &[&str]) -> bool {
    let named = last
        .tokens
        .first()
        .is_some_and(|t| name_forms::table_name(&t.norm, t.capital));
    let (end, next) = (norms.last().copied(), after.first().copied());
    let (end, next) = (end.unwrap_or_default(), next.unwrap_or_default());
    let told = |w: &str| verbs_ru::imperative(w).is_some() && !cues_ru::TALK.contains(&w);
    let please = |w: &str| ["please", "пожалуйста"].contains(&w);
    let called = norms.len() == 1
        && (told(next)
            || please(next)
            || ["can", "could"].contains(&next)
            || cues_en::is_task_verb(next));
    let asked = norms.len() <= 3 && please(end);
    let begun = norms.len() <= 3 && told(end) && please(next);
    named && (called || asked || begun)
}

/// Whether these tokens are just a time: «К понедельнику Олег проверит …».
fn is_time(sentence: &Sentence, tokens: Range<usize>) -> bool {
    let all: Vec<&Token> = sentence
        .tokens
        .get(tokens)
        .unwrap_or_default()
        .iter()
        .collect();
    let fillers = if sentence.russian {
        cues_ru::FILLERS
    } else {
        cues_en::FILLERS
    };
    let opening = all
        .iter()
        .take_while(|t| fillers.contains(&t.norm.as_str()))
        .count();
    due::find(&all, sentence.russian, |_| String::new())
        .is_some_and(|d| d.tokens.start <= opening && d.tokens.end == all.len())
}

/// Cuts where a new announcement begins though no full stop stands before it.
pub(super) fn cut(sentence: Sentence) -> Vec<Sentence> {
    let norms = sentence.norms();
    let mut cuts: Vec<usize> = Vec::new();
    for at in 1..norms.len() {
        let rest = norms.get(at..).unwrap_or_default();
        let (before, token) = (&sentence.tokens[at - 1], &sentence.tokens[at]);
        let (starts, blockers) = if sentence.russian {
            (cues_ru::STARTS, cues_ru::BLOCKERS)
        } else {
            (cues_en::STARTS, cues_en::BLOCKERS)
        };
        let blocked = blockers.contains(&before.norm.as_str());
        let begins = longest(starts, rest).is_some()
            || names::begins_task(rest, token.capital, sentence.russian);
        let pair = name_forms::is_name(&before.norm)
            || (at >= 2
                && ["and", "и"].contains(&before.norm.as_str())
                && name_forms::is_name(norms[at - 2]));
        let glued = sentence.tokens[at].word == before.word;
        let filler = (cuts.last().copied().unwrap_or(0)..at)
            .all(|n| cues_en::FILLERS.contains(&norms[n]) || cues_ru::FILLERS.contains(&norms[n]));
        // «Заказчики решили …»: a plural right before the verb is its subject.
        let subject = sentence.russian
            && !before.pause
            && ["ли", "лись"].iter().any(|e| norms[at].ends_with(e))
            && (before.norm.ends_with(['ы', 'и']));
        if begins
            && rest.len() > 1
            && !subject
            && !blocked
            && !glued
            && !filler
            && !pair
            && !is_time(&sentence, cuts.last().copied().unwrap_or(0)..at)
        {
            cuts.push(at);
        }
    }
    if cuts.is_empty() {
        return vec![sentence];
    }
    let Sentence {
        words,
        tokens,
        speaker,
        ..
    } = sentence;
    let mut places: Vec<usize> = cuts.iter().map(|&t| tokens[t].word).collect();
    places.push(words.len());
    let mut out = Vec::with_capacity(places.len());
    let mut words = words.into_iter();
    let mut taken = 0;
    for place in places {
        let piece: Vec<Heard> = words.by_ref().take(place - taken).collect();
        taken = place;
        let clause = Sentence::new(piece, speaker);
        if !clause.tokens.is_empty() {
            out.push(clause);
        }
    }
    out
}

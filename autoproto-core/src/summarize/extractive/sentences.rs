//! Utterances to sentences, each word with its time and its place in the text.

use std::ops::Range;

use super::clauses::{cut, ends_sentence, goes_on, join_announcements, pauses};
use crate::types::{Evidence, SpeakerId, TimeSpan, Utterance};

/// A word as it was heard.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// Which utterance, as an index.
    pub(super) utterance: usize,
    /// Where in its text, in bytes.
    pub(super) bytes: Range<usize>,
    /// The word with its punctuation.
    pub(super) text: String,
    pub(super) span: TimeSpan,
}

/// A word as cues see it; a contraction makes two ("we'll": "we", "will").
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Lower case, without punctuation, `ё` as `е`.
    pub(super) norm: String,
    /// The word it stands in, as an index into the sentence's words.
    pub(super) word: usize,
    /// Whether a comma, colon or dash follows.
    pub(super) pause: bool,
    /// Whether a colon or dash follows.
    pub(super) colon: bool,
    /// Whether it was written with a capital.
    pub(super) capital: bool,
}

/// A sentence, or a clause of one, of one voice.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub(super) words: Vec<Heard>,
    pub(super) tokens: Vec<Token>,
    pub(super) speaker: Option<SpeakerId>,
    /// Mostly Cyrillic.
    pub(super) russian: bool,
    /// Ends with a question mark.
    pub(super) question: bool,
}

impl Sentence {
    pub(super) fn new(words: Vec<Heard>, speaker: Option<SpeakerId>) -> Self {
        let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
        for (word, heard) in words.iter().enumerate() {
            let bare = heard.text.trim_matches(|c: char| !c.is_alphanumeric());
            let tail = heard.text.trim_end_matches(['"', '»', '”', ')']);
            let (pause, colon) = (
                tail.ends_with([',', ';', ':', '—', '–', '-']),
                tail.ends_with([':', '—', '–', '-']),
            );
            if bare.is_empty() {
                // A dash that stands alone belongs to the word before it.
                if let Some(last) = tokens.last_mut() {
                    (last.pause, last.colon) = (last.pause || pause, last.colon || colon);
                }
                continue;
            }
            let capital = bare.chars().next().is_some_and(char::is_uppercase);
            let parts = split_contraction(&normal(bare));
            let count = parts.len();
            for (n, norm) in parts.into_iter().enumerate() {
                let last = n + 1 == count;
                tokens.push(Token {
                    norm,
                    word,
                    pause: last && pause,
                    colon: last && colon,
                    capital: capital && n == 0,
                });
            }
        }
        let letters = words
            .iter()
            .flat_map(|w| w.text.chars())
            .filter(|c| c.is_alphabetic());
        let (cyrillic, all) = letters.fold((0usize, 0usize), |(c, n), l| {
            (c + usize::from(('\u{400}'..='\u{52f}').contains(&l)), n + 1)
        });
        let question = words.last().is_some_and(|w| w.text.contains('?'));
        Self {
            words,
            tokens,
            speaker,
            russian: 2 * cyrillic > all,
            question,
        }
    }

    /// The words as cues see them.
    pub(super) fn norms(&self) -> Vec<&str> {
        self.tokens.iter().map(|t| t.norm.as_str()).collect()
    }

    /// The words of these tokens as they were heard, without the punctuation around them.
    pub(super) fn text(&self, tokens: Range<usize>) -> String {
        let chosen: Vec<usize> = tokens.collect();
        self.text_of(&chosen)
    }

    /// The same for tokens that need not be neighbours; a comma before a gap goes with what was left out.
    pub(super) fn text_of(&self, tokens: &[usize]) -> String {
        let mut out = String::new();
        let mut last: Option<usize> = None;
        let mut at = 0;
        for &index in tokens {
            let Some(word) = self.tokens.get(index).map(|t| t.word) else {
                continue;
            };
            let between = self.tokens.get(at..index).unwrap_or_default();
            at = index + 1;
            if last == Some(word) {
                continue;
            }
            if let Some(before) = last {
                let skipped = between.iter().any(|t| t.word > before && t.word < word);
                if skipped {
                    out.truncate(
                        out.trim_end_matches(|c: char| {
                            !c.is_alphanumeric() && !")»\"%".contains(c)
                        })
                        .len(),
                    );
                } else {
                    for between in self.words.get(before + 1..word).unwrap_or_default() {
                        out.push(' ');
                        out.push_str(&between.text);
                    }
                }
                out.push(' ');
            }
            // A full stop inside was one too many.
            if out.ends_with(". ")
                && last
                    .and_then(|l| self.words.get(l))
                    .is_some_and(|w| ends_sentence(&w.text))
            {
                out.truncate(out.len() - 2);
                out.push(' ');
            }
            out.push_str(self.words.get(word).map_or("", |w| w.text.as_str()));
            last = Some(word);
        }
        let out = out.trim_end_matches(|c: char| c.is_whitespace() || ",.;:!?…—–-".contains(c));
        let mut out = out
            .trim_start_matches(|c: char| c.is_whitespace() || ",.;:!?…—–-".contains(c))
            .to_string();
        for (open, close) in [('«', '»'), ('(', ')'), ('“', '”')] {
            if out.ends_with(close) && !out.contains(open) {
                out.pop();
            }
            if out.starts_with(open) && !out.contains(close) {
                out.remove(0);
            }
        }
        out
    }

    /// What proves a claim made in this sentence: one piece for each utterance it stands in.
    pub(super) fn evidence(&self, utterances: &[Utterance]) -> Vec<Evidence> {
        let mut pieces: Vec<Evidence> = Vec::new();
        let mut from = 0;
        while let Some(first) = self.words.get(from) {
            let run = self
                .words
                .get(from..)
                .unwrap_or_default()
                .iter()
                .take_while(|w| w.utterance == first.utterance);
            let run: Vec<&Heard> = run.collect();
            from += run.len().max(1);
            let (Some(last), Some(utterance)) = (run.last(), utterances.get(first.utterance))
            else {
                continue;
            };
            let end = run
                .iter()
                .map(|w| w.span.end)
                .fold(first.span.start, f64::max);
            let quote = utterance
                .text
                .get(first.bytes.start..last.bytes.end)
                .unwrap_or_default()
                .to_string();
            pieces.push(Evidence {
                utterances: vec![utterance.id],
                span: TimeSpan::new(first.span.start, end),
                quote,
            });
        }
        pieces
    }

    /// When it was said.
    pub(super) fn start(&self) -> f64 {
        self.words.first().map_or(0.0, |w| w.span.start)
    }
}

/// Lower case, with `ё` as `е` and straight apostrophes.
pub(super) fn normal(word: &str) -> String {
    word.to_lowercase().replace('ё', "е").replace('’', "'")
}

fn split_contraction(norm: &str) -> Vec<String> {
    let Some((head, tail)) = norm.split_once('\'') else {
        return vec![norm.to_string()];
    };
    let full = match tail {
        "ll" => "will",
        "ve" => "have",
        "re" => "are",
        "m" => "am",
        "d" => "would",
        "t" => "not",
        "s" if matches!(
            head,
            "it" | "that" | "what" | "who" | "here" | "there" | "he" | "she"
        ) =>
        {
            "is"
        }
        _ => return vec![norm.to_string()],
    };
    let head = match (head, full) {
        ("won", "not") => "will",
        ("can", "not") => "can",
        (h, "not") => h.strip_suffix('n').unwrap_or(h),
        (h, _) => h,
    };
    vec![head.to_string(), full.to_string()]
}

/// The words of an utterance with their places; times are shared out evenly where the words don't fit the text.
fn heard(utterance: &Utterance, index: usize) -> Vec<Heard> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    for (at, c) in utterance
        .text
        .char_indices()
        .chain([(utterance.text.len(), ' ')])
    {
        match (c.is_whitespace(), open) {
            (false, None) => open = Some(at),
            (true, Some(start)) => {
                places.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    let count = places.len();
    let step = utterance.span.duration() / count.max(1) as f64;
    let fits = utterance.words.len() == count;
    let timed = |n: usize| {
        let even = TimeSpan::new(
            utterance.span.start + step * n as f64,
            utterance.span.start + step * (n + 1) as f64,
        );
        utterance
            .words
            .get(n)
            .filter(|_| fits)
            .map_or(even, |w| w.span)
    };
    let piece = |(n, bytes): (usize, Range<usize>)| {
        let text = utterance
            .text
            .get(bytes.clone())
            .unwrap_or_default()
            .to_string();
        Heard {
            utterance: index,
            bytes,
            text,
            span: timed(n),
        }
    };
    places.into_iter().enumerate().map(piece).collect()
}

/// All sentences, in order.
pub(super) fn split(utterances: &[Utterance]) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = Vec::new();
    let mut open: Vec<Heard> = Vec::new();
    let mut speaker = None;
    let close = |open: &mut Vec<Heard>, speaker, sentences: &mut Vec<Sentence>| {
        let sentence = Sentence::new(std::mem::take(open), speaker);
        if !sentence.tokens.is_empty() {
            sentences.push(sentence);
        }
    };
    for (index, utterance) in utterances.iter().enumerate() {
        let words = heard(utterance, index);
        if let Some(first) = words.first()
            && !(utterance.speaker == speaker && goes_on(&open, first))
        {
            close(&mut open, speaker, &mut sentences);
        }
        speaker = utterance.speaker;
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            let ends =
                ends_sentence(&word.text) || words.peek().is_some_and(|next| pauses(&word, next));
            open.push(word);
            if ends {
                close(&mut open, speaker, &mut sentences);
            }
        }
    }
    close(&mut open, speaker, &mut sentences);
    let joined = join_announcements(sentences);
    joined.into_iter().flat_map(cut).collect()
}

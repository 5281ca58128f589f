//! Utterances in captions that fit on a screen and can be read in their time.
//!
//! The figures are those of subtitling guides (BBC, "Subtitle Guidelines"; Netflix, "Timed Text Style Guide"). Where to
//! cut is the way of least cost over all words of an utterance, in time linear in them.

mod breaks;

use self::breaks::{Break, break_cost, lines};
use super::time::millis;
use crate::types::{SpeakerId, Utterance};

/// Characters in a line; a single longer word stays whole.
const LINE: usize = 42;
/// Milliseconds on the screen.
const LONGEST: u64 = 7000;
/// Milliseconds below which nobody can read it; kept to where the next caption leaves room.
const LEAST: u64 = 1000;
/// A pause of so many milliseconds ends a caption.
const PAUSE: u64 = 1500;
/// Characters that are read in a second: what is aimed at, and what is too fast.
const READ: f64 = 17.0;
const RUSHED: f64 = 20.0;
/// Where voices meet, a caption may come so many milliseconds after its first word, for the one before to be read.
const LAG: u64 = 700;
/// What is shown at all is shown for so many milliseconds.
const FLASH: u64 = 200;
/// A gap to the next caption that is shorter than so many milliseconds only flickers.
const FLICKER: u64 = 250;

/// A piece of one utterance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Caption {
    /// Milliseconds; not before its first word.
    pub(super) start: u64,
    /// Milliseconds, later than the start.
    pub(super) end: u64,
    pub(super) speaker: Option<SpeakerId>,
    /// One or two, neither empty.
    pub(super) lines: Vec<String>,
}

#[derive(Debug)]
struct Token<'a> {
    start: u64,
    end: u64,
    text: &'a str,
}

/// Captions by start, none over another: each word is in one, and those of an utterance are in order.
/// `prefix` opens the first caption of an utterance.
pub(super) fn captions(
    utterances: &[Utterance],
    prefix: impl Fn(Option<SpeakerId>) -> Option<String>,
) -> Vec<Caption> {
    let mut captions: Vec<Caption> = Vec::new();
    for utterance in utterances {
        let prefix = prefix(utterance.speaker).unwrap_or_default();
        split(utterance, &clipped(&prefix), &mut captions);
    }
    captions.sort_by_key(|c| c.start);
    schedule(&mut captions);
    captions
}

/// In one line, whatever a name holds.
fn clipped(prefix: &str) -> String {
    let words = super::one_line(prefix);
    if words.chars().count() <= LINE {
        return words;
    }
    let kept: String = words.chars().take(LINE - 2).collect();
    format!("{}…:", kept.trim_end())
}

/// Gives captions, by start and with the end of their last word, the time in which they are shown: long enough to be
/// read where what follows leaves room.
fn schedule(captions: &mut [Caption]) {
    let starts: Vec<u64> = captions.iter().skip(1).map(|c| c.start).collect();
    let starts = starts.into_iter().chain([u64::MAX]);
    let mut free_from = 0;
    for (caption, next) in captions.iter_mut().zip(starts) {
        let start = caption.start.max(free_from);
        let least = start + LEAST;
        let read = start + reading(characters(&caption.lines), READ);
        let wanted = caption.end.max(read).max(least).min(start + LONGEST);
        let room = if next >= least {
            next
        } else {
            least.min(next + LAG).max(start + FLASH)
        };
        let mut end = wanted.min(room);
        if next.saturating_sub(end) < FLICKER && next <= start + LONGEST {
            end = end.max(next);
        }
        (caption.start, caption.end) = (start, end);
        free_from = end;
    }
}

fn characters(lines: &[String]) -> usize {
    lines.iter().map(|l| l.chars().count()).sum()
}

/// Milliseconds in which so many characters are read at so many a second.
fn reading(characters: usize, speed: f64) -> u64 {
    (characters as f64 * 1000.0 / speed).ceil() as u64
}

/// A way to cut the words up to some place.
#[derive(Clone)]
struct Way {
    cost: f64,
    /// Where its last caption begins.
    from: usize,
    lines: Vec<String>,
}

/// Appends the captions of one utterance.
fn split(utterance: &Utterance, prefix: &str, captions: &mut Vec<Caption>) {
    let tokens = tokens(utterance);
    let mut ways: Vec<Option<Way>> = vec![None; tokens.len() + 1];
    let nothing = Way {
        cost: 0.0,
        from: 0,
        lines: Vec::new(),
    };
    if let Some(first) = ways.first_mut() {
        *first = Some(nothing);
    }
    for from in 0..tokens.len() {
        let Some(before) = ways.get(from).and_then(|w| w.as_ref()).map(|w| w.cost) else {
            continue;
        };
        let head = Some(prefix).filter(|p| from == 0 && !p.is_empty());
        for to in from + 1..=tokens.len() {
            let Some(piece) = tokens.get(from..to) else {
                break;
            };
            let next = tokens.get(to);
            let Some((cost, lines)) = cost(head, piece, next) else {
                break;
            };
            let cost = before + cost;
            if let Some(way) = ways.get_mut(to)
                && way.as_ref().is_none_or(|w| cost < w.cost)
            {
                *way = Some(Way { cost, from, lines });
            }
        }
    }
    let mut found = Vec::new();
    let mut to = tokens.len();
    while to > 0 {
        let Some(Some(way)) = ways.get_mut(to).map(Option::take) else {
            break;
        };
        if let Some(piece) = tokens.get(way.from..to) {
            let start = piece.first().map_or(0, |t| t.start);
            let last = piece.iter().map(|t| t.end).max().unwrap_or(start);
            found.push(Caption {
                start,
                end: last.clamp(start + 1, start + LONGEST),
                speaker: utterance.speaker,
                lines: way.lines,
            });
        }
        to = way.from;
    }
    captions.extend(found.into_iter().rev());
}

/// What it costs to show these words as one caption before `next`, and its lines; `None` where it can't be. One word always
/// can.
fn cost(
    head: Option<&str>,
    piece: &[Token<'_>],
    next: Option<&Token<'_>>,
) -> Option<(f64, Vec<String>)> {
    let (first, last) = (piece.first()?, piece.last()?);
    let said = piece.iter().map(|t| t.end).max()?;
    let paused = |w: &[Token<'_>]| w[1].start.saturating_sub(w[0].end) >= PAUSE;
    let alone = piece.len() == 1;
    if !alone && (said.saturating_sub(first.start) > LONGEST || piece.windows(2).any(paused)) {
        return None;
    }
    let words: Vec<&str> = head
        .into_iter()
        .chain(piece.iter().map(|t| t.text))
        .collect();
    let (lines, line_cost) = lines(&words, LINE);
    if !alone && lines.iter().any(|l| l.chars().count() > LINE) {
        return None;
    }
    // Fewer captions are better than more.
    let mut cost = 16.0 + 0.4 * line_cost;
    let room = next.map_or(u64::MAX, |n| n.start.saturating_sub(first.start));
    let length = characters(&lines);
    let wanted = (said - first.start).max(reading(length, READ)).max(LEAST);
    let shown = wanted.min(room).clamp(1, LONGEST);
    let speed = length as f64 * 1000.0 / shown as f64;
    cost += 2.0 * (speed.min(60.0) - READ).max(0.0) + 4.0 * (speed.min(60.0) - RUSHED).max(0.0);
    cost += LEAST.saturating_sub(shown) as f64 / 25.0;
    if let Some(next) = next {
        let pause = next.start.saturating_sub(last.end);
        let kind = Break::between(last.text, next.text);
        cost += break_cost(kind, pause);
        // A word or two that are no sentence.
        if piece.len() <= 2 && kind != Break::Sentence {
            cost += 12.0;
        }
    } else if piece.len() <= 2 && head.is_none() {
        cost += 12.0;
    }
    // A sentence that begins in the middle.
    let inside = piece
        .windows(2)
        .filter(|w| Break::between(w[0].text, w[1].text) == Break::Sentence);
    cost += 5.0 * inside.count() as f64;
    Some((cost, lines))
}

/// The words with their times put in order; without words, those of the text, evenly.
fn tokens(utterance: &Utterance) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut add = |text, start: f64, end: f64| {
        let start = millis(start).max(tokens.last().map_or(0, |t| t.start));
        tokens.push(Token {
            start,
            end: millis(end).clamp(start, start + LONGEST),
            text,
        });
    };
    for word in &utterance.words {
        for text in word.text.split_whitespace() {
            add(text, word.span.start, word.span.end);
        }
    }
    if utterance.words.is_empty() {
        let texts: Vec<&str> = utterance.text.split_whitespace().collect();
        let step = utterance.span.duration() / texts.len().max(1) as f64;
        for (i, text) in texts.into_iter().enumerate() {
            let start = utterance.span.start + step * i as f64;
            add(text, start, start + step);
        }
    }
    tokens
}

#[cfg(test)]
mod tests;

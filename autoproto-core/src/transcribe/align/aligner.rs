//! The aligner over a CTC model of letters.

use std::ops::Range;

use super::model::{CtcModel, CtcOutput};
use super::viterbi::{Alignment, Emissions, align};
use super::vocabulary::{Token, Vocabulary};
use super::{Aligned, WordAligner};
use crate::audio::AudioView;
use crate::error::Result;
use crate::types::{ModelInUse, TimeSpan, Word};

/// When a word's new time is believed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlignOptions {
    /// The least mean probability of a word's letters, 0 to 1. Default: `0.2`.
    pub least: f32,
    /// Seconds of sound given to the model at once. Default: `30`.
    pub longest: f64,
    /// Seconds that a word begins before the first frame of its first letter; most models say a letter late and briefly.
    /// Default: `0`.
    pub lead: f64,
    /// Seconds that a word lasts after the last frame of its last letter. Default: `0`.
    pub tail: f64,
}

impl Default for AlignOptions {
    fn default() -> Self {
        Self {
            least: 0.2,
            longest: 30.0,
            lead: 0.0,
            tail: 0.0,
        }
    }
}

impl AlignOptions {
    /// Sets [`least`](Self::least).
    pub fn with_least(mut self, least: f32) -> Self {
        self.least = least;
        self
    }

    /// Sets [`longest`](Self::longest).
    pub fn with_longest(mut self, longest: f64) -> Self {
        self.longest = longest;
        self
    }

    /// Sets [`lead`](Self::lead) and [`tail`](Self::tail).
    pub fn with_edges(mut self, lead: f64, tail: f64) -> Self {
        (self.lead, self.tail) = (lead, tail);
        self
    }
}

/// What a frame of speech costs that is taken for a word without known letters, as a logarithm: letters that fit are better.
const UNKNOWN: f32 = 1.0;

/// The longest that a word of so many letters is believed to last, in seconds.
fn longest(letters: usize) -> f64 {
    0.6 + 0.2 * letters as f64
}

/// Gives words the times at which a CTC model hears their letters.
///
/// Words that the model has no letters for (digits; Latin in a Russian model) are what is heard between their neighbours.
pub struct CtcAligner {
    model: Box<dyn CtcModel>,
    vocabulary: Vocabulary,
    options: AlignOptions,
}

impl CtcAligner {
    /// Over a model and its vocabulary.
    pub fn new(model: Box<dyn CtcModel>, vocabulary: Vocabulary, options: AlignOptions) -> Self {
        Self {
            model,
            vocabulary,
            options,
        }
    }
}

impl WordAligner for CtcAligner {
    fn id(&self) -> &'static str {
        "ctc-aligner"
    }

    fn models(&self) -> Vec<ModelInUse> {
        self.model.models()
    }

    fn longest(&self) -> f64 {
        self.options.longest
    }

    fn align(
        &mut self,
        audio: AudioView<'_>,
        window: TimeSpan,
        words: &mut [Word],
    ) -> Result<Aligned> {
        let heard = self.model.listen(audio.slice(window))?;
        let (blank, separator) = (self.vocabulary.blank(), self.vocabulary.separator());
        let (tokens, places) = spell(&self.vocabulary, words);
        let silent = [Some(blank), separator];
        let ready = with_anything(&heard, blank, separator);
        let classes = |token: &Token| match token {
            Token::Class(class) => *class,
            Token::Anything => heard.classes,
        };
        let targets: Vec<usize> = tokens.iter().map(classes).collect();
        let found = Emissions::new(&ready, heard.classes + 1)
            .and_then(|emissions| align(emissions, &targets, blank).ok());
        let Some(found) = found else {
            return Ok(Aligned::new(0, words.len()));
        };
        let mut guesses: Vec<Guess> = places
            .iter()
            .map(|place| guess(&heard, silent, &found, &tokens, place.clone(), window))
            .collect();
        // A model that says more frames than there is sound.
        if guesses.iter().any(|g| g.span.duration() <= 0.0) {
            return Ok(Aligned::new(0, words.len()));
        }
        widen(&mut guesses, window, self.options.lead, self.options.tail);
        judge(&mut guesses, words, self.options.least);
        settle(words, &guesses, window);
        let sure = guesses.iter().filter(|g| g.sure).count();
        Ok(Aligned::new(sure, words.len() - sure))
    }
}

/// The tokens of all words, and which are whose.
fn spell(vocabulary: &Vocabulary, words: &[Word]) -> (Vec<Token>, Vec<Range<usize>>) {
    let (mut tokens, mut places) = (Vec::new(), Vec::new());
    for word in words {
        let from = tokens.len();
        tokens.extend(vocabulary.spell(&word.text));
        places.push(from..tokens.len());
    }
    (tokens, places)
}

/// The same with a class more, for anything at all; and what stands between words as good as the blank, for a model says it
/// in some pauses and not in others.
///
/// torchaudio's recipe for MMS has such a class, at no cost (Pratap et al., "Scaling Speech Technology to 1,000+ Languages",
/// 2023). At no cost it takes more than its own wherever a word beside it is hard to hear; so speech has a price here.
fn with_anything(heard: &CtcOutput, blank: usize, separator: Option<usize>) -> Vec<f32> {
    let classes = heard.classes.max(1);
    let mut ready = Vec::with_capacity(heard.log_probs.len() / classes * (classes + 1));
    for row in heard.log_probs.chunks(classes) {
        let log = |class: Option<usize>| class.and_then(|c| row.get(c)).copied();
        let silence = match (log(Some(blank)), log(separator)) {
            (Some(a), Some(b)) => (a.exp() + b.exp()).ln(),
            (a, b) => a.or(b).unwrap_or(f32::NEG_INFINITY),
        };
        ready.extend(
            (0..)
                .zip(row)
                .map(|(n, log)| if n == blank { silence } else { *log }),
        );
        ready.push(silence.max(-UNKNOWN));
    }
    ready
}

/// Where a word seems to be.
struct Guess {
    span: TimeSpan,
    /// The mean probability of its letters; `None` where it has none that the model knows.
    score: Option<f32>,
    /// Whether anything but a blank is heard where it is.
    heard: bool,
    sure: bool,
}

fn guess(
    output: &CtcOutput,
    silent: [Option<usize>; 2],
    found: &Alignment,
    tokens: &[Token],
    place: Range<usize>,
    window: TimeSpan,
) -> Guess {
    let (mut whole, mut frames): (Option<Range<usize>>, Option<Range<usize>>) = (None, None);
    let (mut sum, mut count) = (0.0, 0);
    let spans = found.spans.get(place.clone()).unwrap_or_default();
    for (token, span) in tokens.get(place).unwrap_or_default().iter().zip(spans) {
        join(&mut whole, span.frames.clone());
        if let Token::Class(_) = token {
            sum += f64::from(span.score) * span.frames.len() as f64;
            count += span.frames.len();
            join(&mut frames, span.frames.clone());
        } else if let Some(inside) = loud(output, silent, span.frames.clone()) {
            join(&mut frames, inside);
        }
    }
    let heard = frames.is_some();
    let frames = frames.or(whole).unwrap_or_default();
    let at = |frame: usize| {
        let seconds = window.start + output.first + output.shift * frame as f64;
        seconds.clamp(window.start, window.end)
    };
    Guess {
        span: TimeSpan::new(at(frames.start), at(frames.end)),
        score: (count > 0).then(|| (sum / count as f64).exp() as f32),
        heard,
        sure: false,
    }
}

fn join(all: &mut Option<Range<usize>>, frames: Range<usize>) {
    *all = Some(match all.take() {
        Some(all) => all.start.min(frames.start)..all.end.max(frames.end),
        None => frames,
    });
}

/// From the first to the last of these frames in which something is heard.
fn loud(
    output: &CtcOutput,
    silent: [Option<usize>; 2],
    frames: Range<usize>,
) -> Option<Range<usize>> {
    let is_loud = |frame: &usize| {
        let from = frame.saturating_mul(output.classes);
        let row = output.log_probs.get(from..from + output.classes);
        let best = row.and_then(|row| (0..).zip(row).max_by(|a, b| a.1.total_cmp(b.1)));
        best.is_some_and(|(class, _)| !silent.contains(&Some(class)))
    };
    let first = frames.clone().find(is_loud)?;
    Some(first..frames.rev().find(is_loud)? + 1)
}

/// Gives each word its edges, at most up to the middle of the pause beside it.
fn widen(guesses: &mut [Guess], window: TimeSpan, lead: f64, tail: f64) {
    let spans: Vec<TimeSpan> = guesses.iter().map(|g| g.span).collect();
    for (n, guess) in guesses.iter_mut().enumerate() {
        let span = guess.span;
        let before = n.checked_sub(1).and_then(|n| spans.get(n));
        let first = before.map_or(window.start, |b| 0.5 * (b.end + span.start));
        let last = spans
            .get(n + 1)
            .map_or(window.end, |a| 0.5 * (span.end + a.start));
        guess.span.start = (span.start - lead.max(0.0)).max(first).min(span.start);
        guess.span.end = (span.end + tail.max(0.0)).min(last).max(span.end);
    }
}

/// Sure are words whose letters were heard and that are not stretched over more than a word lasts; and those without
/// letters between two such, if anything is heard there.
fn judge(guesses: &mut [Guess], words: &[Word], least: f32) {
    for (guess, word) in guesses.iter_mut().zip(words) {
        let letters = word.text.chars().filter(|c| c.is_alphanumeric()).count();
        let fits = guess.span.duration() <= longest(letters);
        guess.sure = fits && guess.score.is_some_and(|score| score >= least);
    }
    let lettered: Vec<bool> = guesses
        .iter()
        .map(|g| g.sure || g.score.is_none())
        .collect();
    for (n, guess) in guesses.iter_mut().enumerate() {
        if guess.score.is_none() {
            let beside = |n: Option<usize>| n.is_none_or(|n| lettered.get(n) != Some(&false));
            guess.sure = guess.heard && beside(n.checked_sub(1)) && beside(Some(n + 1));
        }
    }
}

/// Sure words get their new times. A run of others keeps its old ones where they lie between; else it gets the guesses.
fn settle(words: &mut [Word], guesses: &[Guess], window: TimeSpan) {
    let mut from = 0;
    let mut earliest = window.start;
    while let Some(guess) = guesses.get(from) {
        let sure = guess.sure;
        let rest = guesses.get(from..).unwrap_or_default();
        let run = rest.iter().take_while(|g| g.sure == sure).count();
        let latest = rest.get(run).map_or(window.end, |g| g.span.start);
        let run_words = words.get_mut(from..from + run).unwrap_or_default();
        let mut at = earliest;
        let fits = run_words.iter().all(|w| {
            let fits = w.span.start >= at && w.span.end > w.span.start;
            at = w.span.end;
            fits && at <= latest
        });
        if sure || !fits {
            for (word, guess) in run_words.iter_mut().zip(rest) {
                word.span = guess.span;
            }
        }
        earliest = run_words.last().map_or(earliest, |w| w.span.end);
        from += run.max(1);
    }
}

#[cfg(test)]
mod tests;

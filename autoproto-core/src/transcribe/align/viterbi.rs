//! The best way through a CTC model's output that says given tokens: forced alignment.
//!
//! Graves et al., "Connectionist Temporal Classification", 2006, with the maximum in place of the sum. Answers are those of
//! torchaudio's `forced_align` and `merge_tokens`.

use std::fmt;
use std::ops::Range;

/// Bytes of way marks that are kept before the frames are worked through in blocks.
const KEPT: usize = 16 << 20;

/// What a CTC model said: natural logarithms of probabilities by frame, `[frames, classes]`.
#[derive(Debug, Clone, Copy)]
pub struct Emissions<'a> {
    values: &'a [f32],
    classes: usize,
}

impl<'a> Emissions<'a> {
    /// `values` in rows of so many classes; `None` where they don't make whole rows.
    pub fn new(values: &'a [f32], classes: usize) -> Option<Self> {
        (classes > 0 && values.len().is_multiple_of(classes)).then_some(Self { values, classes })
    }

    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.values.len() / self.classes
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The classes of one frame; empty behind the last.
    pub(super) fn frame(&self, frame: usize) -> &'a [f32] {
        let from = frame.saturating_mul(self.classes);
        let row = from..from.saturating_add(self.classes);
        self.values.get(row).unwrap_or_default()
    }
}

/// Where a token was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenSpan {
    /// Its frames; never none.
    pub frames: Range<usize>,
    /// The mean of its log-probabilities over them; 0 is sure.
    pub score: f32,
}

/// The best way.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// One span for each token, in order; they don't overlap, and what lies between them is blank.
    pub spans: Vec<TokenSpan>,
    /// The log-probability of the whole way, blanks included.
    pub score: f64,
}

/// Why there is no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unaligned {
    /// More tokens than frames: each needs one, and so does the blank between two that are alike.
    TooShort {
        /// How many frames there are.
        frames: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A token, or the blank, is no class of the model, or a token is the blank.
    NoSuchClass(usize),
    /// Every way has probability 0, or what the model said is no number.
    Impossible,
}

impl fmt::Display for Unaligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { frames, needed } => {
                write!(f, "{needed} frames are needed, there are {frames}")
            }
            Self::NoSuchClass(class) => write!(f, "the model has no token {class}"),
            Self::Impossible => f.write_str("the model gives it no probability"),
        }
    }
}

impl std::error::Error for Unaligned {}

/// Finds when each of `tokens` is said.
///
/// Takes O(frames × tokens) time. Memory is one byte for each of both up to some 16 MB; beyond, frames are worked through
/// twice, in blocks, in O(√frames × tokens) memory.
///
/// ```
/// use autoproto_core::transcribe::align::{Emissions, align};
///
/// // Four frames of three classes: the blank, a and b.
/// let probabilities = [[0.8_f32, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.1, 0.1, 0.8]];
/// let logs: Vec<f32> = probabilities.iter().flatten().map(|p| p.ln()).collect();
/// let heard = Emissions::new(&logs, 3).unwrap();
/// let found = align(heard, &[1, 2], 0).unwrap();
/// assert_eq!((found.spans[0].frames.clone(), found.spans[1].frames.clone()), (1..3, 3..4));
/// ```
///
/// # Errors
/// [`Unaligned`] says why there is no way.
pub fn align(
    emissions: Emissions<'_>,
    tokens: &[usize],
    blank: usize,
) -> Result<Alignment, Unaligned> {
    align_within(emissions, tokens, blank, KEPT)
}

fn align_within(
    emissions: Emissions<'_>,
    tokens: &[usize],
    blank: usize,
    kept: usize,
) -> Result<Alignment, Unaligned> {
    let frames = emissions.frames();
    let known = |class: usize| class < emissions.classes();
    if !known(blank) {
        return Err(Unaligned::NoSuchClass(blank));
    }
    if let Some(class) = tokens.iter().find(|c| !known(**c) || **c == blank) {
        return Err(Unaligned::NoSuchClass(*class));
    }
    let alike = tokens.windows(2).filter(|w| w[0] == w[1]).count();
    let needed = tokens.len() + alike;
    if frames < needed {
        return Err(Unaligned::TooShort { frames, needed });
    }
    let trellis = Trellis {
        emissions,
        tokens,
        blank,
        states: 2 * tokens.len() + 1,
    };
    trellis.walk(kept)
}

/// The states of the way: before, between and after the tokens a blank (even), and each token (odd).
struct Trellis<'a> {
    emissions: Emissions<'a>,
    tokens: &'a [usize],
    blank: usize,
    states: usize,
}

impl Trellis<'_> {
    fn walk(&self, kept: usize) -> Result<Alignment, Unaligned> {
        let frames = self.emissions.frames();
        let block = (kept / self.states).max(frames.isqrt() + 1);
        // The scores before each block.
        let mut row = vec![f64::NEG_INFINITY; self.states];
        let mut starts = vec![row.clone()];
        for frame in 0..frames.saturating_sub(1) / block * block {
            self.step(frame, &mut row, None);
            if (frame + 1) % block == 0 {
                starts.push(row.clone());
            }
        }
        let mut state = None;
        let mut total = 0.0;
        let mut found: Vec<Option<(Range<usize>, f64)>> = vec![None; self.tokens.len()];
        let mut marks = Vec::new();
        while let Some(mut row) = starts.pop() {
            let from = starts.len() * block;
            let to = (from + block).min(frames);
            marks.clear();
            marks.resize((to - from) * self.states, 0_u8);
            for (frame, marks) in (from..to).zip(marks.chunks_mut(self.states)) {
                self.step(frame, &mut row, Some(marks));
            }
            let mut at = match state {
                Some(state) => state,
                None => {
                    let (last, score) = self.last(&row);
                    total = score;
                    last
                }
            };
            if total == f64::NEG_INFINITY {
                return Err(Unaligned::Impossible);
            }
            for (frame, marks) in (from..to).zip(marks.chunks(self.states)).rev() {
                if at % 2 == 1
                    && let Some(span) = found.get_mut(at / 2)
                {
                    let heard = self.heard(self.emissions.frame(frame), at);
                    let (frames, sum) = span.get_or_insert((frame..frame + 1, 0.0));
                    frames.start = frame;
                    *sum += heard;
                }
                let back = marks.get(at).copied().unwrap_or_default();
                at = at.saturating_sub(usize::from(back));
            }
            state = Some(at);
        }
        let spans = found.into_iter().map(|span| {
            let (frames, sum) = span?;
            let score = (sum / frames.len().max(1) as f64) as f32;
            Some(TokenSpan { frames, score })
        });
        let spans: Option<Vec<TokenSpan>> = spans.collect();
        spans.map_or(Err(Unaligned::Impossible), |spans| {
            Ok(Alignment {
                spans,
                score: total,
            })
        })
    }

    /// Takes `row`, the best scores by state before `frame`, to those after it; `marks` how far back each came from.
    fn step(&self, frame: usize, row: &mut [f64], mut marks: Option<&mut [u8]>) {
        let heard = self.emissions.frame(frame);
        let left = self.emissions.frames() - frame;
        // Only states that can be reached from the begin, and from which the end can be.
        let low = self.states.saturating_sub(2 * left);
        let high = (2 * frame + 1).min(self.states - 1);
        // Downwards, so that what is read is still of the frame before.
        for state in (low..=high).rev() {
            let (mut best, mut back) = (f64::NEG_INFINITY, 0);
            if frame == 0 {
                best = 0.0;
            } else {
                let furthest = if self.may_skip_blank(state) { 2 } else { 1 };
                for n in 0..=furthest.min(state) {
                    let score = row.get(state - n).copied().unwrap_or(best);
                    if score > best {
                        (best, back) = (score, n as u8);
                    }
                }
            }
            if let Some(cell) = row.get_mut(state) {
                *cell = best + self.heard(heard, state);
            }
            if let Some(mark) = marks.as_mut().and_then(|m| m.get_mut(state)) {
                *mark = back;
            }
        }
    }

    /// Whether the token of this state may follow the one before it at once.
    fn may_skip_blank(&self, state: usize) -> bool {
        state % 2 == 1 && state > 2 && self.tokens.get(state / 2) != self.tokens.get(state / 2 - 1)
    }

    fn heard(&self, frame: &[f32], state: usize) -> f64 {
        let class = match self.tokens.get(state / 2) {
            Some(token) if state % 2 == 1 => *token,
            _ => self.blank,
        };
        match frame.get(class) {
            Some(log) if log.is_finite() => f64::from(*log),
            _ => f64::NEG_INFINITY,
        }
    }

    /// The better of the two states that a way may end in: the last token, or the blank after it.
    fn last(&self, row: &[f64]) -> (usize, f64) {
        let at = |state: usize| (state, row.get(state).copied().unwrap_or(f64::NEG_INFINITY));
        let (blank, token) = (at(self.states - 1), at(self.states.saturating_sub(2)));
        // A recording without frames is past its end already.
        if self.emissions.frames() == 0 {
            (0, 0.0)
        } else if blank.1 > token.1 {
            blank
        } else {
            token
        }
    }
}

#[cfg(test)]
mod tests;

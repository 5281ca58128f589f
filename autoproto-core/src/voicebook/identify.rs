//! Whose voice it is, if anyone's.

use super::book::{VoiceBook, unit};
use super::score::{Curve, Score};
use crate::error::{Error, Result};
use crate::types::{Embedding, PersonId, UnknownVoice as Unknown};

/// Whom a voice may belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// How near.
    pub score: Score,
}

/// Whose voice it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This person's.
    Known(PersonId),
    /// Nobody's that could be said with the certainty asked for.
    Unknown(Unknown),
}

/// Whose voice it is, and whom else it is near to.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// Who, or why nobody.
    pub outcome: Outcome,
    /// The nearest people, best first, whatever the outcome; at most [`IdentifyOptions::alternatives`], two where
    /// ambiguous.
    pub candidates: Vec<Candidate>,
}

/// How certain is certain enough.
///
/// ```
/// use autoproto_core::voicebook::IdentifyOptions;
///
/// let wary = IdentifyOptions::default().with_threshold(0.99);
/// assert_eq!(wary.margin, 0.04);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IdentifyOptions {
    /// The least probability to name someone by, 0 to 1. Default: `0.95`.
    ///
    /// A book of many people gives a stranger many chances, so even odds are not enough. With `speaker-embedding-ge2e`
    /// it is a cosine of 0.83. On the recordings that [`Curve::GE2E`] was fitted to (so not on others), with a book of
    /// 14 people, none of 40 voices was taken for someone while its own person was left out of the book; of 24 voices
    /// whose person was enrolled from another recording only, 20 were found and 4 unknown. At 0.85 it was 3 of the 40,
    /// and 20 found, 3 unknown, 1 taken for another.
    pub threshold: f64,
    /// How far the second-best must be behind, in cosine, 0 to 2. Default: `0.04`.
    pub margin: f64,
    /// Candidates to list; at least the two of an ambiguous voice are. Default: `3`.
    pub alternatives: usize,
    /// From cosine to probability. Default: `None`, the model's ([`VoiceModel::curve`](super::VoiceModel::curve)).
    pub curve: Option<Curve>,
}

impl Default for IdentifyOptions {
    fn default() -> Self {
        Self {
            threshold: 0.95,
            margin: 0.04,
            alternatives: 3,
            curve: None,
        }
    }
}

impl IdentifyOptions {
    /// Sets [`threshold`](Self::threshold).
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Sets [`margin`](Self::margin).
    pub fn with_margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }

    /// Sets [`alternatives`](Self::alternatives).
    pub fn with_alternatives(mut self, alternatives: usize) -> Self {
        self.alternatives = alternatives;
        self
    }

    /// Sets [`curve`](Self::curve).
    pub fn with_curve(mut self, curve: Curve) -> Self {
        self.curve = Some(curve);
        self
    }

    /// Whether every value can be meant.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for the first that can't.
    pub fn check(&self) -> Result<()> {
        let invalid = |option, expected: &str, got: f64| {
            Err(Error::InvalidOption {
                option,
                expected: expected.into(),
                got: got.to_string(),
            })
        };
        if !(0.0..=1.0).contains(&self.threshold) {
            return invalid("threshold", "0 to 1", self.threshold);
        }
        if !(0.0..=2.0).contains(&self.margin) {
            return invalid("margin", "0 to 2", self.margin);
        }
        self.curve.as_ref().map_or(Ok(()), Curve::check)
    }
}

impl VoiceBook {
    /// Whose voice it is, by the default [`IdentifyOptions`].
    ///
    /// ```
    /// use autoproto_core::Embedding;
    /// use autoproto_core::voicebook::{Outcome, Unknown, VoiceBook, VoiceModel};
    ///
    /// let mut book = VoiceBook::new(VoiceModel::new("example", 2, &"0".repeat(64), "none")?);
    /// let (ann, bo) = (book.add("Ann")?, book.add("Bo")?);
    /// book.enrol(ann, &Embedding(vec![1.0, 0.0]), 30.0)?;
    /// book.enrol(bo, &Embedding(vec![0.0, 1.0]), 30.0)?;
    ///
    /// assert_eq!(book.identify(&Embedding(vec![0.9, 0.1])).outcome, Outcome::Known(ann));
    /// let between = book.identify(&Embedding(vec![0.7, 0.7]));
    /// assert_eq!(between.outcome, Outcome::Unknown(Unknown::Ambiguous));
    /// assert_eq!(between.candidates.len(), 2);
    /// # Ok::<(), autoproto_core::Error>(())
    /// ```
    pub fn identify(&self, voice: &Embedding) -> Identification {
        self.look_up(voice, &IdentifyOptions::default())
    }

    /// Whose voice it is.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] as [`IdentifyOptions::check`].
    pub fn identify_with(
        &self,
        voice: &Embedding,
        options: &IdentifyOptions,
    ) -> Result<Identification> {
        options.check()?;
        Ok(self.look_up(voice, options))
    }

    fn look_up(&self, voice: &Embedding, options: &IdentifyOptions) -> Identification {
        let (outcome, mut candidates) = match self.ranking(voice, options) {
            Ok(all) => (judge(&all, options), all),
            Err(reason) => (Outcome::Unknown(reason), Vec::new()),
        };
        candidates.truncate(shown(outcome, options));
        Identification {
            outcome,
            candidates,
        }
    }

    /// Everyone who has a voice, nearest first; of two as near, the one with the lower id.
    pub(super) fn ranking(
        &self,
        voice: &Embedding,
        options: &IdentifyOptions,
    ) -> Result<Vec<Candidate>, Unknown> {
        let voice = unit(voice, self.model.dim()).ok_or(Unknown::NoVoice)?;
        let mut near: Vec<(f64, PersonId)> = self
            .people
            .iter()
            .filter_map(|person| Some((person.cosine(&voice)?, person.id)))
            .collect();
        if near.is_empty() {
            return Err(Unknown::NobodyEnrolled);
        }
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let cosines: Vec<f64> = near.iter().map(|n| n.0).collect();
        let curve = options.curve.unwrap_or_else(|| self.model.curve());
        let curve = curve.against(&cosines);
        let score = |cosine: f64| Score {
            cosine: cosine as f32,
            probability: curve.probability(cosine),
        };
        Ok(near
            .into_iter()
            .map(|(cosine, person)| Candidate {
                person,
                score: score(cosine),
            })
            .collect())
    }
}

/// Candidates to list.
pub(super) fn shown(outcome: Outcome, options: &IdentifyOptions) -> usize {
    match outcome {
        Outcome::Unknown(Unknown::Ambiguous) => options.alternatives.max(2),
        _ => options.alternatives,
    }
}

/// Whether the first of these is near enough, and the second far enough behind.
pub(super) fn judge(ranking: &[Candidate], options: &IdentifyOptions) -> Outcome {
    let Some(best) = ranking.first() else {
        return Outcome::Unknown(Unknown::NobodyEnrolled);
    };
    if best.score.probability < options.threshold {
        return Outcome::Unknown(Unknown::TooFar);
    }
    let ahead = |second: &Candidate| f64::from(best.score.cosine) - f64::from(second.score.cosine);
    // Rounding must not decide: two people with the same prototypes are as near, whatever the margin.
    if ranking.get(1).is_some_and(|second| {
        let ahead = ahead(second);
        ahead < options.margin || ahead <= 0.0
    }) {
        return Outcome::Unknown(Unknown::Ambiguous);
    }
    Outcome::Known(best.person)
}

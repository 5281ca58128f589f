//! Who said what.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SpeakerId, TimeSpan, Word};

/// The number of an utterance, from 1 in order of time; what evidence points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UtteranceId(pub u32);

impl fmt::Display for UtteranceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Consecutive words of one voice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Utterance {
    /// What evidence points at.
    pub id: UtteranceId,
    /// Who; `None` where no voice could be told.
    pub speaker: Option<SpeakerId>,
    /// When.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// The words joined by spaces.
    pub text: String,
    /// By start.
    pub words: Vec<Word>,
}

impl Utterance {
    /// From words by start; `None` where there are none.
    ///
    /// ```
    /// # use autoproto_core::{SpeakerId, TimeSpan, Utterance, UtteranceId, Word};
    /// let word = |start, text: &str| Word { span: TimeSpan::new(start, start + 0.4), text: text.into(), confidence: 0.9 };
    /// let said = Utterance::from_words(UtteranceId(1), Some(SpeakerId(0)), vec![word(1.0, "We"), word(1.5, "agreed.")]).unwrap();
    /// assert_eq!((said.text.as_str(), said.span), ("We agreed.", TimeSpan::new(1.0, 1.9)));
    /// ```
    pub fn from_words(
        id: UtteranceId,
        speaker: Option<SpeakerId>,
        words: Vec<Word>,
    ) -> Option<Self> {
        let span = TimeSpan::new(
            words.first()?.span.start,
            words.iter().map(|w| w.span.end).fold(f64::MIN, f64::max),
        );
        let text = words
            .iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        Some(Self {
            id,
            speaker,
            span,
            text,
            words,
        })
    }
}

//! What is said, without who says it.

use serde::{Deserialize, Serialize};

use super::{Language, TimeSpan};

/// A stretch in which someone speaks, whoever it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpeechRegion {
    /// When.
    #[serde(flatten)]
    pub span: TimeSpan,
}

/// A spoken word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Word {
    /// When.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// The word with its punctuation, without spaces around it.
    pub text: String,
    /// How sure the recogniser is, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub confidence: f32,
}

/// A stretch of words as the recogniser gave them; says nothing about who speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segment {
    /// When.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// Its words, by start; never empty.
    pub words: Vec<Word>,
    /// The language it is in, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

impl Segment {
    /// From words, by start; `None` where there are none.
    pub fn from_words(words: Vec<Word>) -> Option<Self> {
        let span = TimeSpan::new(words.first()?.span.start, words.last()?.span.end);
        Some(Self {
            span,
            words,
            language: None,
        })
    }

    /// In this language.
    pub fn with_language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }
}

/// What a transcriber heard.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transcript {
    /// The language, given or detected; `None` where nobody spoke.
    pub language: Option<Language>,
    /// By start.
    pub segments: Vec<Segment>,
    /// Speech in which no word was found, though it was decoded again.
    pub uncovered: Vec<TimeSpan>,
    /// What was taken out again because nobody said it.
    #[serde(default)]
    pub removed: Vec<RemovedText>,
    /// Words of a glossary that were misheard and mended.
    #[serde(default)]
    pub corrections: Vec<Correction>,
    /// What else there is to say of how it was heard.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Transcript {
    /// From segments in any order.
    pub fn new(
        language: Option<Language>,
        mut segments: Vec<Segment>,
        uncovered: Vec<TimeSpan>,
    ) -> Self {
        segments.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        Self {
            language,
            segments,
            uncovered,
            removed: Vec::new(),
            corrections: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// With what was taken out, in any order.
    pub fn with_removed(mut self, mut removed: Vec<RemovedText>) -> Self {
        removed.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        self.removed = removed;
        self
    }

    /// With what was mended.
    pub fn with_corrections(mut self, corrections: Vec<Correction>) -> Self {
        self.corrections = corrections;
        self
    }

    /// With what else there is to say.
    pub fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// All words, by segment.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.segments.iter().flat_map(|s| &s.words)
    }
}

/// A word that was mended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Correction {
    /// When it was said.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// The word as the recogniser wrote it.
    pub heard: String,
    /// The word as it is written now.
    pub written: String,
    /// The word of the glossary that it is taken for.
    pub term: String,
}

/// Text that a recogniser wrote and the sound does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemovedText {
    /// Where it was said to be.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// Its words, joined by spaces.
    pub text: String,
    /// Why it was taken out.
    pub reason: RemovalReason,
}

/// Why text was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RemovalReason {
    /// Nobody speaks there.
    NoSpeech,
    /// The recogniser was unsure, and the sound gives it little ground.
    Unsure,
    /// The same again and again, as a decoder writes that is caught in a loop.
    Repeats,
    /// More than anyone can say in the time.
    TooFast,
    /// A phrase that recognisers are known to invent, with little ground in the sound.
    KnownPhrase,
}

//! How to listen.

use super::glossary::Glossary;
use super::language::Spoken;
use crate::types::Language;

/// How to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscribeOptions {
    /// What is known of the languages spoken. Default: nothing, so that they are detected.
    pub spoken: Spoken,
    /// Names and terms that are likely to be said. Default: none.
    pub glossary: Glossary,
    /// Whether what is said is written in English, whatever is spoken, by engines that can. Default: `false`.
    pub translate: bool,
    /// Wordings that are followed side by side, by engines that can: 1 is the fastest, 5 takes about twice the time for
    /// a few errors less. From 1 to 8. Default: 1.
    pub beams: usize,
}

impl Default for TranscribeOptions {
    fn default() -> Self {
        Self {
            spoken: Spoken::Auto,
            glossary: Glossary::new(),
            translate: false,
            beams: 1,
        }
    }
}

impl TranscribeOptions {
    /// In this language; `None` detects it.
    pub fn with_language(self, language: Option<Language>) -> Self {
        self.with_spoken(language)
    }

    /// With what is known of the languages.
    ///
    /// ```
    /// use autoproto_core::TranscribeOptions;
    /// use autoproto_core::transcribe::Spoken;
    ///
    /// let options = TranscribeOptions::default().with_spoken("ru|en".parse::<Spoken>()?);
    /// assert_eq!(options.spoken.to_string(), "ru|en");
    /// # Ok::<(), autoproto_core::Error>(())
    /// ```
    pub fn with_spoken(mut self, spoken: impl Into<Spoken>) -> Self {
        self.spoken = spoken.into();
        self
    }

    /// With names and terms that are likely to be said.
    pub fn with_glossary(mut self, glossary: Glossary) -> Self {
        self.glossary = glossary;
        self
    }

    /// Sets [`translate`](Self::translate).
    pub fn with_translate(mut self, translate: bool) -> Self {
        self.translate = translate;
        self
    }

    /// Sets [`beams`](Self::beams), which is brought into its range.
    pub fn with_beams(mut self, beams: usize) -> Self {
        self.beams = beams.clamp(1, 8);
        self
    }

    /// The language, where only one can be spoken.
    pub fn language(&self) -> Option<Language> {
        self.spoken.only()
    }
}

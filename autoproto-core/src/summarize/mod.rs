//! What was discussed, decided and assigned.

mod extractive;

pub use extractive::ExtractiveSummarizer;

use crate::context::Context;
use crate::error::Result;
use crate::types::{Language, Minutes, ModelInUse, Utterance};

/// Makes minutes of what was said.
pub trait Summarizer: Send {
    /// The engine's name in errors and reports.
    fn id(&self) -> &'static str;

    /// The models it runs and what on, for the report; none where there is nothing to say.
    fn models(&self) -> Vec<ModelInUse> {
        Vec::new()
    }

    /// The minutes; each item with the utterances that prove it. Nothing said makes empty minutes, never invented ones.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired,
    /// [`Error::Backend`](crate::Error::Backend) if the engine fails.
    fn summarize(
        &mut self,
        utterances: &[Utterance],
        options: &MinutesOptions,
        ctx: &Context<'_>,
    ) -> Result<Minutes>;
}

impl<S: Summarizer + ?Sized> Summarizer for Box<S> {
    fn id(&self) -> &'static str {
        (**self).id()
    }

    fn models(&self) -> Vec<ModelInUse> {
        (**self).models()
    }

    fn summarize(
        &mut self,
        utterances: &[Utterance],
        options: &MinutesOptions,
        ctx: &Context<'_>,
    ) -> Result<Minutes> {
        (**self).summarize(utterances, options, ctx)
    }
}

/// What minutes are to be like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MinutesOptions {
    /// The language that was spoken, as the transcriber found it. Default: `None`, told from the words.
    pub language: Option<Language>,
}

impl MinutesOptions {
    /// In this language.
    pub fn with_language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }
}

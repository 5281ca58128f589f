//! Engines that answer what they were told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::audio::AudioView;
use crate::context::Context;
use crate::diarize::{DiarizeOptions, Diarizer};
use crate::error::{Error, Result, Stage};
use crate::summarize::{MinutesOptions, Summarizer};
use crate::transcribe::{TranscribeOptions, Transcriber};
use crate::types::{
    Diarization, Language, Minutes, Segment, SpeakerTurn, SpeechRegion, TimeSpan, Transcript,
    Utterance, Word,
};
use crate::vad::{VadOptions, VoiceActivityDetector};

/// How long [`Behaviour::WaitForCancel`] waits before it gives up, so that a test that forgets to cancel still ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a scripted engine does when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// Reports progress in three steps and gives its answer.
    Answer,
    /// Fails with [`Error::Backend`] whose source has these words.
    Fail(String),
    /// Panics with these words, as a defective engine would.
    Panic(String),
    /// Waits until the token fires and gives [`Error::Cancelled`]; after 20 seconds it fails.
    WaitForCancel,
}

/// One call of an engine, with what it was asked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Call {
    /// Of the voice activity detector.
    Vad(VadOptions),
    /// Of the diarizer: the speech it was told of, and the options.
    Diarize(Vec<SpeechRegion>, DiarizeOptions),
    /// Of the transcriber: the speech it was told of, and the options.
    Transcribe(Vec<SpeechRegion>, TranscribeOptions),
    /// Of the summarizer: how many utterances there were, and the options.
    Summarize(usize, MinutesOptions),
}

impl Call {
    /// The stage the call belongs to.
    pub fn stage(&self) -> Stage {
        match self {
            Call::Vad(_) => Stage::Vad,
            Call::Diarize(..) => Stage::Diarize,
            Call::Transcribe(..) => Stage::Transcribe,
            Call::Summarize(..) => Stage::Summarize,
        }
    }
}

/// The calls of all engines that note them here, in order; its clones are the same journal.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<Call>>>);

impl Journal {
    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The stages that were called, in order.
    pub fn stages(&self) -> Vec<Stage> {
        self.calls().iter().map(Call::stage).collect()
    }

    /// How many calls this stage has had.
    pub fn count(&self, stage: Stage) -> usize {
        self.stages().into_iter().filter(|s| *s == stage).count()
    }

    fn note(&self, call: Call) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
    }
}

/// What all scripted engines have.
#[derive(Debug, Clone, Default)]
struct Script {
    journal: Journal,
    ahead: VecDeque<Behaviour>,
}

impl Script {
    /// Notes the call and does what is next; `Ok` means that the answer may be given.
    #[allow(clippy::panic, reason = "a panic is what the caller asked for")]
    fn act(&mut self, call: Call, ctx: &Context<'_>) -> Result<()> {
        let stage = call.stage();
        self.journal.note(call);
        match self.ahead.pop_front().unwrap_or(Behaviour::Answer) {
            Behaviour::Answer => {
                for step in 0..=2 {
                    ctx.tick(stage, f64::from(step) / 2.0)?;
                }
                Ok(())
            }
            Behaviour::Fail(words) => Err(Error::backend(stage, ID, words)),
            Behaviour::Panic(words) => panic!("{words}"),
            Behaviour::WaitForCancel => {
                let started = Instant::now();
                while started.elapsed() < PATIENCE {
                    ctx.cancel().check()?;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(Error::backend(stage, ID, "nobody cancelled"))
            }
        }
    }
}

const ID: &str = "scripted";

/// The methods that every scripted engine has.
macro_rules! scripted {
    ($engine:ident) => {
        impl $engine {
            /// Does this at the next call that has no behaviour yet; without any, it answers.
            pub fn next(mut self, behaviour: Behaviour) -> Self {
                self.script.ahead.push_back(behaviour);
                self
            }

            /// Notes its calls there.
            pub fn noting(mut self, journal: &Journal) -> Self {
                self.script.journal = journal.clone();
                self
            }
        }
    };
}

scripted!(ScriptedVad);
scripted!(ScriptedDiarizer);
scripted!(ScriptedTranscriber);
scripted!(ScriptedSummarizer);

/// Finds speech where it was told to.
#[derive(Debug, Clone, Default)]
pub struct ScriptedVad {
    script: Script,
    answer: Vec<SpeechRegion>,
}

impl ScriptedVad {
    /// Answers with these stretches, as they are.
    pub fn new(speech: impl IntoIterator<Item = TimeSpan>) -> Self {
        Self {
            answer: speech
                .into_iter()
                .map(|span| SpeechRegion { span })
                .collect(),
            ..Self::default()
        }
    }
}

impl VoiceActivityDetector for ScriptedVad {
    fn id(&self) -> &'static str {
        ID
    }

    fn detect(
        &mut self,
        _: AudioView<'_>,
        options: &VadOptions,
        ctx: &Context<'_>,
    ) -> Result<Vec<SpeechRegion>> {
        self.script.act(Call::Vad(options.clone()), ctx)?;
        Ok(self.answer.clone())
    }
}

/// Hears whom it was told to hear.
#[derive(Debug, Clone, Default)]
pub struct ScriptedDiarizer {
    script: Script,
    answer: Diarization,
}

impl ScriptedDiarizer {
    /// Answers with these turns, by [`Diarization::from_turns`].
    pub fn new(turns: impl IntoIterator<Item = SpeakerTurn>) -> Self {
        Self::answering(Diarization::from_turns(turns.into_iter().collect()))
    }

    /// Answers with this, as it is.
    pub fn answering(answer: Diarization) -> Self {
        Self {
            answer,
            ..Self::default()
        }
    }
}

impl Diarizer for ScriptedDiarizer {
    fn id(&self) -> &'static str {
        ID
    }

    fn diarize(
        &mut self,
        _: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &DiarizeOptions,
        ctx: &Context<'_>,
    ) -> Result<Diarization> {
        self.script
            .act(Call::Diarize(speech.to_vec(), options.clone()), ctx)?;
        Ok(self.answer.clone())
    }
}

/// Hears the words it was told to hear.
#[derive(Debug, Clone, Default)]
pub struct ScriptedTranscriber {
    script: Script,
    answer: Transcript,
}

impl ScriptedTranscriber {
    /// Answers with these words as one segment, in the language asked for, or in English.
    pub fn new(words: impl IntoIterator<Item = Word>) -> Self {
        let segments = Segment::from_words(words.into_iter().collect());
        Self::answering(Transcript::new(
            None,
            segments.into_iter().collect(),
            Vec::new(),
        ))
    }

    /// Answers with this; where it has words and no language, in the language asked for, or in English.
    pub fn answering(answer: Transcript) -> Self {
        Self {
            answer,
            ..Self::default()
        }
    }
}

impl Transcriber for ScriptedTranscriber {
    fn id(&self) -> &'static str {
        ID
    }

    fn transcribe(
        &mut self,
        _: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        self.script
            .act(Call::Transcribe(speech.to_vec(), options.clone()), ctx)?;
        let mut answer = self.answer.clone();
        if answer.language.is_none() && !answer.segments.is_empty() {
            answer.language = Some(options.language().unwrap_or(Language::ENGLISH));
        }
        Ok(answer)
    }
}

/// Finds the minutes it was told to find.
#[derive(Debug, Clone, Default)]
pub struct ScriptedSummarizer {
    script: Script,
    answer: Minutes,
}

impl ScriptedSummarizer {
    /// Answers with these minutes, having read every utterance.
    pub fn new(minutes: Minutes) -> Self {
        Self {
            answer: minutes,
            ..Self::default()
        }
    }
}

impl Summarizer for ScriptedSummarizer {
    fn id(&self) -> &'static str {
        ID
    }

    fn summarize(
        &mut self,
        utterances: &[Utterance],
        options: &MinutesOptions,
        ctx: &Context<'_>,
    ) -> Result<Minutes> {
        self.script
            .act(Call::Summarize(utterances.len(), options.clone()), ctx)?;
        let mut answer = self.answer.clone();
        answer.utterances_read = utterances.len();
        Ok(answer)
    }
}

/// A word of 0.3 seconds that begins at `start`, for scripts.
pub fn word(start: f64, text: &str) -> Word {
    Word {
        span: TimeSpan::new(start, start + 0.3),
        text: text.into(),
        confidence: 0.9,
    }
}

//! From a recording to its protocol.

mod builder;
mod defaults;
mod diarization;
mod run;
mod sound;
mod voice_book;
mod voices;

pub use builder::{NoSummarizer, PipelineBuilder};
pub use diarization::DiarizationPipeline;

use self::sound::Sound;
use self::voice_book::KnownVoices;
use crate::attribute::AttributeOptions;
use crate::audio::AudioView;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::diarize::{DiarizeOptions, Diarizer};
use crate::error::{Error, Result, Stage, contain};
use crate::media::{Decoded, MediaOptions, Recording};
use crate::progress::{Progress, ProgressSink};
use crate::summarize::{MinutesOptions, Summarizer};
use crate::transcribe::{TranscribeOptions, Transcriber};
use crate::types::{Engine, MeetingReport, MeetingTranscript, Minutes};
use crate::vad::{VadOptions, VoiceActivityDetector};

/// The way from a recording to its protocol; made by [`Pipeline::builder`], used for any number of recordings.
///
/// With a summarizer, [`run`](Pipeline::run) gives a [`MeetingReport`]; without one a [`MeetingTranscript`], which has
/// no minutes to ask for.
///
/// ```no_run
/// use autoproto_core::{Pipeline, summarize::ExtractiveSummarizer};
///
/// let mut pipeline = Pipeline::builder().summarizer(ExtractiveSummarizer::default()).build()?;
/// for decision in pipeline.run("meeting.mp4")?.minutes.decisions {
///     println!("{} [{:.0} s]", decision.text, decision.evidence[0].span.start);
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
///
/// The same without the summarizer does not compile:
///
/// ```compile_fail
/// use autoproto_core::Pipeline;
///
/// let mut pipeline = Pipeline::builder().build()?;
/// for decision in pipeline.run("meeting.mp4")?.minutes.decisions {
///     println!("{} [{:.0} s]", decision.text, decision.evidence[0].span.start);
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct Pipeline<D = Box<dyn Diarizer>, T = Box<dyn Transcriber>, S = Box<dyn Summarizer>> {
    vad: Box<dyn VoiceActivityDetector>,
    diarizer: D,
    transcriber: T,
    summarizer: S,
    options: Options,
}

/// What a pipeline does with every recording.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) media: MediaOptions,
    pub(crate) vad: VadOptions,
    pub(crate) diarize: DiarizeOptions,
    pub(crate) transcribe: TranscribeOptions,
    pub(crate) attribute: AttributeOptions,
    pub(crate) voices: Option<KnownVoices>,
}

impl Pipeline {
    /// Starts with what a build with the features `onnx` and `whisper` brings, and no summarizer.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::default()
    }
}

/// The stages of a transcript.
const TRANSCRIPT: [Stage; 5] = [
    Stage::Decode,
    Stage::Vad,
    Stage::Diarize,
    Stage::Transcribe,
    Stage::Attribute,
];

impl<D: Diarizer, T: Transcriber> Pipeline<D, T, NoSummarizer> {
    /// Who said what when in a recording: a path, [`Source`](crate::media::Source) or
    /// [`Recording`].
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::UnsupportedMedia`] or
    /// [`Error::DamagedMedia`] for a file that can't be read;
    /// [`Error::Backend`] if an engine fails.
    pub fn run(&mut self, recording: impl Into<Recording>) -> Result<MeetingTranscript> {
        self.run_with(recording, &CancelToken::new(), &|_: Progress| {})
    }

    /// The same, to be watched and stopped from elsewhere.
    ///
    /// # Errors
    /// As [`run`](Pipeline::run), and [`Error::Cancelled`] once the token has fired.
    pub fn run_with(
        &mut self,
        recording: impl Into<Recording>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        let recording = recording.into();
        contain(|| {
            let ctx = Context::for_stages(cancel, progress, &TRANSCRIPT);
            let decoded = crate::media::decode(recording, &self.options.media, &ctx)?;
            self.transcript((&decoded).into(), &ctx)
        })
    }

    /// The same for what is decoded already, such as a [`LiveRecording`](crate::media::LiveRecording).
    ///
    /// # Errors
    /// [`Error::Backend`] if an engine fails, [`Error::Cancelled`].
    pub fn run_decoded(
        &mut self,
        decoded: &Decoded,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        self.heard(decoded.into(), cancel, progress)
    }

    /// The same for 16 kHz mono samples.
    ///
    /// # Errors
    /// [`Error::Backend`] if an engine fails, [`Error::Cancelled`].
    pub fn run_audio(
        &mut self,
        audio: AudioView<'_>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        self.heard(audio.into(), cancel, progress)
    }

    fn heard(
        &mut self,
        sound: Sound<'_>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        contain(|| self.transcript(sound, &Context::for_stages(cancel, progress, &TRANSCRIPT)))
    }
}

impl<D: Diarizer, T: Transcriber, S: Summarizer> Pipeline<D, T, S> {
    /// The protocol of a recording: a path, [`Source`](crate::media::Source) or
    /// [`Recording`].
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::UnsupportedMedia`] or
    /// [`Error::DamagedMedia`] for a file that can't be read;
    /// [`Error::Backend`] if an engine fails.
    pub fn run(&mut self, recording: impl Into<Recording>) -> Result<MeetingReport> {
        self.run_with(recording, &CancelToken::new(), &|_: Progress| {})
    }

    /// The same, to be watched and stopped from elsewhere.
    ///
    /// # Errors
    /// As [`run`](Pipeline::run), and [`Error::Cancelled`] once the token has fired.
    pub fn run_with(
        &mut self,
        recording: impl Into<Recording>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingReport> {
        let recording = recording.into();
        contain(|| {
            let ctx = Context::new(cancel, progress);
            let decoded = crate::media::decode(recording, &self.options.media, &ctx)?;
            self.report((&decoded).into(), &ctx)
        })
    }

    /// The same for what is decoded already, such as a [`LiveRecording`](crate::media::LiveRecording).
    ///
    /// # Errors
    /// [`Error::Backend`] if an engine fails, [`Error::Cancelled`].
    pub fn run_decoded(
        &mut self,
        decoded: &Decoded,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingReport> {
        contain(|| self.report(decoded.into(), &Context::new(cancel, progress)))
    }

    /// The same for 16 kHz mono samples.
    ///
    /// # Errors
    /// [`Error::Backend`] if an engine fails, [`Error::Cancelled`].
    pub fn run_audio(
        &mut self,
        audio: AudioView<'_>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingReport> {
        contain(|| self.report(audio.into(), &Context::new(cancel, progress)))
    }

    fn report(&mut self, sound: Sound<'_>, ctx: &Context<'_>) -> Result<MeetingReport> {
        let mut transcript = self.transcript(sound, ctx)?;
        let minutes = if transcript.is_silent() {
            Minutes::default()
        } else {
            let models = self.summarizer.models();
            let engine = Engine::new(Stage::Summarize, self.summarizer.id(), models);
            transcript.engines.push(engine);
            let options = MinutesOptions::default().with_language(transcript.language);
            self.summarizer
                .summarize(&transcript.utterances, &options, ctx)?
        };
        check_evidence(self.summarizer.id(), &minutes)?;
        transcript.coverage.utterances_read = Some(minutes.utterances_read);
        ctx.tick(Stage::Summarize, 1.0)?;
        Ok(MeetingReport::new(transcript, minutes))
    }
}

/// A claim without a proof is an engine's fault, and never shown as a fact.
fn check_evidence(summarizer: &'static str, minutes: &Minutes) -> Result<()> {
    let decisions = minutes.decisions.iter().map(|d| (&d.text, &d.evidence));
    let actions = minutes.actions.iter().map(|a| (&a.task, &a.evidence));
    let questions = minutes.questions.iter().map(|q| (&q.text, &q.evidence));
    for (text, evidence) in decisions.chain(actions).chain(questions) {
        if evidence.is_empty() || evidence.iter().any(|e| e.utterances.is_empty()) {
            let reason = format!("it proves nothing of what it claims: \"{text}\"");
            return Err(Error::backend(Stage::Summarize, summarizer, reason));
        }
    }
    Ok(())
}

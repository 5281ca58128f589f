//! Only who speaks when.

use std::path::Path;

use super::run::{Reading, heard};
use super::{Options, PipelineBuilder};
use crate::audio::AudioView;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::diarize::Diarizer;
use crate::error::{Result, Stage, contain};
use crate::progress::ProgressSink;
use crate::types::{MeetingTranscript, Transcript};
use crate::vad::VoiceActivityDetector;

const STAGES: [Stage; 3] = [Stage::Decode, Stage::Vad, Stage::Diarize];

/// Finds out who speaks when, and loads no speech recognition; made by [`PipelineBuilder::build_diarization`].
///
/// ```no_run
/// use autoproto_core::{CancelToken, Pipeline, Progress};
///
/// let mut pipeline = Pipeline::builder().build_diarization()?;
/// for turn in pipeline.run_with("meeting.mp4", &CancelToken::new(), &|_: Progress| {})?.turns {
///     println!("{:.1}-{:.1} {}", turn.span.start, turn.span.end, turn.speaker);
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct DiarizationPipeline<D = Box<dyn Diarizer>> {
    vad: Box<dyn VoiceActivityDetector>,
    diarizer: D,
    options: Options,
}

impl<D: Diarizer, T, S> PipelineBuilder<D, T, S> {
    /// As [`build`](PipelineBuilder::build), without a transcriber and a summarizer.
    ///
    /// # Errors
    /// As [`build`](PipelineBuilder::build).
    pub fn build_diarization(self) -> Result<DiarizationPipeline<D>> {
        let (vad, diarizer, options) = self.load_diarization()?;
        Ok(DiarizationPipeline {
            vad,
            diarizer,
            options,
        })
    }
}

impl<D: Diarizer> DiarizationPipeline<D> {
    /// Who speaks when in the recording at `path`; there are no utterances in the result.
    ///
    /// # Errors
    /// As [`Pipeline::run_with`](super::Pipeline::run_with).
    pub fn run_with(
        &mut self,
        path: impl AsRef<Path>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        contain(|| {
            let ctx = Context::for_stages(cancel, progress, &STAGES);
            let decoded = crate::media::decode(path.as_ref(), &self.options.media, &ctx)?;
            self.turns(decoded.audio.view(), (&decoded).into(), &ctx)
        })
    }

    /// The same for 16 kHz mono samples.
    ///
    /// # Errors
    /// As [`Pipeline::run_audio`](super::Pipeline::run_audio).
    pub fn run_audio(
        &mut self,
        audio: AudioView<'_>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        contain(|| {
            self.turns(
                audio,
                Reading::default(),
                &Context::for_stages(cancel, progress, &STAGES),
            )
        })
    }

    fn turns(
        &mut self,
        audio: AudioView<'_>,
        reading: Reading,
        ctx: &Context<'_>,
    ) -> Result<MeetingTranscript> {
        ctx.tick(Stage::Decode, 1.0)?;
        let speech = self.vad.detect(audio, &self.options.vad, ctx)?;
        ctx.tick(Stage::Vad, 1.0)?;
        let who = if speech.is_empty() {
            Default::default()
        } else {
            self.diarizer
                .diarize(audio, &speech, &self.options.diarize, ctx)?
        };
        ctx.tick(Stage::Diarize, 1.0)?;
        Ok(heard(
            audio,
            reading,
            &speech,
            who,
            Transcript::default(),
            Vec::new(),
        ))
    }
}

//! Only who speaks when.

use super::run::{Findings, heard, unnamed, used_diarizer, used_vad};
use super::sound::Sound;
use super::voice_book::suggestions;
use super::voices::{add_up, voices};
use super::{Options, PipelineBuilder};
use crate::audio::AudioView;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::diarize::Diarizer;
use crate::error::{Result, Stage, contain};
use crate::media::{Decoded, Recording};
use crate::progress::ProgressSink;
use crate::types::MeetingTranscript;
use crate::vad::VoiceActivityDetector;

pub(super) const STAGES: [Stage; 3] = [Stage::Decode, Stage::Vad, Stage::Diarize];

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
    pub(super) vad: Box<dyn VoiceActivityDetector>,
    pub(super) diarizer: D,
    pub(super) options: Options,
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
    /// Who speaks when in a recording; there are no utterances in the result.
    ///
    /// # Errors
    /// As [`Pipeline::run_with`](super::Pipeline::run_with).
    pub fn run_with(
        &mut self,
        recording: impl Into<Recording>,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        let recording = recording.into();
        contain(|| {
            let ctx = Context::for_stages(cancel, progress, &STAGES);
            let decoded = crate::media::decode(recording, &self.options.media, &ctx)?;
            self.turns((&decoded).into(), &ctx)
        })
    }

    /// The same for what is decoded already, such as a [`LiveRecording`](crate::media::LiveRecording).
    ///
    /// # Errors
    /// As [`Pipeline::run_decoded`](super::Pipeline::run_decoded).
    pub fn run_decoded(
        &mut self,
        decoded: &Decoded,
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<MeetingTranscript> {
        contain(|| {
            let ctx = Context::for_stages(cancel, progress, &STAGES);
            self.turns(decoded.into(), &ctx)
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
            let ctx = Context::for_stages(cancel, progress, &STAGES);
            self.turns(audio.into(), &ctx)
        })
    }

    fn turns(&mut self, mut sound: Sound<'_>, ctx: &Context<'_>) -> Result<MeetingTranscript> {
        ctx.tick(Stage::Decode, 1.0)?;
        let options = &self.options;
        let mut diarized = false;
        let mut findings = if sound.speakers.is_empty() {
            let speech = self.vad.detect(sound.audio, &options.vad, ctx)?;
            ctx.tick(Stage::Vad, 1.0)?;
            let who = if speech.is_empty() {
                Default::default()
            } else {
                diarized = true;
                self.diarizer
                    .diarize(sound.audio, &speech, &options.diarize, ctx)?
            };
            Findings {
                speech,
                names: who.speakers().into_iter().map(unnamed).collect(),
                who,
                ..Findings::default()
            }
        } else {
            let voices = voices(
                &mut *self.vad,
                &mut self.diarizer,
                sound.speakers,
                options,
                &mut sound.reading.warnings,
                ctx,
            )?;
            diarized = voices.iter().any(|voice| voice.diarized);
            add_up(voices)
        };
        findings.suggestions = suggestions(
            options,
            &mut self.diarizer,
            &findings.who,
            &mut sound.reading.warnings,
        )?;
        ctx.tick(Stage::Diarize, 1.0)?;
        let mut engines = vec![used_vad(&*self.vad)];
        if diarized {
            engines.push(used_diarizer(&self.diarizer));
        }
        Ok(heard(sound, findings, engines))
    }
}

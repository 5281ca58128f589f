//! People known by their voices: asked when a book was given, and enrolled when asked for.

use super::{DiarizationPipeline, Options};
use crate::audio::AudioView;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::diarize::Diarizer;
use crate::error::{Error, Result, Stage, contain};
use crate::media::Recording;
use crate::progress::ProgressSink;
use crate::types::{Diarization, Embedding, SpeakerId, SpeakerSuggestion, SpeechRegion, TimeSpan};
use crate::voicebook::{IdentifyOptions, VoiceBook, VoiceModel, Voiceprint};

/// A book that is asked about every recording, and how.
#[derive(Debug, Clone)]
pub(crate) struct KnownVoices {
    pub(crate) book: VoiceBook,
    pub(crate) options: IdentifyOptions,
}

/// Refuses a book of another model than the diarizer's, before there is any work.
pub(super) fn bind<D: Diarizer + ?Sized>(options: &mut Options, diarizer: &mut D) -> Result<()> {
    if let Some(known) = &mut options.voices {
        known.options.check()?;
        if let Some(encoder) = diarizer.voice_encoder() {
            let model = encoder.voice_model()?;
            known.book.bind(&model)?;
        }
    }
    Ok(())
}

/// Who the speakers might be; nothing without a book, and a warning where the diarizer gives no voices to ask about.
pub(super) fn suggestions<D: Diarizer + ?Sized>(
    options: &Options,
    diarizer: &mut D,
    who: &Diarization,
    warnings: &mut Vec<String>,
) -> Result<Vec<SpeakerSuggestion>> {
    let Some(known) = &options.voices else {
        return Ok(Vec::new());
    };
    if who.turns.is_empty() {
        return Ok(Vec::new());
    }
    if diarizer.voice_encoder().is_none() {
        let name = diarizer.id();
        warnings.push(format!(
            "the voice book was not asked: the diarizer `{name}` gives no voices of a known model"
        ));
        return Ok(Vec::new());
    }
    let voice = |id: &SpeakerId| who.voices.get(id.0 as usize).cloned();
    let voices: Vec<(SpeakerId, Embedding)> = who
        .speakers()
        .into_iter()
        .map(|id| (id, voice(&id).unwrap_or_else(|| Embedding(Vec::new()))))
        .collect();
    let found = known.book.suggest_with(&voices, &known.options)?;
    Ok(known.book.in_words(&found))
}

/// The voice of a channel that is one speaker, for which no diarizer was asked; nothing without a book.
pub(super) fn voice_of_channel<D: Diarizer + ?Sized>(
    options: &Options,
    diarizer: &mut D,
    audio: AudioView<'_>,
    speech: &[SpeechRegion],
    ctx: &Context<'_>,
) -> Result<Option<Voiceprint>> {
    match diarizer.voice_encoder() {
        Some(encoder) if options.voices.is_some() => {
            let spans: Vec<TimeSpan> = speech.iter().map(|region| region.span).collect();
            encoder.voiceprint(audio, &spans, ctx)
        }
        _ => Ok(None),
    }
}

impl<D: Diarizer> DiarizationPipeline<D> {
    /// The model that the diarizer's voices come from; a [`VoiceBook`] is made for it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a diarizer that makes no voice prints, [`Error::Backend`] if the model fails.
    pub fn voice_model(&mut self) -> Result<VoiceModel> {
        contain(|| match self.diarizer.voice_encoder() {
            Some(encoder) => encoder.voice_model(),
            None => Err(no_voices(self.diarizer.id())),
        })
    }

    /// The voice of one person in a recording, for a [`VoiceBook`] to learn: in the speech of `spans`, in which nobody
    /// else should be heard, or of the whole recording if there are none. `None` where there is too little of it.
    ///
    /// ```no_run
    /// use autoproto_core::voicebook::VoiceBook;
    /// use autoproto_core::{CancelToken, Pipeline, Progress, TimeSpan};
    ///
    /// let mut pipeline = Pipeline::builder().build_diarization()?;
    /// let mut book = VoiceBook::new(pipeline.voice_model()?);
    /// let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    /// let spans = [TimeSpan::new(12.0, 40.5)];
    /// if let Some(print) = pipeline.voiceprint("meeting.mp4", &spans, &cancel, &sink)? {
    ///     let maria = book.add("Maria")?; // who has agreed to it
    ///     book.enrol(maria, &print.voice, print.seconds)?;
    ///     book.save("voices.json")?;
    /// }
    /// # Ok::<(), autoproto_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run_with`](Self::run_with), and [`Error::InvalidOption`] for a span without a length or beyond the end of the
    /// recording, and for a diarizer that makes no voice prints.
    pub fn voiceprint(
        &mut self,
        recording: impl Into<Recording>,
        spans: &[TimeSpan],
        cancel: &CancelToken,
        progress: &dyn ProgressSink,
    ) -> Result<Option<Voiceprint>> {
        let recording = recording.into();
        contain(|| {
            let ctx = Context::for_stages(cancel, progress, &super::diarization::STAGES);
            if self.diarizer.voice_encoder().is_none() {
                return Err(no_voices(self.diarizer.id()));
            }
            spans.iter().try_for_each(|span| check(*span, f64::MAX))?;
            let decoded = crate::media::decode(recording, &self.options.media, &ctx)?;
            let audio = decoded.audio.view();
            ctx.tick(Stage::Decode, 1.0)?;
            let whole = audio.duration();
            spans.iter().try_for_each(|span| check(*span, whole))?;
            let speech = self.vad.detect(audio, &self.options.vad, &ctx)?;
            ctx.tick(Stage::Vad, 1.0)?;
            let speech: Vec<TimeSpan> = speech.iter().map(|region| region.span).collect();
            let spoken = if spans.is_empty() {
                speech
            } else {
                within(spans, &speech)
            };
            match self.diarizer.voice_encoder() {
                Some(encoder) => encoder.voiceprint(audio, &spoken, &ctx),
                None => Ok(None),
            }
        })
    }
}

fn no_voices(diarizer: &str) -> Error {
    Error::InvalidOption {
        option: "diarizer",
        expected: "one that makes voice prints".into(),
        got: format!("`{diarizer}`"),
    }
}

/// Refuses a span that is none, or that begins where a recording of `whole` seconds is over.
fn check(span: TimeSpan, whole: f64) -> Result<()> {
    let TimeSpan { start, end } = span;
    let expected = if !(start >= 0.0 && start < end && end.is_finite()) {
        "from 0 s on, and end after its start".into()
    } else if start >= whole {
        format!("inside the recording of {whole:.1} s")
    } else {
        return Ok(());
    };
    Err(Error::InvalidOption {
        option: "span",
        expected,
        got: format!("{start}-{end}"),
    })
}

/// What of the spans is speech.
fn within(spans: &[TimeSpan], speech: &[TimeSpan]) -> Vec<TimeSpan> {
    let cut = |span: &TimeSpan| {
        let span = *span;
        speech.iter().map(move |region| {
            TimeSpan::new(region.start.max(span.start), region.end.min(span.end))
        })
    };
    let both = spans.iter().flat_map(cut);
    both.filter(|span| span.duration() > 0.0).collect()
}

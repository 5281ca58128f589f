//! The stages in their order.

use super::Pipeline;
use crate::attribute::attribute;
use crate::audio::AudioView;
use crate::context::Context;
use crate::diarize::Diarizer;
use crate::error::{Result, Stage};
use crate::media::Decoded;
use crate::transcribe::Transcriber;
use crate::types::{
    Coverage, Diarization, MeetingTranscript, Speaker, SpeechRegion, TimeSpan, Transcript,
    Utterance, covered, merge_spans,
};

impl<D: Diarizer, T: Transcriber, S> Pipeline<D, T, S> {
    /// Everything up to the utterances.
    pub(super) fn transcript(
        &mut self,
        audio: AudioView<'_>,
        reading: Reading,
        ctx: &Context<'_>,
    ) -> Result<MeetingTranscript> {
        let options = &self.options;
        ctx.tick(Stage::Decode, 1.0)?;
        let speech = self.vad.detect(audio, &options.vad, ctx)?;
        ctx.tick(Stage::Vad, 1.0)?;
        if speech.is_empty() {
            // Engines that are asked about silence make something up.
            ctx.tick(Stage::Attribute, 1.0)?;
            return Ok(heard(
                audio,
                reading,
                &speech,
                Diarization::default(),
                Transcript::default(),
                Vec::new(),
            ));
        }
        let who = self
            .diarizer
            .diarize(audio, &speech, &options.diarize, ctx)?;
        ctx.tick(Stage::Diarize, 1.0)?;
        let what = self
            .transcriber
            .transcribe(audio, &speech, &options.transcribe, ctx)?;
        ctx.tick(Stage::Transcribe, 1.0)?;
        let utterances = attribute(&what, &who, &options.attribute);
        ctx.tick(Stage::Attribute, 1.0)?;
        Ok(heard(audio, reading, &speech, who, what, utterances))
    }
}

/// What is known of how a recording was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    promised: Option<f64>,
    lost: f64,
    warnings: Vec<String>,
}

impl From<&Decoded> for Reading {
    fn from(decoded: &Decoded) -> Self {
        Self {
            promised: decoded.promised,
            lost: decoded.lost,
            warnings: decoded.warnings.clone(),
        }
    }
}

/// Puts together what the stages found.
pub(super) fn heard(
    audio: AudioView<'_>,
    reading: Reading,
    speech: &[SpeechRegion],
    who: Diarization,
    what: Transcript,
    utterances: Vec<Utterance>,
) -> MeetingTranscript {
    let mut result = MeetingTranscript::silent(audio.duration());
    result.coverage = coverage(audio, reading, speech, &who, &what, utterances.len());
    result.language = what.language;
    result.speakers = who
        .speakers()
        .into_iter()
        .map(|id| Speaker { id, name: None })
        .collect();
    result.turns = who.turns;
    result.utterances = utterances;
    result
}

fn coverage(
    audio: AudioView<'_>,
    reading: Reading,
    speech: &[SpeechRegion],
    who: &Diarization,
    what: &Transcript,
    utterances: usize,
) -> Coverage {
    let speech: Vec<TimeSpan> = speech.iter().map(|r| r.span).collect();
    let turns: Vec<TimeSpan> =
        merge_spans(&who.turns.iter().map(|t| t.span).collect::<Vec<_>>(), 0.0);
    let seconds = |spans: &[TimeSpan]| {
        spans
            .iter()
            .map(TimeSpan::duration)
            .fold(0.0, |sum, s| sum + s)
    };
    let uncovered = merge_spans(&what.uncovered, 0.0);
    Coverage {
        decoded: (audio.duration() - reading.lost).max(0.0),
        promised: reading.promised,
        lost: reading.lost,
        warnings: reading.warnings,
        speech: seconds(&speech),
        diarized: turns
            .iter()
            .map(|turn| covered(*turn, &speech))
            .fold(0.0, |sum, s| sum + s),
        transcribed: (seconds(&speech) - seconds(&uncovered)).max(0.0),
        uncovered,
        utterances,
        utterances_read: None,
    }
}

//! The stages in their order.

use super::Pipeline;
use super::sound::{Reading, Sound};
use super::voice_book::suggestions;
use super::voices::{Voice, add_up, voices};
use crate::attribute::attribute;
use crate::audio::AudioView;
use crate::context::Context;
use crate::diarize::Diarizer;
use crate::error::{Result, Stage};
use crate::transcribe::{Spoken, Transcriber};
use crate::types::{
    Coverage, Diarization, Engine, MeetingTranscript, Speaker, SpeakerSuggestion, SpeechRegion,
    TimeSpan, Transcript, Utterance, covered, merge_spans,
};
use crate::vad::VoiceActivityDetector;

impl<D: Diarizer, T: Transcriber, S> Pipeline<D, T, S> {
    /// Everything up to the utterances.
    pub(super) fn transcript(
        &mut self,
        mut sound: Sound<'_>,
        ctx: &Context<'_>,
    ) -> Result<MeetingTranscript> {
        ctx.tick(Stage::Decode, 1.0)?;
        if !sound.speakers.is_empty() {
            return self.transcript_by_channel(sound, ctx);
        }
        let options = &self.options;
        let audio = sound.audio;
        let speech = self.vad.detect(audio, &options.vad, ctx)?;
        ctx.tick(Stage::Vad, 1.0)?;
        let mut engines = vec![used_vad(&*self.vad)];
        if speech.is_empty() {
            // Engines that are asked about silence make something up.
            ctx.tick(Stage::Attribute, 1.0)?;
            return Ok(heard(sound, Findings::default(), engines));
        }
        let who = self
            .diarizer
            .diarize(audio, &speech, &options.diarize, ctx)?;
        let warnings = &mut sound.reading.warnings;
        let suggestions = suggestions(options, &mut self.diarizer, &who, warnings)?;
        ctx.tick(Stage::Diarize, 1.0)?;
        let what = self
            .transcriber
            .transcribe(audio, &speech, &options.transcribe, ctx)?;
        ctx.tick(Stage::Transcribe, 1.0)?;
        engines.push(used_diarizer(&self.diarizer));
        engines.push(used_transcriber(&self.transcriber));
        let utterances = attribute(&what, &who, &options.attribute);
        ctx.tick(Stage::Attribute, 1.0)?;
        let findings = Findings {
            speech,
            names: who.speakers().into_iter().map(unnamed).collect(),
            who,
            what,
            utterances,
            suggestions,
        };
        Ok(heard(sound, findings, engines))
    }

    /// The same where channels are speakers: only what several people share is diarized.
    fn transcript_by_channel(
        &mut self,
        mut sound: Sound<'_>,
        ctx: &Context<'_>,
    ) -> Result<MeetingTranscript> {
        let options = &self.options;
        let mut voices = voices(
            &mut *self.vad,
            &mut self.diarizer,
            sound.speakers,
            options,
            &mut sound.reading.warnings,
            ctx,
        )?;
        ctx.tick(Stage::Diarize, 1.0)?;
        // The language is the one of those who speak most, for few words are easily taken for another.
        voices.sort_by(|a, b| b.seconds().total_cmp(&a.seconds()));
        let total: f64 = voices.iter().map(Voice::seconds).sum();
        let mut transcribe = options.transcribe.clone();
        let mut done = 0.0;
        for voice in &mut voices {
            let from = done / total.max(f64::MIN_POSITIVE);
            done += voice.seconds();
            let part = ctx.part(from, done / total.max(f64::MIN_POSITIVE));
            let what =
                self.transcriber
                    .transcribe(voice.audio, &voice.speech, &transcribe, &part)?;
            if let (Spoken::Auto, Some(language)) = (&transcribe.spoken, what.language) {
                transcribe.spoken = Spoken::One(language);
            }
            voice.utterances = attribute(&what, &voice.who, &options.attribute);
            voice.what = what;
        }
        ctx.tick(Stage::Transcribe, 1.0)?;
        let mut engines = vec![used_vad(&*self.vad)];
        if voices.iter().any(|voice| voice.diarized) {
            engines.push(used_diarizer(&self.diarizer));
        }
        if !voices.is_empty() {
            engines.push(used_transcriber(&self.transcriber));
        }
        let mut findings = add_up(voices);
        let warnings = &mut sound.reading.warnings;
        findings.suggestions = suggestions(options, &mut self.diarizer, &findings.who, warnings)?;
        ctx.tick(Stage::Attribute, 1.0)?;
        Ok(heard(sound, findings, engines))
    }
}

pub(super) fn unnamed(id: crate::types::SpeakerId) -> Speaker {
    Speaker { id, name: None }
}

pub(super) fn used_vad(vad: &dyn VoiceActivityDetector) -> Engine {
    Engine::new(Stage::Vad, vad.id(), vad.models())
}

pub(super) fn used_diarizer(diarizer: &impl Diarizer) -> Engine {
    Engine::new(Stage::Diarize, diarizer.id(), diarizer.models())
}

fn used_transcriber(transcriber: &impl Transcriber) -> Engine {
    Engine::new(Stage::Transcribe, transcriber.id(), transcriber.models())
}

/// What the stages found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) speech: Vec<SpeechRegion>,
    pub(super) who: Diarization,
    pub(super) names: Vec<Speaker>,
    pub(super) what: Transcript,
    pub(super) utterances: Vec<Utterance>,
    pub(super) suggestions: Vec<SpeakerSuggestion>,
}

/// Puts together what the stages found.
pub(super) fn heard(sound: Sound<'_>, found: Findings, engines: Vec<Engine>) -> MeetingTranscript {
    let mut result = MeetingTranscript::silent(sound.audio.duration());
    result.coverage = coverage(sound.audio, sound.reading, &found);
    result.coverage.warnings.extend(found.who.notes);
    result.coverage.warnings.extend(found.what.notes);
    result.coverage.removed = found.what.removed;
    result.coverage.corrections = found.what.corrections;
    result.language = found.what.language;
    result.speakers = found.names;
    result.turns = found.who.turns;
    result.utterances = found.utterances;
    result.engines = engines;
    result.suggestions = found.suggestions;
    result
}

fn coverage(audio: AudioView<'_>, reading: Reading, found: &Findings) -> Coverage {
    let speech: Vec<TimeSpan> = found.speech.iter().map(|r| r.span).collect();
    let turns: Vec<TimeSpan> = found.who.turns.iter().map(|t| t.span).collect();
    let turns = merge_spans(&turns, 0.0);
    let seconds = |spans: &[TimeSpan]| {
        spans
            .iter()
            .map(TimeSpan::duration)
            .fold(0.0, |sum, s| sum + s)
    };
    let uncovered = merge_spans(&found.what.uncovered, 0.0);
    let lost = seconds(&reading.lost);
    Coverage {
        decoded: (audio.duration() - lost).max(0.0),
        promised: reading.promised,
        lost,
        lost_spans: reading.lost,
        warnings: reading.warnings,
        speech: seconds(&speech),
        diarized: turns
            .iter()
            .map(|turn| covered(*turn, &speech))
            .fold(0.0, |sum, s| sum + s),
        transcribed: (seconds(&speech) - seconds(&uncovered)).max(0.0),
        uncovered,
        removed: Vec::new(),
        corrections: Vec::new(),
        utterances: found.utterances.len(),
        utterances_read: None,
    }
}

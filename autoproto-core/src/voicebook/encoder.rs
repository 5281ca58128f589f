//! What makes the voices of a book.

use std::fmt;

use super::book::VoiceBook;
use super::model::VoiceModel;
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::types::{
    Diarization, Embedding, PersonId, SpeakerId, TimeSpan, merge_spans, shared_seconds,
};

/// The voice of one person in one recording.
///
/// It does not print its numbers: logs are no place for biometric data.
#[derive(Clone, PartialEq)]
pub struct Voiceprint {
    /// The mean direction of their voice, of unit length.
    pub voice: Embedding,
    /// Seconds of speech it stands for.
    pub seconds: f64,
}

impl fmt::Debug for Voiceprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voiceprint")
            .field("dim", &self.voice.0.len())
            .field("seconds", &self.seconds)
            .finish()
    }
}

/// Turns the sound of one person into a [`Voiceprint`]; a [`Diarizer`](crate::Diarizer) may have one.
pub trait VoiceEncoder: Send {
    /// The model of its voices. They are the diarizer's, too: what this makes can be compared with
    /// [`Diarization::voices`].
    ///
    /// # Errors
    /// [`Error::Backend`] if the model fails.
    fn voice_model(&mut self) -> Result<VoiceModel>;

    /// The voice of one person in `spans`, in which nobody else should be heard; `None` where there is too little of it.
    ///
    /// What lies outside the recording is passed over, and spans may overlap.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once the token has fired, [`Error::Backend`] if the model fails.
    fn voiceprint(
        &mut self,
        audio: AudioView<'_>,
        spans: &[TimeSpan],
        ctx: &Context<'_>,
    ) -> Result<Option<Voiceprint>>;
}

impl VoiceBook {
    /// Learns a person's voice from a speaker of a recording, weighted by the seconds in which they speak alone; the
    /// book must be that of the diarizer's model.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] as [`enrol`](Self::enrol), and for a speaker without a voice or who is never heard alone.
    pub fn enrol_speaker(
        &mut self,
        person: PersonId,
        found: &Diarization,
        speaker: SpeakerId,
    ) -> Result<()> {
        let voice = found.voices.get(speaker.0 as usize);
        let seconds = alone(found, speaker);
        match voice {
            Some(voice) if seconds > 0.0 && !voice.0.is_empty() => {
                self.enrol(person, voice, seconds)
            }
            _ => Err(Error::InvalidOption {
                option: "speaker",
                expected: "one who has a voice and is heard alone".into(),
                got: speaker.to_string(),
            }),
        }
    }
}

/// Seconds in which this speaker speaks and nobody else does.
fn alone(found: &Diarization, speaker: SpeakerId) -> f64 {
    let of = |own: bool| -> Vec<TimeSpan> {
        let turns = found.turns.iter();
        let spans: Vec<TimeSpan> = turns
            .filter(|turn| (turn.speaker == speaker) == own)
            .map(|turn| turn.span)
            .collect();
        merge_spans(&spans, 0.0)
    };
    let own = of(true);
    let spoken: f64 = own.iter().map(TimeSpan::duration).sum();
    spoken - shared_seconds(&own, &of(false))
}

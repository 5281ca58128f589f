//! The words all stages share.

mod device;
mod engine;
mod language;
mod minutes;
mod report;
mod span;
mod speaker;
mod suggestion;
mod transcript;
mod utterance;

pub use device::Device;
pub use engine::{Engine, ModelInUse};
pub use language::Language;
pub use minutes::{ActionItem, AgendaItem, Decision, Evidence, Minutes, Owner, Question};
pub use report::{Coverage, MeetingReport, MeetingTranscript, RESULT_SCHEMA};
pub(crate) use span::shared_seconds;
pub use span::{TimeSpan, covered, merge_spans};
pub use speaker::{Diarization, Embedding, Speaker, SpeakerId, SpeakerTurn};
pub use suggestion::{LikelyPerson, PersonId, SpeakerSuggestion, UnknownVoice};
pub use transcript::{
    Correction, RemovalReason, RemovedText, Segment, SpeechRegion, Transcript, Word,
};
pub use utterance::{Utterance, UtteranceId};

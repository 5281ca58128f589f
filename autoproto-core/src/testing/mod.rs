//! What the tests of engines and of their hosts need: scripted engines, and the contract that every engine passes.
//!
//! **The author of an engine** runs its contract in a test of the engine's own crate, with this crate's feature
//! `testing` among the dev-dependencies. A suite panics with a sentence that names the engine and what it broke:
//!
//! ```
//! use autoproto_core::testing::{ScriptedDiarizer, diarizer_contract};
//!
//! // In a real test: the engine itself, and `Some(Sound::new(audio))`, a few seconds in which two people speak.
//! let mut engine = ScriptedDiarizer::new([]);
//! diarizer_contract(&mut engine, None);
//! ```
//!
//! **The author of a host** puts scripted engines into a pipeline: they answer what they were told, fail, panic or wait
//! to be cancelled on demand, and note each call in a [`Journal`]:
//!
//! ```
//! use autoproto_core::testing::{Behaviour, Journal, ScriptedDiarizer, ScriptedTranscriber, ScriptedVad, word};
//! use autoproto_core::{AudioView, CancelToken, Pipeline, Progress, SpeakerId, SpeakerTurn, Stage, TimeSpan};
//!
//! let journal = Journal::default();
//! let second = TimeSpan::new(0.0, 1.0);
//! let mut pipeline = Pipeline::builder()
//!     .vad(ScriptedVad::new([second]).noting(&journal))
//!     .diarizer(ScriptedDiarizer::new([SpeakerTurn { span: second, speaker: SpeakerId(0) }]).noting(&journal))
//!     .transcriber(ScriptedTranscriber::new([word(0.2, "Agreed.")]).next(Behaviour::Fail("no memory".into())).noting(&journal))
//!     .build()?;
//! let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
//! let audio = [0.0; 16_000];
//!
//! let error = pipeline.run_audio(AudioView::new(&audio), &cancel, &sink).unwrap_err();
//! assert_eq!(error.code(), "backend");
//! let transcript = pipeline.run_audio(AudioView::new(&audio), &cancel, &sink)?;
//! assert_eq!(transcript.utterances[0].text, "Agreed.");
//! assert_eq!(journal.count(Stage::Transcribe), 2);
//! # Ok::<(), autoproto_core::Error>(())
//! ```

mod contract;
mod scripted;

#[cfg(feature = "onnx")]
#[doc(hidden)]
pub use crate::diarize::clustered::{ClusterRun, cluster_vectors};
pub use contract::{
    Sound, diarizer_contract, summarizer_contract, transcriber_contract, vad_contract,
};
pub use scripted::{
    Behaviour, Call, Journal, ScriptedDiarizer, ScriptedSummarizer, ScriptedTranscriber,
    ScriptedVad, word,
};

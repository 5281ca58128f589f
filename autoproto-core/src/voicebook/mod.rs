//! People known by their voices: enrolled when asked, recognised in later recordings, forgotten when asked.
//!
//! **A voice print is biometric data.** Nothing here enrols anyone by itself: a [`VoiceBook`] holds those for whom
//! [`enrol`](VoiceBook::enrol) was called, and a pipeline reads one only where it was
//! [given](crate::PipelineBuilder::voice_book) it. Whoever calls it answers for the consent of the person enrolled. [`delete`](VoiceBook::delete) takes away all that the book holds of a
//! person; the file forgets them when the book is [saved](VoiceBook::save), copies made elsewhere do not.
//!
//! ```
//! use autoproto_core::voicebook::{Outcome, VoiceBook, VoiceModel};
//! use autoproto_core::{Diarization, Embedding, Speaker, SpeakerId};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("voices.json");
//! // Embeddings of a real model have some hundred numbers; these have three.
//! let voice = |v: [f32; 3]| Embedding(v.to_vec());
//! let model = VoiceModel::new("example", 3, &"0".repeat(64), "none")?;
//!
//! let mut book = VoiceBook::new(model.clone());
//! let maria = book.add("Maria")?;
//! book.enrol(maria, &voice([1.0, 0.1, 0.0]), 42.0)?;
//! book.save(&path)?;
//!
//! // Another day: the book is opened for the model that made the voices, and asked about the speakers found.
//! let book = VoiceBook::open(&path, &model)?;
//! let found = Diarization::from_turns(Vec::new())
//!     .with_voices(vec![voice([0.0, 0.0, 1.0]), voice([1.0, 0.2, 0.0])]);
//! let suggestions = book.suggest(&found);
//! assert_eq!(suggestions[1].person(), Some(maria));
//! assert!(matches!(suggestions[0].outcome, Outcome::Unknown(_)));
//!
//! // Only once someone has agreed are names laid over the speakers; the ids stay.
//! let mut speakers = vec![Speaker { id: SpeakerId(1), name: None }];
//! book.lay_names(&suggestions, &mut speakers);
//! assert_eq!((speakers[0].id, speakers[0].name.as_deref()), (SpeakerId(1), Some("Maria")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How a voice is recognised
//!
//! Voices compare only within one embedding model and front end, so a book is bound to one ([`VoiceModel`]: id, dimension,
//! SHA-256 of its file, and what that is given), and a file of another is refused.
//!
//! A person has up to [`MOST_PROTOTYPES`] prototypes, since a voice differs from room to room. Beyond that the two
//! nearest become one, weighted by their seconds of speech; the mean over all of them does not change by that. A
//! voice's cosine to a person is the best one to any prototype or to that mean.
//!
//! A logistic [`Curve`] makes a probability of the cosine. Its midpoint is the model's, or, in a book of ten people or
//! more, the one that the cosines to all but the two nearest suggest (their mean and [`COHORT_SPREAD`] standard
//! deviations), whichever is higher: where a bad line makes everybody near, that raises the bar, as T-normalisation
//! does (Auckenthaler, Carey and Lloyd-Thomas, "Score normalization for text-independent speaker verification systems",
//! 2000); it never lowers it. Below [`threshold`](IdentifyOptions::threshold), and within
//! [`margin`](IdentifyOptions::margin) of the second-best, the voice is unknown, with those it is near to as
//! alternatives.

mod book;
mod encoder;
mod file;
mod identify;
mod model;
mod person;
mod score;
mod suggest;
#[cfg(test)]
mod tests;

pub use book::{MOST_PEOPLE, VoiceBook};
pub use encoder::{VoiceEncoder, Voiceprint};
pub use identify::{Candidate, Identification, IdentifyOptions, Outcome};
pub use model::{MOST_DIMENSIONS, VoiceModel};
pub use person::{MOST_PROTOTYPES, Person, Prototype};
pub use score::{COHORT_SPREAD, Curve, SMALLEST_COHORT, Score};
pub use suggest::Suggestion;

pub use crate::types::{PersonId, UnknownVoice as Unknown};

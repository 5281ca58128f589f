//! Recognisers of the Conformer family over ONNX Runtime: GigaAM with a CTC head or a transducer, Parakeet with a transducer
//! that knows durations.
//!
//! Sound goes through log-mel features ([`mel`]) and the encoder, several windows at once; tokens are taken from its frames
//! greedily ([`ctc`], [`transducer`]) and joined to words by their frames ([`words`]).
//!
//! Neither family's own weights have been run here: the features are held against the references' (onnx-asr, torchaudio),
//! the searches against scores of known answers, and the whole against small models of the same tensors that hear tones.

mod ctc;
mod cut;
mod language;
mod mel;
mod network;
mod predictor;
mod token;
mod transducer;
mod vocabulary;
mod words;

use self::cut::{cut, cut_again};
use self::network::Network;
use self::words::{Clock, words_of};
use super::coverage::{HOLE, holes};
use super::{TranscribeOptions, Transcriber};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::{ConformerModels, ConformerSignature};
use crate::onnx::OnnxRuntime;
use crate::types::{Language, ModelInUse, Segment, SpeechRegion, TimeSpan, Transcript, Word};

/// Windows at once on a graphics card. A processor hears them one by one: it is busy with one, and can stop after it.
const BATCH: usize = 16;
/// Less than this is filled up with silence, in samples.
const SHORTEST: usize = SAMPLE_RATE as usize / 5;

/// A recogniser with a Conformer as its encoder: GigaAM (<https://github.com/salute-developers/GigaAM>) or Parakeet
/// (<https://huggingface.co/nvidia/parakeet-tdt-0.6b-v3>), as onnx-asr's author publishes them in ONNX.
///
/// Each frame it hears has a place in time, so words have theirs without more ado; and it says nothing in silence, since it
/// has no text to go on with. GigaAM understands Russian alone and writes terms of other languages in its letters; Parakeet
/// understands 25 languages and can't be told which: a language in the options is taken as said.
///
/// **Not proven on real weights**: they could not be had where this was built. What was checked is in the module's tests.
///
/// ```no_run
/// use autoproto_core::models::{ConformerModels, ConformerSignature};
/// use autoproto_core::onnx::OnnxRuntime;
/// use autoproto_core::transcribe::ConformerTranscriber;
///
/// let signature = ConformerSignature::gigaam_v3_e2e_rnnt();
/// let models = ConformerModels::open("gigaam-v3".as_ref(), signature)?;
/// let gigaam = ConformerTranscriber::load(&models, &OnnxRuntime::default())?;
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct ConformerTranscriber {
    id: &'static str,
    network: Network,
    batch: Option<usize>,
}

impl ConformerTranscriber {
    /// Loads a recogniser onto the runtime's device. Under [`Device::Auto`](crate::Device::Auto) a transducer's second network
    /// stays on the processor: its steps are too small to send elsewhere.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`] without ONNX Runtime; [`Error::DeviceUnavailable`] for a device that is named and not there;
    /// [`Error::ModelDamaged`] for a vocabulary that can't be read and a model without the tensors of its signature;
    /// [`Error::Backend`] if ONNX Runtime refuses a model.
    pub fn load(models: &ConformerModels, runtime: &OnnxRuntime) -> Result<Self> {
        let id = match models.signature() {
            ConformerSignature::Ctc(_) => "conformer-ctc",
            ConformerSignature::Rnnt(_) => "conformer-rnnt",
            ConformerSignature::Tdt(_) => "conformer-tdt",
        };
        Ok(Self {
            id,
            network: Network::load(models, runtime, id)?,
            batch: None,
        })
    }

    /// Windows at once; at least 1. Default: 1 on a processor, 16 on a graphics card.
    pub fn with_batch(mut self, windows: usize) -> Self {
        self.batch = Some(windows.max(1));
        self
    }

    /// What the options ask for, if the model understands it.
    fn language(&self, options: &TranscribeOptions) -> Result<Option<Language>> {
        let known = &self.network.signature().languages;
        match options.language() {
            Some(language) if !known.is_empty() && !known.contains(&language) => {
                let codes: Vec<&str> = known.iter().map(Language::code).collect();
                // Words of a language that the model never heard would be invented ones.
                Err(Error::InvalidOption {
                    option: "language",
                    expected: format!("one that `{}` understands: {}", self.id, codes.join(", ")),
                    got: format!("`{language}`"),
                })
            }
            Some(language) => Ok(Some(language)),
            None => Ok(known.first().copied().filter(|_| known.len() == 1)),
        }
    }

    /// The words of each window.
    fn hear(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        windows: &[TimeSpan],
        cancel: &CancelToken,
    ) -> Result<Vec<Vec<Word>>> {
        let sounds: Vec<Vec<f32>> = windows
            .iter()
            .map(|window| {
                let mut sound = audio.slice(*window).to_vec();
                sound.resize(sound.len().max(SHORTEST), 0.0);
                sound
            })
            .collect();
        let tokens = self.network.hear(&sounds, cancel)?;
        let frame = self.network.signature().frame();
        let vocabulary = self.network.vocabulary();
        let words = windows.iter().zip(&tokens).map(|(heard, tokens)| {
            let clock = Clock {
                heard: *heard,
                frame,
            };
            words_of(tokens, vocabulary, clock, speech)
        });
        Ok(words.collect())
    }

    /// Listens once more to what `window` left without words; what still has none is the answer.
    fn hear_again(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        window: TimeSpan,
        words: &mut Vec<Word>,
        batch: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<TimeSpan>> {
        let longest = self.network.signature().window;
        for hole in holes(window, speech, words, HOLE) {
            let mut found = Vec::new();
            for pieces in cut_again(audio, hole, longest).chunks(batch) {
                cancel.check()?;
                found.extend(self.hear(audio, speech, pieces, cancel)?.concat());
            }
            super::fill::fill(words, found, hole);
        }
        Ok(holes(window, speech, words, HOLE))
    }
}

impl Transcriber for ConformerTranscriber {
    fn id(&self) -> &'static str {
        self.id
    }

    fn models(&self) -> Vec<ModelInUse> {
        self.network.in_use()
    }

    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        ctx.tick(Stage::Transcribe, 0.0)?;
        let told = self.language(options)?;
        let windows = cut(audio, speech, self.network.signature().window);
        let total: f64 = windows.iter().map(TimeSpan::duration).sum();
        let (mut done, mut at) = (0.0, 0);
        let (mut segments, mut uncovered) = (Vec::new(), Vec::new());
        while at < windows.len() {
            // The device is settled by the first run only.
            let device = self.network.device();
            let batch = self.batch.unwrap_or_else(|| device.batch(1, BATCH));
            let now = windows
                .get(at..windows.len().min(at + batch))
                .unwrap_or_default();
            at += now.len();
            let heard = self.hear(audio, speech, now, ctx.cancel())?;
            for (window, mut words) in now.iter().zip(heard) {
                let left =
                    self.hear_again(audio, speech, *window, &mut words, batch, ctx.cancel())?;
                uncovered.extend(left);
                segments.extend(Segment::from_words(words));
                done += window.duration();
                ctx.tick(Stage::Transcribe, done / total)?;
            }
        }
        let words = segments.iter().flat_map(|segment| &segment.words);
        let language = told.or_else(|| language::of(words, &self.network.signature().languages));
        let heard = language.filter(|_| !segments.is_empty());
        Ok(Transcript::new(heard, segments, uncovered))
    }
}

//! Choosing engines and options; checked once, before anything runs.

use std::path::{Path, PathBuf};

use super::defaults::{self, Surroundings};
use super::voice_book::{KnownVoices, bind};
use super::{Options, Pipeline};
use crate::attribute::AttributeOptions;
use crate::diarize::{Accuracy, DiarizeOptions, Diarizer, SpeakerCount};
use crate::error::{Error, Result};
use crate::media::MediaOptions;
use crate::models::ModelStore;
use crate::summarize::Summarizer;
use crate::transcribe::{TranscribeOptions, Transcriber};
use crate::types::{Device, Language};
use crate::vad::{VadOptions, VoiceActivityDetector};
use crate::voicebook::{IdentifyOptions, VoiceBook};

/// Stands where a summarizer would: a pipeline with it makes transcripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoSummarizer;

/// What engines are to be loaded with.
#[derive(Default)]
struct Setup {
    models: Option<PathBuf>,
    onnx_library: Option<PathBuf>,
    device: Device,
    threads: Option<usize>,
    accuracy: Accuracy,
}

type Load<E> = Box<dyn FnOnce(&Surroundings) -> Result<E> + Send>;

/// Makes a [`Pipeline`].
///
/// ```no_run
/// use autoproto_core::{Language, Pipeline, SpeakerCount, summarize::ExtractiveSummarizer};
///
/// let pipeline = Pipeline::builder()
///     .language(Language::RUSSIAN)
///     .speakers(SpeakerCount::between(2, 6)?)
///     .summarizer(ExtractiveSummarizer::default())
///     .build()?;
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct PipelineBuilder<D = Box<dyn Diarizer>, T = Box<dyn Transcriber>, S = NoSummarizer> {
    setup: Setup,
    vad: Load<Box<dyn VoiceActivityDetector>>,
    diarizer: Load<D>,
    transcriber: Load<T>,
    summarizer: S,
    options: Options,
}

impl Default for PipelineBuilder {
    fn default() -> Self {
        Self {
            setup: Setup::default(),
            vad: Box::new(defaults::vad),
            diarizer: Box::new(|around| defaults::diarizer(around, defaults::DIARIZER)),
            transcriber: Box::new(|around| defaults::transcriber(around, defaults::TRANSCRIBER)),
            summarizer: NoSummarizer,
            options: Options::default(),
        }
    }
}

impl<T, S> PipelineBuilder<Box<dyn Diarizer>, T, S> {
    /// The diarization models: an id of `models::diarizers`, or a folder with models of the caller's own.
    ///
    /// Default: the bundled one, `"powerset-ge2e"`.
    pub fn diarizer_model(mut self, id_or_folder: impl Into<String>) -> Self {
        let wanted = id_or_folder.into();
        self.diarizer = Box::new(move |around| defaults::diarizer(around, &wanted));
        self
    }
}

impl<D, S> PipelineBuilder<D, Box<dyn Transcriber>, S> {
    /// The speech recognition model: an id of the [`catalog`](crate::models::catalog()), or a file of the caller's own.
    ///
    /// Default: `"whisper-base-q8_0"`.
    pub fn transcriber_model(mut self, id_or_path: impl Into<String>) -> Self {
        let wanted = id_or_path.into();
        self.transcriber = Box::new(move |around| defaults::transcriber(around, &wanted));
        self
    }
}

impl<D, T, S> PipelineBuilder<D, T, S> {
    /// A folder to look for models in, in place of the program's own. Default: see [`ModelStore::standard`].
    pub fn models(mut self, folder: impl AsRef<Path>) -> Self {
        self.setup.models = Some(folder.as_ref().to_owned());
        self
    }

    /// The ONNX Runtime library to load. Default: looked for.
    pub fn onnx_library(mut self, path: impl AsRef<Path>) -> Self {
        self.setup.onnx_library = Some(path.as_ref().to_owned());
        self
    }

    /// What the ONNX models run on: voice activity and diarization. A named device is taken, or
    /// [`build`](Self::build) fails; only where it works but refuses the small model of voice activity is that left to the
    /// processor. What was taken stands in the result's `engines`. Default: [`Device::Auto`].
    pub fn device(mut self, device: Device) -> Self {
        self.setup.device = device;
        self
    }

    /// Threads that engines may use, 1 to 256; no more than there are cores are used. Default: one for each core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.setup.threads = Some(threads);
        self
    }

    /// How much is done for the last tenths of a percent of who speaks when. Default: [`Accuracy::Exact`].
    pub fn accuracy(mut self, accuracy: Accuracy) -> Self {
        self.setup.accuracy = accuracy;
        self
    }

    /// How to listen: languages, a glossary, beams. Default: [`TranscribeOptions::default`].
    pub fn transcribe_options(mut self, options: TranscribeOptions) -> Self {
        self.options.transcribe = options;
        self
    }

    /// The language spoken; `None` detects it. Default: `None`. One of several: [`Self::transcribe_options`].
    pub fn language(mut self, language: impl Into<Option<Language>>) -> Self {
        self.options.transcribe.spoken = language.into().into();
        self
    }

    /// How many speakers there are. Default: any number.
    pub fn speakers(mut self, count: SpeakerCount) -> Self {
        self.options.diarize.speakers = count;
        self
    }

    /// How probabilities of speech become regions.
    pub fn vad_options(mut self, options: VadOptions) -> Self {
        self.options.vad = options;
        self
    }

    /// How voices are told apart; in place of [`speakers`](Self::speakers).
    pub fn diarize_options(mut self, options: DiarizeOptions) -> Self {
        self.options.diarize = options;
        self
    }

    /// How words become utterances.
    pub fn attribute_options(mut self, options: AttributeOptions) -> Self {
        self.options.attribute = options;
        self
    }

    /// How recordings are read.
    pub fn media(mut self, options: MediaOptions) -> Self {
        self.options.media = options;
        self
    }

    /// Asks this book who the speakers might be: the result then has
    /// [`suggestions`](crate::MeetingTranscript::suggestions), and no name is changed by it. Default: no book.
    ///
    /// [`build`](Self::build) refuses a book of another model than the diarizer's; a diarizer of the caller's own that has no
    /// [`voice_encoder`](Diarizer::voice_encoder) gets no suggestions, which a warning of the result says.
    pub fn voice_book(self, book: VoiceBook) -> Self {
        self.voice_book_with(book, IdentifyOptions::default())
    }

    /// As [`voice_book`](Self::voice_book), with another certainty.
    pub fn voice_book_with(mut self, book: VoiceBook, options: IdentifyOptions) -> Self {
        self.options.voices = Some(KnownVoices { book, options });
        self
    }

    /// A voice activity detector of the caller's own.
    pub fn vad(mut self, vad: impl VoiceActivityDetector + 'static) -> Self {
        self.vad = Box::new(move |_| Ok(Box::new(vad)));
        self
    }

    /// A diarizer of the caller's own.
    pub fn diarizer<D2: Diarizer + 'static>(self, diarizer: D2) -> PipelineBuilder<D2, T, S> {
        let Self {
            setup,
            vad,
            diarizer: _,
            transcriber,
            summarizer,
            options,
        } = self;
        PipelineBuilder {
            setup,
            vad,
            diarizer: Box::new(move |_| Ok(diarizer)),
            transcriber,
            summarizer,
            options,
        }
    }

    /// A transcriber of the caller's own.
    pub fn transcriber<T2: Transcriber + 'static>(
        self,
        transcriber: T2,
    ) -> PipelineBuilder<D, T2, S> {
        let Self {
            setup,
            vad,
            diarizer,
            transcriber: _,
            summarizer,
            options,
        } = self;
        PipelineBuilder {
            setup,
            vad,
            diarizer,
            transcriber: Box::new(move |_| Ok(transcriber)),
            summarizer,
            options,
        }
    }

    /// Who makes the minutes.
    pub fn summarizer<S2: Summarizer>(self, summarizer: S2) -> PipelineBuilder<D, T, S2> {
        let Self {
            setup,
            vad,
            diarizer,
            transcriber,
            summarizer: _,
            options,
        } = self;
        PipelineBuilder {
            setup,
            vad,
            diarizer,
            transcriber,
            summarizer,
            options,
        }
    }

    /// Checks the options and loads the engines.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an option out of range; [`Error::ModelMissing`], [`Error::ModelDamaged`] or
    /// [`Error::LibraryMissing`] for what an engine lacks; [`Error::DeviceUnavailable`] for a device that was named and is not there;
    /// [`Error::NotBuilt`] for an engine that this build is without.
    pub fn build(self) -> Result<Pipeline<D, T, S>>
    where
        D: Diarizer,
    {
        let around = self.setup.surroundings()?;
        let vad = (self.vad)(&around)?;
        let mut diarizer = (self.diarizer)(&around)?;
        let mut options = self.options;
        bind(&mut options, &mut diarizer)?;
        Ok(Pipeline {
            vad,
            diarizer,
            transcriber: (self.transcriber)(&around)?,
            summarizer: self.summarizer,
            options,
        })
    }

    /// Only the engines that tell who speaks when.
    pub(super) fn load_diarization(self) -> Result<(Box<dyn VoiceActivityDetector>, D, Options)>
    where
        D: Diarizer,
    {
        let around = self.setup.surroundings()?;
        let vad = (self.vad)(&around)?;
        let mut diarizer = (self.diarizer)(&around)?;
        let mut options = self.options;
        bind(&mut options, &mut diarizer)?;
        Ok((vad, diarizer, options))
    }
}

impl Setup {
    fn surroundings(self) -> Result<Surroundings> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = match self.threads {
            Some(threads) if !(1..=256).contains(&threads) => {
                let expected = "a number from 1 to 256".into();
                return Err(Error::InvalidOption {
                    option: "threads",
                    expected,
                    got: threads.to_string(),
                });
            }
            // More threads than cores only wait for each other, and whisper.cpp's do so at full speed.
            Some(threads) => threads.min(cores),
            None => cores,
        };
        Ok(Surroundings {
            store: ModelStore::standard(self.models.as_deref()),
            onnx_library: self.onnx_library,
            device: self.device,
            threads,
            accuracy: self.accuracy,
        })
    }
}

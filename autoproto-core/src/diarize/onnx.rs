//! The diarizer over ONNX models.

use super::clustering::plda::Plda;
use super::embedding::Embedder;
use super::segmentation::Segmenter;
use super::voiceprint::name_of;
use super::{Accuracy, DiarizeOptions, Diarizer, pieces, windows};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::{CheckedModel, DiarizerModels, FrontEnd, Pooling, Recipe, onnx_graph};
use crate::onnx::{OnnxLibrary, OnnxRuntime, OnnxSession};
use crate::types::{Device, Diarization, ModelInUse, SpeechRegion};
use crate::voicebook::VoiceEncoder;

/// Windows and pieces a run of a model, on a processor and on a graphics card.
const SEGMENTATION_BATCH: (usize, usize) = (4, 32);
const EMBEDDING_BATCH: (usize, usize) = (16, 64);

/// A segmentation and an embedding model, and one of the [recipes](Recipe) to put voices together by.
///
/// [`prepare`](OnnxDiarizer::prepare) runs the models; [`cluster`](OnnxDiarizer::cluster) runs none, and can be called
/// again with another number of speakers or another threshold.
///
/// ```no_run
/// use autoproto_core::diarize::{Accuracy, OnnxDiarizer};
/// use autoproto_core::models::{DiarizerModels, ModelStore};
/// use autoproto_core::onnx::OnnxLibrary;
///
/// let models = DiarizerModels::open("powerset-ge2e", &ModelStore::standard(None))?;
/// let diarizer = OnnxDiarizer::load(&models, &OnnxLibrary::default(), 2)?.with_accuracy(Accuracy::Fast);
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct OnnxDiarizer {
    segmenter: Segmenter,
    pub(super) embedder: Embedder,
    /// The file of the embedding model: what people call it, and its SHA-256.
    pub(super) embedding_file: (String, String),
    /// The end of the embedding network, where it can be run apart from its trunk.
    pub(super) pooling: Option<Pooling>,
    plda: Option<Plda>,
    recipe: Recipe,
    accuracy: Accuracy,
    threads: usize,
}

/// Everything of a recording that needed a model, and how its voices lie to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Pieces(pieces::Prepared),
    Windows(windows::Prepared),
}

impl OnnxDiarizer {
    /// Loads the models, to run on `threads` threads of the processor.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`] without ONNX Runtime; [`Error::Backend`] if that refuses a model, or a model lacks the
    /// tensors its row names; [`Error::ModelDamaged`] for a PLDA that is none, or doesn't fit the embedding.
    pub fn load(models: &DiarizerModels, library: &OnnxLibrary, threads: usize) -> Result<Self> {
        let runtime = OnnxRuntime::new(library.clone())
            .with_device(Device::Cpu)
            .with_threads(threads);
        Self::load_on(models, &runtime)
    }

    /// Loads the models, to run on a device.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`Error::DeviceUnavailable`] for a device that is named and not there, or that refuses a
    /// model.
    pub fn load_on(models: &DiarizerModels, runtime: &OnnxRuntime) -> Result<Self> {
        let (segmentation, s) = &models.segmentation;
        let (embedding, e) = &models.embedding;
        let load = |model: &CheckedModel, input: &str, output: &str| -> Result<OnnxSession> {
            let session = OnnxSession::load(model, runtime, Stage::Diarize, "onnx")?;
            let (inputs, outputs) = session.names();
            if !inputs.iter().any(|name| name == input)
                || !outputs.iter().any(|name| name == output)
            {
                let reason = format!(
                    "{} has no `{input}` and `{output}`, but {inputs:?} and {outputs:?}",
                    model.path().display()
                );
                return Err(Error::backend(Stage::Diarize, "onnx", reason));
            }
            Ok(session)
        };
        let windowed = !matches!(models.recipe, Recipe::Pieces { .. });
        let pooling = match e.front_end {
            FrontEnd::Fbank(_) if windowed => onnx_graph::pooling(embedding.bytes(), &e.output),
            _ => None,
        };
        let embedder = |session: OnnxSession| {
            let pieces = session.device().batch(EMBEDDING_BATCH.0, EMBEDDING_BATCH.1);
            Embedder::new(session, e.clone(), pieces)
        };
        let mut apart = None;
        if let Some(pooling) = pooling {
            let model = embedding.with_output(&pooling.trunk)?;
            let mut whole = embedder(load(&model, &e.input, &pooling.trunk)?);
            // Another network may end in layers that only look alike.
            if windows::pools(&mut whole, &pooling) {
                apart = Some((whole, pooling));
            }
        }
        let (embedder, pooling) = match apart {
            Some((embedder, pooling)) => (embedder, Some(pooling)),
            None => (embedder(load(embedding, &e.input, &e.output)?), None),
        };
        let plda = match (&models.recipe, &models.plda) {
            (Recipe::Vbx { .. }, Some([transform, model])) => Some(Plda::read(
                (transform.path(), transform.bytes()),
                (model.path(), model.bytes()),
            )?),
            _ => None,
        };
        let segmentation_session = load(segmentation, &s.input, &s.output)?;
        let batch = |session: &OnnxSession, (cpu, gpu)| session.device().batch(cpu, gpu);
        let windows = batch(&segmentation_session, SEGMENTATION_BATCH);
        Ok(Self {
            segmenter: Segmenter::new(segmentation_session, s.clone(), windows),
            embedding_file: (name_of(embedding), embedding.sha256().to_owned()),
            embedder,
            pooling,
            plda,
            recipe: models.recipe.clone(),
            accuracy: Accuracy::default(),
            threads: match runtime.threads {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                threads => threads,
            },
        })
    }

    /// With another accuracy than [`Accuracy::Exact`].
    pub fn with_accuracy(mut self, accuracy: Accuracy) -> Self {
        self.accuracy = accuracy;
        self
    }

    /// Runs the models over the recording.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Backend`].
    pub fn prepare(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        ctx: &Context<'_>,
    ) -> Result<Prepared> {
        let (segmenter, embedder) = (&mut self.segmenter, &mut self.embedder);
        Ok(Prepared(match self.recipe {
            Recipe::Pieces { .. } => Kind::Pieces(pieces::prepare(
                segmenter,
                embedder,
                self.accuracy,
                audio,
                speech,
                ctx,
            )?),
            _ => Kind::Windows(windows::prepare(
                windows::Models {
                    segmenter,
                    embedder,
                    pooling: self.pooling.as_ref(),
                    threads: self.threads,
                },
                self.accuracy,
                audio,
                speech,
                ctx,
            )?),
        }))
    }

    /// Tells the voices apart; runs no model.
    ///
    /// # Errors
    /// [`Error::Cancelled`]: with hours of sound and many voices the recipe `Vbx` takes seconds.
    pub fn cluster(
        &self,
        prepared: &Prepared,
        options: &DiarizeOptions,
        ctx: &Context<'_>,
    ) -> Result<Diarization> {
        let threshold = options.threshold.unwrap_or(self.recipe.threshold());
        match &prepared.0 {
            Kind::Pieces(prepared) => pieces::cluster(prepared, threshold, options, ctx),
            Kind::Windows(prepared) => windows::cluster(
                prepared,
                windows::Rules {
                    recipe: &self.recipe,
                    plda: self.plda.as_ref(),
                    threshold,
                    speakers: options.speakers,
                    threads: self.threads,
                },
                ctx,
            ),
        }
    }
}

impl Diarizer for OnnxDiarizer {
    fn id(&self) -> &'static str {
        "onnx"
    }

    fn models(&self) -> Vec<ModelInUse> {
        vec![self.segmenter.in_use(), self.embedder.in_use()]
    }

    fn diarize(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &DiarizeOptions,
        ctx: &Context<'_>,
    ) -> Result<Diarization> {
        let prepared = self.prepare(audio, speech, ctx)?;
        ctx.tick(Stage::Diarize, 1.0)?;
        self.cluster(&prepared, options, ctx)
    }

    fn voice_encoder(&mut self) -> Option<&mut dyn VoiceEncoder> {
        Some(self)
    }
}

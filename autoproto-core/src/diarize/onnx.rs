//! The diarizer over ONNX models.

use super::cluster::{Pieces, speakers};
use super::embedding::{Sound, embed};
use super::reconstruct::turns;
use super::resegment::resegment;
use super::second_voice::second_voices;
use super::segmentation::{Segmentation, segment};
use super::spans::{Span, regions, spans};
use super::{DiarizeOptions, Diarizer};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::{DiarizerModels, EmbeddingSignature, SegmentationSignature};
use crate::onnx::{OnnxLibrary, OnnxSession};
use crate::types::{Diarization, Embedding, SpeechRegion};

/// The share of the stage that segmentation takes.
const SEGMENTATION: f64 = 0.3;

/// Windowed powerset segmentation, embeddings of short pieces of speech, agglomerative clustering, and a path through the
/// similarities; with a second speaker where two speak at once.
///
/// [`prepare`](OnnxDiarizer::prepare) runs the models; [`cluster`](OnnxDiarizer::cluster) takes milliseconds and can be
/// called again with another number of speakers.
///
/// ```no_run
/// use autoproto_core::diarize::OnnxDiarizer;
/// use autoproto_core::models::{DiarizerModels, ModelStore};
/// use autoproto_core::onnx::OnnxLibrary;
///
/// let models = DiarizerModels::open("powerset-ge2e", &ModelStore::standard(None))?;
/// let diarizer = OnnxDiarizer::load(&models, &OnnxLibrary::default(), 2)?;
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct OnnxDiarizer {
    segmentation: (OnnxSession, SegmentationSignature),
    embedding: (OnnxSession, EmbeddingSignature),
}

/// Everything of a recording that needed a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    segmentation: Segmentation,
    /// Whether each frame is speech.
    speech: Vec<bool>,
    spans: Vec<Span>,
    voices: Vec<Embedding>,
    duration: f64,
}

impl OnnxDiarizer {
    /// Loads both models, to run on `threads` threads.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`] without ONNX Runtime; [`Error::Backend`] if that refuses a model, or a model lacks the
    /// tensors its row names.
    pub fn load(models: &DiarizerModels, library: &OnnxLibrary, threads: usize) -> Result<Self> {
        let (segmentation, s) = &models.segmentation;
        let (embedding, e) = &models.embedding;
        let load = |model, input: &str, output: &str| -> Result<OnnxSession> {
            let session = OnnxSession::load(model, library, Stage::Diarize, "onnx", threads)?;
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
        Ok(Self {
            segmentation: (load(segmentation, &s.input, &s.output)?, s.clone()),
            embedding: (load(embedding, &e.input, &e.output)?, e.clone()),
        })
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
        let (session, signature) = &mut self.segmentation;
        let segmentation = segment(session, signature, audio, speech, SEGMENTATION, ctx)?;
        let grid = segmentation.grid;
        let regions = regions(&segmentation.speech, grid);
        let (session, signature) = &mut self.embedding;
        let spans = spans(
            &regions,
            grid.frames(signature.span),
            grid.frames(signature.hop),
        );
        let sound = Sound {
            audio,
            grid,
            overlap: &segmentation.overlap,
        };
        let voices = embed(session, signature, sound, &spans, SEGMENTATION, ctx)?;
        let mut speech = vec![false; segmentation.speech.len()];
        for (start, end) in regions {
            speech[start..end].fill(true);
        }
        Ok(Prepared {
            segmentation,
            speech,
            spans,
            voices,
            duration: audio.duration(),
        })
    }

    /// Tells the voices apart; runs no model.
    pub fn cluster(&self, prepared: &Prepared, options: &DiarizeOptions) -> Diarization {
        let Prepared {
            segmentation,
            speech,
            spans,
            voices,
            duration,
        } = prepared;
        let grid = segmentation.grid;
        let signature = &self.embedding.1;
        let pieces = Pieces {
            spans,
            voices,
            overlap: &segmentation.overlap,
            grid,
            whole: grid.frames(signature.span),
        };
        let groups = speakers(
            &pieces,
            options.speakers,
            options.threshold.unwrap_or(signature.threshold),
        );
        if groups.is_empty() {
            return Diarization::default();
        }
        let (mut path, means) = resegment(spans, voices, &groups, speech, grid.length());
        if options.speakers.min() > 1 {
            keep_everyone(&mut path, speech, &groups, spans, voices, &means);
        }
        let second = second_voices(segmentation, &path, speech, groups.len());
        let turns = turns(&path, &second, speech, groups.len(), grid, *duration);
        let mut voices = vec![Embedding(Vec::new()); turns.names.iter().flatten().count()];
        for (mean, name) in means.into_iter().zip(&turns.names) {
            if let Some(slot) = name.and_then(|id| voices.get_mut(id.0 as usize)) {
                *slot = mean;
            }
        }
        Diarization::from_turns(turns.all)
            .with_exclusive(turns.exclusive)
            .with_voices(voices)
    }
}

/// A speaker that was asked for is not lost to smoothing: it is given the piece that is most its own.
fn keep_everyone(
    path: &mut [usize],
    speech: &[bool],
    groups: &[Vec<usize>],
    spans: &[Span],
    voices: &[Embedding],
    means: &[Embedding],
) {
    for (speaker, group) in groups.iter().enumerate() {
        if path.iter().zip(speech).any(|(p, s)| *s && *p == speaker) {
            continue;
        }
        let own = |i: usize| {
            let others: f32 = means.iter().map(|m| m.similarity(&voices[i])).sum();
            2.0 * means[speaker].similarity(&voices[i]) - others
        };
        if let Some(&piece) = group.iter().max_by(|a, b| own(**a).total_cmp(&own(**b))) {
            let end = spans[piece].end.min(path.len());
            path[spans[piece].start.min(end)..end].fill(speaker);
        }
    }
}

impl Diarizer for OnnxDiarizer {
    fn id(&self) -> &'static str {
        "onnx"
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
        Ok(self.cluster(&prepared, options))
    }
}

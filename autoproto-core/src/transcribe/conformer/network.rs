//! The models behind a recogniser: features in, tokens out.

use super::ctc;
use super::mel::LogMel;
use super::predictor::{self, TokenNetwork};
use super::token::Token;
use super::transducer::{self, Rules};
use super::vocabulary::Vocabulary;
use crate::cancel::CancelToken;
use crate::error::{Error, Result, Stage};
use crate::models::{CheckedModel, ConformerModels, ConformerSignature, EncoderSignature};
use crate::onnx::{OnnxRuntime, OnnxSession, Tensor};
use crate::types::{Device, ModelInUse};

/// The encoder and what takes tokens from its frames.
pub(super) struct Network {
    backend: &'static str,
    encoder: OnnxSession,
    signature: EncoderSignature,
    mel: LogMel,
    vocabulary: Vocabulary,
    head: Head,
}

enum Head {
    Ctc,
    Transducer {
        network: Box<dyn TokenNetwork>,
        most_tokens: usize,
        durations: Vec<usize>,
    },
}

impl Network {
    pub(super) fn load(
        models: &ConformerModels,
        runtime: &OnnxRuntime,
        backend: &'static str,
    ) -> Result<Self> {
        let signature = &models.signature;
        let blank = match signature {
            ConformerSignature::Ctc(ctc) => ctc.blank,
            ConformerSignature::Rnnt(t) | ConformerSignature::Tdt(t) => t.blank,
        };
        let vocabulary = Vocabulary::parse(models.vocabulary.bytes(), blank);
        let vocabulary = vocabulary.map_err(|reason| Error::ModelDamaged {
            path: models.vocabulary.path().to_owned(),
            reason,
        })?;
        let encoder = signature.encoder().clone();
        let inputs = [&encoder.features, &encoder.lengths];
        let session = load(
            &models.encoder,
            runtime,
            backend,
            &inputs,
            &[&encoder.output],
        )?;
        let head = match signature {
            ConformerSignature::Ctc(_) => Head::Ctc,
            ConformerSignature::Rnnt(transducer) | ConformerSignature::Tdt(transducer) => {
                let scores = vocabulary.len() + transducer.durations.len();
                let blank = vocabulary.blank();
                Head::Transducer {
                    network: predictor::load(models, transducer, blank, scores, runtime, backend)?,
                    most_tokens: transducer.most_tokens,
                    durations: transducer.durations.clone(),
                }
            }
        };
        Ok(Self {
            backend,
            encoder: session,
            mel: LogMel::new(encoder.front_end),
            signature: encoder,
            vocabulary,
            head,
        })
    }

    pub(super) fn signature(&self) -> &EncoderSignature {
        &self.signature
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    pub(super) fn device(&self) -> Device {
        self.encoder.device()
    }

    /// The models and what they run on, for the report.
    pub(super) fn in_use(&self) -> Vec<ModelInUse> {
        let mut all = vec![self.encoder.in_use()];
        if let Head::Transducer { network, .. } = &self.head {
            all.extend(network.in_use());
        }
        all
    }

    /// The tokens of each sound, which go through the encoder together.
    pub(super) fn hear(
        &mut self,
        sounds: &[Vec<f32>],
        cancel: &CancelToken,
    ) -> Result<Vec<Vec<Token>>> {
        let bins = self.mel.bins();
        let lengths: Vec<usize> = sounds.iter().map(|s| self.mel.frames(s.len())).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        if longest == 0 {
            return Ok(vec![Vec::new(); sounds.len()]);
        }
        let mut features = vec![0.0_f32; sounds.len() * bins * longest];
        for ((block, sound), length) in features
            .chunks_exact_mut(bins * longest)
            .zip(sounds)
            .zip(&lengths)
        {
            let own = self.mel.features(sound);
            // A shorter sound is followed by zeros, as a convolution would fill it up itself.
            for (row, values) in block
                .chunks_exact_mut(longest)
                .zip(own.chunks_exact((*length).max(1)))
            {
                if let Some(head) = row.get_mut(..values.len()) {
                    head.copy_from_slice(values);
                }
            }
        }
        let counts: Vec<i64> = lengths
            .iter()
            .map(|l| i64::try_from(*l).unwrap_or(i64::MAX))
            .collect();
        let fed = [
            (
                self.signature.features.as_str(),
                Tensor::F32(&[sounds.len(), bins, longest], &features),
            ),
            (
                self.signature.lengths.as_str(),
                Tensor::I64(&[sounds.len()], &counts),
            ),
        ];
        let out = self.encoder.run(&fed, &[self.signature.output.as_str()])?;
        let (shape, values) = out.into_iter().next().unwrap_or_default();
        let step = self.signature.subsampling.max(1);
        let frames: Vec<usize> = lengths.iter().map(|l| l.div_ceil(step)).collect();
        let most = longest.div_ceil(step);
        let wrong = || {
            let reason = format!(
                "the encoder gave {shape:?} for {} sounds of up to {most} frames",
                sounds.len()
            );
            Error::backend(Stage::Transcribe, self.backend, reason)
        };
        if shape.len() != 3
            || shape.first() != Some(&sounds.len())
            || values.len() != shape.iter().product::<usize>()
            || values.is_empty()
        {
            return Err(wrong());
        }
        let (second, third) = (shape[1], shape[2]);
        let size = second * third;
        let mut heard = Vec::with_capacity(sounds.len());
        match &mut self.head {
            Head::Ctc => {
                let known = self.vocabulary.blank() + 1..=self.vocabulary.len();
                if second < most || !known.contains(&third) {
                    return Err(wrong());
                }
                for (block, frames) in values.chunks_exact(size).zip(&frames) {
                    let scores = block.get(..frames * third).unwrap_or_default();
                    heard.push(ctc::greedy(scores, third, self.vocabulary.blank()));
                }
            }
            Head::Transducer {
                network,
                most_tokens,
                durations,
            } => {
                if third < most {
                    return Err(wrong());
                }
                let rules = Rules {
                    tokens: self.vocabulary.len(),
                    blank: self.vocabulary.blank(),
                    most_tokens: *most_tokens,
                    durations,
                };
                for (block, frames) in values.chunks_exact(size).zip(&frames) {
                    let turned = transposed(block, third, *frames);
                    let tokens =
                        transducer::greedy(network.as_mut(), &turned, second, rules, cancel)?;
                    heard.push(tokens);
                }
            }
        }
        Ok(heard)
    }
}

/// The first `frames` columns of `[rows × columns]` as rows.
fn transposed(block: &[f32], columns: usize, frames: usize) -> Vec<f32> {
    let columns = columns.max(1);
    let mut turned = Vec::with_capacity(block.len() / columns * frames);
    for frame in 0..frames.min(columns) {
        turned.extend(block.iter().skip(frame).step_by(columns));
    }
    turned
}

/// Loads a model and sees that it has the tensors that are asked for.
pub(super) fn load(
    model: &CheckedModel,
    runtime: &OnnxRuntime,
    backend: &'static str,
    inputs: &[&String],
    outputs: &[&String],
) -> Result<OnnxSession> {
    let session = OnnxSession::load(model, runtime, Stage::Transcribe, backend)?;
    let (has_in, has_out) = session.names();
    let lacks = |has: &[String], name: &&&String| !has.contains(**name);
    let missing = inputs
        .iter()
        .find(|name| lacks(&has_in, name))
        .or_else(|| outputs.iter().find(|name| lacks(&has_out, name)));
    match missing {
        Some(name) => Err(Error::ModelDamaged {
            path: model.path().to_owned(),
            reason: format!(
                "it has no `{name}`: it takes {} and gives {}",
                has_in.join(", "),
                has_out.join(", ")
            ),
        }),
        None => Ok(session),
    }
}

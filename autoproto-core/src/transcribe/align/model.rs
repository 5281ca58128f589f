//! CTC models as the aligner sees them.

#[cfg(feature = "onnx")]
use super::signature::CtcSignature;
#[cfg(feature = "onnx")]
use crate::audio::SAMPLE_RATE;
use crate::error::Result;
#[cfg(feature = "onnx")]
use crate::error::{Error, Stage};
#[cfg(feature = "onnx")]
use crate::models::CheckedModel;
#[cfg(feature = "onnx")]
use crate::onnx::{OnnxRuntime, OnnxSession, Tensor};
use crate::types::ModelInUse;

/// A CTC model, whatever it is fed with: sound in, the logarithm of each class's probability by frame out.
pub trait CtcModel: Send {
    /// What it runs on, for the report.
    fn models(&self) -> Vec<ModelInUse> {
        Vec::new()
    }

    /// What is heard in `samples`, which are 16 kHz mono; no frames where they are too short for one.
    ///
    /// # Errors
    /// [`Error::Backend`](crate::Error::Backend) if the engine fails.
    fn listen(&mut self, samples: &[f32]) -> Result<CtcOutput>;
}

/// What a CTC model heard.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CtcOutput {
    /// Natural logarithms of probabilities, `[frames, classes]`.
    pub log_probs: Vec<f32>,
    /// How many classes there are.
    pub classes: usize,
    /// Where the first frame begins, in seconds from the first sample.
    pub first: f64,
    /// Seconds from one frame to the next.
    pub shift: f64,
}

#[cfg(feature = "onnx")]
const ID: &str = "ctc-aligner";

/// A CTC model that takes sound, through ONNX Runtime.
#[cfg(feature = "onnx")]
pub struct OnnxCtc {
    session: OnnxSession,
    signature: CtcSignature,
    classes: usize,
}

#[cfg(feature = "onnx")]
impl OnnxCtc {
    /// Loads a checked model that knows at least so many `classes`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a signature that can't be, or that names tensors which the model lacks; and what a
    /// model that can't be loaded gives: [`Error::LibraryMissing`], [`Error::DeviceUnavailable`], [`Error::Backend`].
    pub fn load(
        model: &CheckedModel,
        signature: CtcSignature,
        classes: usize,
        runtime: &OnnxRuntime,
    ) -> Result<Self> {
        let invalid = |expected: String| Error::InvalidOption {
            option: "aligner",
            expected,
            got: model.name(),
        };
        if let Some(fault) = signature.fault() {
            return Err(invalid(format!("a model whose signature can be: {fault}")));
        }
        let session = OnnxSession::load(model, runtime, Stage::Transcribe, ID)?;
        let (inputs, outputs) = session.names();
        let wanted = signature.lengths.iter().chain([&signature.input]);
        let missing = wanted.filter(|name| !inputs.contains(name));
        let output = Some(&signature.output).filter(|name| !outputs.contains(name));
        if let Some(name) = missing.chain(output).next() {
            return Err(invalid(format!("a model with the tensor `{name}`")));
        }
        Ok(Self {
            session,
            signature,
            classes,
        })
    }
}

#[cfg(feature = "onnx")]
impl CtcModel for OnnxCtc {
    fn models(&self) -> Vec<ModelInUse> {
        vec![self.session.in_use()]
    }

    fn listen(&mut self, samples: &[f32]) -> Result<CtcOutput> {
        let signature = &self.signature;
        let seconds = |samples: usize| samples as f64 / f64::from(SAMPLE_RATE);
        let empty = CtcOutput {
            log_probs: Vec::new(),
            classes: self.classes,
            // A frame is the middle of what it looks at.
            first: 0.5 * seconds(signature.receptive_field - signature.frame_shift),
            shift: seconds(signature.frame_shift),
        };
        if samples.len() < signature.receptive_field {
            return Ok(empty);
        }
        let normalised = signature.normalised.then(|| normalised(samples));
        let sound = normalised.as_deref().unwrap_or(samples);
        let (shape, lengths) = ([1, sound.len()], [sound.len() as i64]);
        let mut inputs = vec![(signature.input.as_str(), Tensor::F32(&shape, sound))];
        if let Some(name) = &signature.lengths {
            inputs.push((name, Tensor::I64(&[1], &lengths)));
        }
        let outputs = self.session.run(&inputs, &[&signature.output])?;
        let (shape, values) = outputs.into_iter().next().unwrap_or_default();
        let (classes, log_probs) = rows(&shape, values, self.classes)
            .ok_or_else(|| {
                let reason = format!("{shape:?} is not a CTC output of {} classes", self.classes);
                Error::backend(Stage::Transcribe, ID, reason)
            })
            .map(|(classes, values)| (classes, log_softmax(values, classes)))?;
        Ok(CtcOutput {
            log_probs,
            classes,
            ..empty
        })
    }
}

/// The values as rows of at least `known` classes, whichever way round they came.
#[cfg(feature = "onnx")]
fn rows(shape: &[usize], values: Vec<f32>, known: usize) -> Option<(usize, Vec<f32>)> {
    let (&[1, a, b] | &[a, b]) = shape else {
        return None;
    };
    if a.checked_mul(b) != Some(values.len()) {
        return None;
    }
    // Some models have a few classes that the vocabulary does not name; so many frames as that would be a long window.
    let is_classes = |n: usize| n >= known && n <= known + 8;
    if is_classes(b) {
        return Some((b, values));
    }
    if !is_classes(a) {
        return None;
    }
    let column = |frame: usize| values.iter().skip(frame).step_by(b.max(1)).copied();
    Some((a, (0..b).flat_map(column).collect()))
}

/// Logarithms of probabilities; those that are so already stay.
#[cfg(feature = "onnx")]
fn log_softmax(mut values: Vec<f32>, classes: usize) -> Vec<f32> {
    for row in values.chunks_mut(classes.max(1)) {
        let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = row.iter().map(|v| f64::from(v - top).exp()).sum();
        let whole = top + sum.ln() as f32;
        row.iter_mut().for_each(|v| *v -= whole);
    }
    values
}

/// The samples at mean 0 and variance 1, as wav2vec 2.0's feature extractor leaves them.
#[cfg(feature = "onnx")]
fn normalised(samples: &[f32]) -> Vec<f32> {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|s| f64::from(*s)).sum::<f64>() / count;
    let variance = samples.iter().map(|s| (f64::from(*s) - mean).powi(2));
    let deviation = (variance.sum::<f64>() / count + 1e-7).sqrt();
    let level = |s: &f32| ((f64::from(*s) - mean) / deviation) as f32;
    samples.iter().map(level).collect()
}

#[cfg(all(test, feature = "onnx"))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_output_is_read_whichever_way_round_it_came() {
        let values: Vec<f32> = (0..6).map(|v| v as f32).collect();
        let (classes, upright) = rows(&[1, 2, 3], values.clone(), 3).unwrap();
        assert_eq!((classes, &upright), (3, &values));
        let (classes, turned) = rows(&[1, 3, 2], values.clone(), 3).unwrap();
        assert_eq!((classes, turned), (3, vec![0.0, 2.0, 4.0, 1.0, 3.0, 5.0]));
        for shape in [&[2, 1, 3][..], &[1, 3, 3], &[6], &[1, 1, 6, 1], &[]] {
            assert_eq!(rows(shape, values.clone(), 3), None, "{shape:?}");
        }
        assert_eq!(rows(&[3, 2], values, 20), None);
    }

    #[test]
    fn probabilities_sum_to_one_and_stay_so() {
        let logs = log_softmax(vec![1.0, 2.0, 400.0, -3.0], 2);
        for row in logs.chunks(2) {
            let sum: f32 = row.iter().map(|l| l.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{row:?}");
        }
        let again = log_softmax(logs.clone(), 2);
        assert!(again.iter().zip(&logs).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn normalised_sound_has_no_mean_and_one_level() {
        let sound = normalised(&[0.1, 0.2, 0.3, 0.2]);
        let (mean, power) = sound
            .iter()
            .fold((0.0, 0.0), |(m, p), s| (m + s / 4.0, p + s * s / 4.0));
        assert!(mean.abs() < 1e-6 && (power - 1.0).abs() < 1e-3);
        assert_eq!(normalised(&[0.0; 3]), [0.0; 3]);
    }
}

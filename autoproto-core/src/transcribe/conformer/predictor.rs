//! The second network of a transducer: from what was said and a frame of the encoder to scores of what comes next.

use super::network::load as session;
use super::transducer::Predictor;
use crate::error::{Error, Result, Stage};
use crate::models::{
    ConformerModels, JoinedSignature, PredictorSignature, SplitSignature, TransducerSignature,
};
use crate::onnx::{OnnxRuntime, OnnxSession, Tensor};
use crate::types::{Device, ModelInUse};

/// Why it is not sent to an accelerator unasked.
const HERE: &str = "its steps are too small to send elsewhere";

/// A predictor that is a model.
pub(super) trait TokenNetwork: Predictor + Send {
    /// The models and what they run on, for the report.
    fn in_use(&self) -> Vec<ModelInUse>;
}

/// Loads the second network, which is to give so many `scores`.
///
/// # Errors
/// [`Error::ModelDamaged`] if it lacks a tensor, and as [`OnnxSession::load`].
pub(super) fn load(
    models: &ConformerModels,
    transducer: &TransducerSignature,
    blank: usize,
    scores: usize,
    runtime: &OnnxRuntime,
    backend: &'static str,
) -> Result<Box<dyn TokenNetwork>> {
    // A step takes microseconds: a trip to a device, or sharing it between threads, costs more than the step.
    let mut runtime = runtime.clone().with_threads(1);
    let mut note = None;
    if runtime.device == Device::Auto {
        runtime.device = Device::Cpu;
        note = Some(HERE.to_owned());
    }
    let [layers, width] = transducer.state;
    let said = Said::new(backend, blank, [layers, 1, width], scores);
    match (&transducer.predictor, models.predictor.as_slice()) {
        (PredictorSignature::Split(names), [decoder, joint]) => {
            let [a, b] = &names.state_in;
            let [c, d] = &names.state_out;
            let inputs = [&names.token, a, b];
            let outputs = [&names.predicted, c, d];
            let decoder = session(decoder, &runtime, backend, &inputs, &outputs)?;
            let inputs = [&names.joint_frame, &names.joint_predicted];
            let joint = session(joint, &runtime, backend, &inputs, &[&names.scores])?;
            Ok(Box::new(Split {
                decoder,
                joint,
                names: names.clone(),
                said,
                predicted: None,
                note,
            }))
        }
        (PredictorSignature::Joined(names), [both]) => {
            let [a, b] = &names.state_in;
            let [c, d] = &names.state_out;
            let inputs = [&names.frame, &names.token, &names.token_length, a, b];
            let outputs = [&names.scores, c, d];
            Ok(Box::new(Joined {
                both: session(both, &runtime, backend, &inputs, &outputs)?,
                names: names.clone(),
                said,
                note,
            }))
        }
        _ => Err(Error::Internal {
            reason: "a transducer's second network has other files than its signature".into(),
        }),
    }
}

/// What was said so far, as the network knows it.
struct Said {
    backend: &'static str,
    blank: i64,
    shape: [usize; 3],
    scores: usize,
    last: i64,
    state: [Vec<f32>; 2],
    /// The state once the token is said that the scores of now lead to.
    next: Option<[Vec<f32>; 2]>,
}

impl Said {
    fn new(backend: &'static str, blank: usize, shape: [usize; 3], scores: usize) -> Self {
        let mut said = Self {
            backend,
            blank: i64::try_from(blank).unwrap_or(0),
            shape,
            scores,
            last: 0,
            state: Default::default(),
            next: None,
        };
        said.restart();
        said
    }

    fn restart(&mut self) {
        let size = self.shape.iter().product();
        self.state = [vec![0.0; size], vec![0.0; size]];
        // Both families begin as if the blank had been said, whose embedding is zero.
        self.last = self.blank;
        self.next = None;
    }

    fn say(&mut self, token: usize) {
        self.last = i64::try_from(token).unwrap_or(self.blank);
        if let Some(next) = self.next.take() {
            self.state = next;
        }
    }

    /// The first of three outputs, of which the others are the next states.
    fn keep(&mut self, outputs: Vec<(Vec<usize>, Vec<f32>)>) -> Result<Vec<f32>> {
        let mut values = outputs.into_iter().map(|(_, values)| values);
        let first = values.next().unwrap_or_default();
        let next = [
            values.next().unwrap_or_default(),
            values.next().unwrap_or_default(),
        ];
        let size = self.shape.iter().product::<usize>();
        for state in &next {
            self.counted("a state", state.len(), size)?;
        }
        self.next = Some(next);
        Ok(first)
    }

    fn counted(&self, what: &str, got: usize, wanted: usize) -> Result<()> {
        if got == wanted {
            return Ok(());
        }
        let reason = format!("the model gave {got} numbers as {what}, not {wanted}");
        Err(Error::backend(Stage::Transcribe, self.backend, reason))
    }
}

/// In two files: the first runs once for each token, the second for each frame.
struct Split {
    decoder: OnnxSession,
    joint: OnnxSession,
    names: SplitSignature,
    said: Said,
    /// What the first made of what was said, until more is.
    predicted: Option<Vec<f32>>,
    note: Option<String>,
}

impl Predictor for Split {
    fn restart(&mut self) {
        self.said.restart();
        self.predicted = None;
    }

    fn scores(&mut self, frame: &[f32]) -> Result<Vec<f32>> {
        let Self { names, said, .. } = self;
        let predicted = match self.predicted.take() {
            Some(known) => known,
            None => {
                let [a, b] = &names.state_in;
                let [c, d] = &names.state_out;
                let fed = [
                    (names.token.as_str(), Tensor::I64(&[1, 1], &[said.last])),
                    (a.as_str(), Tensor::F32(&said.shape, &said.state[0])),
                    (b.as_str(), Tensor::F32(&said.shape, &said.state[1])),
                ];
                said.keep(self.decoder.run(&fed, &[&names.predicted, c, d])?)?
            }
        };
        let fed = [
            (
                names.joint_frame.as_str(),
                Tensor::F32(&[1, frame.len(), 1], frame),
            ),
            (
                names.joint_predicted.as_str(),
                Tensor::F32(&[1, predicted.len(), 1], &predicted),
            ),
        ];
        let out = self.joint.run(&fed, &[&names.scores])?;
        self.predicted = Some(predicted);
        let scores = out.into_iter().next().unwrap_or_default().1;
        said.counted("scores", scores.len(), said.scores)?;
        Ok(scores)
    }

    fn say(&mut self, token: usize) {
        self.said.say(token);
        self.predicted = None;
    }
}

impl TokenNetwork for Split {
    fn in_use(&self) -> Vec<ModelInUse> {
        let both = [&self.decoder, &self.joint];
        both.map(|session| noted(session, &self.note)).to_vec()
    }
}

/// In one file, which runs for each frame and each token.
struct Joined {
    both: OnnxSession,
    names: JoinedSignature,
    said: Said,
    note: Option<String>,
}

impl Predictor for Joined {
    fn restart(&mut self) {
        self.said.restart();
    }

    fn scores(&mut self, frame: &[f32]) -> Result<Vec<f32>> {
        let Self { names, said, .. } = self;
        let [a, b] = &names.state_in;
        let [c, d] = &names.state_out;
        let fed = [
            (
                names.frame.as_str(),
                Tensor::F32(&[1, frame.len(), 1], frame),
            ),
            (names.token.as_str(), Tensor::I64(&[1, 1], &[said.last])),
            (names.token_length.as_str(), Tensor::I64(&[1], &[1])),
            (a.as_str(), Tensor::F32(&said.shape, &said.state[0])),
            (b.as_str(), Tensor::F32(&said.shape, &said.state[1])),
        ];
        let scores = said.keep(self.both.run(&fed, &[&names.scores, c, d])?)?;
        said.counted("scores", scores.len(), said.scores)?;
        Ok(scores)
    }

    fn say(&mut self, token: usize) {
        self.said.say(token);
    }
}

impl TokenNetwork for Joined {
    fn in_use(&self) -> Vec<ModelInUse> {
        vec![noted(&self.both, &self.note)]
    }
}

fn noted(session: &OnnxSession, note: &Option<String>) -> ModelInUse {
    let in_use = session.in_use();
    match note {
        Some(note) => in_use.because(Some(note.clone())),
        None => in_use,
    }
}

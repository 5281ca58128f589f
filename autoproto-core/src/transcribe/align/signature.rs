//! How to talk to a CTC model of letters.

use serde::{Deserialize, Serialize};

/// How to talk to a CTC model of letters that takes sound: `[1, samples]` at 16 kHz in, `[1, frames, classes]` or
/// `[1, classes, frames]` out, logarithms of probabilities or what a softmax makes them of.
///
/// The defaults are those of wav2vec 2.0 and MMS: a frame of 25 ms every 20 ms. A model that takes log-mel features comes
/// in through [`CtcModel`](super::CtcModel).
///
/// ```
/// use autoproto_core::transcribe::align::CtcSignature;
///
/// // The Hugging Face export of a wav2vec 2.0 model.
/// let signature: CtcSignature = serde_json::from_str(r#"{
///     "input": "input_values", "output": "logits", "blank": "<pad>", "separator": "|", "normalised": true
/// }"#).unwrap();
/// assert_eq!((signature.frame_shift, signature.longest), (320, 30.0));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CtcSignature {
    /// The input tensor's name.
    pub input: String,
    /// The name of the input that is told the number of samples, where the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<String>,
    /// The output tensor's name.
    pub output: String,
    /// The vocabulary's name of the blank: `<pad>`, `<blk>`, `-`.
    pub blank: String,
    /// The vocabulary's name of what stands between words: `|`, or a space; `None` where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// Whether the model wants sound of mean 0 and variance 1.
    #[serde(default)]
    pub normalised: bool,
    /// Whether the model knows other alphabets in Latin letters, as MMS does.
    #[serde(default)]
    pub romanised: bool,
    /// Samples from one frame of the output to the next.
    #[serde(default = "frame_shift")]
    pub frame_shift: usize,
    /// Samples that a frame looks at.
    #[serde(default = "receptive_field")]
    pub receptive_field: usize,
    /// Seconds of sound it is given at once, at most.
    #[serde(default = "longest")]
    pub longest: f64,
}

fn frame_shift() -> usize {
    320
}

fn receptive_field() -> usize {
    400
}

fn longest() -> f64 {
    30.0
}

impl CtcSignature {
    /// What of it can't be.
    pub fn fault(&self) -> Option<&'static str> {
        if !(1.0..=120.0).contains(&self.longest) {
            return Some("the longest must be 1 to 120 seconds");
        }
        let field = self.frame_shift..=160_000;
        (!(1..=16_000).contains(&self.frame_shift) || !field.contains(&self.receptive_field))
            .then_some("the frame shift must be 1 to 16000 samples, and the receptive field as long or longer")
    }
}

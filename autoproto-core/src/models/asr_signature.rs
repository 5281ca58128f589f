//! How to talk to speech recognisers of the Conformer family: CTC, RNN-T and TDT over log-mel features.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::types::Language;

/// How to talk to a Conformer, by what its encoder is followed by; `kind` in a manifest.
///
/// ```
/// use autoproto_core::models::ConformerSignature;
///
/// let parakeet = ConformerSignature::parakeet_tdt_v3();
/// assert_eq!(parakeet.encoder().frame(), 0.08);
/// let text = serde_json::to_string(&parakeet).unwrap();
/// assert_eq!(serde_json::from_str::<ConformerSignature>(&text).unwrap(), parakeet);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConformerSignature {
    /// Log-probabilities by frame (Graves et al., "Connectionist temporal classification", 2006).
    Ctc(CtcSignature),
    /// A transducer: tokens by frame and by what was said before (Graves, "Sequence transduction with recurrent neural
    /// networks", 2012).
    Rnnt(TransducerSignature),
    /// A transducer that says how many frames each token takes, too (Xu et al., "Efficient sequence transduction by jointly
    /// predicting tokens and durations", 2023).
    Tdt(TransducerSignature),
}

/// A file of a model, by its name in the model's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Its name, or a path below the folder.
    pub file: String,
    /// Its SHA-256, checked where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl ModelFile {
    /// A file whose hash is not known.
    pub fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            sha256: None,
        }
    }

    /// With its SHA-256.
    pub fn with_sha256(mut self, sha256: impl Into<String>) -> Self {
        self.sha256 = Some(sha256.into());
        self
    }
}

/// What an encoder is given and how its frames lie in time; the part that all kinds share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSignature {
    /// The features: `[sounds, bins, frames]`.
    pub front_end: AsrFrontEnd,
    /// Frames of features for one frame that comes out.
    pub subsampling: usize,
    /// Seconds that it hears at once, at most.
    pub window: f64,
    /// What it understands. One: it is always that. None: not known, and it decides by itself.
    #[serde(default)]
    pub languages: Vec<Language>,
    /// The input tensor of the features.
    pub features: String,
    /// The input tensor of the features' lengths, `[sounds]`.
    pub lengths: String,
    /// The output tensor.
    pub output: String,
}

impl EncoderSignature {
    /// Seconds from one frame that comes out to the next.
    pub fn frame(&self) -> f64 {
        // A hundredth of a second for each frame of features, in every front end.
        self.subsampling as f64 / 100.0
    }
}

/// The log-mel features that a model was trained on, each every 10 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AsrFrontEnd {
    /// GigaAM 2: 64 bins of 25 ms, the sound mirrored at its ends.
    GigaamV2,
    /// GigaAM 3: 64 bins of 20 ms, only frames wholly within the sound, window and filters rounded to bfloat16.
    GigaamV3,
    /// NeMo's with 80 bins, normalised by bin.
    Nemo80,
    /// NeMo's with 128 bins, normalised by bin.
    Nemo128,
}

/// A Conformer with a CTC head: features in, log-probabilities `[sounds, frames, tokens]` out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CtcSignature {
    /// The model.
    pub model: ModelFile,
    /// Its tokens, `token index` by line.
    pub vocabulary: ModelFile,
    /// What it is given, and its log-probabilities as output.
    pub encoder: EncoderSignature,
    /// The token that stands for none; else `<blk>` of the vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blank: Option<usize>,
}

/// A Conformer with a transducer: features in, `[sounds, width, frames]` out, from which a second network takes tokens one
/// at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransducerSignature {
    /// The encoder's file.
    pub model: ModelFile,
    /// Its tokens, `token index` by line.
    pub vocabulary: ModelFile,
    /// What the encoder is given, and what it gives.
    pub encoder: EncoderSignature,
    /// The token that stands for none; else `<blk>` of the vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blank: Option<usize>,
    /// The second network.
    pub predictor: PredictorSignature,
    /// The shape of each of its two states: layers and width.
    pub state: [usize; 2],
    /// Tokens that may begin at one frame, at most.
    pub most_tokens: usize,
    /// For TDT the frames that a token may take, by the index of their score; for RNN-T nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub durations: Vec<usize>,
}

/// The second network of a transducer, in one file or in two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layout", rename_all = "lowercase")]
#[non_exhaustive]
pub enum PredictorSignature {
    /// The network over the tokens said, and the one that joins it with a frame: GigaAM's.
    Split(SplitSignature),
    /// Both in one file: NeMo's.
    Joined(JoinedSignature),
}

/// A second network in two files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitSignature {
    /// The file of the network over tokens.
    pub decoder: ModelFile,
    /// The file of the network that joins.
    pub joint: ModelFile,
    /// Input of the first: the last token, `[1, 1]`.
    pub token: String,
    /// Inputs of the first: its states, `[layers, 1, width]`.
    pub state_in: [String; 2],
    /// Output of the first, `[1, 1, width]`.
    pub predicted: String,
    /// Outputs of the first: its next states.
    pub state_out: [String; 2],
    /// Input of the second: a frame of the encoder, `[1, width, 1]`.
    pub joint_frame: String,
    /// Input of the second: what the first predicted, `[1, width, 1]`.
    pub joint_predicted: String,
    /// Output of the second: scores of tokens, and of durations behind them.
    pub scores: String,
}

/// A second network in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinedSignature {
    /// The file.
    pub decoder_joint: ModelFile,
    /// Input: a frame of the encoder, `[1, width, 1]`.
    pub frame: String,
    /// Input: the last token, `[1, 1]`.
    pub token: String,
    /// Input: the number of tokens, `[1]`.
    pub token_length: String,
    /// Inputs: the states, `[layers, 1, width]`.
    pub state_in: [String; 2],
    /// Output: scores of tokens, and of durations behind them.
    pub scores: String,
    /// Outputs: the next states.
    pub state_out: [String; 2],
}

impl ConformerSignature {
    /// GigaAM 3 with a CTC head, punctuation and capitals in its tokens, as `istupakov/gigaam-v3-onnx` has it in 8 bits.
    pub fn gigaam_v3_e2e_ctc() -> Self {
        Self::Ctc(CtcSignature {
            model: ModelFile::new("v3_e2e_ctc.int8.onnx")
                .with_sha256("2e3fcb7a7b66030336fd10c2fcfb033bd1dc7e1bf238fe5cfd83b1d0cfc9d28e"),
            vocabulary: ModelFile::new("v3_e2e_ctc_vocab.txt")
                .with_sha256("142de7570b3de5b3035ce111a89c228e80e6085273731d944093ddf24fa539cd"),
            encoder: gigaam(["features", "feature_lengths", "log_probs"]),
            blank: None,
        })
    }

    /// GigaAM 3 with a transducer, punctuation and capitals in its tokens, as `istupakov/gigaam-v3-onnx` has it in 8 bits.
    pub fn gigaam_v3_e2e_rnnt() -> Self {
        Self::Rnnt(TransducerSignature {
            model: ModelFile::new("v3_e2e_rnnt_encoder.int8.onnx")
                .with_sha256("4e0e076a6076cd110277e529b8ac8f32cd5297f7fbebad5341ae8ddb7d00817b"),
            vocabulary: ModelFile::new("v3_e2e_rnnt_vocab.txt")
                .with_sha256("39abae20e692998290c574e606f11a9edef2902a1995463fcff63d1490cf22b7"),
            encoder: gigaam(["audio_signal", "length", "encoded"]),
            blank: None,
            predictor: PredictorSignature::Split(SplitSignature {
                decoder: ModelFile::new("v3_e2e_rnnt_decoder.int8.onnx").with_sha256(
                    "89014e134865615b91e037157e46e389b1271e6072460efc010ea08e61e23146",
                ),
                joint: ModelFile::new("v3_e2e_rnnt_joint.int8.onnx").with_sha256(
                    "ade116563dbf66e503b0994efab6b5861412743e52bf31c39fc3fffa3783d5d1",
                ),
                token: "x".into(),
                state_in: ["h.1".into(), "c.1".into()],
                predicted: "dec".into(),
                state_out: ["h".into(), "c".into()],
                joint_frame: "enc".into(),
                joint_predicted: "dec".into(),
                scores: "joint".into(),
            }),
            state: [1, 320],
            most_tokens: 3,
            durations: Vec::new(),
        })
    }

    /// Parakeet TDT 0.6B, version 3, of 25 European languages, as `istupakov/parakeet-tdt-0.6b-v3-onnx` has it in 8 bits;
    /// its files are named after it here, since there they are `vocab.txt` and the like.
    pub fn parakeet_tdt_v3() -> Self {
        Self::Tdt(TransducerSignature {
            model: ModelFile::new("parakeet-tdt-0.6b-v3-encoder.int8.onnx")
                .with_sha256("6139d2fa7e1b086097b277c7149725edbab89cc7c7ae64b23c741be4055aff09"),
            vocabulary: ModelFile::new("parakeet-tdt-0.6b-v3-vocab.txt")
                .with_sha256("d58544679ea4bc6ac563d1f545eb7d474bd6cfa467f0a6e2c1dc1c7d37e3c35d"),
            encoder: EncoderSignature {
                front_end: AsrFrontEnd::Nemo128,
                subsampling: 8,
                window: 30.0,
                languages: PARAKEET
                    .iter()
                    .flat_map(|code| Language::new(code))
                    .collect(),
                features: "audio_signal".into(),
                lengths: "length".into(),
                output: "outputs".into(),
            },
            blank: None,
            predictor: PredictorSignature::Joined(JoinedSignature {
                decoder_joint: ModelFile::new("parakeet-tdt-0.6b-v3-decoder_joint.int8.onnx")
                    .with_sha256(
                        "eea7483ee3d1a30375daedc8ed83e3960c91b098812127a0d99d1c8977667a70",
                    ),
                frame: "encoder_outputs".into(),
                token: "targets".into(),
                token_length: "target_length".into(),
                state_in: ["input_states_1".into(), "input_states_2".into()],
                scores: "outputs".into(),
                state_out: ["output_states_1".into(), "output_states_2".into()],
            }),
            state: [2, 640],
            most_tokens: 10,
            durations: vec![0, 1, 2, 3, 4],
        })
    }

    /// The part that all kinds share.
    pub fn encoder(&self) -> &EncoderSignature {
        match self {
            Self::Ctc(ctc) => &ctc.encoder,
            Self::Rnnt(transducer) | Self::Tdt(transducer) => &transducer.encoder,
        }
    }

    /// Its files, the vocabulary last.
    pub fn files(&self) -> Vec<&ModelFile> {
        match self {
            Self::Ctc(ctc) => vec![&ctc.model, &ctc.vocabulary],
            Self::Rnnt(transducer) | Self::Tdt(transducer) => {
                let mut files = vec![&transducer.model];
                match &transducer.predictor {
                    PredictorSignature::Split(split) => {
                        files.extend([&split.decoder, &split.joint])
                    }
                    PredictorSignature::Joined(joined) => files.push(&joined.decoder_joint),
                }
                files.push(&transducer.vocabulary);
                files
            }
        }
    }

    /// What of it can't be.
    pub fn fault(&self) -> Option<&'static str> {
        let encoder = self.encoder();
        if !(1..=32).contains(&encoder.subsampling) {
            return Some("the subsampling must be 1 to 32");
        }
        if !(1.0..=60.0).contains(&encoder.window) {
            return Some("the window must be 1 to 60 seconds");
        }
        if self.files().iter().any(|file| !is_below(&file.file)) {
            return Some("each file must lie in the model's folder");
        }
        let (transducer, durations) = match self {
            Self::Ctc(_) => return None,
            Self::Rnnt(transducer) => (transducer, 0..=0),
            Self::Tdt(transducer) => (transducer, 1..=32),
        };
        let [layers, width] = transducer.state;
        if !(1..=8).contains(&layers) || !(1..=4096).contains(&width) {
            Some("the states must have 1 to 8 layers, 1 to 4096 wide")
        } else if !(1..=32).contains(&transducer.most_tokens) {
            Some("there must be 1 to 32 tokens at a frame, at most")
        } else if !durations.contains(&transducer.durations.len()) {
            Some("`tdt` needs 1 to 32 durations, and `rnnt` has none")
        } else if transducer.durations.iter().any(|frames| *frames > 64) {
            Some("a token must take 0 to 64 frames")
        } else {
            None
        }
    }
}

/// What Parakeet's third version understands, by its model card.
const PARAKEET: [&str; 25] = [
    "bg", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "hu", "it", "lv", "lt", "mt",
    "pl", "pt", "ro", "sk", "sl", "es", "sv", "ru", "uk",
];

fn gigaam([features, lengths, output]: [&str; 3]) -> EncoderSignature {
    EncoderSignature {
        front_end: AsrFrontEnd::GigaamV3,
        subsampling: 4,
        window: 25.0,
        languages: vec![Language::RUSSIAN],
        features: features.into(),
        lengths: lengths.into(),
        output: output.into(),
    }
}

/// Whether a path stays below the folder it is joined to.
fn is_below(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn known() -> [ConformerSignature; 3] {
        [
            ConformerSignature::gigaam_v3_e2e_ctc(),
            ConformerSignature::gigaam_v3_e2e_rnnt(),
            ConformerSignature::parakeet_tdt_v3(),
        ]
    }

    #[test]
    fn what_is_written_is_read_and_holds() {
        for (signature, kind) in known().into_iter().zip(["ctc", "rnnt", "tdt"]) {
            let value = serde_json::to_value(&signature).unwrap();
            assert_eq!(value["kind"], kind);
            let read: ConformerSignature = serde_json::from_value(value).unwrap();
            assert_eq!(read, signature);
            assert_eq!(read.fault(), None);
            let languages = read.encoder().languages.len();
            assert_eq!(languages, if kind == "tdt" { PARAKEET.len() } else { 1 });
            let hashed = |file: &&ModelFile| file.sha256.as_ref().is_some_and(|h| h.len() == 64);
            assert!(read.files().iter().all(hashed));
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_by_its_name() {
        for signature in known() {
            let mut value = serde_json::to_value(&signature).unwrap();
            let inside = ["", "/model", "/encoder", "/vocabulary", "/predictor"];
            for place in inside {
                let Some(object) = value.pointer_mut(place).and_then(Value::as_object_mut) else {
                    continue;
                };
                object.insert("blnk".into(), json!(1));
                let error =
                    serde_json::from_value::<ConformerSignature>(value.clone()).unwrap_err();
                assert!(error.to_string().contains("blnk"), "{place}: {error}");
                let object = value.pointer_mut(place).and_then(Value::as_object_mut);
                object.unwrap().remove("blnk");
            }
        }
    }

    #[test]
    fn what_can_not_be_is_told() {
        let changed = |signature: &ConformerSignature, place: &str, to: Value| {
            let mut value = serde_json::to_value(signature).unwrap();
            *value.pointer_mut(place).unwrap() = to;
            serde_json::from_value::<ConformerSignature>(value)
                .unwrap()
                .fault()
        };
        let [ctc, rnnt, tdt] = known();
        for (signature, place, to) in [
            (&ctc, "/encoder/subsampling", json!(0)),
            (&ctc, "/encoder/window", json!(1e9)),
            (&ctc, "/model/file", json!("../other.onnx")),
            (&ctc, "/model/file", json!("/etc/passwd")),
            (&ctc, "/vocabulary/file", json!("")),
            (&rnnt, "/state", json!([1, 1_000_000])),
            (&rnnt, "/most_tokens", json!(0)),
            (&rnnt, "/kind", json!("tdt")),
            (&tdt, "/kind", json!("rnnt")),
            (&tdt, "/durations", json!([0, 1, 2, 1000])),
        ] {
            assert!(changed(signature, place, to).is_some(), "{place}");
        }
    }
}

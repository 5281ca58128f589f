//! The models this library knows: one row each, pinned by hash.

use serde::{Deserialize, Serialize};

use super::signature::{
    Curve, EmbeddingSignature, FbankSignature, FrontEnd, SegmentationSignature, Signature,
};

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Task {
    /// Voice activity detection.
    Vad,
    /// Speaker segmentation.
    Segmentation,
    /// Speaker embedding.
    Embedding,
    /// Probabilistic linear discriminant analysis of speaker embeddings.
    Plda,
    /// Automatic speech recognition.
    Asr,
}

/// A row of the catalog.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelSpec {
    /// What it is asked for by: `"whisper-base-q8_0"`.
    pub id: &'static str,
    /// What it is for.
    pub task: Task,
    /// Its file's name.
    pub file: &'static str,
    /// Its file's length.
    pub bytes: u64,
    /// Its file's SHA-256, in lower-case hexadecimal digits.
    pub sha256: &'static str,
    /// The licence of the weights, as an SPDX expression.
    pub licence: &'static str,
    /// Where it was published; empty for a file that comes with this project, or that a recipe of it makes.
    pub url: &'static str,
    /// How to talk to it.
    pub signature: Signature,
}

/// Every row.
///
/// ```
/// let ids: Vec<_> = autoproto_core::models::catalog().iter().map(|row| row.id).collect();
/// assert!(ids.contains(&"silero-vad-6.2"));
/// ```
pub fn catalog() -> Vec<ModelSpec> {
    let mut rows = vec![
        ModelSpec {
            id: "silero-vad-6.2",
            task: Task::Vad,
            file: "silero_vad.onnx",
            bytes: 2_327_524,
            sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
            licence: "MIT",
            url: "",
            signature: Signature::Silero,
        },
        ModelSpec {
            id: "segmentation-powerset",
            task: Task::Segmentation,
            file: "segmentation-powerset.onnx",
            bytes: 5_984_704,
            sha256: "534f67cc2231251c5e9cf5c47fd22d22a535801df052c9e3bd383937f9c53571",
            licence: "MIT",
            url: "",
            signature: Signature::Segmentation(powerset(5.0, 0.5)),
        },
        ModelSpec {
            id: "segmentation-3.0",
            task: Task::Segmentation,
            file: "segmentation-3.0.onnx",
            bytes: 5_992_913,
            sha256: "220ad67ca923bef2fa91f2390c786097bf305bceb5e261d4af67b38e938e1079",
            licence: "MIT",
            url: "https://huggingface.co/csukuangfj/sherpa-onnx-pyannote-segmentation-3-0/resolve/9403a6902bb58e3d5ae8c7e77c3422de279db2e0/model.onnx",
            signature: Signature::Segmentation(powerset(10.0, 1.0)),
        },
        ModelSpec {
            id: "speaker-embedding-ge2e",
            task: Task::Embedding,
            file: "speaker-embedding-ge2e.onnx",
            bytes: 6_378_909,
            sha256: "91713391296a014139c6426aea6da38261c3e2bbde08982efd69ed157d4b401c",
            licence: "Apache-2.0",
            url: "",
            signature: Signature::Embedding(EmbeddingSignature {
                front_end: FrontEnd::Waveform { level: -30.0 },
                span: 1.6,
                hop: 0.4,
                least: 0.5,
                input: "waveform".into(),
                output: "embedding".into(),
                curve: Some(Curve::GE2E),
            }),
        },
        ModelSpec {
            id: "wespeaker-resnet34-lm",
            task: Task::Embedding,
            file: "voxceleb_resnet34_LM.onnx",
            bytes: 26_530_309,
            sha256: "7bb2f06e9df17cdf1ef14ee8a15ab08ed28e8d0ef5054ee135741560df2ec068",
            licence: "CC-BY-4.0",
            url: "https://huggingface.co/Wespeaker/wespeaker-voxceleb-resnet34-LM/resolve/f0c48c298fd835726c27956a5d617bad7115627e/voxceleb_resnet34_LM.onnx",
            signature: Signature::Embedding(EmbeddingSignature {
                front_end: FrontEnd::Fbank(FbankSignature::default()),
                span: 2.0,
                hop: 0.5,
                least: 0.025,
                input: "feats".into(),
                output: "embs".into(),
                curve: None,
            }),
        },
        ModelSpec {
            id: "plda-transform",
            task: Task::Plda,
            file: "xvec_transform.npz",
            bytes: 134_376,
            sha256: "325f1ce8e48f7e55e9c8aa47e05d2766b7c48c4b25b8de8dd751e7a4cc5fbe8f",
            licence: "CC-BY-4.0",
            url: "https://huggingface.co/pyannote-community/speaker-diarization-community-1/resolve/8a527374977391da736e0daaef26855d949d9685/plda/xvec_transform.npz",
            signature: Signature::Plda,
        },
        ModelSpec {
            id: "plda-community-1",
            task: Task::Plda,
            file: "plda.npz",
            bytes: 133_852,
            sha256: "9b77bcd840692710dd3496f62ecfeed8d8e5f002fd991b785079b244eab7d255",
            licence: "CC-BY-4.0",
            url: "https://huggingface.co/pyannote-community/speaker-diarization-community-1/resolve/8a527374977391da736e0daaef26855d949d9685/plda/plda.npz",
            signature: Signature::Plda,
        },
        ModelSpec {
            id: "whisper-base-q8_0",
            task: Task::Asr,
            file: "ggml-base-q8_0.bin",
            bytes: 81_768_585,
            sha256: "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9",
            licence: "MIT",
            url: "https://huggingface.co/ggerganov/whisper.cpp/resolve/5359861c739e955e79d9a303bcbc70fb988958b1/ggml-base-q8_0.bin",
            signature: Signature::Whisper,
        },
        ModelSpec {
            id: "whisper-small-q8_0",
            task: Task::Asr,
            file: "ggml-small-q8_0.bin",
            bytes: 264_464_607,
            sha256: "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f",
            licence: "MIT",
            url: "https://huggingface.co/ggerganov/whisper.cpp/resolve/5359861c739e955e79d9a303bcbc70fb988958b1/ggml-small-q8_0.bin",
            signature: Signature::Whisper,
        },
        ModelSpec {
            id: "whisper-large-v3-turbo-q5_0",
            task: Task::Asr,
            file: "ggml-large-v3-turbo-q5_0.bin",
            bytes: 574_041_195,
            sha256: "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2",
            licence: "MIT",
            url: "https://huggingface.co/ggerganov/whisper.cpp/resolve/5359861c739e955e79d9a303bcbc70fb988958b1/ggml-large-v3-turbo-q5_0.bin",
            signature: Signature::Whisper,
        },
        ModelSpec {
            id: "moonshine-tiny-en-encoder",
            task: Task::Asr,
            file: "moonshine-tiny-en-encoder.onnx",
            bytes: 12_940_008,
            sha256: "9bdeb2238ed09bf46f32f4a8f293317e7773adf8421cc72dd33586c54b96d3a8",
            licence: "MIT",
            url: "",
            signature: Signature::Part,
        },
        ModelSpec {
            id: "moonshine-tiny-en-decoder",
            task: Task::Asr,
            file: "moonshine-tiny-en-decoder.onnx",
            bytes: 29_530_995,
            sha256: "b9f7bf0eb37d1c3aa523b1b81422786fc0e1b05ecf6683adcee3b3042d7e31f6",
            licence: "MIT",
            url: "",
            signature: Signature::Part,
        },
        ModelSpec {
            id: "moonshine-tiny-en-tokenizer",
            task: Task::Asr,
            file: "moonshine-tiny-en-tokenizer.bin",
            bytes: 249_974,
            sha256: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
            licence: "MIT",
            url: "",
            signature: Signature::Part,
        },
    ];
    rows.extend(super::conformer_rows::rows());
    rows
}

/// The PyanNet of 2022 and of segmentation-3.0: the same layers, trained on windows of 5 and of 10 seconds.
fn powerset(window: f64, step: f64) -> SegmentationSignature {
    SegmentationSignature {
        window,
        step,
        frame_shift: 270,
        receptive_field: 991,
        input: "x".into(),
        output: "y".into(),
    }
}

/// The row with this id.
pub fn find(id: &str) -> Option<ModelSpec> {
    catalog().into_iter().find(|row| row.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole_and_unlike_each_other() {
        let rows = catalog();
        for (i, row) in rows.iter().enumerate() {
            assert_eq!(row.sha256.len(), 64, "{}", row.id);
            assert!(
                row.sha256
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
                "{}",
                row.id
            );
            assert!(row.bytes > 0 && !row.licence.is_empty(), "{}", row.id);
            assert!(
                rows[..i].iter().all(|other| other.id != row.id
                    && other.file != row.file
                    && other.sha256 != row.sha256),
                "{}",
                row.id
            );
        }
    }
}

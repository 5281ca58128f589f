//! The catalog's rows of GigaAM and Parakeet: one for each file, put together by
//! [`transcribers`](super::transcribers).

use super::catalog::{ModelSpec, Task};
use super::signature::Signature;

/// GigaAM 3 with either head, then Parakeet TDT.
pub(super) fn rows() -> Vec<ModelSpec> {
    vec![
        part(
            "gigaam-v3-e2e-ctc-model",
            "v3_e2e_ctc.int8.onnx",
            224_893_347,
            "2e3fcb7a7b66030336fd10c2fcfb033bd1dc7e1bf238fe5cfd83b1d0cfc9d28e",
            "MIT",
            "https://huggingface.co/istupakov/gigaam-v3-onnx/resolve/322c3b29492673eb7d0b434bfa9dfb8653e34d02/v3_e2e_ctc.int8.onnx",
        ),
        part(
            "gigaam-v3-e2e-ctc-vocabulary",
            "v3_e2e_ctc_vocab.txt",
            2_007,
            "142de7570b3de5b3035ce111a89c228e80e6085273731d944093ddf24fa539cd",
            "MIT",
            "https://huggingface.co/istupakov/gigaam-v3-onnx/resolve/322c3b29492673eb7d0b434bfa9dfb8653e34d02/v3_e2e_ctc_vocab.txt",
        ),
        part(
            "gigaam-v3-e2e-rnnt-encoder",
            "v3_e2e_rnnt_encoder.int8.onnx",
            224_570_477,
            "4e0e076a6076cd110277e529b8ac8f32cd5297f7fbebad5341ae8ddb7d00817b",
            "MIT",
            "https://huggingface.co/istupakov/gigaam-v3-onnx/resolve/322c3b29492673eb7d0b434bfa9dfb8653e34d02/v3_e2e_rnnt_encoder.int8.onnx",
        ),
        part(
            "gigaam-v3-e2e-rnnt-decoder",
            "v3_e2e_rnnt_decoder.int8.onnx",
            1_159_170,
            "89014e134865615b91e037157e46e389b1271e6072460efc010ea08e61e23146",
            "MIT",
            "https://huggingface.co/istupakov/gigaam-v3-onnx/resolve/322c3b29492673eb7d0b434bfa9dfb8653e34d02/v3_e2e_rnnt_decoder.int8.onnx",
        ),
        part(
            "gigaam-v3-e2e-rnnt-joint",
            "v3_e2e_rnnt_joint.int8.onnx",
            687_791,
            "ade116563dbf66e503b0994efab6b5861412743e52bf31c39fc3fffa3783d5d1",
            "MIT",
            "https://huggingface.co/istupakov/gigaam-v3-onnx/resolve/322c3b29492673eb7d0b434bfa9dfb8653e34d02/v3_e2e_rnnt_joint.int8.onnx",
        ),
        part(
            "gigaam-v3-e2e-rnnt-vocabulary",
            "v3_e2e_rnnt_vocab.txt",
            13_354,
            "39abae20e692998290c574e606f11a9edef2902a1995463fcff63d1490cf22b7",
            "MIT",
            "https://huggingface.co/istupakov/gigaam-v3-onnx/resolve/322c3b29492673eb7d0b434bfa9dfb8653e34d02/v3_e2e_rnnt_vocab.txt",
        ),
        part(
            "parakeet-tdt-0.6b-v3-encoder",
            "parakeet-tdt-0.6b-v3-encoder.int8.onnx",
            652_183_999,
            "6139d2fa7e1b086097b277c7149725edbab89cc7c7ae64b23c741be4055aff09",
            "CC-BY-4.0",
            "https://huggingface.co/istupakov/parakeet-tdt-0.6b-v3-onnx/resolve/8f23f0c03c8761650bdb5b40aaf3e40d2c15f1ce/encoder-model.int8.onnx",
        ),
        part(
            "parakeet-tdt-0.6b-v3-predictor",
            "parakeet-tdt-0.6b-v3-decoder_joint.int8.onnx",
            18_202_004,
            "eea7483ee3d1a30375daedc8ed83e3960c91b098812127a0d99d1c8977667a70",
            "CC-BY-4.0",
            "https://huggingface.co/istupakov/parakeet-tdt-0.6b-v3-onnx/resolve/8f23f0c03c8761650bdb5b40aaf3e40d2c15f1ce/decoder_joint-model.int8.onnx",
        ),
        part(
            "parakeet-tdt-0.6b-v3-vocabulary",
            "parakeet-tdt-0.6b-v3-vocab.txt",
            93_939,
            "d58544679ea4bc6ac563d1f545eb7d474bd6cfa467f0a6e2c1dc1c7d37e3c35d",
            "CC-BY-4.0",
            "https://huggingface.co/istupakov/parakeet-tdt-0.6b-v3-onnx/resolve/8f23f0c03c8761650bdb5b40aaf3e40d2c15f1ce/vocab.txt",
        ),
    ]
}

fn part(
    id: &'static str,
    file: &'static str,
    bytes: u64,
    sha256: &'static str,
    licence: &'static str,
    url: &'static str,
) -> ModelSpec {
    ModelSpec {
        id,
        task: Task::Asr,
        file,
        bytes,
        sha256,
        licence,
        url,
        signature: Signature::Part,
    }
}

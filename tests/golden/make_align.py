"""Writes align/: what the forced alignment of autoproto-core/src/transcribe/align is held against.

usage: make_align.py     needs torch, torchaudio and onnx; align.json is of torchaudio 2.11.0

align.json   forced alignments by torchaudio's `forced_align` and `merge_tokens` of random and of peaky emissions, with
             repeated tokens, and with its recipe's token for anything: a class more, at log-probability 0
tones.onnx   a CTC model that is right by construction: each of its tokens is a tone, of which two filters (sine and
             cosine under a Hann window of 25 ms, every 20 ms) measure the energy; where no tone sounds it says the blank.
             `log_probs` is `[1, frames, classes]`, `logits` the same as `[1, classes, frames]` before the softmax.
"""
import json
from pathlib import Path

import numpy as np
import onnx
import torch
import torchaudio
from onnx import TensorProto, helper, numpy_helper

OUT = Path(__file__).with_name("align")
TONES = {"|": 350, "а": 650, "д": 950, "и": 1250, "е": 1550, "н": 1850, "т": 2150}
KERNEL, HOP, RATE, LEVEL = 400, 320, 16_000, 0.3


def aligned(name, emissions, tokens, blank, anything=False):
    emissions = np.round(emissions, 3).astype(np.float32)
    frames, classes = emissions.shape
    heard = torch.from_numpy(emissions)
    if anything:
        heard = torch.cat([heard, torch.zeros(frames, 1)], dim=1)
    path, scores = torchaudio.functional.forced_align(heard[None], torch.tensor([tokens], dtype=torch.int32), blank=blank)
    spans = torchaudio.functional.merge_tokens(path[0], scores[0], blank=blank)
    assert [s.token for s in spans] == tokens
    return {
        "name": name, "classes": classes, "blank": blank, "tokens": tokens,
        "emissions": [round(float(x), 3) for x in emissions.reshape(-1)],
        "spans": [[s.start, s.end, round(float(s.score), 6)] for s in spans],
        "score": round(float(scores.double().sum()), 5),
    }


def log_softmax(logits):
    return np.log(np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True))


def peaky(rng, frames, classes, tokens, blank):
    """As a trained model speaks: blanks, and here and there a frame that is sure of its token."""
    logits = rng.normal(0, 1, (frames, classes))
    logits[:, blank] += 8
    places = np.sort(rng.choice(np.arange(1, frames // 2), len(tokens), replace=False)) * 2
    for place, token in zip(places, tokens):
        logits[place, token] += 16
    return log_softmax(logits)


def cases():
    rng = np.random.default_rng(6)
    found = [
        aligned("one frame for each", log_softmax(rng.normal(0, 1, (3, 4))), [1, 2, 3], 0),
        aligned("one token alone", log_softmax(rng.normal(0, 1, (7, 3))), [2], 0),
        aligned("no room for more", log_softmax(rng.normal(0, 1, (7, 3))), [1, 1, 2, 2, 1], 0),
    ]
    for n in range(10):
        frames, classes = int(rng.integers(8, 40)), int(rng.integers(3, 9))
        blank = int(rng.integers(0, classes))
        usable = [c for c in range(classes) if c != blank]
        tokens = [int(t) for t in rng.choice(usable, int(rng.integers(1, frames // 2)))]
        emissions = log_softmax(rng.normal(0, 2, (frames, classes)))
        found.append(aligned(f"random {n}", emissions, tokens, blank))
    for n in range(6):
        tokens = [int(t) for t in rng.integers(1, 12, 14)]
        found.append(aligned(f"peaky {n}", peaky(rng, 60, 12, tokens, 0), tokens, 0))
    for n in range(4):
        tokens = [int(t) for t in rng.integers(1, 8, 12)]
        emissions = peaky(rng, 50, 8, tokens, 0)
        # The middle of what was said is not known.
        found.append(aligned(f"anything {n}", emissions, tokens[:4] + [8] + tokens[8:], 0, anything=True))
    return found


def tones():
    at = np.arange(KERNEL) - (KERNEL - 1) / 2
    window = np.hanning(KERNEL)
    scale = 1 / (LEVEL * window.sum() / 2)
    filters = []
    for hertz in TONES.values():
        phase = 2 * np.pi * hertz * at / RATE
        filters += [window * np.cos(phase) * scale, window * np.sin(phase) * scale]
    filters = np.array(filters, dtype=np.float32)[:, None, :]
    # The energy of a whole tone is 1, that of half of one a quarter, which is where the blank gives way.
    sums = np.zeros((len(TONES) + 1, len(filters), 1), dtype=np.float32)
    for token in range(len(TONES)):
        sums[token + 1, 2 * token:2 * token + 2] = 16
    bias = np.array([4] + [0] * len(TONES), dtype=np.float32)
    values = {"filters": filters, "sums": sums, "bias": bias, "axis": np.array([1], dtype=np.int64)}
    graph = helper.make_graph(
        [
            helper.make_node("Unsqueeze", ["sound", "axis"], ["mono"]),
            helper.make_node("Conv", ["mono", "filters"], ["heard"], strides=[HOP]),
            helper.make_node("Mul", ["heard", "heard"], ["squares"]),
            helper.make_node("Conv", ["squares", "sums", "bias"], ["logits"]),
            helper.make_node("Transpose", ["logits"], ["rows"], perm=[0, 2, 1]),
            helper.make_node("LogSoftmax", ["rows"], ["log_probs"], axis=-1),
        ],
        "tones",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, [1, "samples"])],
        [
            helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, [1, "frames", len(TONES) + 1]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(TONES) + 1, "frames"]),
        ],
        [numpy_helper.from_array(v, n) for n, v in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main():
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(c) for c in cases())
    (OUT / "align.json").write_text(f"[\n{lines}\n]\n")
    onnx.save(tones(), OUT / "tones.onnx")


if __name__ == "__main__":
    main()

"""Writes moonshine_jfk.json: what Moonshine tiny makes of the first three seconds of tests/data/jfk.wav, for
../moonshine/goldens.rs.

usage: make_moonshine.py WHEEL MODELS     needs numpy, soundfile and onnxruntime

The states, the tokens and their probabilities are those of the authors' own files (`.ort`) in the wheel of
moonshine-voice 0.0.59; what the decoder looks at is that of the files in MODELS, which the recipe makes of them. The path
is found here by trying every way, not by the library's algorithm.
"""

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile

HERE = Path(__file__).parent
SECONDS, BEGIN, END = 3, 1, 2
LAYERS, HEADS, WIDTH = 6, 8, 36
ALIGNMENT_HEADS = [(3, 5), (3, 6), (4, 3), (4, 7), (5, 6), (5, 7)]


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def decode(decoder, states, mask):
    """Greedy: tokens, their probabilities, and all that was given at each step."""
    names = [output.name for output in decoder.get_outputs()]
    empty = np.zeros((1, HEADS, 0, WIDTH), np.float32)
    parts = [f"{layer}.{of}.{kind}" for layer in range(LAYERS) for of in ("decoder", "encoder") for kind in ("key", "value")]
    past = {f"past_key_values.{part}": empty for part in parts}
    token, tokens, probabilities, steps = BEGIN, [], [], []
    while True:
        fed = {
            "input_ids": np.array([[token]]),
            "encoder_hidden_states": states,
            "encoder_attention_mask": mask,
            "use_cache_branch": np.array([bool(steps)]),
        }
        given = dict(zip(names, decoder.run(None, fed | past)))
        for part in parts:
            if not steps or ".decoder." in part:
                past[f"past_key_values.{part}"] = given[f"present.{part}"]
        steps.append(given)
        scores = given["logits"][0, -1].astype(np.float64)
        token = int(scores.argmax())
        if token == END:
            return tokens, probabilities, steps
        tokens.append(token)
        probabilities.append(float(1 / np.exp(scores - scores.max()).sum()))


def path(attention):
    """The frame at which each row begins, on the way with the most attention: every begin of every row is tried."""
    rows, frames = attention.shape
    sums = np.concatenate([np.zeros((rows, 1)), np.cumsum(attention, axis=1)], axis=1)
    # The most that rows from `row` on can have if `row` begins at a frame, and where the next then begins.
    most, following = np.full((rows, frames), -np.inf), np.zeros((rows, frames), int)
    most[-1] = sums[-1, -1] - sums[-1, :-1]
    for row in range(rows - 2, -1, -1):
        for begin in range(frames - 1):
            totals = sums[row, begin + 1 : frames] - sums[row, begin] + most[row + 1, begin + 1 :]
            best = int(totals.argmax())
            most[row, begin], following[row, begin] = totals[best], begin + 1 + best
    begins = [0]
    for row in range(rows - 1):
        begins.append(int(following[row, begins[-1]]))
    return begins


def main():
    wheel, models = Path(sys.argv[1]), Path(sys.argv[2])
    sound, rate = soundfile.read(HERE.parents[3] / "tests/data/jfk.wav", dtype="float32")
    assert rate == 16_000 and sound.ndim == 1
    sound = sound[None, : SECONDS * rate]
    mask = np.ones(sound.shape, np.int64)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        for name in ("encoder_model.ort", "decoder_model_merged.ort"):
            Path(folder, name).write_bytes(archive.read(f"moonshine_voice/assets/tiny-en/{name}"))
        encoder, decoder = (session(Path(folder, name)) for name in ("encoder_model.ort", "decoder_model_merged.ort"))
        states = encoder.run(None, {"input_values": sound, "attention_mask": mask})[0]
        tokens, probabilities, _ = decode(decoder, states, mask)
    made, _, steps = decode(session(models / "moonshine-tiny-en-decoder.onnx"), states, mask)
    assert made == tokens
    looked = [[step[f"cross_attentions.{layer}"][0, head, -1] for layer, head in ALIGNMENT_HEADS] for step in steps]
    attention = np.mean(looked, axis=1)
    flat = states.ravel()
    places = np.linspace(0, flat.size - 1, 64).astype(int)
    result = {
        "seconds": SECONDS,
        "states": {
            "shape": list(states.shape),
            "places": places.tolist(),
            "values": [round(float(flat[i]), 6) for i in places],
        },
        "tokens": tokens,
        "probabilities": [round(p, 6) for p in probabilities],
        "begins": path(attention.astype(np.float64))[: len(tokens)],
    }
    (HERE / "moonshine_jfk.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    print(states.shape, tokens, result["begins"])


if __name__ == "__main__":
    main()

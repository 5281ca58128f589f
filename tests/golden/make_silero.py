"""Writes silero_jfk.json: speech probabilities and regions of ../data/jfk.wav by silero-vad, for tests/tests/vad_golden.rs.

usage: make_silero.py     needs numpy, soundfile, onnxruntime, packaging and silero-vad (pip install --no-deps silero-vad==6.2.0)

The package's own `OnnxWrapper` and `get_speech_timestamps` run, over the few functions of torch that they call, written
here with numpy; so nobody needs torch for it. The figures in silero_jfk.json are of silero-vad 6.2.0 with default parameters.
"""
import importlib.util, json, sys, types
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).parent


class Tensor(np.ndarray):
    def dim(self):
        return self.ndim

    def float(self):
        return self.astype(np.float32)

    def numpy(self):
        return np.asarray(self)

    def unsqueeze(self, axis):
        return np.expand_dims(self, axis)


def tensor(values):
    return np.asarray(values, dtype=np.float32).view(Tensor)


def fake_torch():
    torch = types.ModuleType("torch")
    torch.Tensor = Tensor
    torch.is_tensor = lambda x: isinstance(x, Tensor)
    torch.from_numpy = tensor
    torch.zeros = lambda *shape: tensor(np.zeros(shape[0] if isinstance(shape[0], tuple) else shape))
    torch.cat = lambda parts, dim=0: tensor(np.concatenate(parts, axis=dim))
    torch.no_grad = lambda: lambda function: function
    torch.device = lambda name: name
    functional = types.SimpleNamespace(pad=lambda x, width: tensor(np.pad(x, width)))
    torch.nn = types.SimpleNamespace(functional=functional)
    return torch


def scripted(timestamps, rng):
    """The regions of probabilities that wander about the thresholds: what one recording does not show."""
    steps = int(rng.integers(40, 160))
    wandering = np.clip(0.45 + np.cumsum(rng.normal(0, 0.18, steps)) % 1.2 - 0.6 + rng.normal(0, 0.15, steps), 0, 1)
    probabilities = [round(float(p), 3) for p in wandering]
    said = iter(probabilities)

    class Scripted:
        reset_states = staticmethod(lambda: None)

        def __call__(self, chunk, rate):
            return np.float64(next(said))

    samples = 512 * steps - int(rng.integers(0, 512))
    regions = timestamps(tensor(np.zeros(samples)), Scripted())
    return {"samples": samples, "probabilities": probabilities, "regions": [[r["start"], r["end"]] for r in regions]}


def main():
    sys.modules["torch"] = fake_torch()
    sys.modules["torchaudio"] = types.ModuleType("torchaudio")
    # Past the package's __init__, which wants all of torch.
    found = importlib.util.find_spec("silero_vad").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("utils_vad", Path(found) / "utils_vad.py")
    silero = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(silero)

    samples, rate = soundfile.read(HERE.parent / "data/jfk.wav", dtype="float32")
    assert rate == 16_000 and samples.ndim == 1
    model = silero.OnnxWrapper(str(HERE.parents[1] / "models/silero_vad.onnx"))
    probabilities = []

    class Listening:
        """The model, noting what it says."""

        reset_states = staticmethod(model.reset_states)

        def __call__(self, chunk, rate):
            said = model(chunk, rate)
            probabilities.append(round(float(said.item()), 6))
            return said

    regions = silero.get_speech_timestamps(tensor(samples), Listening())
    made = {
        "probabilities": probabilities,
        "regions": [[r["start"], r["end"]] for r in regions],
        "scripted": [scripted(silero.get_speech_timestamps, np.random.default_rng(seed)) for seed in range(12)],
    }
    (HERE / "silero_jfk.json").write_text(json.dumps(made) + "\n", encoding="utf-8")
    print(len(probabilities), made["regions"], [len(case["regions"]) for case in made["scripted"]])


if __name__ == "__main__":
    main()

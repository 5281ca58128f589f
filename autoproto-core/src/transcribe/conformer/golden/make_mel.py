"""Writes mel.json: log-mel features of made-up sound as GigaAM and NeMo compute them, for the tests of ../mel.rs.

usage: make_mel.py     needs numpy, torchaudio and onnx-asr; the figures in mel.json are of onnx-asr 0.12.0

The features are those of onnx-asr's preprocessors in NumPy, held against torchaudio's MelSpectrogram; its ones in ONNX are
up to 0.01 away from both in quiet bins, by ONNX Runtime's STFT.
"""
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torchaudio
from onnx_asr.preprocessors.numpy_preprocessor import GigaamPreprocessorNumpy, NemoPreprocessorNumpy

RATE = 16_000
KINDS = {"gigaam-v2": "gigaam_v2", "gigaam-v3": "gigaam_v3", "nemo80": "nemo80", "nemo128": "nemo128"}


def sound(samples):
    """A falling and a steady tone, and noise from a generator that any language can repeat, in -1 to 1."""
    state, noise = 1, []
    for _ in range(samples):
        state = (1_103_515_245 * state + 12_345) % 2**31
        noise.append(state / 2**30 - 1)
    t = np.arange(samples) / RATE
    falling = np.sin(2 * np.pi * (3000 * t - 2500 * t * t))
    return (0.3 * falling + 0.2 * np.sin(2 * np.pi * 220 * t) + 0.02 * np.array(noise)).astype(np.float32)


def preprocessed(name, waveform):
    kind = GigaamPreprocessorNumpy if name.startswith("gigaam") else NemoPreprocessorNumpy
    features, frames = kind(name)(waveform[None].copy(), np.array([len(waveform)]))
    return features[0, :, : frames[0]]


def by_torchaudio(kind, waveform):
    x = torch.from_numpy(waveform)
    if kind == "gigaam-v2":
        mel = torchaudio.transforms.MelSpectrogram(RATE, n_fft=400, hop_length=160, n_mels=64)
        return mel(x).clamp(1e-9, 1e9).log().numpy()
    if kind == "gigaam-v3":
        mel = torchaudio.transforms.MelSpectrogram(RATE, n_fft=320, hop_length=160, n_mels=64, center=False)
        mel = mel.to(torch.bfloat16).to(torch.float32)
        return mel(x).clamp(1e-9, 1e9).log().numpy()
    x = torch.cat([x[:1], x[1:] - 0.97 * x[:-1]])
    mel = torchaudio.transforms.MelSpectrogram(
        RATE, n_fft=512, win_length=400, hop_length=160, n_mels=int(kind[4:]), f_max=8000, pad_mode="constant",
        norm="slaney", mel_scale="slaney", window_fn=lambda n: torch.hann_window(n, periodic=False),
    )
    log = (mel(x) + 2**-24).log()[:, : len(waveform) // 160]
    return ((log - log.mean(1, keepdim=True)) / (log.std(1, keepdim=True) + 1e-5)).numpy()


def main():
    cases = []
    for kind, name in KINDS.items():
        for samples in (8000, 12_345):
            waveform = sound(samples)
            features = preprocessed(name, waveform)
            other = by_torchaudio(kind, waveform)[:, : features.shape[1]]
            away = float(np.abs(features - other).max())
            print(kind, samples, features.shape, f"{away:.2e} from torchaudio's")
            assert away < 1e-3
            frames = features.shape[1]
            at = [0, 1, 2, frames // 2, frames - 2, frames - 1]
            values = [[round(float(v), 4) for v in features[:, i]] for i in at]
            cases.append({"front_end": kind, "samples": samples, "frames": frames, "at": at, "values": values})
    rows = ",\n".join(json.dumps(case) for case in cases)
    Path(__file__).with_name("mel.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    print("onnx-asr", version("onnx-asr"))


if __name__ == "__main__":
    main()

"""Writes fbank.json: Kaldi's filter banks of half a second of made-up sound, for the tests of ../fbank.rs.

usage: make_fbank.py     needs numpy and kaldi-native-fbank; the figures in fbank.json are of version 1.23.0
"""
import json
from importlib.metadata import version
from pathlib import Path

import kaldi_native_fbank as knf
import numpy as np

RATE = 16_000


def sound():
    """A falling and a steady tone, and noise from a generator that any language can repeat; 8000 samples in -1 to 1."""
    state, noise = 1, []
    for _ in range(RATE // 2):
        state = (1_103_515_245 * state + 12_345) % 2**31
        noise.append(state / 2**30 - 1)
    t = np.arange(RATE // 2) / RATE
    falling = np.sin(2 * np.pi * (3000 * t - 2500 * t * t))
    return (0.3 * falling + 0.2 * np.sin(2 * np.pi * 220 * t) + 0.02 * np.array(noise)).astype(np.float32)


def main():
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20
    options.mel_opts.high_freq = 8000
    bank = knf.OnlineFbank(options)
    bank.accept_waveform(RATE, (sound() * 32_768).tolist())
    bank.input_finished()
    frames = np.stack([bank.get_frame(i) for i in range(bank.num_frames_ready)]).astype(np.float64)
    frames -= frames.mean(0)
    rows = ",\n".join(json.dumps([round(float(v), 4) for v in row]) for row in frames)
    Path(__file__).with_name("fbank.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    print(frames.shape, "kaldi-native-fbank", version("kaldi-native-fbank"))


if __name__ == "__main__":
    main()

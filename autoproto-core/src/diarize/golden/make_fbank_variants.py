"""Writes fbank_*.json: torchaudio's Kaldi filter banks as other embedding models want them, for the tests of ../fbank.rs.

usage: make_fbank_variants.py     needs torchaudio and kaldi-native-fbank (for the sound of make_fbank.py); the figures
are of torchaudio 2.11.0

The sound is make_fbank.py's. Each file says how it was made and holds a few of the frames: {"options", "frames" (how
many there are in all), "at" (which are held), "values"}. The mean, where it is removed, is over all frames. 1e-3 holds
between f32 and f64, except where a whole frame is near silence.
"""

import json
from importlib.metadata import version
from pathlib import Path

import torch
import torchaudio.compliance.kaldi as kaldi
from make_fbank import RATE, sound

AT = [0, 1, 24, 47]
# In all: 80 bins, frames of 25 ms every 10 ms, dither 0, pre-emphasis 0.97, no energy.
VARIANTS = {
    # CAM++ and ERes2Net (3D-Speaker): povey window, samples of -1 to 1, the mean removed.
    "povey": {"window_type": "povey"},
    # The same of samples as 16-bit numbers: only without the mean does it show.
    "povey_16bit": {"window_type": "povey", "scale": 32_768.0, "mean_removed": False},
    "povey_raw": {"window_type": "povey", "mean_removed": False},
    # Not snipped: the sound is mirrored at its ends, so that there are as many frames as hops. And the highest filter
    # ending 400 Hz below half the rate.
    "povey_edges": {"window_type": "povey", "snip_edges": False, "scale": 32_768.0},
    "povey_edges_7600": {"window_type": "povey", "snip_edges": False, "high_freq": -400.0, "mean_removed": False},
    "povey_7600": {"window_type": "povey", "high_freq": -400.0},
    # WeSpeaker (and pyannote.audio): hamming window, 16-bit numbers, the mean removed.
    "hamming": {"window_type": "hamming", "scale": 32_768.0},
}


def main():
    for name, given in VARIANTS.items():
        options = {"scale": 1.0, "snip_edges": True, "high_freq": 0.0, "low_freq": 20.0, "mean_removed": True} | given
        passed = {key: value for key, value in options.items() if key not in ("scale", "mean_removed")}
        samples = torch.from_numpy(sound())[None] * options["scale"]
        frames = kaldi.fbank(samples, num_mel_bins=80, sample_frequency=RATE, dither=0.0, use_energy=False, **passed)
        if options["mean_removed"]:
            frames = frames - frames.mean(0, keepdim=True)
        at = [i for i in AT if i < len(frames)] + [len(frames) - 1] * (len(frames) - 1 not in AT)
        rows = ",\n".join(json.dumps([round(float(v), 4) for v in frames[i]]) for i in at)
        head = json.dumps({"options": options, "frames": len(frames), "at": at})[:-1]
        Path(__file__).with_name(f"fbank_{name}.json").write_text(f'{head}, "values": [\n{rows}\n]}}\n', encoding="utf-8")
        print(name, tuple(frames.shape), "torchaudio", version("torchaudio"))


if __name__ == "__main__":
    main()

"""Writes resample/: sounds of five sample rates at 16 kHz as soxr makes them, for tests/tests/resample_golden.rs.

usage: resample.py     needs numpy and soxr; the figures in resample/ are of soxr 1.1.0, quality VHQ

From 44 100 and 22 050 Hz soxr goes to the lowest common multiple with 16 000, of which every 441st sample is kept. Asked
for 16 000 at once it interpolates its filter between phases, and is only within 79 dB of the sound as the recipe says it
is at 16 000 Hz; by way of the multiple it is within 147 dB. Nothing folds back, for the sound has nothing above `top`.

The sound itself is not kept, for the test makes it again from its recipe, recipe.json: partials of random frequency and
phase, which together are noise without anything above `top`, and a sweep up to `top`, all faded in and out. Each
RATE.f32 is what comes of it: 32-bit floats, little-endian.
"""
import json, math, random
from pathlib import Path

import numpy as np
import soxr

RATE = 16_000
SECONDS, FADE = 0.5, 0.01
LOWEST = 50  # hertz
# The highest frequency by rate: below what either resampler begins to take away, nine tenths of the lower Nyquist frequency.
TOPS = {48_000: 7_000, 44_100: 7_000, 22_050: 7_000, 8_000: 3_500, 96_000: 7_000}


def sound(rate, top, recipe):
    time = np.arange(int(SECONDS * rate)) / rate
    made = np.zeros(len(time))
    for place, phase in recipe["partials"]:
        hertz = LOWEST + place * (top - LOWEST)
        made += recipe["partial"] * np.sin(2 * np.pi * (hertz * time + phase))
    turns = LOWEST * time + (top - LOWEST) / SECONDS * time**2 / 2
    made += recipe["sweep"] * np.sin(2 * np.pi * turns)
    edge = np.clip(np.minimum(time, SECONDS - time) / FADE, 0, 1)
    return (made * (0.5 - 0.5 * np.cos(np.pi * edge))).astype(np.float32)


def resampled(samples, rate):
    """By whole factors only: up to the lowest common multiple, or directly."""
    multiple = math.lcm(rate, RATE)
    if multiple in (rate, RATE):
        return soxr.resample(samples, rate, RATE, quality="VHQ")
    return soxr.resample(samples, rate, multiple, quality="VHQ")[:: multiple // RATE]


def main():
    folder = Path(__file__).parent / "resample"
    rng = random.Random(16_000)
    recipe = {
        "seconds": SECONDS, "fade": FADE, "lowest": LOWEST, "partial": 0.02, "sweep": 0.3,
        "partials": [[round(rng.random(), 6), round(rng.random(), 6)] for _ in range(100)],
        "cases": [{"rate": rate, "top": top} for rate, top in TOPS.items()],
    }
    folder.mkdir(exist_ok=True)
    for rate, top in TOPS.items():
        out = resampled(sound(rate, top, recipe), rate)
        out.astype("<f4").tofile(folder / f"{rate}.f32")
    (folder / "recipe.json").write_text(json.dumps(recipe) + "\n")


if __name__ == "__main__":
    main()

"""Writes diarization_windows/tiny_wespeaker.{onnx,json,bin}: a small ResNet of WeSpeaker's form, with random weights, and
what pyannote.audio's WeSpeakerResNet34 class makes of masked sound with it.

usage: make_wespeaker.py     needs what scripts/export_wespeaker.py needs

For each window of sound (planning-ru, seconds in the JSON): masks [M, frames] (as many frames as the segmentation gives
for the window), embeddings [M, 16] under each mask, embedding [16] with none. Three masks are the segmentation's local
speakers; the others are all of the window, nothing, one frame that falls between the trunk's, a fifth of the frames, made-up
weights, which need not be 0 or 1, and one frame that is met. Of the shorter window also: trunk [32, 10, T/8], which the
pooling is of; pooled [M, 640], means and then deviations, each by channel and then by band.

Tolerances: pooled from the trunk here 1e-5, embeddings from the sound 2e-4.
With nothing in the mask, means and deviations are 0 and the embedding is the last bias; with one frame, deviations are 0.
`least_samples` is what pyannote finds the class to need (one filter bank frame): with a mask of 589 frames in 10 s, the
clean part of a mask is used from `least_clean_frames` + 1 frames on.
"""

import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))

import export_wespeaker
import numpy as np
import pyannote_models as models
import torch
from make_diarization_windows import OUT, ROOT, Store, compact
from pyannote.audio.pipelines.speaker_verification import PyannoteAudioPretrainedSpeakerEmbedding
from pyannote.audio.utils.powerset import Powerset

SEED = 0
RECORDING, WINDOWS = "planning-ru", {"long": (24.0, 34.0), "short": (26.5, 29.0)}


@torch.inference_mode()
def main():
    torch.set_num_threads(1)
    with torch.inference_mode(False):
        model = export_wespeaker.random_model(SEED, tiny=True)
    file = OUT / "tiny_wespeaker.onnx"
    apart, _ = export_wespeaker.export(model, file)
    file.with_suffix(".pt").unlink()
    segmentation = models.segmentation(ROOT / "models/segmentation-powerset.onnx")
    embedding = PyannoteAudioPretrainedSpeakerEmbedding(model)
    rng, store = np.random.default_rng(3), Store("tiny_wespeaker")
    for name, (start, end) in WINDOWS.items():
        sound = torch.from_numpy(models.read(ROOT / f"examples/data/{RECORDING}.flac", start, end))[None, None]
        local = Powerset(3, 2)(segmentation(sound))[0].T.numpy()
        frames = local.shape[1]
        made = np.zeros((6, frames), np.float32)
        made[0] = 1
        made[2, frames // 3] = 1
        made[5, 28] = 1
        made[3] = rng.random(frames) < 0.2
        made[4] = rng.random(frames)
        masks = torch.from_numpy(np.concatenate([local, made]))
        store.add(f"{name}/masks", masks, "f32")
        store.add(f"{name}/embeddings", embedding(sound.expand(len(masks), 1, -1), masks=masks), "f32")
        store.add(f"{name}/embedding", embedding(sound)[0], "f32")
        if name == "short":
            trunk = model.resnet.forward_frames(model.compute_fbank(sound))
            store.add(f"{name}/trunk", trunk[0], "f32")
            store.add(f"{name}/pooled", model.resnet.pool(trunk, weights=masks[None])[0], "f32")
    index = {
        "seed": SEED, "recording": RECORDING, "seconds": WINDOWS, "onnx_runtime_and_torch_differ_by": apart,
        "least_samples": embedding.min_num_samples,
        "least_clean_frames": math.ceil(589 * embedding.min_num_samples / (10 * models.RATE)), **store.write(),
    }  # fmt: skip
    text = compact(json.dumps(index, indent=1))
    (OUT / "tiny_wespeaker.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

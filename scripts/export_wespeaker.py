"""Exports WeSpeaker's ResNet34, as pyannote.audio has it, to ONNX in the form WeSpeaker publishes.

    export_wespeaker.py OUT.onnx --checkpoint pytorch_model.bin
    export_wespeaker.py OUT.onnx --random SEED       for timing: the architecture without its training
    export_wespeaker.py OUT.onnx --random SEED --tiny     a small one of the same form, for tests

Beside OUT.onnx comes OUT.pt, the state dict of the same weights for torch. Needs what scripts/pyannote_models.py names,
and onnxruntime.

`feats [B, T, 80]`, Kaldi filter banks with their mean over time removed, to `embs [B, 256]`. The batch norms are folded
into the convolutions; pooling is the mean and the unbiased standard deviation over time, sqrt(var + 1e-7), of the
trunk's output [B, 256, 10, T/8]. WeSpeaker writes it so; pyannote.audio leaves the 1e-7 out and weighs the frames by a
mask, so for masks the graph is cut before ReduceMean.

Random weights give embeddings that tell voices apart a little, if only by accident: the batch norms are settled on
the recordings of examples/data, and the last bias takes the mean embedding of those out. Seed 0 has 6,634,336 parameters;
with torch 2.11.0 on x86-64 its file is, by sha-256, e2f650780f93546293f0fdcceec73dca5e274faac0300cc7f41c1e788e3e0827
(another processor may sum the batch norms' statistics in another order).
"""

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from pyannote.audio.models.embedding.wespeaker.resnet import BasicBlock, ResNet

import pyannote_models as models

DATA = Path(__file__).resolve().parent.parent / "examples/data"
RECORDINGS = ["standup-en", "planning-ru", "rollout-ru"]


class Published(torch.nn.Module):
    """The trunk, pooling as WeSpeaker writes it, and the last layer."""

    def __init__(self, resnet):
        super().__init__()
        self.resnet = resnet

    def forward(self, feats):
        frames = self.resnet.forward_frames(feats)
        mean = frames.mean(dim=-1).flatten(start_dim=1)
        spread = torch.sqrt(torch.var(frames, dim=-1) + 1e-7).flatten(start_dim=1)
        return self.resnet.seg_1(torch.cat([mean, spread], 1))


def speech(seconds, count):
    """Windows of the recordings, evenly spread over each: [count, 1, samples], one recording after the other in turn."""
    sounds = [models.read(DATA / f"{name}.flac") for name in RECORDINGS]
    length = int(seconds * models.RATE)
    cuts = []
    for i in range(count):
        sound, part = sounds[i % len(sounds)], (i // len(sounds) + 0.5) / (count // len(sounds) + 1)
        start = int(part * (len(sound) - length))
        cuts.append(sound[start : start + length])
    return torch.from_numpy(np.stack(cuts))[:, None]


@torch.no_grad()
def random_model(seed, tiny=False):
    """A WeSpeakerResNet34 with random weights and settled batch norms."""
    torch.manual_seed(seed)
    model = models.new_wespeaker()
    if tiny:
        model.resnet = ResNet(BasicBlock, [2, 1, 1, 1], m_channels=4, feat_dim=80, embed_dim=16, two_emb_layer=False)
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the plain mean over the passes
        norm.reset_running_stats()
    features = model.compute_fbank(speech(3.0, 24))
    model.train()
    for batch in features.split(6):
        model.resnet(batch)
    model.eval()
    for norm in norms:
        norm.momentum = 0.1
    model.resnet.seg_1.bias -= model.resnet(features)[1].mean(0)
    return model


def export(model, path):
    """Writes the ONNX file and the state dict beside it; gives the most that ONNX Runtime and torch differ."""
    published = Published(model.resnet).eval()
    torch.onnx.export(
        published, (torch.randn(1, 200, 80),), str(path), input_names=["feats"], output_names=["embs"],
        dynamic_axes={"feats": {0: "B", 1: "T"}, "embs": {0: "B"}}, opset_version=14, do_constant_folding=True,
        dynamo=False,
    )  # fmt: skip
    onnx.checker.check_model(str(path))
    torch.save(model.state_dict(), path.with_suffix(".pt"))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    apart = [0.0, 0.0]
    for seconds, count in ((0.5, 3), (2.5, 2), (10.0, 1)):
        with torch.inference_mode():
            features = model.compute_fbank(speech(seconds, count))
            here, theirs = published(features).numpy(), model.resnet(features)[1].numpy()
        there = session.run(None, {"feats": features.numpy()})[0]
        apart = [max(a, float(np.abs(there - x).max())) for a, x in zip(apart, (here, theirs))]
    return apart


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", type=Path)
    weights = arguments.add_mutually_exclusive_group(required=True)
    weights.add_argument("--checkpoint", type=Path)
    weights.add_argument("--random", type=int, metavar="SEED")
    arguments.add_argument("--tiny", action="store_true")
    given = arguments.parse_args()
    torch.set_num_threads(1)  # sums in one order, so that a seed gives the same file again
    if given.checkpoint:
        model = models.wespeaker(given.checkpoint)
    else:
        model = random_model(given.random, given.tiny)
    published, pyannote = export(model, given.out)
    with torch.inference_mode():
        found = torch.nn.functional.normalize(model(speech(4.0, 12)), dim=1)
        likeness = (found @ found.T)[~torch.eye(len(found), dtype=bool)]
    operators = [node.op_type for node in onnx.load(str(given.out)).graph.node]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {given.out.stat().st_size:,} bytes")
    print(f"sha-256 {hashlib.sha256(given.out.read_bytes()).hexdigest()}")
    print(f"ONNX Runtime is within {published:.1e} of torch, {pyannote:.1e} of pyannote.audio")
    print(f"cosine of two windows' embeddings: {likeness.min():.2f} to {likeness.max():.2f}")
    print("begins", *operators[:5], "ends", *operators[-16:])
    if published > 1e-4:
        sys.exit("export_wespeaker: ONNX Runtime and torch do not agree")


if __name__ == "__main__":
    main()

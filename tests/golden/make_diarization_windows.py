"""Writes diarization_windows/: what pyannote.audio's diarization pipeline makes of cuts of examples/data, stage by stage.

usage: make_diarization_windows.py     needs what scripts/pyannote_models.py names, and onnxruntime; versions are in index.json

The classes and functions are pyannote.audio's own; the weights are the stand-ins of models/ (see
scripts/pyannote_models.py for how they are put into them). One raw little-endian file for each cut and one for
arithmetic that has nothing to do with audio; index.json says where in a file each array is, its type and its shape.
A type of "bits" is flags packed eight to a byte, the lowest bit first, in row-major order.

Arrays of a cut (C windows, T frames in all, N training embeddings, K speakers):
  segmentation  [C, 589, 3]   which local speakers speak in each frame
  count         [T]           how many speak in each frame of the whole
  mask          [C, 3]        what a local speaker's embedding was made of: 0 it never speaks, 1 all of its speech, 2 its
                              speech without overlap
  embeddings    [C, 3, 256]   NaN where there is too little sound
  train         [N, 2]        window and local speaker of each embedding that is clustered
and for each clustering and each bound on the number of speakers, under "clustering/bound/":
  labels        [N]           flat clusters of the training embeddings (AHC)
  centroids     [K, 256], soft [C, 3, K] (for two of the bounds)
  hard          [C, 3], constrained [C, 3]: assignment to the nearest centroid, free and one to one within a window
                              (the pipeline uses `hard` for AHC and, where it was not forced to a number, `constrained` for
                              VBx; then it takes local speakers that never speak out, which these still hold)
  discrete      [T, K]        who speaks in each frame, as Inference.aggregate and to_diarization have it
and for VBx, under "clustering/": features [N, 128] of the PLDA (the sign of a column has no meaning), start [N] (AHC's
clusters), q [N, S], sp [S]. Forced to a number of clusters, pyannote runs scikit-learn's k-means from random beginnings, so
there another k-means need only find the same partition, or one as good.
The timelines of the whole pipeline, start, end and speaker, are in index.json: `turns` and `exclusive`.

Tolerances, for the same weights in another runtime (`differences` has torch against ONNX Runtime): of the flags of the
segmentation 1 in 5,000, next to where two sets are equally likely; embeddings of equal masks 1e-4; turns of the whole
chain a frame or two (0.034 s) where a flag fell otherwise. What is worked out from the arrays here: labels, flags and
counts exactly; centroids, soft, features (up to sign), q, sp and tree 1e-5; turns 1e-6 s.
"""

import contextlib
import io
import json
import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = HERE / "diarization_windows"
sys.path.insert(0, str(ROOT / "scripts"))

# Where local speakers tie for a frame, which is common, numpy's sort decides. Its vector code for AVX2 and AVX-512 orders
# ties of four and more by chance of the network; without it the lower number comes first, and that is what is written.
os.environ["NPY_DISABLE_CPU_FEATURES"] = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"

import numpy as np
import onnxruntime
import pyannote_models as models
import torch
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines.clustering import AgglomerativeClustering
from pyannote.audio.utils.vbx import cluster_vbx, l2_norm
from scipy.cluster.hierarchy import fcluster, linkage

CUTS = [  # name, recording, from and to in seconds
    ("planning", "planning-ru", 4.0, 37.5),  # three people, two at once from 27.4 to 27.8; the last window is half empty
    ("standup", "standup-en", 20.0, 60.0),  # three people, two at once from 35.5 to 35.9; the windows end with the sound
    ("rollout", "rollout-ru", 78.0, 113.25),  # four people, two at once from 84.4 to 84.8
    ("short", "standup-en", 12.0, 18.4),  # shorter than a window
]
BOUNDS = {
    "free": {}, "exactly_2": {"num_speakers": 2}, "exactly_3": {"num_speakers": 3},
    "2_to_4": {"min_speakers": 2, "max_speakers": 4},
}  # fmt: skip
CLUSTERINGS = {
    # The settings of speaker-diarization-3.1, which are for WeSpeaker; a pair that suits the GE2E encoder; and one that
    # leaves more clusters than there are people.
    "ahc": {"class": "AgglomerativeClustering", "method": "centroid", "threshold": 0.70, "min_cluster_size": 12},
    "ahc_ge2e": {"class": "AgglomerativeClustering", "method": "centroid", "threshold": 0.50, "min_cluster_size": 6},
    "ahc_fine": {"class": "AgglomerativeClustering", "method": "centroid", "threshold": 0.35, "min_cluster_size": 2},
    # The settings of speaker-diarization-community-1, and a start from more clusters than there are people.
    "vbx": {"class": "VBxClustering", "threshold": 0.60, "Fa": 0.07, "Fb": 0.8},
    "vbx_fine": {"class": "VBxClustering", "threshold": 0.40, "Fa": 0.3, "Fb": 17.0},
}
TYPES = {"f32": "<f4", "f64": "<f8", "i8": "i1", "i32": "<i4", "u8": "u1"}


class Store:
    """Arrays, one after the other, in a raw file."""

    def __init__(self, name):
        self.file, self.bytes, self.index = f"{name}.bin", bytearray(), {}

    def add(self, name, values, kind):
        values = np.asarray(values)
        raw = np.packbits(values.astype(bool).ravel(), bitorder="little") if kind == "bits" else values.astype(TYPES[kind])
        self.bytes += b"\0" * (-len(self.bytes) % 8)
        self.index[name] = {"offset": len(self.bytes), "type": kind, "shape": list(values.shape)}
        self.bytes += raw.tobytes()

    def write(self):
        (OUT / self.file).write_bytes(self.bytes)
        return {"file": self.file, "arrays": self.index}


# --- the models -----------------------------------------------------------------------------------------------------


def synthetic_plda(embeddings, groups):
    """A PLDA of the published one's shape and types, fitted to the cuts' embeddings and filled up to full rank.

    The between-class variances fall by 6 % from one dimension to the next, so that no two are alike and the
    eigenvectors are determined up to sign.
    """
    rng = np.random.default_rng(5)
    mean1 = embeddings.mean(0)
    _, _, principal = np.linalg.svd(embeddings - mean1, full_matrices=False)
    lda, _ = np.linalg.qr(np.concatenate([principal[:100], rng.standard_normal((28, 256))]).T)
    mean2 = 0.3 * rng.standard_normal(128)
    mean1, mean2, lda = (values.astype(np.float32) for values in (mean1, mean2, lda))
    projected = np.sqrt(128) * l2_norm(np.sqrt(256) * l2_norm(embeddings - mean1) @ lda - mean2)
    mu = projected.mean(0)
    within = np.concatenate([projected[groups == g] - projected[groups == g].mean(0) for g in np.unique(groups)])
    within = within.T @ within / len(within)
    within = 0.5 * within + 0.5 * np.trace(within) / 128 * np.eye(128)
    means = np.stack([projected[groups == g].mean(0) for g in np.unique(groups)]) - mu
    spread, basis = np.linalg.eigh(within)
    white = basis / np.sqrt(spread)  # within-class covariance becomes the identity
    psi, turn = np.linalg.eigh((means @ white).T @ (means @ white) / len(means))
    psi, turn = psi[::-1], turn[:, ::-1]
    psi = np.maximum(psi, 0) + 2.0 * 0.94 ** np.arange(128)
    np.savez(OUT / "xvec_transform.npz", mean1=mean1, mean2=mean2, lda=lda)
    np.savez(OUT / "plda.npz", mu=mu, tr=(white @ turn).T, psi=psi)
    return PLDA(OUT / "xvec_transform.npz", OUT / "plda.npz")


# --- a cut ----------------------------------------------------------------------------------------------------------


def quiet(call, *arguments, **named):
    """pyannote prints and warns where it misses the number of clusters that was asked for."""
    with contextlib.redirect_stdout(io.StringIO()):
        return call(*arguments, **named)


def turns(annotation):
    return [[round(s.start, 6), round(s.end, 6), label] for s, _, label in annotation.itertracks(yield_label=True)]


class Cut:
    def __init__(self, name, recording, start, end, pipeline):
        self.name, self.recording, self.start, self.end = name, recording, start, end
        samples = models.read(ROOT / f"examples/data/{recording}.flac", start, end)
        self.file = models.as_file(samples, name)
        self.segmentation = pipeline.get_segmentations(self.file)
        self.embeddings = pipeline.get_embeddings(self.file, self.segmentation, exclude_overlap=True)
        found, chunk, local = pipeline.clustering.filter_embeddings(self.embeddings, segmentations=self.segmentation)
        self.train, self.training = np.stack([chunk, local], 1), found
        tree = linkage(l2_norm(found), "centroid") if len(found) > 1 else None
        self.groups = fcluster(tree, 0.5, "distance") if tree is not None else np.ones(len(found), int)

    def masks(self):
        flags = self.segmentation.data
        clean = (flags * (flags.sum(2, keepdims=True) < 2)).sum(1)
        least = int(np.ceil(589 * models.VoiceEncoder.min_num_samples / (10 * models.RATE)))
        return np.where(flags.sum(1) == 0, 0, np.where(clean > least, 2, 1)), least

    def cluster(self, pipeline, constrained, **bounds):
        """The clustering stage by itself, with what apply() makes of the bounds."""
        number, least, most = pipeline.set_num_speakers(**bounds)
        kept, pipeline.clustering.constrained_assignment = pipeline.clustering.constrained_assignment, constrained
        try:
            return quiet(
                pipeline.clustering, self.embeddings.copy(), self.segmentation,
                num_clusters=number, min_clusters=least, max_clusters=most,
            )  # fmt: skip
        finally:
            pipeline.clustering.constrained_assignment = kept

    def write(self, clusterings):
        store = Store(self.name)
        store.add("segmentation", self.segmentation.data, "bits")
        store.add("embeddings", self.embeddings, "f32")
        mask, least = self.masks()
        store.add("mask", mask, "u8")
        store.add("train", self.train, "i32")
        timelines = {}
        for name, pipeline in clusterings.items():
            pipeline.get_segmentations = lambda *_, **__: self.segmentation
            pipeline.get_embeddings = lambda *_, **__: self.embeddings.copy()
            if "vbx" in name and len(self.training) > 1:
                self.write_vbx(store, name, pipeline)
            for bound, bounds in BOUNDS.items():
                seen = {}
                # Copied at once: the pipeline goes on to change them, the count to at most one.
                hook = lambda step, value, **_: seen.update({step: np.array(getattr(value, "data", value))})
                made = quiet(pipeline.apply, self.file, hook=hook, **bounds)
                hard, soft, centroids = self.cluster(pipeline, False, **bounds)
                constrained, *_ = self.cluster(pipeline, True, **bounds)
                at = f"{name}/{bound}/"
                if "ahc" in name and len(self.training):
                    number, low, high = pipeline.set_num_speakers(**bounds)
                    number, low, high = pipeline.clustering.set_num_clusters(len(self.training), number, low, high)
                    store.add(at + "labels", quiet(pipeline.clustering.cluster, self.training.copy(), low, high, number), "i8")
                if bound in ("free", "exactly_3"):
                    store.add(at + "centroids", centroids, "f32")
                    store.add(at + "soft", soft, "f32")
                store.add(at + "hard", hard, "i8")
                store.add(at + "constrained", constrained, "i8")
                store.add(at + "discrete", seen["discrete_diarization"], "bits")
                timelines[f"{name}/{bound}"] = {
                    "turns": turns(made.speaker_diarization),
                    "exclusive": turns(made.exclusive_speaker_diarization),
                }
                if "count" not in store.index:
                    store.add("count", seen["speaker_counting"][:, 0], "u8")
        return {
            "recording": self.recording, "start": self.start, "end": self.end, "least_clean_frames": least,
            **store.write(), "timelines": timelines,
        }  # fmt: skip

    def write_vbx(self, store, name, pipeline):
        clustering = pipeline.clustering
        tree = linkage(l2_norm(self.training), "centroid")
        _, start = np.unique(fcluster(tree, clustering.threshold, "distance"), return_inverse=True)
        features = clustering.plda(self.training)
        q, sp = cluster_vbx(start, features, clustering.plda.phi, Fa=clustering.Fa, Fb=clustering.Fb, maxIters=20)
        store.add(f"{name}/start", start, "i8")
        store.add(f"{name}/features", features, "f32")
        store.add(f"{name}/q", q, "f32")
        store.add(f"{name}/sp", sp, "f64")


# --- arithmetic -----------------------------------------------------------------------------------------------------


def arithmetic(plda):
    """200 made-up voices: six people of unequal shares, some near to one another."""
    rng, store = np.random.default_rng(7), Store("arithmetic")
    people = rng.standard_normal((6, 128))
    people[1] = people[0] + 0.8 * rng.standard_normal(128)
    who = rng.choice(6, 200, p=[0.3, 0.2, 0.2, 0.15, 0.1, 0.05])
    vectors = people[who] + rng.uniform(0.5, 1.1, (200, 1)) * rng.standard_normal((200, 128))
    vectors = l2_norm(vectors).astype(np.float32)
    store.add("vectors", vectors, "f32")
    tree = linkage(l2_norm(vectors.astype(np.float64)), "centroid")
    store.add("tree", tree, "f64")
    cuts, searches = [], []
    for threshold in (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0, 1.2):
        store.add(f"flat/{threshold}", fcluster(tree, threshold, "distance"), "u8")
        cuts.append(threshold)
    for threshold, least in ((0.7, 12), (0.9, 12), (0.9, 1), (0.6, 5)):
        clustering = AgglomerativeClustering(metric="cosine").instantiate(
            {"method": "centroid", "threshold": threshold, "min_cluster_size": least}
        )
        for number in (None, 1, 2, 3, 4, 5, 6, 8, 15):
            low, high = (number or 1), (number or 200)
            # float64, as an f32 array would be normalised in place in f32
            found = quiet(clustering.cluster, vectors.astype(np.float64), low, high, number)
            at = f"search/{threshold}/{least}/{number or 'free'}"
            store.add(at, found, "i8")
            searches.append({"array": at, "threshold": threshold, "min_cluster_size": least, "number": number})
    store.add("phi", plda.phi, "f64")
    # VBx on features that its own model makes: a speaker's of variance phi, and noise of variance 1.
    speakers = np.sqrt(plda.phi) * rng.standard_normal((6, 128))
    features = (speakers[who] + rng.standard_normal((200, 128))).astype(np.float32)
    store.add("features", features, "f32")
    pieces = 2 * who + (rng.random(200) < 0.3)  # each speaker in two clusters, and one in ten in any
    pieces = np.where(rng.random(200) < 0.1, rng.choice(12, 200), pieces)
    runs = []
    for name, start, fa, fb in (
        ("pieces", pieces, 0.07, 0.8), ("pieces", pieces, 0.3, 17.0), ("pieces", pieces, 0.01, 2.0),
        ("one", 0 * who, 0.07, 0.8), ("true", who, 0.07, 0.8), ("true", who, 0.01, 15.0),
    ):  # fmt: skip
        _, start = np.unique(start, return_inverse=True)
        q, sp = quiet(cluster_vbx, start, features.astype(np.float64), plda.phi, Fa=fa, Fb=fb, maxIters=20)
        at = f"vbx/{name}/{fa}/{fb}"
        store.add(f"{at}/start", start, "i8")
        store.add(f"{at}/q", q, "f32")
        store.add(f"{at}/sp", sp, "f64")
        runs.append({"at": at, "Fa": fa, "Fb": fb, "iterations": 20, "smoothing": 7.0})
    return {**store.write(), "flat": cuts, "search": searches, "vbx": runs}


def differences(cuts, segmentation, encoder):
    """What the same weights give in ONNX Runtime: the most that a log-probability, a decision and an embedding differ."""

    def session(name):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        made = onnxruntime.InferenceSession(str(ROOT / "models" / name), options, providers=["CPUExecutionProvider"])
        return lambda values: made.run(None, {made.get_inputs()[0].name: values})[0]

    other, flags, of, logs = session("segmentation-powerset.onnx"), 0, 0, 0.0
    encoder_there = models.VoiceEncoder(ROOT / "models/speaker-embedding-ge2e.onnx", session("speaker-embedding-ge2e.onnx"))
    apart = 0.0
    for cut in cuts:
        samples = cut.file["waveform"][0]
        for i, (window, flagged) in enumerate(cut.segmentation):
            sound = samples[i * models.RATE : (i + 10) * models.RATE]
            sound = torch.nn.functional.pad(sound, (0, 10 * models.RATE - len(sound)))
            there = other(sound.numpy()[None, None])
            with torch.inference_mode():
                here = segmentation(sound[None, None]).numpy()
            flags, of = flags + int((there.argmax(-1) != here.argmax(-1)).sum()), of + len(flagged)
            logs = max(logs, float(np.abs(there - here).max()))
            if i % 5 == 0:
                masks, sounds = torch.from_numpy(flagged.T.copy()), sound.expand(3, 1, -1)
                apart = max(apart, float(np.nanmax(np.abs(encoder_there(sounds, masks) - encoder(sounds, masks)))))
    return {"log_probability": logs, "decisions": flags, "of_frames": of, "embedding": apart}


def main():
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    segmentation = models.segmentation(ROOT / "models/segmentation-powerset.onnx")
    encoder = models.VoiceEncoder(ROOT / "models/speaker-embedding-ge2e.onnx")
    first = models.pipeline_of(segmentation, encoder, None, CLUSTERINGS["ahc"])
    cuts = [Cut(*cut, first) for cut in CUTS]
    whole = cuts[:3]
    groups = np.concatenate([100 * i + cut.groups for i, cut in enumerate(whole)])
    plda = synthetic_plda(np.concatenate([cut.training for cut in whole]).astype(np.float64), groups)
    clusterings = {name: models.pipeline_of(segmentation, encoder, plda, each) for name, each in CLUSTERINGS.items()}
    field = segmentation.receptive_field
    index = {
        "versions": {
            **{name: version(name) for name in ("pyannote.audio", "torch", "onnxruntime", "numpy", "scipy", "scikit-learn")},
            "python": platform.python_version(),
        },
        "window": 10.0, "step": 1.0, "frames": 589, "exclude_overlap": True, "min_duration_off": 0.0,
        "frame": {"start": field.start, "duration": field.duration, "step": field.step},
        "clusterings": CLUSTERINGS, "bounds": BOUNDS,
        "differences": differences(cuts, segmentation, encoder),
        "cuts": {cut.name: cut.write(clusterings) for cut in cuts},
        "arithmetic": arithmetic(plda),
    }  # fmt: skip
    text = json.dumps(index, indent=1, ensure_ascii=False)
    (OUT / "index.json").write_text(compact(text) + "\n", encoding="utf-8")
    for name, cut in index["cuts"].items():
        print(name, {bound: len({t[2] for t in line["turns"]}) for bound, line in cut["timelines"].items()})
    print(index["differences"], sum(f.stat().st_size for f in OUT.iterdir()), "bytes")


def compact(text):
    """JSON with the innermost lists and objects on one line each."""

    def shorter(found):
        return re.sub(r"([\[{]) | ([\]}])", r"\1\2", re.sub(r"\s*\n\s*", " ", found.group(0)))

    text = re.sub(r"\[[^\[\]{}]*\]", shorter, text)
    return re.sub(r"\{[^{}]*\}", shorter, text)


if __name__ == "__main__":
    main()

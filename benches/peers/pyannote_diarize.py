"""Diarizes recordings with pyannote.audio's own pipeline, on weights that we run too, and says how long it took.

    pyannote_diarize.py AUDIO... --segmentation segmentation-powerset.onnx --embedding FILE --out FOLDER
        [--clustering AgglomerativeClustering --threshold 0.5 --min-cluster-size 6 --method centroid]
        [--clustering VBxClustering --plda FOLDER --threshold 0.6 --fa 0.07 --fb 0.8]
        [--exclude-overlap] [--threads N] [--batch 32] [--speakers N] [--min N] [--max N]

needs benches/peers/requirements.txt. FILE is the GE2E encoder's ONNX file, or a state dict or checkpoint of WeSpeaker's
ResNet34 (.pt, .bin, .ckpt). All networks run in torch. FOLDER gets a .rttm and an .exclusive.rttm of each recording, and
pyannote.json: seconds of each stage and in all, the processor's seconds (of all threads: they say more where the machine
is shared), and the process's peak memory.

As upstream advises, the sound is in memory before the clock starts, and batches are of 32. The first 15 s of the first
recording go through once before anything is timed.
"""

import argparse
import json
import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("audio", nargs="+", type=Path)
    parser.add_argument("--segmentation", type=Path, required=True)
    parser.add_argument("--embedding", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clustering", choices=["AgglomerativeClustering", "VBxClustering"], default="AgglomerativeClustering")
    parser.add_argument("--threshold", type=float, default=0.6)
    parser.add_argument("--min-cluster-size", type=int, default=12)
    parser.add_argument("--method", default="centroid")
    parser.add_argument("--plda", type=Path)
    parser.add_argument("--fa", type=float, default=0.07)
    parser.add_argument("--fb", type=float, default=0.8)
    parser.add_argument("--exclude-overlap", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--speakers", type=int)
    parser.add_argument("--min", type=int)
    parser.add_argument("--max", type=int)
    return parser.parse_args()


class Clock:
    """Seconds by stage: each call of a stage's function adds to it."""

    def __init__(self):
        self.seconds = {}

    def around(self, stage, call):
        def timed(*given, **named):
            begun = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun

        return timed


def main():
    given = arguments()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(given.threads)  # before numpy and torch are loaded, which read them
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
    import pyannote_models as models
    import torch
    from pyannote.audio.core.plda import PLDA

    torch.set_num_threads(given.threads)
    if given.embedding.suffix == ".onnx":
        embedding = models.VoiceEncoder(given.embedding)
    else:
        embedding = models.wespeaker(given.embedding)
    settings = {"class": given.clustering, "threshold": given.threshold}
    if given.clustering == "VBxClustering":
        settings |= {"Fa": given.fa, "Fb": given.fb}
        plda = PLDA(given.plda / "xvec_transform.npz", given.plda / "plda.npz")
    else:
        settings |= {"method": given.method, "min_cluster_size": given.min_cluster_size}
        plda = None
    pipeline = models.pipeline_of(
        models.segmentation(given.segmentation), embedding, plda, settings, given.batch, given.exclude_overlap
    )
    sounds = [(path, models.read(path)) for path in given.audio]
    pipeline.apply(models.as_file(sounds[0][1][: 15 * models.RATE]))

    clock = Clock()
    stages = {"segmentation": "get_segmentations", "embedding": "get_embeddings", "reconstruction": "reconstruct"}
    for stage, method in stages.items():
        setattr(pipeline, method, clock.around(stage, getattr(pipeline, method)))
    kind = type(pipeline.clustering)
    kind.__call__ = clock.around("clustering", kind.__call__)
    bounds = {"num_speakers": given.speakers, "min_speakers": given.min, "max_speakers": given.max}
    given.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for path, samples in sounds:
        clock.seconds = {}
        begun, busy = time.perf_counter(), time.process_time()
        made = pipeline.apply(models.as_file(samples, path.stem), **bounds)
        taken, busy = time.perf_counter() - begun, time.process_time() - busy
        for kind, line in (("", made.speaker_diarization), (".exclusive", made.exclusive_speaker_diarization)):
            with open(given.out / f"{path.stem}{kind}.rttm", "w", encoding="utf-8") as file:
                line.write_rttm(file)
        stages = {stage: round(seconds, 4) for stage, seconds in clock.seconds.items()}
        stages["rest"] = round(taken - sum(clock.seconds.values()), 4)
        audio = len(samples) / models.RATE
        rows.append({
            "file": path.stem, "audio_s": round(audio, 3), "seconds": round(taken, 4), "cpu_s": round(busy, 4),
            "stages": stages, "speakers": len(made.speaker_diarization.labels()),
        })  # fmt: skip
        print(f"{path.stem}: {taken:.2f} s for {audio:.1f} s, {rows[-1]['speakers']} speakers", stages, flush=True)
    report = {
        "tool": "pyannote.audio", "threads": given.threads, "batch": given.batch, "exclude_overlap": given.exclude_overlap,
        "clustering": settings, "embedding": given.embedding.name,
        "versions": {name: version(name) for name in ("pyannote.audio", "torch", "torchaudio", "numpy", "scipy")},
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "audio_s": round(sum(row["audio_s"] for row in rows), 3), "seconds": round(sum(row["seconds"] for row in rows), 4),
        "cpu_s": round(sum(row["cpu_s"] for row in rows), 4),
        "recordings": rows,
    }  # fmt: skip
    (given.out / "pyannote.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Centroid linkage by scipy and VBx by pyannote.audio, on many embeddings: seconds, peak memory, and the labels.

    scipy_ahc.py make VECTORS.f32 --plda FOLDER [--count 20000] [--seed 1]      made-up embeddings
    scipy_ahc.py run VECTORS.f32 --plda FOLDER --out FOLDER [--threshold 0.4] [--fa 0.07] [--fb 0.8] [--threads N]

needs benches/peers/requirements.txt. VECTORS.f32 is little-endian f32, [count, 256], unit vectors; FOLDER as
tests/golden/diarization_windows. The made-up embeddings are of twelve people who speak unequally much, drawn from the
PLDA's own model.

Each stage runs in a process of its own, so that its peak memory is its own; `baseline` is what such a process holds with
the vectors read and scipy loaded. The linkage is what pyannote.audio calls (scipy.cluster.hierarchy.linkage, centroid,
euclidean), then fcluster; VBx is pyannote's cluster_vbx from those clusters, 20 iterations, the projection timed too.
--out gets labels.i32 (of the flat clusters, from 0 in order of scipy's numbers), vbx.i32 (the likeliest speaker of each)
and scipy.json.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

PEOPLE, SHARES = 12, (0.24, 0.18, 0.14, 0.1, 0.09, 0.07, 0.05, 0.05, 0.03, 0.02, 0.02, 0.01)
WITHIN = 0.85  # how much one person's embeddings scatter, against the PLDA's: eight big clusters at 0.4, hundreds of one


def vbx_module():
    """pyannote's VBx without the rest of it, which would bring torch, and its memory, along."""
    package = importlib.util.find_spec("pyannote.audio").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("vbx", Path(package) / "utils/vbx.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make(given):
    import numpy as np

    rng = np.random.default_rng(given.seed)
    transform, plda = (np.load(given.plda / name) for name in ("xvec_transform.npz", "plda.npz"))
    who = rng.choice(PEOPLE, given.count, p=SHARES)
    people = np.sqrt(plda["psi"]) * rng.standard_normal((PEOPLE, 128))
    back = np.linalg.inv(plda["tr"]).T
    # The way through the PLDA, backwards: what was scaled to a length is given a usual one.
    vectors = (people[who] + WITHIN * rng.standard_normal((given.count, 128))) @ back + plda["mu"]
    vectors *= 14.0 / np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = transform["mean1"] + 0.6 / 16.0 * (vectors + transform["mean2"]) @ np.linalg.pinv(transform["lda"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors.astype("<f4").tofile(given.vectors)


def stage(given):
    """One stage, in this process; its figures go to standard output as JSON."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    vectors = np.fromfile(given.vectors, "<f4").reshape(-1, 256)
    found = {"count": len(vectors)}
    begun = time.perf_counter()
    if given.command == "linkage":
        tree = linkage(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), method="centroid", metric="euclidean")
        found["linkage_s"] = time.perf_counter() - begun
        _, labels = np.unique(fcluster(tree, given.threshold, criterion="distance"), return_inverse=True)
        found["seconds"] = time.perf_counter() - begun
        labels.astype("<i4").tofile(given.out / "labels.i32")
        found["clusters"] = int(labels.max()) + 1
    elif given.command == "vbx":
        vbx = vbx_module()
        labels = np.fromfile(given.out / "labels.i32", "<i4")
        begun = time.perf_counter()
        project, rotate, psi = vbx.vbx_setup(given.plda / "xvec_transform.npz", given.plda / "plda.npz")
        features = rotate(project(vectors))
        found["projection_s"] = time.perf_counter() - begun
        q, sp = vbx.cluster_vbx(labels, features, psi, Fa=given.fa, Fb=given.fb, maxIters=20)
        found["seconds"] = time.perf_counter() - begun
        q.argmax(1).astype("<i4").tofile(given.out / "vbx.i32")
        found["speakers"] = int((sp > 1e-7).sum())
    found["cpu_s"] = time.process_time()  # of the whole process, reading and loading too
    found["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(json.dumps(found))


def run(given):
    given.out.mkdir(parents=True, exist_ok=True)
    threads = {name: str(given.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    report = {
        "threshold": given.threshold, "fa": given.fa, "fb": given.fb, "threads": given.threads,
        "versions": {name: version(name) for name in ("scipy", "numpy", "pyannote.audio")},
    }  # fmt: skip
    for name in ("baseline", "linkage", "vbx"):
        command = [sys.executable, __file__, name, *sys.argv[2:]]
        done = subprocess.run(command, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True)
        report[name] = json.loads(done.stdout.splitlines()[-1])
        print(name, report[name], flush=True)
    (given.out / "scipy.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["make", "run", "baseline", "linkage", "vbx"])
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--plda", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.4)
    parser.add_argument("--fa", type=float, default=0.07)
    parser.add_argument("--fb", type=float, default=0.8)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    {"make": make, "run": run}.get(given.command, stage)(given)


if __name__ == "__main__":
    main()

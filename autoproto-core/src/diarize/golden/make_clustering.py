"""Writes clustering.json and the files beside it: what scipy, scikit-learn and pyannote.audio make of made-up voices, for
the tests of ../clustering.

usage: make_clustering.py     needs pyannote.audio; the figures are of 4.0.7, with scipy 1.17.1 and scikit-learn 1.9.1

Beside clustering.json: clustering_voices.f32 (`[120, 256]`, little-endian), xvec_transform.npz and plda.npz, a PLDA in the
form of community-1's two files. All is drawn from a seeded generator; the functions are those packages' own.
"""
import json
from pathlib import Path

import numpy as np
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines.clustering import AgglomerativeClustering, VBxClustering
from pyannote.audio.utils.vbx import VBx, cluster_vbx
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.special import softmax
from sklearn.cluster import KMeans

HERE = Path(__file__).parent


def voices(n, dim, speakers, spread, seed):
    """Unit vectors around a few directions, some speakers rarer than others, as f32."""
    r = np.random.default_rng(seed)
    centres = r.standard_normal((speakers, dim))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    share = 1 / np.arange(1, speakers + 1)
    who = r.choice(speakers, size=n, p=share / share.sum())
    noise = r.standard_normal((n, dim)) / np.sqrt(dim)
    x = centres[who] + spread * np.exp(0.4 * r.standard_normal((n, 1))) * noise
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def tree(x):
    return linkage(x.astype(np.float64), method="centroid", metric="euclidean")


def rounded(x, digits=9):
    return np.round(np.asarray(x, dtype=np.float64), digits).tolist()


def shortest(x):
    """The fewest digits that are the same f32 again."""
    return [float(str(v)) for v in x.ravel()]


def cuts(x):
    """pyannote's agglomerative clustering over thresholds, sizes and bounds."""
    out = []
    for threshold in (0.5, 0.7, 0.9, 1.1):
        for size in (1, 4, 12):
            for bounds in ((None, None, None), (3, None, None), (6, None, None), (None, 5, None), (None, None, 2), (40, None, None)):
                c = AgglomerativeClustering(metric="cosine")
                c.instantiate({"threshold": threshold, "method": "centroid", "min_cluster_size": size})
                exact, least, most = c.set_num_clusters(len(x), num_clusters=bounds[0], min_clusters=bounds[1], max_clusters=bounds[2])
                labels = c.cluster(x.astype(np.float64).copy(), min_clusters=least, max_clusters=most, num_clusters=exact)
                out.append({"threshold": threshold, "size": size, "min": least, "max": most, "labels": labels.tolist()})
    return out


def make_plda(dim, kept, r):
    """Files of community-1's form: one as numpy writes it, the other packed, and in other types and orders."""
    basis, _ = np.linalg.qr(r.standard_normal((dim, dim)))
    lda = basis[:, :kept] * (1 + r.random(kept))
    tr = r.standard_normal((kept, kept)) / np.sqrt(kept) + np.eye(kept)
    psi = np.exp(2.0 * r.standard_normal(kept))
    np.savez(HERE / "xvec_transform.npz", mean1=0.05 * r.standard_normal(dim), mean2=0.05 * r.standard_normal(kept), lda=np.asfortranarray(lda.astype(np.float32)))
    np.savez_compressed(HERE / "plda.npz", mu=(0.1 * r.standard_normal(kept)).astype(np.float32), tr=tr, psi=psi)
    return PLDA(HERE / "xvec_transform.npz", HERE / "plda.npz", lda_dimension=kept)


def assignments(r):
    """scipy's assignment as pyannote calls it, with missing rows and more voices than speakers."""
    c = VBxClustering.__new__(VBxClustering)
    out = []
    for rows, columns in ((1, 1), (3, 1), (3, 2), (3, 3), (3, 7), (2, 5), (4, 6), (5, 3), (7, 9), (10, 12)):
        scores = np.round(r.random((6, rows, columns)) * 2, 6)
        if rows < 7:
            scores[1, 0] = np.nan
        hard = c.constrained_argmax(scores)
        out.append({
            "least": float(np.nanmin(scores)),
            "scores": [[[None if np.isnan(v) else v for v in row] for row in window] for window in scores.tolist()],
            "clusters": hard.tolist(),
        })
    return out


def main():
    r = np.random.default_rng(5)
    wide = voices(120, 256, 5, 0.9, 1)
    wide.tofile(HERE / "clustering_voices.f32")
    z = tree(wide)
    low = voices(260, 12, 7, 0.55, 2)
    zl = tree(low)
    raw = voices(200, 32, 6, 0.6, 3) * (1 + r.random((200, 1))).astype(np.float32)
    plda = make_plda(32, 16, r)
    features = plda(raw.astype(np.float64))
    ahc = fcluster(tree(raw / np.linalg.norm(raw, axis=1, keepdims=True)), 0.6, criterion="distance") - 1
    _, ahc = np.unique(ahc, return_inverse=True)
    runs = []
    for fa, fb in ((0.07, 0.8), (0.3, 2.0), (1.0, 11.0)):
        gamma, pi = cluster_vbx(ahc, features, plda.phi, Fa=fa, Fb=fb, maxIters=20)
        start = softmax(np.eye(ahc.max() + 1)[ahc] * 7.0, axis=1)
        _, _, bounds = VBx(features, plda.phi, Fa=fa, Fb=fb, pi=int(ahc.max() + 1), gamma=start, maxIters=20)
        kept = pi > 1e-7
        runs.append({"fa": fa, "fb": fb, "pi": pi[kept].tolist(), "gamma": rounded(gamma[:, kept]), "objective": [float(b[0]) for b in bounds]})
    kmeans = [
        {"clusters": k, "inertia": float(KMeans(n_clusters=k, n_init=3, random_state=42).fit(low.astype(np.float64)).inertia_)}
        for k in (1, 2, 3, 5, 8, 15)
    ]
    golden = {
        "wide": {"heights": rounded(z[:, 2]), "labels": {str(t): (fcluster(z, t, criterion="distance") - 1).tolist() for t in (0.6, 0.8, 1.0)}},
        "low": {
            "vectors": shortest(low),
            "merges": [[int(a), int(b), round(float(d), 9), int(s)] for a, b, d, s in zl],
            "cuts": cuts(low),
        },
        "vbx": {"voices": shortest(raw), "phi": plda.phi.tolist(), "features": rounded(features), "labels": ahc.tolist(), "runs": runs},
        "kmeans": kmeans,
        "assignments": assignments(r),
    }
    (HERE / "clustering.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

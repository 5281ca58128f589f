"""Writes jer.json: Jaccard error rates by pyannote.metrics, for tests/tests/metrics_golden.rs.

usage: make_jer.py [FILE.rttm ...]     needs pyannote.metrics; the figures in jer.json are of version 4.2.0

Random cases, and the first minute of up to eight recordings of each RTTM file given, against perturbed versions of
themselves. The meetings in jer.json are parts of the AMI corpus (CC BY 4.0) and meetings that were made for this
project. Where a case is tied, several pairings share the most time, and `errors` and `rate` are of any of them.
"""
import json, random, sys, warnings
from pathlib import Path

import numpy as np
from pyannote.metrics.diarization import JaccardErrorRate
from scipy.optimize import linear_sum_assignment

from make_der import annotation, perturbed, random_turns, read

warnings.filterwarnings("ignore")


def tied(metric, reference, hypothesis):
    """Whether another pairing of voices shares as much time."""
    reference, hypothesis = metric.uemify(reference, hypothesis, collar=metric.collar, skip_overlap=metric.skip_overlap)
    shared = np.array(reference * hypothesis)
    if not shared.size:
        return False
    rows, columns = linear_sum_assignment(-shared)
    for r, c in zip(rows, columns):
        if shared[r, c] > 0:
            without = shared.copy()
            without[r, c] = 0
            if without[linear_sum_assignment(-without)].sum() > shared[rows, columns].sum() - 1e-7:
                return True
    return False


def case(name, reference, hypothesis, collar, skip_overlap):
    metric = JaccardErrorRate(collar=collar, skip_overlap=skip_overlap)
    r, h = annotation(reference), annotation(hypothesis)
    found = metric(r, h, detailed=True)
    return {
        "name": name, "reference": reference, "hypothesis": hypothesis, "collar": collar, "skip_overlap": skip_overlap,
        "speakers": round(found["speaker count"]), "errors": found["speaker error"],
        "rate": found["jaccard error rate"],
        "tied": tied(metric, r, h),
    }


def main():
    rng = random.Random(21)
    options = [(0.0, False), (0.5, False), (0.25, True), (0.0, True)]
    cases = [
        case("empty reference", [], [[0.0, 2.0, "x"]], 0.25, False),
        case("empty hypothesis", [[1.0, 2.0, "a"]], [], 0.25, True),
        case("one speaker is eaten by collars", [[1.0, 1.2, "a"], [5.0, 9.0, "b"]], [[1.0, 8.0, "x"]], 0.5, False),
        case("an empty turn is no speaker", [[1.0, 1.0, "a"], [5.0, 9.0, "b"]], [[5.0, 8.0, "x"]], 0.0, False),
        case("touching turns", [[0.0, 2.0, "a"], [2.0, 4.0, "a"]], [[0.0, 4.0, "x"]], 0.5, False),
        case("crosswise", [[0.0, 9.0, "a"], [9.0, 14.0, "b"]],
             [[0.0, 5.0, "x"], [5.0, 9.0, "y"], [9.0, 13.0, "x"], [13.0, 14.0, "y"]], 0.0, False),
        case("most time, not lowest rate", [[0.0, 7.0, "a"]], [[0.0, 3.0, "y"], [3.0, 23.0, "x"]], 0.0, False),
        case("collars leave rounding of a speaker", [[1.002, 1.302, "a"], [20.0, 29.0, "b"]],
             [[0.002, 2.302, "x"], [20.0, 28.0, "y"]], 0.3, False),
        case("overlapping turns of one label count each in the pairing", [[0.0, 3.0, "a"], [0.0, 8.0, "a"]],
             [[0.0, 3.0, "x"], [3.0, 8.0, "y"]], 0.0, False),
        case("tied", [[2.0, 3.0, "a"]], [[0.0, 9.0, "x"], [1.5, 3.5, "y"], [1.0, 6.0, "z"]], 0.0, False),
        case("one label over itself", [[0.0, 4.0, "a"], [2.0, 5.0, "a"], [5.0, 7.0, "b"]],
             [[0.0, 5.0, "x"], [1.0, 3.0, "y"], [2.0, 6.5, "y"]], 0.0, False),
        case("more speakers found", [[0.0, 4.0, "a"]], [[0.0, 1.0, "x"], [1.0, 3.0, "y"], [3.0, 9.0, "z"]], 0.0, False),
        case("fewer speakers found", [[0.0, 4.0, "a"], [4.0, 9.0, "b"], [9.0, 10.0, "c"]], [[0.0, 10.0, "x"]], 0.0, False),
    ]
    for i in range(24):
        r, h = rng.randint(1, 5), rng.randint(1, 6)
        reference = random_turns(rng, rng.randint(1, 14), [f"r{k}" for k in range(r)], 20)
        hypothesis = random_turns(rng, rng.randint(1, 14), [f"h{k}" for k in range(h)], 20)
        cases.append(case(f"random {i}", reference, hypothesis, *options[i % 4]))
    reference = random_turns(rng, 80, [f"r{k}" for k in range(30)], 40)
    cases.append(case("many labels", reference, random_turns(rng, 80, [f"h{k}" for k in range(40)], 40), 0.0, False))
    number = 0
    for path in sys.argv[1:]:
        for turns in list(read(path, 60))[:8]:
            cases.append(case(f"meeting {number}", turns, perturbed(rng, turns), *options[number % 4]))
            number += 1
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    Path(__file__).with_name("jer.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()

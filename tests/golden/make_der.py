"""Writes der.json: diarization error rates by pyannote.metrics, for tests/tests/metrics_golden.rs.

usage: make_der.py [FILE.rttm ...]     needs pyannote.metrics; the figures in der.json are of version 4.2.0

Random cases, and a minute of the first recordings of each RTTM file given, against perturbed versions of themselves.
The meetings in der.json are parts of the AMI corpus (CC BY 4.0) and meetings that were made for this project.
"""
import json, random, sys, warnings
from collections import defaultdict
from pathlib import Path

from pyannote.core import Annotation, Segment
from pyannote.metrics.diarization import DiarizationErrorRate

warnings.filterwarnings("ignore")


def annotation(turns):
    made = Annotation()
    for track, (start, end, label) in enumerate(turns):
        made[Segment(start, end), track] = label
    return made


def case(name, reference, hypothesis, collar, skip_overlap):
    metric = DiarizationErrorRate(collar=collar, skip_overlap=skip_overlap)
    found = metric(annotation(reference), annotation(hypothesis), detailed=True)
    return {
        "name": name, "reference": reference, "hypothesis": hypothesis, "collar": collar, "skip_overlap": skip_overlap,
        "total": found["total"], "miss": found["missed detection"], "false_alarm": found["false alarm"],
        "confusion": found["confusion"], "rate": found["diarization error rate"],
    }


def random_turns(rng, count, labels, seconds):
    turns = []
    for _ in range(count):
        start = round(rng.uniform(0, seconds), 3)
        turns.append([start, round(start + rng.choice([0.0, 0.2, 1.0, 4.0]) * rng.random(), 3), rng.choice(labels)])
    return sorted(turns)


def perturbed(rng, turns):
    """Boundaries moved, some turns lost, some given to another voice, some invented; labels renamed."""
    labels = sorted({t[2] for t in turns})
    names = {label: f"SPEAKER_{i:02}" for i, label in enumerate(rng.sample(labels, len(labels)))}
    out = []
    for start, end, label in turns:
        if rng.random() < 0.1:
            continue
        start, end = max(0.0, start + rng.gauss(0, 0.2)), end + rng.gauss(0, 0.2)
        label = rng.choice(labels) if rng.random() < 0.15 else label
        if end > start:
            out.append([round(start, 3), round(end, 3), names[label]])
        if rng.random() < 0.05:
            out.append([round(end, 3), round(end + rng.random() * 2, 3), "SPEAKER_99"])
    return out


def read(path, seconds):
    """The turns of each recording that begin in its first `seconds` of speech."""
    recordings = defaultdict(list)
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        f = line.split()
        if f and f[0] == "SPEAKER":
            recordings[f[1]].append([float(f[3]), round(float(f[3]) + float(f[4]), 3), f[7]])
    for turns in recordings.values():
        first = min(t[0] for t in turns)
        yield [t for t in turns if t[0] < first + seconds]


def main():
    rng = random.Random(20)
    options = [(0.0, False), (0.5, False), (0.25, True), (0.0, True)]
    cases = [
        case("both empty", [], [], 0.0, False),
        case("empty reference", [], [[0.0, 2.0, "x"]], 0.25, False),
        case("empty hypothesis", [[1.0, 2.0, "a"]], [], 0.25, True),
        case("collar eats all", [[1.0, 1.2, "a"]], [[1.0, 1.2, "x"]], 0.5, False),
        case("touching turns", [[0.0, 2.0, "a"], [2.0, 4.0, "a"]], [[0.0, 4.0, "x"]], 0.5, False),
        case("crosswise", [[0.0, 9.0, "a"], [9.0, 14.0, "b"]],
             [[0.0, 5.0, "x"], [5.0, 9.0, "y"], [9.0, 13.0, "x"], [13.0, 14.0, "y"]], 0.0, False),
        case("one label over itself", [[0.0, 4.0, "a"], [2.0, 5.0, "a"]], [[0.0, 5.0, "x"], [1.0, 3.0, "y"]], 0.0, False),
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
        for turns in list(read(path, 60))[:4]:
            cases.append(case(f"meeting {number}", turns, perturbed(rng, turns), *options[number % 4]))
            number += 1
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    Path(__file__).with_name("der.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()

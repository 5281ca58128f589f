"""Writes cpwer.json: word errors by meeteval's cpWER, for tests/tests/metrics_golden.rs.

usage: make_cpwer.py [FILE.json ...]     needs meeteval, num2words and jiwer (for make_wer.py);
       the figures in cpwer.json are of meeteval 0.4.3 and num2words 0.5.14

Each speaker's utterances joined by spaces and normalised as in make_wer.py, random ones and the first forty of each
JSON file given (`language`, `utterances` with `speaker` and `text`; a perturbed version of itself is what was heard).
The assignment is null where another has as few edits.
"""
import json, random, sys
from pathlib import Path

import numpy as np
from meeteval.wer import cp_word_error_rate, siso_word_error_rate
from scipy.optimize import linear_sum_assignment

from make_wer import normal


def texts(utterances, language):
    said = {}
    for speaker, text in utterances:
        said.setdefault(speaker, []).append(text)
    return {speaker: normal(" ".join(said[speaker]), language) for speaker in said}


def only_one(reference, hypothesis, assignment, errors):
    """Whether every other assignment has more edits."""
    names = [[pair[side] for pair in assignment] for side in (0, 1)]
    cost = np.array([[siso_word_error_rate(reference.get(r, ""), hypothesis.get(h, "")).errors for h in names[1]]
                     for r in names[0]], dtype=float)
    for i in range(len(assignment)):
        without = cost.copy()
        without[i, i] = 1e6
        if without[linear_sum_assignment(without)].sum() <= errors:
            return False
    return True


def case(name, language, reference, hypothesis):
    said, heard = texts(reference, language), texts(hypothesis, language)
    found = cp_word_error_rate(said, heard)
    certain = only_one(said, heard, found.assignment, found.errors)
    return {"name": name, "language": language, "reference": reference, "hypothesis": hypothesis,
            "reference_words": found.length, "edits": found.errors, "assignment": found.assignment if certain else None}


def perturbed(rng, utterances):
    """Words lost and swapped, utterances cut in two and given to others; speakers renamed."""
    speakers = sorted({u[0] for u in utterances})
    names = {s: f"SPEAKER_{i:02}" for i, s in enumerate(rng.sample(speakers, len(speakers)))}
    out = []
    for speaker, text in utterances:
        words = [w if rng.random() > 0.1 else rng.choice(["so", "21", "ну"]) for w in text.split() if rng.random() > 0.1]
        cut = rng.randint(0, len(words)) if rng.random() < 0.3 else 0
        for part in (words[:cut], words[cut:]):
            other = rng.choice(speakers) if rng.random() < 0.15 else speaker
            name = "SPEAKER_99" if rng.random() < 0.03 else names[other]
            out.append([name, " ".join(part)])
    return [u for u in out if u[1]]


def random_utterances(rng, count, speakers, words):
    return [[rng.choice(speakers), " ".join(rng.choice(words) for _ in range(rng.randint(0, 12)))] for _ in range(count)]


def main():
    rng = random.Random(22)
    cases = [
        case("empty hypothesis", "en", [["a", "one two"], ["b", "three"]], []),
        case("empty reference", "en", [], [["x", "one two"]]),
        case("more speakers found", "en", [["a", "a b"]], [["x", "z"], ["y", "a e f"]]),
        case("fewer speakers found", "en", [["a", "a"], ["b", "b"], ["c", "c d"]], [["x", "a"], ["y", "b"]]),
        case("a speaker without words", "en", [["a", "a b"], ["b", "k"]], [["x", "..."], ["y", "a e f"]]),
        case("one speaker of two", "en", [["a", "we agreed"], ["b", "on friday"], ["a", "did we not"]],
             [["x", "we agreed on friday did we not"]]),
        case("not the best pair first", "en", [["a", "m n o p"], ["b", "m n o q r s"]], [["x", "m n o"], ["y", "p"]]),
        case("numbers and marks", "en", [["a", "It's $1,200"], ["b", "5% off, and that is it."], ["a", "in all."]],
             [["x", "its twelve hundred dollars in all"], ["y", "five percent off and that's it"]]),
        case("names across", "en", [["a", "one"], ["b", "two"], ["c", "three"]], [["b", "one"], ["c", "two"], ["a", "three"]]),
    ]
    for i in range(24):
        language = ("en", "ru")[i % 2]
        words = ("we will ship it on friday 12 40% not" if language == "en" else "мы не выпустим это в пятницу 21 ещё 5%").split()
        r, h = rng.randint(1, 6), rng.randint(1, 7)
        reference = random_utterances(rng, rng.randint(1, 12), [f"r{k}" for k in range(r)], words)
        hypothesis = random_utterances(rng, rng.randint(1, 12), [f"h{k}" for k in range(h)], words)
        cases.append(case(f"random {i}", language, reference, hypothesis))
        cases.append(case(f"perturbed {i}", language, reference, perturbed(rng, reference)))
    speakers = [f"r{k}" for k in range(18)]
    reference = random_utterances(rng, 40, speakers, "a b c d e f g h".split())
    cases.append(case("many speakers", "en", reference, perturbed(rng, reference)))
    for number, path in enumerate(sys.argv[1:]):
        meeting = json.loads(Path(path).read_text(encoding="utf-8"))
        reference = [[u["speaker"], u["text"]] for u in meeting["utterances"]][:40]
        cases.append(case(f"meeting {number}", meeting["language"], reference, perturbed(rng, reference)))
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    Path(__file__).with_name("cpwer.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()

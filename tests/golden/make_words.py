"""Writes standup_en_words.json: when each word of examples/data/standup-en begins and ends, by forced alignment.

usage: make_words.py     needs numpy, soundfile and pocketsphinx (pip install pocketsphinx==5.1.1)

Each utterance of the truth is aligned by itself with CMU Sphinx's hidden Markov models for English, in steps of 10 ms. The
utterances' own times, which are exact, tell how good that is: the first words' begins lie a median of 10 ms off, 90 % of
them within 39 ms.
"""

import json
import re
from pathlib import Path

import numpy as np
import soundfile
from pocketsphinx import Decoder

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "examples/data"
AROUND = 0.15  # seconds heard before and after an utterance
SPELT = {"80": "eighty", "30": "thirty", "15": "fifteen"}


def align(sound, words, offset):
    decoder = Decoder(lm=None, loglevel="FATAL")
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    for piece in decoder.seg():
        if not piece.word.startswith("<") and piece.word != "(NULL)":
            word = re.sub(r"\(\d\)", "", piece.word)
            yield word, round(offset + piece.start_frame / 100, 3), round(offset + (piece.end_frame + 1) / 100, 3)


def main():
    sound, rate = soundfile.read(DATA / "standup-en.flac", dtype="float32")
    assert rate == 16_000 and sound.ndim == 1
    truth = json.loads((DATA / "standup-en.json").read_text(encoding="utf-8"))
    made = []
    for utterance in truth["utterances"]:
        words = re.sub(r"[^a-z0-9' ]+", " ", utterance["text"].lower()).split()
        begin, end = max(0.0, utterance["start"] - AROUND), utterance["end"] + AROUND
        heard = sound[int(begin * rate) : int(end * rate)]
        made += align(heard, [SPELT.get(word, word) for word in words], begin)
    assert len(made) == sum(len(u["text"].split()) for u in truth["utterances"])
    lines = ",\n".join(json.dumps(word) for word in made)
    (HERE / "standup_en_words.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(len(made), made[:3])


if __name__ == "__main__":
    main()

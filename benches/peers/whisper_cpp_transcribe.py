"""Transcribes recordings as whisper.cpp's own command does, and says how long it took.

    whisper_cpp_transcribe.py --sound LANGUAGE FILE... --model ggml.bin --out FOLDER
        [--beam 5] [--best-of 5] [--vad ggml-silero.bin] [--no-flash] [--no-fallback] [--suppress-nst] [--threads 2]
        [--encode N] [--first]

needs benches/peers/requirements-transcribe.txt. pywhispercpp is a binding of whisper.cpp's library: this hands each recording
whole to `whisper_full` with the settings that the command's options of these names make, and the command's defaults for all
others. FOLDER gets report.json: seconds, the processor's seconds of all threads, the process's peak memory, the texts.

The sound is in memory before the clock starts, and the first 15 s of the first recording go through once before that.
`--encode N` times instead one pass of the encoder, the fastest of N, on the first recording. `--first` stops after the first
segment of the first recording, and its clock starts before the file is read.
"""

import argparse
import contextlib
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
    parser.add_argument("--best-of", type=int, default=5)
    parser.add_argument("--vad")
    parser.add_argument("--no-flash", action="store_true")
    parser.add_argument("--no-fallback", action="store_true")
    parser.add_argument("--suppress-nst", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--encode", type=int, default=0)
    parser.add_argument("--first", action="store_true")
    return parser.parse_args()


def read(path):
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32")
    if rate != RATE or samples.ndim != 1:
        raise SystemExit(f"whisper_cpp_transcribe: {path} is not 16 kHz mono")
    return samples


@contextlib.contextmanager
def quiet():
    """What the library says of itself, which it says anew for every recording with VAD."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def encode(whisper, samples, threads, times):
    """Seconds and processor seconds of one pass, the fastest of several after one that is not counted."""
    whisper.whisper_pcm_to_mel(whisper.context, samples, len(samples), threads)
    best = None
    for round_ in range(times + 1):
        begun, busy = time.perf_counter(), time.process_time()
        whisper.whisper_encode(whisper.context, 0, threads)
        taken = time.perf_counter() - begun, time.process_time() - busy
        if round_ and (best is None or taken < best):
            best = taken
    return best


def main():
    given = arguments()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)  # before the library is loaded, which may use OpenMP
    import _pywhispercpp as whisper
    from pywhispercpp.model import Model

    settings = {
        "n_threads": given.threads, "print_progress": False, "print_timestamps": False, "suppress_nst": given.suppress_nst,
        "greedy": {"best_of": given.best_of}, "beam_search": {"beam_size": given.beam, "patience": -1.0},
    }  # fmt: skip
    if given.no_fallback:
        settings["temperature_inc"] = 0.0
    if given.vad:
        settings |= {"vad": True, "vad_model_path": given.vad}
    flash = not given.no_flash
    model = Model(
        given.model, params_sampling_strategy=int(given.beam > 1), redirect_whispercpp_logs_to=None,
        context_params={"use_gpu": False, "flash_attn": flash}, **settings,
    )  # fmt: skip

    def segments(samples, language, **more):
        with quiet():
            return model.transcribe(samples, language=language, **more)

    given.out.mkdir(parents=True, exist_ok=True)
    if given.encode:
        whisper.context = model._ctx
        taken, busy = encode(whisper, read(given.sound[0][1]), given.threads, given.encode)
        report = {"encode_s": round(taken, 4), "encode_cpu_s": round(busy, 4)}
    elif given.first:
        language, path = given.sound[0]
        first, begun = [], time.perf_counter()

        def heard(segment):
            if not first:
                first.append((time.perf_counter() - begun, segment.text.strip()))

        segments(read(path), language, new_segment_callback=heard, abort_callback=lambda: bool(first))
        taken, text = first[0] if first else (time.perf_counter() - begun, "")
        report = {"first_s": round(taken, 3), "text": text}
    else:
        sounds = [(Path(path), language, read(path)) for language, path in given.sound]
        segments(sounds[0][2][: 15 * RATE], sounds[0][1])
        rows = []
        for path, language, samples in sounds:
            begun, busy = time.perf_counter(), time.process_time()
            text = "\n".join(segment.text.strip() for segment in segments(samples, language))
            taken, busy = time.perf_counter() - begun, time.process_time() - busy
            rows.append({"file": path.stem, "audio_s": len(samples) / RATE, "seconds": round(taken, 4), "cpu_s": round(busy, 4), "text": text})
            print(f"{path.stem}: {taken:.2f} s for {len(samples) / RATE:.1f} s", flush=True)
        report = {"sounds": rows}
    report |= {
        "versions": {"pywhispercpp": version("pywhispercpp")}, "system": whisper.whisper_print_system_info().strip(),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }  # fmt: skip
    (given.out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

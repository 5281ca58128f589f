"""Diarizes recordings with sherpa-onnx, on weights that we run too, and says how long it took.

    sherpa_diarize.py AUDIO... --segmentation segmentation-powerset.onnx --embedding wespeaker.onnx --out FOLDER
        [--threads N] [--threshold 0.5] [--speakers N] [--step 0.1]

needs benches/peers/requirements.txt. sherpa-onnx reads what a model is from metadata in its file: copies with it are put
into FOLDER, the models stay as they are. The embedding must take `feats` (scripts/export_wespeaker.py). FOLDER gets a
.rttm of each recording, and sherpa.json. sherpa-onnx times no stages; the sound is in memory before the clock starts, and
the first 15 s go through once before anything is timed.
"""

import argparse
import json
import resource
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import sherpa_onnx
import soundfile
from scipy.signal import resample_poly

RATE = 16_000
SEGMENTATION = {
    "model_type": "pyannote-segmentation-3.0", "version": "1", "num_speakers": 3, "powerset_max_classes": 2, "num_classes": 7,
    "sample_rate": RATE, "window_size": 10 * RATE, "receptive_field_size": 991, "receptive_field_shift": 270,
}  # fmt: skip
EMBEDDING = {
    "framework": "wespeaker", "language": "English", "url": "", "comment": "", "sample_rate": RATE, "output_dim": 256,
    "normalize_samples": 0,
}  # fmt: skip


def with_metadata(path, out, metadata):
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
    copy = out / path.name
    onnx.save(model, str(copy))
    return str(copy)


def read(path):
    samples, rate = soundfile.read(path, dtype="float32")
    samples = samples.mean(1) if samples.ndim > 1 else samples
    return samples if rate == RATE else resample_poly(samples, RATE, rate).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("audio", nargs="+", type=Path)
    parser.add_argument("--segmentation", type=Path, required=True)
    parser.add_argument("--embedding", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--speakers", type=int, default=-1)
    parser.add_argument("--step", type=float, default=0.1, help="a window's step, as a share of it")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    pyannote = sherpa_onnx.OfflineSpeakerSegmentationPyannoteModelConfig(
        model=with_metadata(given.segmentation, given.out, SEGMENTATION), window_shift_ratio=given.step
    )
    config = sherpa_onnx.OfflineSpeakerDiarizationConfig(
        segmentation=sherpa_onnx.OfflineSpeakerSegmentationModelConfig(pyannote=pyannote, num_threads=given.threads),
        embedding=sherpa_onnx.SpeakerEmbeddingExtractorConfig(
            model=with_metadata(given.embedding, given.out, EMBEDDING), num_threads=given.threads
        ),
        clustering=sherpa_onnx.FastClusteringConfig(num_clusters=given.speakers, threshold=given.threshold),
        min_duration_on=0.0, min_duration_off=0.0,
    )  # fmt: skip
    if not config.validate():
        raise SystemExit("sherpa_diarize: sherpa-onnx does not take these models")
    diarizer = sherpa_onnx.OfflineSpeakerDiarization(config)
    sounds = [(path, read(path)) for path in given.audio]
    diarizer.process(sounds[0][1][: 15 * RATE])
    rows = []
    for path, samples in sounds:
        begun, busy = time.perf_counter(), time.process_time()
        turns = diarizer.process(samples).sort_by_start_time()
        taken, busy = time.perf_counter() - begun, time.process_time() - busy
        lines = [
            f"SPEAKER {path.stem} 1 {turn.start:.3f} {turn.end - turn.start:.3f} <NA> <NA> S{turn.speaker} <NA> <NA>\n"
            for turn in turns
        ]
        (given.out / f"{path.stem}.rttm").write_text("".join(lines), encoding="utf-8")
        speakers = len({turn.speaker for turn in turns})
        rows.append({
            "file": path.stem, "audio_s": round(len(samples) / RATE, 3), "seconds": round(taken, 4), "cpu_s": round(busy, 4),
            "speakers": speakers,
        })  # fmt: skip
        print(f"{path.stem}: {taken:.2f} s for {rows[-1]['audio_s']:.1f} s, {speakers} speakers", flush=True)
    report = {
        "tool": "sherpa-onnx", "threads": given.threads, "step": given.step, "threshold": given.threshold,
        "embedding": given.embedding.name, "versions": {"sherpa-onnx": version("sherpa-onnx")},
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "audio_s": round(sum(row["audio_s"] for row in rows), 3), "seconds": round(sum(row["seconds"] for row in rows), 4),
        "cpu_s": round(sum(row["cpu_s"] for row in rows), 4),
        "recordings": rows,
    }  # fmt: skip
    (given.out / "sherpa.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

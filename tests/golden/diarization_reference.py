"""The diarizer in plain numpy: what autoproto-core/src/diarize does, written to be read. The Rust code is a port of it.

    diarization_reference.py MODELS AUDIO... [--speakers N] [--min N] [--max N]     RTTM to standard output
    diarization_reference.py MODELS --golden                                        writes diarization.json

needs numpy, scipy, soundfile and onnxruntime; the figures in diarization.json are of numpy 2.4, scipy 1.17 and
onnxruntime 1.32. There is no random number in it.

1. A segmentation model says for every 17 ms, in overlapping windows of 5 s, which of three local speakers speak.
2. What is speech becomes regions; each region is covered by pieces of 1.6 s, 0.4 s apart, whose voice is embedded.
3. The pieces' embeddings, averaged with their neighbours', are clustered: average linkage, cosine distance.
4. A Viterbi path through the similarity of each frame to each cluster says who speaks; changing costs something.
5. Where the segmentation hears two at once, the second is the local speaker that is not the path's.

The Rust differs in two things: windows in which the voice activity detector hears nobody are not looked at, and numbers
are of 32 bits. On the two recordings of diarization.json that moves less than 0.01 % of the speech.
"""
import argparse, json, os, sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
import onnxruntime
import soundfile
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment
from scipy.signal import resample_poly

RATE = 16_000
FRAME = 270  # samples from one frame of the segmentation to the next
OFFSET = 360  # frame f stands for the samples from 270 f + 360 on: its receptive field of 991 samples less a shift, halved
WINDOW = 80_000  # samples of 5 s, which the segmentation was trained on: 293 frames
STEP = 30  # frames from one window to the next, so that the frames of all windows are one grid
VOICE = 25_600  # samples of 1.6 s, which the embedding was trained on
LEVEL = -30  # and the level it wants, in dBFS
# The sets of at most two of three local speakers that the segmentation chooses from.
SETS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], float)

ONSET = 0.45  # a frame is speech from this probability on;
SPARSE = 0.6, 0.30  # where none is: from this share of the highest probability, if that is over the second number
SHORTEST = 6  # frames (0.1 s): regions nearer than this are joined, shorter ones dropped
PIECE, HOP = 95, 24  # frames (1.6 s and 0.4 s)
SMOOTH = 48  # frames (0.81 s) between the centres of pieces of one region that are averaged for clustering
MOST_OVERLAP = 0.30  # pieces with a higher mean overlap probability are not clustered
MOST_PIECES = 4000  # more are thinned evenly: memory grows with their square
THRESHOLD = 0.27  # cosine distance at which clusters stay apart
LEAST, LEAST_SHARE, LEAST_AT_MOST = 1.5, 0.03, 8.0  # seconds a speaker lasts: the first, or a share of all speech up to the last
SWITCH, SWITCH_IN_PAUSE = 0.06, 0.02  # what changing the speaker costs, in similarity times seconds
PURE = 0.9  # a piece is a speaker's own if this share of it is
CLEAN = 0.50  # a frame with more overlap than this is left out of the sound of a voice
OVERLAP, SECOND = 0.40, 0.15  # two speak from this probability on, the second with at least this activity
FILL, DROP = 12, 6  # frames (0.2 s, 0.1 s): gaps of a speaker that are filled, turns that are dropped


# --- what needs a model ---------------------------------------------------------------------------------------------


def segment(samples, model):
    """Probabilities of the seven sets, [windows, 293, 7]; the last window is filled up with silence."""
    step = STEP * FRAME
    count = 1 + max(0, -(-(len(samples) - WINDOW) // step))
    windows = (samples[i * step : i * step + WINDOW] for i in range(count))
    return np.exp([model(np.pad(w, (0, WINDOW - len(w)))[None, None])[0] for w in windows])


def mean_over_windows(values, frames):
    """[windows, frames of a window, ...] to [frames, ...]: the mean over the windows that hold a frame."""
    length = values.shape[1]
    total = (len(values) - 1) * STEP + length
    sums, seen = np.zeros((total,) + values.shape[2:]), np.zeros(total)
    for i, window in enumerate(values):
        sums[i * STEP : i * STEP + length] += window
        seen[i * STEP : i * STEP + length] += 1
    return (sums / seen.reshape((-1,) + (1,) * (sums.ndim - 1)))[:frames]


def runs(active):
    """[(first, one past last)] of the stretches in which `active` holds."""
    edges = np.diff(np.pad(active.astype(int), 1))
    return list(zip(np.nonzero(edges == 1)[0].tolist(), np.nonzero(edges == -1)[0].tolist()))


def join(stretches, gap):
    joined = []
    for start, end in stretches:
        if joined and start - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def regions_of(speech):
    def over(least):
        return [(s, e) for s, e in join(runs(speech > least), SHORTEST) if e - s >= SHORTEST]

    found = over(ONSET)
    if not found and len(speech) and speech.max() > SPARSE[1]:
        found = over(SPARSE[0] * speech.max())
    return found


def pieces_of(regions):
    """[(first, one past last, region)]: a short region is one piece; else even ones, the first and last flush with its ends."""
    pieces = []
    for region, (start, end) in enumerate(regions):
        slack = end - start - PIECE
        if slack <= 0:
            pieces.append((start, end, region))
            continue
        hops = -(-slack // HOP)
        starts = (start + (2 * j * slack + hops) // (2 * hops) for j in range(hops + 1))
        pieces += [(s, s + PIECE, region) for s in starts]
    return pieces


def sound_of(samples, start, end, overlap):
    """The samples of a piece without the frames in which two speak at once; with them where more than half would go."""
    frames = np.arange(start, end)
    clean = frames[overlap[start:end] <= CLEAN] if start < len(overlap) else frames
    if 2 * len(clean) >= len(frames):
        frames = clean
    at = frames[:, None] * FRAME + OFFSET + np.arange(FRAME)[None]
    at = at.ravel()
    return samples[at[at < len(samples)]][:VOICE]


def embed(samples, pieces, overlap, model, batch=16):
    """Unit vectors, [pieces, 256]; a short piece is repeated up to 1.6 s, and each is brought to the level by itself."""
    voices = []
    for first in range(0, len(pieces), batch):
        sounds = []
        for start, end, _ in pieces[first : first + batch]:
            sound = sound_of(samples, start, end, overlap)
            if len(sound) == 0:
                sound = np.zeros(1, np.float32)
            sound = np.tile(sound, -(-VOICE // len(sound)))[:VOICE]
            rms = np.sqrt(np.mean(sound.astype(float) ** 2))
            sounds.append((sound * (10 ** (LEVEL / 20) / (rms + 1e-9))).astype(np.float32))
        voices.append(model(np.stack(sounds)))
    return np.concatenate(voices).astype(float) if voices else np.zeros((0, 256))


class Prepared:
    """All of a recording that needed a model; another number of speakers does not need it again."""

    def __init__(self, samples, segmentation, embedding):
        sets = segment(samples, segmentation)
        self.duration = len(samples) / RATE
        self.frames = min(max(1, len(samples) // FRAME), (len(sets) - 1) * STEP + sets.shape[1])
        self.local = sets @ SETS  # what each local speaker does, [windows, 293, 3]
        speech = mean_over_windows(1 - sets[:, :, 0], self.frames)
        self.overlap = mean_over_windows(sets[:, :, 4:].sum(2), self.frames)
        self.regions = regions_of(speech)
        self.pieces = pieces_of(self.regions)
        self.voices = embed(samples, self.pieces, self.overlap, embedding)


# --- voices to speakers ---------------------------------------------------------------------------------------------


def unit(vectors):
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12)


def smoothed(prepared):
    """The mean of a piece and its neighbours in the region, weighted by how alike they are."""
    centre = np.array([(s + e) / 2 for s, e, _ in prepared.pieces])
    region = np.array([r for *_, r in prepared.pieces])
    near = (np.abs(centre[:, None] - centre) <= SMOOTH) & (region[:, None] == region)
    return unit((near * np.maximum(0, prepared.voices @ prepared.voices.T)) @ prepared.voices)


def seconds_covered(prepared, members):
    covered = np.zeros(prepared.frames, bool)
    for i in members:
        start, end, _ = prepared.pieces[i]
        covered[start:end] = True
    return covered.sum() * FRAME / RATE


def choose(prepared):
    """Whole pieces without much overlap; where there are fewer than three, the longer half of all."""
    length = np.array([e - s for s, e, _ in prepared.pieces])
    overlap = np.array([prepared.overlap[s:e].mean() for s, e, _ in prepared.pieces])
    fit = (length >= PIECE) & (overlap < MOST_OVERLAP)
    if fit.sum() < 3:
        fit = length >= min(60, np.sort(length)[len(length) // 2])
    chosen = np.nonzero(fit)[0]
    return chosen[:: -(-len(chosen) // MOST_PIECES)]


def speakers_of(prepared, exact, least, most):
    """The speakers as lists of pieces, the one who speaks longest first; pieces that tell too little are in none."""
    chosen = choose(prepared)
    wanted = exact or least
    if wanted and len(chosen) < wanted:
        chosen = np.arange(len(prepared.pieces))
    if len(chosen) == 1:
        return [chosen]
    voices = smoothed(prepared)[chosen]
    distances = np.maximum(0, 1 - voices @ voices.T)[np.triu_indices(len(chosen), 1)]
    tree = linkage(distances, "average")

    def groups(labels):
        found = [chosen[labels == label] for label in np.unique(labels)]
        mass = [seconds_covered(prepared, group) for group in found]
        order = sorted(range(len(found)), key=lambda i: (-mass[i], found[i][0]))
        return [found[i] for i in order], np.array([mass[i] for i in order])

    def exactly(count):
        """The coarsest cut that has so many clusters of enough mass; if none has, of half the mass, and so on."""
        enough, count = LEAST, min(count, len(chosen))
        while enough > 0.05:
            for k in range(count, min(len(chosen), 4 * count + 20) + 1):
                found, mass = groups(fcluster(tree, k, "maxclust"))
                if len(found) >= count and mass[count - 1] >= enough:
                    return found[:count]
            enough /= 2
        return groups(fcluster(tree, count, "maxclust"))[0][:count]

    if exact:
        return exactly(exact)
    found, mass = groups(fcluster(tree, THRESHOLD, "distance"))
    enough = min(mass[0], max(LEAST, min(LEAST_SHARE * mass.sum(), LEAST_AT_MOST)))
    found = [group for group, seconds in zip(found, mass) if seconds >= enough]
    if least and len(found) < least:
        return exactly(least)
    if most and len(found) > most:
        return exactly(most)
    return found


# --- who speaks in each frame ---------------------------------------------------------------------------------------


def emissions(prepared, means):
    """How much each frame sounds like each speaker, [frames, speakers]: the mean over the pieces that hold it, those
    weighing most whose middle it is; 0 outside speech."""
    sums, weights = np.zeros((prepared.frames, len(means))), np.zeros(prepared.frames)
    for (start, end, _), similarity in zip(prepared.pieces, prepared.voices @ means.T):
        weight = np.minimum(np.arange(1, end - start + 1), np.arange(end - start, 0, -1)).astype(float)
        sums[start:end] += weight[:, None] * similarity
        weights[start:end] += weight
    return sums / np.maximum(weights, 1e-9)[:, None]


def viterbi(emission, price):
    """The best speaker of each frame, where coming into a frame from another speaker costs its price."""
    frames, speakers = emission.shape
    score, back, own = emission[0].copy(), np.zeros((frames, speakers), int), np.arange(speakers)
    for t in range(1, frames):
        best = int(score.argmax())
        jump = score[best] - price[t]
        changed = score < jump
        back[t] = np.where(changed, best, own)
        score = np.where(changed, jump, score) + emission[t]
    path = np.zeros(frames, int)
    path[-1] = score.argmax()
    for t in range(frames - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path


def recentred(prepared, path, means):
    """The mean voice of each speaker over the pieces that are its own, by length; if none is, over all by share."""
    means = means.copy()
    length = np.array([e - s for s, e, _ in prepared.pieces], float)
    for speaker in range(len(means)):
        share = np.array([(path[s:e] == speaker).mean() for s, e, _ in prepared.pieces])
        weight = np.where(share >= PURE, length, 0)
        if weight.sum() <= 0:
            weight = share * length
        if weight.sum() > 0:
            means[speaker] = unit((prepared.voices * weight[:, None]).sum(0))
    return means


def activity(prepared, path, speech, speakers):
    """[frames, speakers]: the local speakers of each window, matched one to one with the path's by the time they share."""
    length = prepared.local.shape[1]
    on = np.zeros(((len(prepared.local) - 1) * STEP + length, speakers))
    frames = np.nonzero(speech)[0]
    on[frames, path[frames]] = 1
    active = np.zeros(prepared.local.shape[:2] + (speakers,))
    for i, local in enumerate(prepared.local):
        shared = local.T @ on[i * STEP : i * STEP + length]
        for k, speaker in zip(*linear_sum_assignment(-shared)):
            if shared[k, speaker] > 0:
                active[i, :, speaker] += local[:, k]
    return mean_over_windows(active, prepared.frames)


def diarize(prepared, exact=None, least=None, most=None):
    """Turns [(start, end, speaker)] by start, in seconds; speakers are numbered in the order of first speech."""
    if not prepared.regions:
        return []
    frames = prepared.frames
    speech = np.zeros(frames, bool)
    for start, end in prepared.regions:
        speech[start:end] = True
    groups = speakers_of(prepared, exact, least, most)
    means = unit(np.stack([prepared.voices[group].mean(0) for group in groups]))
    price = np.where(speech, SWITCH, SWITCH_IN_PAUSE) * RATE / FRAME
    path = viterbi(emissions(prepared, means), price)
    again = viterbi(emissions(prepared, recentred(prepared, path, means)), price)
    # The second pass may refine the first, but not lose a speaker.
    if len(np.unique(again[speech])) >= len(np.unique(path[speech])):
        path = again
    if exact or least:
        # A speaker that was asked for is not lost to smoothing: it is given the piece that is most its own.
        for speaker, group in enumerate(groups):
            if not (path[speech] == speaker).any():
                similarity = prepared.voices[group] @ means.T
                own = group[int((2 * similarity[:, speaker] - similarity.sum(1)).argmax())]
                start, end, _ = prepared.pieces[own]
                path[start:end] = speaker
    on = np.zeros((frames, len(groups)), bool)
    spoken = np.nonzero(speech)[0]
    on[spoken, path[spoken]] = True
    if len(groups) > 1:
        second = activity(prepared, path, speech, len(groups))
        second[np.arange(frames), path] = -1
        both = (prepared.overlap > OVERLAP) & speech & (second.max(1) > SECOND)
        on[np.nonzero(both)[0], second.argmax(1)[both]] = True

    def seconds(frame):
        return min((frame * FRAME + OFFSET) / RATE, prepared.duration)

    turns = sorted(
        (seconds(start), seconds(end), speaker)
        for speaker in range(len(groups))
        for start, end in join(runs(on[:, speaker]), FILL)
        if end - start >= DROP
    )
    names = {}
    return [(start, end, names.setdefault(speaker, len(names))) for start, end, speaker in turns]


# --- the command ----------------------------------------------------------------------------------------------------


def load(models):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def runner(file, name):
        session = onnxruntime.InferenceSession(str(models / file), options, providers=["CPUExecutionProvider"])
        return lambda values: session.run(None, {name: values})[0]

    return runner("segmentation-powerset.onnx", "x"), runner("speaker-embedding-ge2e.onnx", "waveform")


def read(path):
    samples, rate = soundfile.read(path, dtype="float32")
    samples = samples.mean(1) if samples.ndim > 1 else samples
    return samples if rate == RATE else resample_poly(samples, RATE, rate).astype(np.float32)


def golden(models):
    """The turns of two recordings, with the number of speakers free, exactly 2 and at least 4."""
    here = Path(__file__).parent
    made = []
    for name in ("standup-en", "planning-ru"):
        prepared = Prepared(read(here.parents[1] / f"examples/data/{name}.flac"), *models)
        rounded = [
            [[round(s, 3), round(e, 3), k] for s, e, k in diarize(prepared, **bounds)]
            for bounds in ({}, {"exact": 2}, {"least": 4})
        ]
        made.append(json.dumps({"recording": name, "free": rounded[0], "exactly_2": rounded[1], "at_least_4": rounded[2]}))
        print(name, [(len(turns), 1 + max(k for *_, k in turns)) for turns in rounded])
    lines = ",\n".join(made)
    (here / "diarization.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("models", type=Path)
    arguments.add_argument("audio", nargs="*", type=Path)
    arguments.add_argument("--speakers", type=int)
    arguments.add_argument("--min", type=int)
    arguments.add_argument("--max", type=int)
    arguments.add_argument("--golden", action="store_true")
    given = arguments.parse_args()
    models = load(given.models)
    if given.golden:
        return golden(models)
    for path in given.audio:
        for start, end, speaker in diarize(Prepared(read(path), *models), given.speakers, given.min, given.max):
            print(f"SPEAKER {path.stem} 1 {start:.3f} {end - start:.3f} <NA> <NA> S{speaker} <NA> <NA>")


if __name__ == "__main__":
    sys.exit(main())

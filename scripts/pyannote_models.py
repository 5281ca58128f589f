"""Models in pyannote.audio's own classes, for what compares us with it: goldens, benches, exports.

needs pyannote.audio 4.0.7, torch and torchaudio 2.11.0 (the two must be the same version), onnx, soundfile, scipy

segmentation(path)  segmentation-powerset.onnx read back into PyanNet
VoiceEncoder(path)  speaker-embedding-ge2e.onnx behind the interface of a pretrained speaker embedding
wespeaker(path)     a WeSpeakerResNet34 from a state dict or a published checkpoint
pipeline_of(...)    the SpeakerDiarization pipeline with these
"""

import warnings

warnings.filterwarnings("ignore")  # torchcodec's, about FFmpeg: audio is given as arrays here

import asteroid_filterbanks
import numpy as np
import onnx
import onnx.numpy_helper
import soundfile
import torch
import torch.nn.functional as F
from pyannote.audio.core.inference import BaseInference
from pyannote.audio.core.model import Model
from pyannote.audio.core.plda import PLDA
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.embedding.wespeaker import WeSpeakerResNet34
from pyannote.audio.models.segmentation import PyanNet
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.audio.pipelines import speaker_diarization as upstream
from pyannote.audio.utils.powerset import Powerset
from scipy.signal import resample_poly

RATE = 16_000


def read(path, start=0.0, end=None):
    """16 kHz mono samples of a file, or of its seconds from `start` to `end`."""
    samples, rate = soundfile.read(path, dtype="float32")
    samples = samples.mean(1) if samples.ndim > 1 else samples
    if rate != RATE:
        samples = resample_poly(samples, RATE, rate).astype(np.float32)
    return samples[round(start * RATE) : None if end is None else round(end * RATE)]


def as_file(samples, uri="audio"):
    """Samples in memory, as pyannote.audio takes them."""
    return {"waveform": torch.from_numpy(samples)[None], "sample_rate": RATE, "uri": uri}


# --- reading ONNX weights back --------------------------------------------------------------------------------------


def weights_of(path):
    """The graph and its initializers by name."""
    graph = onnx.load(str(path)).graph
    return graph, {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()) for i in graph.initializer}


def gates(values, axis):
    """ONNX keeps an LSTM's gates in the order input, output, forget, cell; torch as input, forget, cell, output."""
    i, o, f, c = values.chunk(4, axis)
    return torch.cat([i, f, c, o], axis)


def lstm_weights(graph, weights):
    """An LSTM's state dict, all layers, from the graph's LSTM nodes."""
    state = {}
    for layer, node in enumerate(n for n in graph.node if n.op_type == "LSTM"):
        w, r, b = (weights[name] for name in node.input[1:4])
        for direction, suffix in enumerate(("", "_reverse")[: len(w)]):
            wb, rb = b[direction].chunk(2)
            state[f"weight_ih_l{layer}{suffix}"] = gates(w[direction], 0)
            state[f"weight_hh_l{layer}{suffix}"] = gates(r[direction], 0)
            state[f"bias_ih_l{layer}{suffix}"] = gates(wb, 0)
            state[f"bias_hh_l{layer}{suffix}"] = gates(rb, 0)
    return state


def matmul_weights(graph, weights):
    """The matrices of the graph's products by a constant, in order, as torch's Linear keeps them."""
    names = (n.input[1] for n in graph.node if n.op_type == "MatMul")
    return [weights[name].T.contiguous() for name in names if name in weights]


def segmentation(path):
    """The stand-in segmentation as pyannote's PyanNet.

    Its three voices are independent: log p(set) = sum of log p or log (1 - p), made to sum to one. Less what all seven
    sets share that is the sum of the logits of the set's members, so a linear layer with seven rows and PyanNet's own
    log-softmax is the same function. The sinc filters are already worked out in the ONNX file, so a free filter bank
    holds them.
    """
    graph, w = weights_of(path)
    model = PyanNet(lstm={"num_layers": 4})
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION, resolution=Resolution.FRAME, duration=10.0, warm_up=(0.0, 0.0),
        classes=["speaker#1", "speaker#2", "speaker#3"], powerset_max_classes=2, permutation_invariant=True,
    )  # fmt: skip
    model.build()
    bank = asteroid_filterbanks.FreeFB(80, 251, stride=10, sample_rate=RATE)
    model.sincnet.conv1d[0] = asteroid_filterbanks.Encoder(bank)
    mapping = Powerset(3, 2).mapping
    first, second, last = matmul_weights(graph, w)
    state = {
        "sincnet.wav_norm1d.weight": w["norm0.weight"], "sincnet.wav_norm1d.bias": w["norm0.bias"],
        "sincnet.conv1d.0.filterbank._filters": w["c0.weight"],
        "linear.0.weight": first, "linear.0.bias": w["l0.bias"],
        "linear.1.weight": second, "linear.1.bias": w["l1.bias"],
        "classifier.weight": mapping @ last, "classifier.bias": mapping @ w["cl.bias"],
    }  # fmt: skip
    for layer in range(3):
        for kind in ("weight", "bias"):
            state[f"sincnet.norm1d.{layer}.{kind}"] = w[f"n{layer}.{kind}"]
            if layer:
                state[f"sincnet.conv1d.{layer}.{kind}"] = w[f"c{layer}.{kind}"]
    state |= {f"lstm.{name}": value for name, value in lstm_weights(graph, w).items()}
    found = model.load_state_dict(state, strict=False)
    assert not found.unexpected_keys and all("filterbank" in k for k in found.missing_keys), found
    return model.eval()


# --- the GE2E voice encoder -----------------------------------------------------------------------------------------


class Encoder(torch.nn.Module):
    """[N, 25600] samples to unit vectors [N, 256], from the weights of the ONNX file."""

    def __init__(self, path):
        super().__init__()
        graph, w = weights_of(path)
        self.register_buffer("dft", w["dft"])
        self.register_buffer("mel", w["mel"])
        self.lstm = torch.nn.LSTM(40, 256, 3, batch_first=True)
        self.lstm.load_state_dict(lstm_weights(graph, w))
        self.linear = torch.nn.Linear(256, 256)
        self.linear.load_state_dict({"weight": w["linear.weight"], "bias": w["linear.bias"]})

    def forward(self, samples):
        spectrum = F.conv1d(F.pad(samples[:, None], (200, 200)), self.dft, stride=160)
        power = spectrum[:, :201] ** 2 + spectrum[:, 201:] ** 2
        hidden, _ = self.lstm((self.mel @ power).transpose(1, 2))
        made = torch.relu(self.linear(hidden[:, -1]))
        return made / (made.norm(dim=1, keepdim=True) + 1e-9)


class VoiceEncoder(BaseInference):
    """The GE2E encoder with the interface of pyannote's PretrainedSpeakerEmbedding.

    It has no masked pooling, so what the mask keeps is cut out and joined, as pyannote does for SpeechBrain and NeMo:
    nearest interpolation to samples, above 0.5; less than half a second is NaN. The cut is levelled as a whole to
    -30 dBFS, repeated up to 1.6 s if it is shorter, and windows of 1.6 s every 0.8 s, while they fit, are embedded.
    Their mean, scaled to unit length, is the embedding.
    """

    sample_rate, dimension, metric, min_num_samples = RATE, 256, "cosine", 8_000
    window, hop, level = 25_600, 12_800, 10 ** (-30 / 20)

    def __init__(self, path, run=None, batch=64):
        super().__init__()
        encoder = Encoder(path).eval()
        self.run = run or (lambda windows: encoder(torch.from_numpy(windows)).numpy())
        self.batch = batch

    def to(self, device):
        return self

    def sound(self, samples):
        rms = np.sqrt(np.mean(samples.astype(np.float64) ** 2)) + 1e-9
        samples = (samples * (self.level / rms)).astype(np.float32)
        if len(samples) < self.window:
            samples = np.tile(samples, -(-self.window // len(samples)))[: self.window]
        return [samples[i : i + self.window] for i in range(0, len(samples) - self.window + 1, self.hop)]

    @torch.inference_mode()
    def __call__(self, waveforms, masks=None):
        count, channels, length = waveforms.shape
        assert channels == 1
        if masks is None:
            keep = torch.ones(count, length, dtype=torch.bool)
        else:
            keep = F.interpolate(masks[:, None], size=length, mode="nearest")[:, 0] > 0.5
        windows, owner = [], []
        for i in range(count):
            samples = waveforms[i, 0][keep[i]].numpy()
            if len(samples) >= self.min_num_samples:
                cut = self.sound(samples)
                windows += cut
                owner += [i] * len(cut)
        made = np.full((count, self.dimension), np.nan, np.float32)
        if windows:
            parts = [self.run(np.stack(windows[i : i + self.batch])) for i in range(0, len(windows), self.batch)]
            parts, owner = np.concatenate(parts), np.array(owner)
            for i in np.unique(owner):
                mean = parts[owner == i].astype(np.float64).mean(0)
                made[i] = mean / np.linalg.norm(mean)
        return made


# --- WeSpeaker ------------------------------------------------------------------------------------------------------


def new_wespeaker():
    model = WeSpeakerResNet34()
    model.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=10.0, warm_up=(0.0, 0.0)
    )
    return model


def wespeaker(path):
    """pyannote's WeSpeakerResNet34 from a state dict, or from a published checkpoint, which holds one."""
    # A published checkpoint is a pickle with pyannote's own classes in it: load only one you trust.
    held = torch.load(path, map_location="cpu", weights_only=False)
    model = new_wespeaker()
    model.load_state_dict(held.get("state_dict", held), strict=True)
    return model.eval()


# --- the pipeline ---------------------------------------------------------------------------------------------------


def pipeline_of(segmentation, embedding, plda, clustering, batch=16, exclude_overlap=True):
    """pyannote's SpeakerDiarization. `clustering`: {"class": name, parameters...}; `plda` only where VBx is asked for."""
    parameters = dict(clustering)
    kept = upstream.PretrainedSpeakerEmbedding
    if not isinstance(embedding, Model):  # it would be fetched by name
        upstream.PretrainedSpeakerEmbedding = lambda *_, **__: embedding
    try:
        pipeline = SpeakerDiarization(
            segmentation=segmentation, embedding=embedding, clustering=parameters.pop("class"),
            # It must be given one, or it fetches one, even where it has no use for it.
            plda=plda or PLDA.__new__(PLDA),
            embedding_exclude_overlap=exclude_overlap, segmentation_batch_size=batch, embedding_batch_size=batch,
        )  # fmt: skip
    finally:
        upstream.PretrainedSpeakerEmbedding = kept
    return pipeline.instantiate({"segmentation": {"min_duration_off": 0.0}, "clustering": parameters})

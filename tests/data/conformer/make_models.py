"""Writes small recognisers with the tensors of GigaAM 3 (ctc, rnnt) and Parakeet TDT (tdt), their signatures and tones.json.

usage: make_models.py     needs numpy and onnx; the files beside it are of onnx 1.23

Names, ranks, types and subsampling are those of the published models; the widths are small, and what they hear is not
speech but tones: each token has a bin of the features of its own, and is the likeliest where that is loud. A transducer's
second network holds back the tokens said before, the last one wholly, those before it half as much each; so what it says
shows that its state is carried.
"""
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32

RUSSIAN = ["<unk>", "▁Мы", "▁реш", "или", ".", "▁это", "<0xD1>", "<0x8F>", "▁", "<blk>"]
ENGLISH = ["<unk>", "▁We", "▁agre", "ed", ".", "▁the", "<0x49>", "n", "<|en|>", "<blk>"]
TOKENS = len(RUSSIAN)
BLANK = TOKENS - 1
AUDIBLE = range(1, 8)
GAIN = 5.0

# bins of the features, the bin of token k, the loudness from which it is heard, frames of features to one that comes out
GIGAAM = dict(bins=64, bin=lambda k: 14 + 6 * k, least=3.0, step=4)
NEMO = dict(bins=128, bin=lambda k: 28 + 12 * k, least=1.5, step=8)


def hertz(kind, token):
    """The middle of the token's bin."""
    at = kind["bin"](token) + 1
    if kind is GIGAAM:
        return 700 * (10 ** (at / 65 * np.log10(1 + 8000 / 700)) - 1)
    mel = at / 129 * (15 + 27 * np.log(8) / np.log(6.4))
    return float(mel * 200 / 3 if mel < 15 else 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, array, kind=np.float32):
    return numpy_helper.from_array(np.asarray(array, kind), name)


def save(name, nodes, inputs, outputs, constants, folder=HERE):
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    made.producer_name = ""
    onnx.checker.check_model(made, full_check=True)
    data = made.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(data)
    print(f"{name}.onnx", len(data), "bytes")


def encoder(kind, features, lengths, scores):
    """Nodes and constants from features to [B, tokens, frames]: the mean of each token's bin over the frames of one step."""
    step, bins = kind["step"], kind["bins"]
    weights, bias = np.zeros((TOKENS, bins, step)), np.full(TOKENS, -50.0)
    bias[BLANK] = 0
    for token in AUDIBLE:
        weights[token, kind["bin"](token)] = GAIN / step
        bias[token] = -GAIN * kind["least"]
    nodes = [
        # What lies behind the end of a sound is not heard, whatever it is.
        helper.make_node("Shape", [features], ["shape"]),
        helper.make_node("Gather", ["shape", "two"], ["frames"]),
        helper.make_node("Range", ["zero", "frames", "one"], ["at"]),
        helper.make_node("Unsqueeze", [lengths, "axis_one"], ["ends"]),
        helper.make_node("Less", ["at", "ends"], ["within"]),
        helper.make_node("Unsqueeze", ["within", "axis_one"], ["mask"]),
        helper.make_node("Where", ["mask", features, "nothing"], ["masked"]),
        helper.make_node("Conv", ["masked", "weights", "bias"], [scores],
                         kernel_shape=[step], strides=[step], pads=[0, step - 1]),
    ]
    constants = [
        constant("zero", 0, np.int64), constant("one", 1, np.int64), constant("two", 2, np.int64),
        constant("axis_one", [1], np.int64), constant("nothing", 0.0),
        constant("weights", weights), constant("bias", bias),
    ]
    return nodes, constants


def counted(kind, lengths, out, to):
    """Nodes and constants from lengths of features to those of frames."""
    nodes = [
        helper.make_node("Sub", [lengths, "one"], ["less"]),
        helper.make_node("Div", ["less", "step"], ["whole"]),
        helper.make_node("Add", ["whole", "one"], ["count"]),
        helper.make_node("Cast", ["count"], [out], to=to),
    ]
    return nodes, [constant("step", kind["step"], np.int64)]


def ctc():
    nodes, constants = encoder(GIGAAM, "features", "feature_lengths", "scores")
    nodes += [
        helper.make_node("Transpose", ["scores"], ["by_frame"], perm=[0, 2, 1]),
        helper.make_node("LogSoftmax", ["by_frame"], ["log_probs"], axis=-1),
    ]
    inputs = [value("features", FLOAT, ["B", 64, "T"]), value("feature_lengths", INT64, ["B"])]
    save("ctc", nodes, inputs, [value("log_probs", FLOAT, ["B", "F", TOKENS])], constants)


def transducer_encoder(name, kind, out, count, count_type):
    nodes, constants = encoder(kind, "audio_signal", "length", out)
    more, step = counted(kind, "length", count, count_type)
    inputs = [value("audio_signal", FLOAT, ["B", kind["bins"], "T"]), value("length", INT64, ["B"])]
    outputs = [value(out, FLOAT, ["B", TOKENS, "F"]), value(count, count_type, ["B"])]
    save(name, nodes + more, inputs, outputs, constants + step)


def said():
    """For each token a vector that tells it from the others; for the blank zeros, as in the published models."""
    table = np.eye(TOKENS)
    table[BLANK] = 0
    return constant("table", table)


def rnnt():
    transducer_encoder("rnnt_encoder", GIGAAM, "encoded", "encoded_len", INT32)
    nodes = [
        helper.make_node("Gather", ["table", "x"], ["token"]),
        helper.make_node("Mul", ["h.1", "half"], ["before"]),
        helper.make_node("Add", ["token", "before"], ["h"]),
        helper.make_node("Add", ["c.1", "once"], ["c"]),
        helper.make_node("Mul", ["h", "back"], ["dec"]),
    ]
    state = [1, 1, TOKENS]
    inputs = [value("x", INT64, [1, 1]), value("h.1", FLOAT, state), value("c.1", FLOAT, state)]
    outputs = [value("dec", FLOAT, state), value("h", FLOAT, state), value("c", FLOAT, state)]
    constants = [said(), constant("half", 0.5), constant("once", 1.0), constant("back", -100.0)]
    save("rnnt_decoder", nodes, inputs, outputs, constants)

    nodes = [
        helper.make_node("Add", ["enc", "dec"], ["sum"]),
        helper.make_node("Transpose", ["sum"], ["by_frame"], perm=[0, 2, 1]),
        helper.make_node("LogSoftmax", ["by_frame"], ["scores"], axis=-1),
        helper.make_node("Unsqueeze", ["scores", "axis_one"], ["joint"]),
    ]
    inputs = [value("enc", FLOAT, [1, TOKENS, 1]), value("dec", FLOAT, [1, TOKENS, 1])]
    outputs = [value("joint", FLOAT, [1, 1, 1, TOKENS])]
    save("rnnt_joint", nodes, inputs, outputs, [constant("axis_one", [1], np.int64)])


def tdt():
    transducer_encoder("tdt_encoder", NEMO, "outputs", "encoded_lengths", INT64)
    nodes = [
        helper.make_node("Gather", ["table", "targets"], ["known"]),  # [1, 1, tokens]
        helper.make_node("Cast", ["target_length"], ["length"], to=FLOAT),
        helper.make_node("Mul", ["known", "length"], ["token"]),
        helper.make_node("Mul", ["input_states_1", "half"], ["before"]),
        helper.make_node("Add", ["token", "before"], ["output_states_1"]),  # both layers alike
        helper.make_node("Add", ["input_states_2", "once"], ["output_states_2"]),
        helper.make_node("ReduceMean", ["output_states_1"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Mul", ["mean", "back"], ["hold"]),
        helper.make_node("Transpose", ["encoder_outputs"], ["by_frame"], perm=[0, 2, 1]),
        helper.make_node("Add", ["by_frame", "hold"], ["spoken"]),
        # Durations: one frame in silence, two where a tone is heard.
        helper.make_node("Slice", ["by_frame", "from", "to", "last_axis"], ["tones"]),
        helper.make_node("ReduceMax", ["tones"], ["two_frames"], axes=[2], keepdims=1),
        helper.make_node("Concat", ["spoken", "never", "one_frame", "two_frames", "never", "never"], ["all"], axis=2),
        helper.make_node("Unsqueeze", ["all", "axis_one"], ["outputs"]),
    ]
    state = [2, 1, TOKENS]
    inputs = [
        value("encoder_outputs", FLOAT, [1, TOKENS, 1]), value("targets", INT32, [1, 1]),
        value("target_length", INT32, [1]), value("input_states_1", FLOAT, state), value("input_states_2", FLOAT, state),
    ]
    outputs = [
        value("outputs", FLOAT, [1, 1, 1, TOKENS + 5]),
        value("output_states_1", FLOAT, state), value("output_states_2", FLOAT, state),
    ]
    constants = [
        said(), constant("half", 0.5), constant("once", 1.0), constant("back", -100.0),
        constant("from", [0], np.int64), constant("to", [BLANK], np.int64), constant("last_axis", [2], np.int64),
        constant("axis_one", [1], np.int64), constant("never", [[[-99.0]]]), constant("one_frame", [[[0.0]]]),
    ]
    save("tdt_decoder_joint", nodes, inputs, outputs, constants)


def signatures():
    def encoder_of(front_end, step, window, languages, features, lengths, output):
        return {"front_end": front_end, "subsampling": step, "window": window, "languages": languages,
                "features": features, "lengths": lengths, "output": output}

    made = {
        "ctc": {
            "kind": "ctc", "model": {"file": "ctc.onnx"}, "vocabulary": {"file": "russian.txt"},
            "encoder": encoder_of("gigaam-v3", 4, 25.0, ["ru"], "features", "feature_lengths", "log_probs"),
        },
        "rnnt": {
            "kind": "rnnt", "model": {"file": "rnnt_encoder.onnx"}, "vocabulary": {"file": "russian.txt"},
            "encoder": encoder_of("gigaam-v3", 4, 25.0, ["ru"], "audio_signal", "length", "encoded"),
            "predictor": {
                "layout": "split", "decoder": {"file": "rnnt_decoder.onnx"}, "joint": {"file": "rnnt_joint.onnx"},
                "token": "x", "state_in": ["h.1", "c.1"], "predicted": "dec", "state_out": ["h", "c"],
                "joint_frame": "enc", "joint_predicted": "dec", "scores": "joint",
            },
            "state": [1, TOKENS], "most_tokens": 3,
        },
        "tdt": {
            "kind": "tdt", "model": {"file": "tdt_encoder.onnx"}, "vocabulary": {"file": "english.txt"},
            "encoder": encoder_of("nemo128", 8, 30.0, [], "audio_signal", "length", "outputs"),
            "predictor": {
                "layout": "joined", "decoder_joint": {"file": "tdt_decoder_joint.onnx"}, "frame": "encoder_outputs",
                "token": "targets", "token_length": "target_length",
                "state_in": ["input_states_1", "input_states_2"], "scores": "outputs",
                "state_out": ["output_states_1", "output_states_2"],
            },
            "state": [2, TOKENS], "most_tokens": 10, "durations": [0, 1, 2, 3, 4],
        },
    }
    for name, signature in made.items():
        (HERE / f"{name}.json").write_text(json.dumps(signature, indent=2) + "\n", encoding="utf-8")
    for name, tokens in (("russian", RUSSIAN), ("english", ENGLISH)):
        lines = "".join(f"{token} {i}\n" for i, token in enumerate(tokens))
        (HERE / f"{name}.txt").write_text(lines, encoding="utf-8")
    tones = {name: [round(hertz(kind, token), 2) if token in AUDIBLE else 0 for token in range(TOKENS)]
             for name, kind in (("ctc", GIGAAM), ("rnnt", GIGAAM), ("tdt", NEMO))}
    (HERE / "tones.json").write_text(json.dumps(tones) + "\n", encoding="utf-8")


def main():
    ctc()
    rnnt()
    tdt()
    signatures()


if __name__ == "__main__":
    main()

"""Writes embedding.onnx, diarizer.json and external.onnx: an embedding model of the kind that wants filter banks.

usage: make_model.py     needs numpy and onnx; the files beside it are of onnx 1.23

The weights are random: the model tells voices apart no better than chance would, but it is called as WeSpeaker's are
(`feats` [B, T, 80] in, `embs` [B, D] out). external.onnx is the same with its weights in another file, which is to be
refused; that file does not exist.
"""
import hashlib, json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent


def model(weights):
    graph = helper.make_graph(
        [
            helper.make_node("Abs", ["feats"], ["loudness"]),
            helper.make_node("ReduceMean", ["loudness"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("MatMul", ["mean", "weights"], ["embs"]),
        ],
        "embedding",
        [helper.make_tensor_value_info("feats", TensorProto.FLOAT, ["B", "T", 80])],
        [helper.make_tensor_value_info("embs", TensorProto.FLOAT, ["B", 32])],
        [weights],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    made.producer_name = ""
    return made


def main():
    weights = numpy_helper.from_array(np.random.default_rng(5).normal(size=(80, 32)).astype(np.float32), "weights")
    made = model(weights)
    onnx.checker.check_model(made)
    data = made.SerializeToString()
    (HERE / "embedding.onnx").write_bytes(data)

    outside = model(weights)
    tensor = outside.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    (HERE / "external.onnx").write_bytes(outside.SerializeToString())

    manifest = {
        "segmentation": {
            "file": "../../../models/segmentation-powerset.onnx",
            "window": 5.0, "step": 0.50625, "frame_shift": 270, "receptive_field": 991, "input": "x", "output": "y",
        },
        "embedding": {
            "file": "embedding.onnx",
            "sha256": hashlib.sha256(data).hexdigest(),
            "front_end": {"kind": "fbank", "bins": 80},
            "span": 2.0, "hop": 0.5, "input": "feats", "output": "embs", "threshold": 0.5,
        },
    }
    (HERE / "diarizer.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(len(data), "bytes")


if __name__ == "__main__":
    main()

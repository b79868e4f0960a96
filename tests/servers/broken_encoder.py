"""Real model files that do not work: one that cannot be loaded, one that raises when it reads."""

import shutil

import numpy as np
import pytest

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.encoder import MODEL


def cut_off(folder):
    """Weights whose encoder is half a file, with a checksum that is right."""
    _copied(folder)
    content = (folder / MODEL).read_bytes()
    weights.write_bytes(MODEL, content[: len(content) // 2], folder)
    return folder


def with_vocabulary(folder, tokens):
    """Weights whose encoder knows so few tokens; onnxruntime raises on any other."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    table = np.full((tokens, len(CATEGORIES)), -5.0, dtype=np.float32)
    inputs = [
        helper.make_tensor_value_info(name, kind, [1, "tokens"])
        for name, kind in (
            ("input_ids", kinds.INT64),
            ("token_type_ids", kinds.INT64),
            ("judged", kinds.FLOAT),
        )
    ]
    logits = helper.make_tensor_value_info("logits", kinds.FLOAT, [1, len(CATEGORIES)])
    axis = onnx.numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
            helper.make_node("ReduceMean", ["rows", "axis"], ["logits"], keepdims=0),
        ],
        "little",
        inputs,
        [logits],
        [onnx.numpy_helper.from_array(table, "table"), axis],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    _copied(folder)
    weights.write_bytes(MODEL, model.SerializeToString(), folder)
    return folder


def _copied(folder):
    folder.mkdir(exist_ok=True)
    for path in weights.FOLDER.iterdir():
        shutil.copy(path, folder)

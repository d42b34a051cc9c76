# SPDX-License-Identifier: MIT
"""The networks as ONNX files for ONNX Runtime and OpenVINO, normalisations folded.

Both fold by themselves as well; doing it here gives each the graph it would make.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from networks import CLASSES, IMAGE, Step
from parameters import folded


def write_onnx(steps: list[Step], tensors: dict[str, np.ndarray], batch: int | str,
               path: Path) -> None:
    """For a batch of so many images, or, given a name, of any number."""
    nodes, constants = [], []

    def constant(name: str, values: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    names = ["image"]
    for i, s in enumerate(steps):
        source = names[s.source]
        out = "logits" if i == len(steps) - 1 else f"t{i + 1}"
        result = out
        if s.relu:
            result = f"t{i + 1}_sum" if s.residual >= 0 else f"t{i + 1}_linear"
        if s.kind == "conv":
            weight, bias = folded(s, tensors)
            product = f"t{i + 1}_conv" if s.residual >= 0 else result
            nodes.append(helper.make_node(
                "Conv", [source, constant(s.name + ".w", weight), constant(s.name + ".b", bias)],
                [product], kernel_shape=[s.window] * 2, strides=[s.stride] * 2, pads=[s.pad] * 4))
            if s.residual >= 0:
                nodes.append(helper.make_node("Add", [product, names[s.residual]], [result]))
        elif s.kind == "linear":
            weight, bias = folded(s, tensors)
            rows = f"t{i + 1}_rows"
            nodes.append(helper.make_node("Flatten", [source], [rows], axis=1))
            nodes.append(helper.make_node(
                "Gemm", [rows, constant(s.name + ".w", weight), constant(s.name + ".b", bias)],
                [result], transB=1))
        elif s.kind == "maxpool":
            nodes.append(helper.make_node("MaxPool", [source], [result],
                                          kernel_shape=[s.window] * 2, strides=[s.stride] * 2,
                                          pads=[s.pad] * 4))
        else:
            nodes.append(helper.make_node("GlobalAveragePool", [source], [result]))
        if s.relu:
            nodes.append(helper.make_node("Relu", [result], [out]))
        names.append(out)

    graph = helper.make_graph(
        nodes, "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, IMAGE, IMAGE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, CLASSES])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)

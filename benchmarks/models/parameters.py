# SPDX-License-Identifier: MIT
"""The weights file as numpy arrays, and folded for those who cannot fold by themselves."""

import json
from pathlib import Path

import numpy as np

from networks import Step

EPSILON = 1e-5


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    data = np.memmap(path, np.uint8, "r")
    length = int(data[:8].view("<u8")[0])
    header = json.loads(bytes(data[8 : 8 + length]))
    body = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: tensor {name} is {entry['dtype']}, not F32")
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end].tobytes(), "<f4").reshape(entry["shape"])
    return tensors


def folded(step: Step, tensors: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias of a step, its normalisation multiplied in with double precision."""
    weight = tensors[step.name + ".weight"].astype(np.float64)
    bias = tensors[step.name + ".bias"].astype(np.float64) if step.bias else np.zeros(step.out_c)
    if step.norm:
        norm = {k: tensors[f"{step.norm}.{k}"].astype(np.float64)
                for k in ("weight", "bias", "running_mean", "running_var")}
        scale = norm["weight"] / np.sqrt(norm["running_var"] + EPSILON)
        weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
        bias = (bias - norm["running_mean"]) * scale + norm["bias"]
    return weight.astype(np.float32), bias.astype(np.float32)


def write_chain(steps: list[Step], tensors: dict[str, np.ndarray], path: Path) -> None:
    """PATH.txt and PATH.bin as onednn_network.hpp reads them."""
    lines = []
    position = 0
    with open(f"{path}.bin", "wb") as blob:
        for s in steps:
            weights = bias = 0
            if s.name:
                weight, vector = folded(s, tensors)
                weights, bias = position, position + weight.size
                position += weight.size + vector.size
                blob.write(weight.tobytes())
                blob.write(vector.tobytes())
            lines.append(f"{s.kind} {s.source} {s.residual} {s.in_c} {s.in_size} {s.out_c} "
                         f"{s.out_size} {s.window} {s.stride} {s.pad} {int(s.relu)} {weights} "
                         f"{bias}\n")
    Path(f"{path}.txt").write_text("".join(lines))

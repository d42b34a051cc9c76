# SPDX-License-Identifier: MIT
"""PyTorch as a contestant: MODEL WEIGHTS IMAGES fp32|bf16 FORM BATCH THREADS STREAMS.

FORM is `frozen` (traced, frozen, optimised for inference), with channels_last memory, or
`reference`: plain double precision, one run.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from contestant import Run, serve
from networks import Step, steps_of
from parameters import EPSILON, read_safetensors


def tensor_of(values: np.ndarray) -> torch.Tensor:
    """A copy; by way of bytes, since a PyTorch built for another numpy has no bridge to it."""
    return torch.frombuffer(bytearray(values.tobytes()), dtype=torch.float32).reshape(values.shape)


def array_of(tensor: torch.Tensor) -> np.ndarray:
    return np.array(tensor.float().tolist(), np.float32)


class Network(nn.Module):
    """The steps as modules with torchvision's parameter names, dots written as underscores."""

    def __init__(self, steps: list[Step], tensors: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.steps = steps
        for s in steps:
            if s.kind == "conv":
                self._load(s.name, nn.Conv2d(s.in_c, s.out_c, s.window, s.stride, s.pad,
                                             bias=s.bias), tensors)
                if s.norm:
                    self._load(s.norm, nn.BatchNorm2d(s.out_c, EPSILON), tensors)
            elif s.kind == "linear":
                self._load(s.name, nn.Linear(s.in_c * s.in_size ** 2, s.out_c), tensors)

    def _load(self, name: str, module: nn.Module, tensors: dict[str, np.ndarray]) -> None:
        state = {key: tensor_of(tensors[f"{name}.{key}"])
                 for key in module.state_dict() if key != "num_batches_tracked"}
        module.load_state_dict(state, strict=False)
        self.add_module(name.replace(".", "_"), module)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        tensors = [image]
        for s in self.steps:
            x = tensors[s.source]
            if s.kind == "maxpool":
                x = functional.max_pool2d(x, s.window, s.stride, s.pad)
            elif s.kind == "avgpool":
                x = functional.adaptive_avg_pool2d(x, 1)
            elif s.kind == "linear":
                x = getattr(self, s.name.replace(".", "_"))(torch.flatten(x, 1))
            else:
                x = getattr(self, s.name.replace(".", "_"))(x)
                if s.norm:
                    x = getattr(self, s.norm.replace(".", "_"))(x)
            if s.residual >= 0:
                x = x + tensors[s.residual]
            if s.relu:
                x = functional.relu(x)
            tensors.append(x)
        return tensors[-1]


def frozen_run(module: nn.Module, images: torch.Tensor, bf16: bool, last: bool) -> Run:
    if bf16:
        module, images = module.bfloat16(), images.bfloat16()
    if last:
        module = module.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    traced = torch.jit.freeze(torch.jit.trace(module, images))
    traced = torch.jit.optimize_for_inference(traced)
    with torch.no_grad():
        for _ in range(3):  # the executor specialises itself in its first runs
            traced(images)

    def run() -> torch.Tensor:
        with torch.no_grad():
            return traced(images)

    return run


def reference_run(module: nn.Module, images: torch.Tensor) -> Run:
    with torch.no_grad():
        logits = module.double()(images.double())
    return lambda: logits


def main() -> None:
    model, weights, images_path, precision, form, *numbers = sys.argv[1:]
    batch, threads, streams = map(int, numbers)
    shape = (streams, batch, 3, 224, 224)
    images = tensor_of(np.fromfile(images_path, np.float32, int(np.prod(shape))).reshape(shape))
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    module = Network(steps_of(model), read_safetensors(Path(weights))).eval()
    if form == "reference":
        runs = [reference_run(module, images[0])]
    else:
        runs = [frozen_run(module, part, precision == "bf16", form.endswith("channels_last"))
                for part in images]
    serve({"version": torch.__version__, "form": form}, runs, array_of)


main()

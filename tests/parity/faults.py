# SPDX-License-Identifier: MIT
"""Mistakes that a comparison has to notice: each takes a right network and makes one in a copy."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


def of_type(model, kind, wanted=lambda m: True):
    """The module in the middle of those of a type, or none."""
    found = [m for m in model.modules() if isinstance(m, kind) and wanted(m)]
    return found[len(found) // 2] if found else None


def square(conv):
    return conv.kernel_size == (3, 3) and conv.stride == (1, 1)


def weights_off(model):
    conv = of_type(model, nn.Conv2d)
    noise = torch.randn(conv.weight.shape, generator=torch.Generator().manual_seed(1))
    conv.weight *= 1 + 0.01 * noise
    return True


def bias_dropped(model):
    module = of_type(model, nn.BatchNorm2d) or of_type(model, nn.Conv2d)
    module.bias.zero_()
    return True


def row_missing(model):
    conv = of_type(model, nn.Conv2d, square)
    conv.padding = (0, 0)
    # One row of the border above the image is below it instead.
    conv.forward = lambda x: F.conv2d(F.pad(x, (1, 1, 0, 2)), conv.weight, conv.bias)
    return True


def kernel_transposed(model):
    conv = of_type(model, nn.Conv2d, square)
    conv.weight.copy_(conv.weight.transpose(2, 3).clone())
    return True


def epsilon_other(model):
    norm = of_type(model, nn.BatchNorm2d)
    if norm is not None:
        norm.eps = 1e-3
    return norm is not None


def relu_missing(model):
    of_type(model, nn.ReLU).forward = lambda x: x
    return True


FAULTS = {"one tensor of weights off by 1 %": weights_off, "a bias dropped": bias_dropped,
          "epsilon of a norm 1e-3": epsilon_other, "a border moved by a row": row_missing,
          "a kernel transposed": kernel_transposed, "a ReLU missing": relu_missing}


def faulty(model):
    """Name and network for every mistake that this model has room for."""
    for name, make in FAULTS.items():
        wrong = copy.deepcopy(model)
        if make(wrong):
            yield name, wrong

# SPDX-License-Identifier: MIT
"""How far soma's logits may be from PyTorch's in FP32 under a precision policy: a derived bound.

See docs/decisions for the derivation with its sources. In short: to first order the difference of
a logit is a sum of independent roundings, each times a derivative. Each rounding is uniform in
+-c = +-u x magnitude, so the sum is sub-Gaussian with variance V / 3, V = sum (derivative c)^2.
K random tangents T_1 .. T_K, pushed through the linearised network with normal numbers times c
instead of roundings, are independent N(0, V) for every logit at once. Then

    P(|e| > t sqrt(mean T^2 / 3)) <= 2 E exp(-t^2 mean T^2 / 2 V) = 2 (1 + t^2 / K)^(-K / 2),

the moment generating function of a chi-square at a negative argument: no confidence limit, no
normal approximation. t makes this FAILURE / n, where n is twice the number of logits of a row of
the table, since for every logit its difference to the image's largest is bounded as well.
"""

import math

import numpy as np
import torch

ROUNDOFF = {"fp32": 2.0**-24, "fp16": 2.0**-11, "bf16": 2.0**-8}
LARGEST = {"fp32": 3.4e38, "fp16": 65504.0, "bf16": 3.3e38}
FAILURE = 1e-4  # of one row: one model, one precision
LINEAR = 0.5  # the remainder, as a part of the tangents, from which first order says nothing


class Policy:
    """What a precision rounds: formats of stored values, of operands and of the result."""

    def __init__(self, storage, operand=None, result=None, winograd=False):
        self.storage, self.operand = storage, operand or storage
        self.result, self.winograd = result or storage, winograd

    def weights(self):
        """The factor on each basis' variance."""
        fine = ROUNDOFF["fp32"]**2
        coarse = ROUNDOFF[self.operand]**2
        squares = {"arithmetic": fine, "filters" if self.winograd else "weights": coarse}
        if self.winograd:
            squares["winograd"] = fine
        if self.storage != "fp32":
            squares["stored"] = ROUNDOFF[self.storage]**2
        elif self.operand != "fp32":
            squares["operands"] = coarse
        return squares

    def roundoff(self):
        return max(ROUNDOFF[self.storage], ROUNDOFF[self.operand])


POLICIES = {
    "fp32": Policy("fp32"),
    "fp16": Policy("fp16"),
    "bf16": Policy("bf16"),
    "matmul_cast<bf16>": Policy("fp32", "bf16"),
    "matmul_cast<fp16>": Policy("fp32", "fp16"),
    "auto_cast<bf16>": Policy("bf16", "bf16", "fp32"),
    "auto_cast<fp16>": Policy("fp16", "fp16", "fp32"),
    "winograd<fp32>": Policy("fp32", winograd=True),
}


def deviations(tangents, statements):
    """t of the statement above."""
    return math.sqrt(tangents * ((2 * statements / FAILURE)**(2 / tangents) - 1))


def kinks_at(precision):
    """The roundoff whose remainder counts: larger errors meet more kinks, and FP16's are measured
    for FP32, whose own would drown in the arithmetic of the measurement."""
    return max(POLICIES[precision].roundoff(), ROUNDOFF["fp16"])


class Bounds:
    """The bounds of all precisions asked for on one image's logits."""

    def __init__(self, walk, precisions, count, images, remainders, excess):
        self.walk, self.count, self.remainders = walk, count, remainders
        needed = {b for p in precisions for b in POLICIES[p].weights()}
        self.tangents = {b: walk.tangents(b, count).double().numpy() for b in sorted(needed)}
        self.tangents["arithmetic"] *= math.sqrt(max(1.0, excess))
        self.logits = walk.result.double().numpy()
        self.t = deviations(count, 2 * images * self.logits.size)

    def of(self, precision, spread, magnitude):
        """The bound, from a basis' errors to those of the quantity, and stored magnitudes."""
        policy = POLICIES[precision]
        if self.walk.largest > LARGEST[policy.storage]:
            return np.full(self.logits.shape, np.inf)
        variance = sum(square * np.mean(spread(self.tangents[basis])**2, axis=0)
                       for basis, square in policy.weights().items())
        if policy.result != "fp32":
            variance = variance + ROUNDOFF[policy.result]**2 * magnitude
        beyond = 1 + self.remainders[kinks_at(precision)]
        return self.t * beyond * np.sqrt(variance / 3)

    def of_logits(self, precision):
        """Of each logit."""
        return self.of(precision, lambda t: t, self.logits**2)

    def of_margins(self, precision, best):
        """Of the difference between each logit and that of class `best`."""
        bound = self.of(precision, lambda t: t - t[:, best:best + 1],
                        self.logits**2 + self.logits[best]**2)
        bound[best] = 0
        return bound


def remainder(walk, roundoff, count=4):
    """What first order leaves out at this roundoff, as a part of what it says."""
    first = roundoff * (walk.tangents("stored", count) + walk.tangents("weights", count))
    whole = walk.perturbed(count, roundoff)
    norms = torch.linalg.norm(whole - first, dim=1) / torch.linalg.norm(first, dim=1)
    return norms.max().item()

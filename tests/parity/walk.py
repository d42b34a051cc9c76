# SPDX-License-Identifier: MIT
"""One image through a network, and random errors through the network linearised there.

A network is traced with torch.fx into steps of a few kinds; a convolution and its normalisation are
one. `Walk` keeps the value of every step and how large its roundings are, `Walk.tangents` pushes
random errors of that size through the network linearised at these values, `Walk.perturbed` through
the network itself. What the errors stand for is said in bound.py.

What makes it cheap: noise is read from one pool of normal numbers, at a random place for each use;
weights of a linear layer at one pixel are read by one result each, so that their errors are drawn
at its results; and tangents are BF16 where the processor multiplies that, since of a random number
two digits are enough.
"""

import math
import random

import torch
from torch import fx, nn
from torch.nn import functional as F

import winograd

SMALLEST_NORMAL = 2.0**-14  # of FP16; below it numbers are spaced as those above it are
KINDS = {nn.Conv2d: "product", nn.Linear: "product", nn.BatchNorm2d: "norm", nn.ReLU: "relu",
         nn.MaxPool2d: "max", nn.AdaptiveAvgPool2d: "mean", nn.Dropout: "move"}


def tangent_type():
    with open("/proc/cpuinfo") as file:
        words = file.read().split()
    return torch.bfloat16 if {"amx_bf16", "avx512_bf16"} & set(words) else torch.float32


def last(x):
    """Channels last in memory, for which products have the fastest code."""
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


class Step:
    """One step: `kind`, the names of its `inputs`, whether its value is `stored`.

    Its `origin` is the step that computed what it only moves. A product has `weight` (with the
    normalisation after it folded in), `bias`, and how that normalisation is computed.
    """

    def __init__(self, name, kind, inputs, module):
        self.name, self.kind, self.inputs, self.module = name, kind, inputs, module
        self.norm, self.stored, self.origin, self.dying = None, False, name, []
        if kind == "product":
            weight = module.weight
            self.terms = weight[0].numel()
            self.linear = weight.dim() == 2
            self.weight = last(weight[:, :, None, None] if self.linear else weight)
            self.bias = torch.zeros(len(weight)) if module.bias is None else module.bias
            self.point = not self.linear and module.kernel_size == (1, 1)
            self.window = ((1, 1), (0, 0)) if self.linear else (module.stride, module.padding)

    def fold(self, norm):
        self.norm = norm
        self.scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        self.own_bias = self.bias
        self.bias = norm.bias + (self.bias - norm.running_mean) * self.scale
        self.weight = last(self.weight * self.scale.view(-1, 1, 1, 1))

    def prepare(self, dtype):
        self.narrow = last(self.weight.to(dtype))
        size = self.weight.abs()
        self.size = last(torch.where(size > 0, size.clamp(min=SMALLEST_NORMAL), size).to(dtype))

    def product(self, x, weight, bias=None):
        if self.linear and x.dtype == torch.float32:
            return F.linear(x, weight[:, :, 0, 0], bias)
        if self.linear:  # BF16 has no fast code but that of convolutions
            return F.conv2d(x[:, :, None, None], weight, bias)[:, :, 0, 0]
        if self.point and x.dtype == torch.float32:
            # Nor has a point convolution of one image, but of many images of one pixel.
            x = x[:, :, ::self.window[0][0], ::self.window[0][1]].permute(0, 2, 3, 1)
            y = F.conv2d(x.reshape(-1, x.shape[3], 1, 1), weight, bias)
            return y.view(*x.shape[:3], -1).permute(0, 3, 1, 2)
        return last(F.conv2d(x, weight, bias, *self.window))


class Network:
    """The steps of a traced module in execution order."""

    def __init__(self, module):
        graph, modules = fx.symbolic_trace(module).graph, dict(module.named_modules())
        self.dtype, self.of, kinds, alias = tangent_type(), {}, {}, {}
        for node in graph.nodes:
            kinds[node] = kind = self.kind(node, modules)
            inputs = [alias[a] for a in node.args if isinstance(a, fx.Node)]
            if kind == "output":
                self.output = inputs[0]
                continue
            if kind == "norm":
                assert self.of[inputs[0]].kind == "product"
                self.of[inputs[0]].fold(modules[node.target])
                alias[node] = inputs[0]
            else:
                alias[node] = node.name
                self.of[node.name] = Step(node.name, kind, inputs, modules.get(node.target))
            step = self.of[alias[node]]
            if kind in ("max", "move"):
                step.origin = self.of[inputs[0]].origin
            # Only the activation that follows may take part in a store, and the caller's copy of a
            # result is not one. A sum may, too, but with which of its terms is soma's choice.
            step.stored = not (kind in ("max", "move") or any(
                self.kind(u, modules) in ("relu", "norm", "output") for u in node.users))
        self.steps = list(self.of.values())
        for step in self.steps:
            if step.kind == "product":
                step.prepare(self.dtype)
        for name, user in {i: s for s in self.steps for i in s.inputs}.items():
            user.dying.append(name)

    @staticmethod
    def kind(node, modules):
        if node.op == "call_module":
            return KINDS[type(modules[node.target])]
        # What else these networks call: x + y and torch.flatten.
        return {"add": "add", "flatten": "move", "output": "output", "x": "input"}[
            getattr(node.target, "__name__", node.target)]


class Pool:
    """Standard normal numbers; a place for each use, the same in every run."""

    SIZE = 1 << 24

    def __init__(self, seed, dtype):
        self.numbers = torch.randn(self.SIZE, generator=torch.Generator().manual_seed(seed))
        self.narrow = self.numbers.to(dtype)

    def take(self, like, *key):
        """As many as `like` [c, h, w] or [n] or [out, in, h, w] has, in the order of its memory."""
        place = random.Random(repr(key)).randrange(self.SIZE - like.numel())
        numbers = self.narrow if like.dtype == self.narrow.dtype else self.numbers
        return numbers[place:place + like.numel()].as_strided(like.shape, like.stride(),
                                                              storage_offset=place)


class Walk:
    """All values of `network` for one `image` [1, c, h, w], in FP32."""

    def __init__(self, network, image, pool, key):
        self.network, self.pool, self.key, self.largest = network, pool, key, 0.0
        # By step: values; what a maximum took; magnitudes of stored values and operands, of FP32
        # arithmetic, and of the errors of a linear layer's weights.
        self.values, self.chosen, self.stored, self.arithmetic, self.weights = {}, {}, {}, {}, {}
        self.alive, self.filtered = {}, {}
        for step in network.steps:
            x = [self.values[i] for i in step.inputs]
            if step.kind == "input":
                y = last(image)
            elif step.kind == "max":
                m = step.module
                y, self.chosen[step.name] = F.max_pool2d(x[0], m.kernel_size, m.stride, m.padding,
                                                         return_indices=True)
            else:
                y = self.apply(step, x)
            self.values[step.name] = y = last(y)
            self.count(step, x, y)
        self.result = self.values[network.output][0]

    def apply(self, step, x):
        if step.kind == "product":
            return step.product(x[0], step.weight, step.bias)
        if step.kind == "relu":
            return F.relu(x[0])
        if step.kind == "max":
            m = step.module
            return F.max_pool2d(x[0], m.kernel_size, m.stride, m.padding)
        if step.kind == "mean":
            return x[0].mean((2, 3), keepdim=True)
        if step.kind == "add":
            return x[0] + x[1]
        return x[0] if step.module is not None else torch.flatten(x[0], 1)  # dropout, flatten

    def count(self, step, x, y):
        """Magnitudes of roundings, in tangents' format."""
        narrow = self.network.dtype
        if step.kind == "product":
            squares = step.product(x[0]**2, step.weight**2)
            each = [1, -1] + [1] * (y.dim() - 2)
            # Two sides: n products and n partial sums each, of which the k-th is expected to have
            # a square of bias^2 + k / n squares.
            total = (step.terms + 3) * squares + step.terms * (step.bias**2).view(each)
            if step.norm is None:
                total += step.terms * (step.bias**2).view(each)
            else:
                # PyTorch normalises on its own: a product and a sum, after a chain from its bias.
                total += step.terms * (step.scale * step.own_bias).view(each)**2
                total += (y - step.bias.view(each))**2 + y**2
            self.arithmetic[step.name] = torch.sqrt(total)[0].to(narrow)
            if step.linear:
                self.weights[step.name] = torch.sqrt(squares)[0].to(narrow)
        elif step.kind == "add":
            self.arithmetic[step.name] = (math.sqrt(2) * y.abs())[0].to(narrow)
        elif step.kind == "mean":
            # No term is negative, so that no partial sum is larger than the last.
            assert self.network.of[step.inputs[0]].kind == "relu"
            terms = x[0][0, 0].numel()
            self.arithmetic[step.name] = (math.sqrt(2 * (terms + 1)) * y.abs())[0].to(narrow)
        elif step.kind == "relu":
            self.alive[step.name] = (y > 0).to(narrow)
        # Zero is exact in every format.
        size = y[0].abs()
        if step.stored:
            self.largest = max(self.largest, size.max().item())
        self.stored[step.name] = torch.where(size > 0, size.clamp(min=SMALLEST_NORMAL),
                                             size).to(narrow)

    def noise(self, like, *key):
        return self.pool.take(like, self.key, *key)

    def inject(self, y, count, scale, *key):
        """Adds independent errors of this scale to each of `y`; makes it if there is none."""
        if y is None:
            y = last(torch.zeros(count, *scale.shape, dtype=scale.dtype))
        for k in range(count):
            # In two operations: an addcmul of BF16 takes three times as long.
            y[k].add_(self.noise(scale, *key, k) * scale)
        return y

    def tangents(self, basis, count):
        """`count` independent random errors of all results, [count, results].

        Each rounding of `basis` is a normal number times the magnitude that it is relative to.
        "filters" are weights and "winograd" is arithmetic where Winograd's filtering may be used.
        """
        live = {}
        if basis in ("filters", "winograd") and not self.filtered:
            self.filtered = {
                s.name: winograd.magnitudes(s, self.values[s.inputs[0]][0], self.values[s.name][0])
                for s in self.network.steps if winograd.possible(s)}
        for step in self.network.steps:
            y = self.linear(step, [live[i] for i in step.inputs], basis, count)
            scale = self.own_errors(step, basis)
            if scale is not None:
                y = self.inject(y, count, scale, basis, step.name)
            if basis == "arithmetic" and step.kind == "product" and step.norm is not None:
                self.add_norm_errors(step, y)
            live[step.name] = y
            for name in step.dying:
                del live[name]
        return live[self.network.output].float()

    def own_errors(self, step, basis):
        """The magnitudes of a step's roundings of its results, or none."""
        if basis == "stored":
            return self.stored[step.name] if step.stored else None
        if basis == "arithmetic":
            return self.arithmetic.get(step.name)
        if basis == "winograd" and step.name in self.filtered:
            return last(self.filtered[step.name][0][None])[0].to(self.network.dtype)
        return None

    def linear(self, step, x, basis, count):
        """What a step makes of errors of its inputs; None is no error."""
        t = x[0] if x else None
        if step.kind == "product":
            if basis == "operands":
                source = step.inputs[0]
                t = None if t is None else t.clone(memory_format=torch.preserve_format)
                t = self.inject(t, count, self.stored[source], basis,
                                self.network.of[source].origin)
            y = None if t is None else step.product(t, step.narrow)
            if basis in ("weights", "filters"):
                own = self.weight_errors(step, count)
                if basis == "filters" and step.name in self.filtered:
                    own.mul_(self.filtered[step.name][1])
                y = own if y is None else y.add_(own)
            return y
        if step.kind == "add":
            if x[0] is None or x[1] is None:
                return x[1] if x[0] is None else x[0]
            # In place where nobody else reads the first of them.
            return x[0].add_(x[1]) if step.inputs[0] in step.dying else x[0] + x[1]
        if t is None:
            return None
        if step.kind == "relu":
            return t.mul_(self.alive[step.name]) if step.inputs[0] in step.dying else (
                t * self.alive[step.name])
        if step.kind == "max":
            index = self.chosen[step.name]
            picked = t.flatten(2).gather(2, index.flatten(2).expand(count, -1, -1))
            return last(picked.view(count, *index.shape[1:]))
        return last(self.apply(step, x))

    def weight_errors(self, step, count):
        """The results' errors from errors of a product's weights."""
        if step.linear:
            return self.inject(None, count, self.weights[step.name], "weights", step.name)
        x = self.values[step.inputs[0]].to(self.network.dtype)
        return torch.cat([step.product(x, self.weight_noise(step, k)) for k in range(count)])

    def weight_noise(self, step, k):
        return self.noise(step.size, "weights", step.name, k) * step.size

    def add_norm_errors(self, step, y):
        """The two numbers of a normalisation are wrong by the same for all pixels: PyTorch takes
        four roundings to its factor and two to its summand, soma one to the folded bias."""
        centred = (self.values[step.name][0] - step.norm.bias.view(-1, 1, 1)).to(y.dtype)
        moved = step.norm.running_mean * step.scale
        shift = torch.sqrt(moved**2 + 2 * step.bias**2).to(y.dtype).view(-1, 1, 1)
        for k in range(len(y)):
            y[k].add_(self.noise(shift, "scale", step.name, k) * 2 * centred)
            y[k].add_(self.noise(shift, "shift", step.name, k) * shift)

    def perturbed(self, count, roundoff):
        """The results' change when errors of "stored" and "weights" times `roundoff` happen."""
        live = {}
        for step in self.network.steps:
            x = [live[i] for i in step.inputs]
            like = self.values[step.name]
            if step.kind == "input":
                y = last(like.repeat(count, 1, 1, 1))
            elif step.kind == "product" and not step.linear:
                y = torch.cat([step.product(
                    x[0][k:k + 1], step.weight + roundoff * self.weight_noise(step, k).float(),
                    step.bias) for k in range(count)])
            else:
                y = self.apply(step, x)
                if step.kind == "product":
                    y = y + roundoff * self.weight_errors(step, count).float()
            if step.stored:
                y = last(y).clone(memory_format=torch.preserve_format)
                scale = self.stored[step.name]
                for k in range(count):
                    y[k] += roundoff * (self.noise(scale, "stored", step.name, k) * scale).float()
            live[step.name] = last(y)
            for name in step.dying:
                del live[name]
        return live[self.network.output] - self.result

    def chain_excess(self, samples=256):
        """By how much partial sums exceed those that `count` expects: the largest over all layers
        of a ratio of sums of squares, over random results, in soma's order."""
        draw, worst = random.Random(0), 0.0
        for step in self.network.steps:
            if step.kind != "product":
                continue
            x, y = self.values[step.inputs[0]][0].double(), self.values[step.name][0]
            (s, _), (p, _) = step.window
            x = x[:, None, None] if step.linear else F.pad(x, (p, p, p, p))
            size, pixels = step.weight.shape[-1], (1, 1) if step.linear else y.shape[1:]
            real = expected = 0.0
            for _ in range(samples):
                o = draw.randrange(len(y))
                i, j = (s * draw.randrange(n) for n in pixels)
                terms = x[:, i:i + size, j:j + size] * step.weight[o].double()
                terms = terms.permute(1, 2, 0).reshape(-1)
                real += (torch.cumsum(terms, 0)**2).sum().item()
                expected += (terms**2).sum().item() * (len(terms) + 1) / 2
            worst = max(worst, real / expected)
        return worst

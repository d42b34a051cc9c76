# SPDX-License-Identifier: MIT
"""The models of models.hpp as ONNX graphs with seeded weights under PyTorch's names."""

import onnx
import numpy as np
from onnx import TensorProto, helper, numpy_helper


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class Graph:
    """Appends nodes to an ONNX graph; every method returns the name of its result."""

    def __init__(self, name, *sample, spread=1.0, seed=0):
        self.name, self.sample, self.spread = name, sample, spread
        self.rng = np.random.default_rng([*name.encode(), seed])
        self.parameters, self.nodes, self.channels = {}, [], {"image": sample[0]}
        self.scope = ""

    def __call__(self, kind, *inputs, channels=None, **attributes):
        result = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [result], **attributes))
        self.channels[result] = channels or self.channels[inputs[0]]
        return result

    def parameter(self, name, values):
        full = self.scope + name
        assert full not in self.parameters, full
        self.parameters[full] = np.asarray(values, np.float32)
        return full

    def normal(self, *shape, scale):
        return self.rng.normal(0, scale, shape)

    def conv(self, x, name, out, kernel, stride=1, padding=0, dilation=1, groups=1, bias=False):
        kernel, per_group = pair(kernel), self.channels[x] // groups
        scale = np.sqrt(2 / (per_group * kernel[0] * kernel[1]))
        inputs = [x, self.parameter(name + ".weight",
                                    self.normal(out, per_group, *kernel, scale=scale))]
        if bias:
            inputs.append(self.parameter(name + ".bias", self.normal(out, scale=0.3)))
        return self("Conv", *inputs, channels=out, kernel_shape=kernel, strides=pair(stride),
                    pads=2 * pair(padding), dilations=pair(dilation), group=groups)

    def linear(self, x, name, out, features, bias=True):
        weight = self.normal(out, features, scale=np.sqrt(2 / features))
        inputs = [x, self.parameter(name + ".weight", weight)]
        if bias:
            inputs.append(self.parameter(name + ".bias", self.normal(out, scale=0.3)))
        return self("Gemm", *inputs, channels=out, transB=1)

    def norm(self, x, name, epsilon=1e-5, channels=None):
        c = channels or self.channels[x]
        return self("BatchNormalization", x,
                    self.parameter(name + ".weight", self.rng.uniform(0.5, 1.5, c)),
                    self.parameter(name + ".bias", self.normal(c, scale=0.3)),
                    self.parameter(name + ".running_mean", self.normal(c, scale=0.3)),
                    self.parameter(name + ".running_var", self.rng.uniform(0.3, 2, c)),
                    channels=c, epsilon=epsilon)

    def relu(self, x):
        return self("Relu", x)

    def clip(self, x, low, high):
        return self("Clip", x, self.constant(np.float32(low)), self.constant(np.float32(high)))

    def prelu(self, x, name):
        slope = self.parameter(name + ".slope", self.normal(self.channels[x], scale=0.5))
        return self("PRelu", x, self("Unsqueeze", slope, self.constant([1, 2]), channels=1))

    def silu(self, x):
        return self("Mul", x, self("Sigmoid", x))

    def hard_sigmoid(self, x):
        return self("HardSigmoid", x, alpha=1 / 6, beta=0.5)

    def gelu_tanh(self, x):
        return self("Gelu", x, approximate="tanh")

    def max_pool(self, x, kernel, stride=None, padding=0):
        return self("MaxPool", x, kernel_shape=pair(kernel), pads=2 * pair(padding),
                    strides=pair(kernel if stride is None else stride))

    def average_pool(self, x, kernel, stride=None, padding=0, count_padding=True):
        return self("AveragePool", x, kernel_shape=pair(kernel), pads=2 * pair(padding),
                    strides=pair(kernel if stride is None else stride),
                    count_include_pad=int(count_padding))

    def global_average_pool(self, x):
        return self("Flatten", self("GlobalAveragePool", x))

    def concat(self, *inputs):
        return self("Concat", *inputs, axis=1, channels=sum(self.channels[x] for x in inputs))

    def constant(self, value):
        tensor = numpy_helper.from_array(np.asarray(value))
        self.nodes.append(helper.make_node("Constant", [], [f"Constant_{len(self.nodes)}"],
                                           value=tensor))
        return self.nodes[-1].output[0]

    def model(self, result, shape):
        """An FP32 model from `image` to `result`, `shape` per sample, for any number of samples."""
        values = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *self.sample]),
                  helper.make_tensor_value_info(result, TensorProto.FLOAT, ["n", *shape])]
        weights = [numpy_helper.from_array(v, k) for k, v in self.parameters.items()]
        graph = helper.make_graph(self.nodes, self.name, values[:1], values[1:], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(model)
        return model

    def images(self, count):
        return self.rng.normal(0, self.spread, (count, *self.sample)).astype(np.float32)


def strided():
    g = Graph("strided", 3, 11, 14)
    x = g.conv("image", "stem", 12, 3, stride=2, padding=1)
    x = g.relu(g.norm(x, "norm"))
    x = g.conv(x, "wide", 35, (1, 5), padding=(0, 2), stride=(1, 2), bias=True)
    x = g("Elu", x, alpha=1.0)
    x = g.conv(x, "tall", 9, (5, 2), padding=(2, 1))
    return g, g.conv(x, "point", 70, 1, bias=True)


def dilated():
    g = Graph("dilated", 5, 15, 13)
    x = g.conv("image", "even", 7, 3, dilation=2, padding=2, bias=True)
    x = g("LeakyRelu", x, alpha=0.01)
    x = g.conv(x, "wide", 33, 3, dilation=(1, 3), padding=(1, 3), stride=(2, 1), bias=True)
    x = g.silu(g.norm(x, "norm", 1e-3))
    x = g.conv(x, "tall", 17, 3, dilation=(3, 1), padding=(2, 0))
    return g, g.prelu(x, "prelu")


def grouped():
    g = Graph("grouped", 9, 10, 12, spread=3)
    x = g.conv("image", "three", 15, 3, groups=3, padding=1, bias=True)
    x = g.clip(x, 0, 6)
    x = g.conv(x, "five", 30, 3, groups=5, stride=(1, 2), padding=(0, 1))
    x = g.conv(g.norm(x, "norm"), "twice", 60, 3, groups=30, padding=1)
    return g, g.conv(g("HardSwish", x), "two", 34, 1, groups=2, bias=True)


def depthwise():
    g = Graph("depthwise", 17, 12, 9)
    x = g.conv("image", "first", 17, (5, 3), padding=(2, 1), groups=17, bias=True)
    x = g.conv(g.clip(x, -0.5, 1.5), "mix", 39, 1)
    x = g("Gelu", g.norm(x, "mix_norm"))
    x = g.conv(x, "second", 39, 3, stride=(2, 1), padding=1, groups=39)
    x = g.relu(g.norm(x, "norm"))
    return g, g.conv(x, "third", 39, 3, dilation=(2, 3), padding=2, groups=39)


def perceptron():
    g = Graph("perceptron", 37, seed=2)
    x = g("Gelu", g.linear("image", "hidden", 50, 37))
    x = g("Tanh", g.norm(g.linear(x, "narrow", 23, 50, bias=False), "norm"))
    x = g.relu(g.linear(x, "wide", 67, 23))
    return g, g("Softmax", g.linear(x, "classes", 11, 67), axis=1)


def flattened():
    g = Graph("flattened", 3, 7, 5)
    x = g("Elu", g.conv("image", "conv", 6, 3, padding=1, bias=True), alpha=0.5)
    x = g("Flatten", x)
    x = g("Add", g.linear(x, "left", 21, 210), g("Sigmoid", g.linear(x, "right", 21, 210)))
    return g, g("LogSoftmax", g.linear(x, "head", 9, 21), axis=1)


def flat_image():
    g = Graph("flat_image", 5, 9, 6)
    x = g("Flatten", g.max_pool("image", 2))
    return g, g.hard_sigmoid(g.norm(x, "norm", channels=60))


def normalised():
    g = Graph("normalised", 7, 6, 8)
    x = g.relu(g.norm("image", "before"))
    x = g.norm(g.conv(x, "conv", 13, 3, padding=1), "folded", 1e-3)
    x = g.norm(x, "again")
    x = g("Add", g.norm(x, "branch"), g("Tanh", x))
    return g, g.norm(g.relu(g.conv(x, "last", 6, 1)), "after")


def activations():
    g = Graph("activations", 3, 9, 7, spread=4)
    x = "image"
    x = g.concat(g.relu(x), g("Sigmoid", x), g("Tanh", x), g.silu(x), g("Gelu", x), g.gelu_tanh(x))
    return g, g.concat(x, g.clip(x, -0.25, 0.625), g.clip(x, 0, 6), g("LeakyRelu", x, alpha=0.2),
                       g("Elu", x, alpha=0.75), g.hard_sigmoid(x), g("HardSwish", x))


def fused_activations():
    g = Graph("fused_activations", 11, 5, 6, spread=2)
    x = "image"
    x = g.concat(g.relu(g.conv(x, "relu", 3, 1)),
                 g.clip(g.conv(x, "clip", 3, 1, bias=True), -1, 1),
                 g("LeakyRelu", g.conv(x, "leaky", 19, 1), alpha=1 / 3),
                 g("Sigmoid", g.conv(x, "sigmoid", 5, 1, bias=True)),
                 g("Tanh", g.conv(x, "tanh", 5, 3, padding=1)),
                 g.silu(g.conv(x, "silu", 5, 1)))
    return g, g.concat(g("Gelu", g.conv(x, "gelu", 7, 1, bias=True)),
                       g.gelu_tanh(g.conv(x, "gelu_tanh", 7, 1)),
                       g.hard_sigmoid(g.conv(x, "hard_sigmoid", 7, 1)),
                       g("HardSwish", g.conv(x, "hard_swish", 7, 1)),
                       g("Elu", g.conv(x, "elu", 7, 3, padding=1, bias=True), alpha=2.0))


def pools():
    g = Graph("pools", 7, 13, 11)
    x = "image"
    x = g.concat(g.max_pool(x, 3, 2, 1),
                 g.average_pool(x, 3, 2, 1),
                 g.average_pool(x, 3, 2, 1, count_padding=False),
                 g.average_pool(x, (3, 5), 2, (1, 2), count_padding=False))
    x = g.concat(g.max_pool(x, 2), g.average_pool(x, 2), g.max_pool(x, (2, 3), 2, (0, 1)))
    return g, g.concat(g.global_average_pool(x), g("Flatten", g.max_pool(x, 3)))


def branches():
    g = Graph("branches", 5, 8, 6)
    g.scope = "stem."
    stem = g.relu(g.norm(g.conv("image", "conv", 9, 3, padding=1), "norm"))
    g.scope = ""
    a = g.conv(stem, "a.conv", 9, 1, bias=True)
    b = g.conv(stem, "2.conv", 3, 3, padding=1)
    total = g("Add", g("Add", a, g.relu(stem)), g.average_pool(stem, 3, 1, 1))
    x = g.concat(total, g("Sigmoid", b), g.max_pool(a, 3, 1, 1))
    for i in range(2):
        g.scope = f"blocks.{i}."
        x = g("Add", g.norm(g.conv(x, "conv", 21, 3, padding=1), "norm"), x)
    for i in range(2, 4):
        g.scope = f"blocks.{i}."
        x = g.silu(g.conv(x, "conv", 21, 1, bias=True))
    g.scope = ""
    return g, g.linear(g.global_average_pool(g("Add", x, x)), "head", 4, 21)


def residuals():
    g = Graph("residuals", 4, 9, 10)
    x = g.conv("image", "stem", 10, 3, padding=1)
    g.scope = "one."
    y = g.relu(g.norm(g.conv(x, "conv1", 20, 3, stride=2, padding=1), "bn1"))
    y = g.norm(g.conv(y, "conv2", 20, 3, padding=1), "bn2")
    x = g.norm(g.conv(x, "downsample.0", 20, 1, stride=2), "downsample.1")
    x = g.relu(g("Add", y, x))
    g.scope = "two."
    x = g("Add", x, g.relu(g.conv(x, "conv", 20, 3, padding=1, bias=True)))
    g.scope = "three."
    x = g.gelu_tanh(g.norm(g("Add", g.conv(x, "conv", 20, 1), x), "norm"))
    return g, g("Tanh", g("Add", g.relu(g.average_pool(x, 3, 1, 1)), x))


def softmaxes():
    g = Graph("softmaxes", 6, 5, 7)
    x = g("Softmax", g.conv("image", "scores", 21, 1, bias=True), axis=1)
    return g, g("LogSoftmax", g.conv(x, "mix", 37, 3, padding=1, bias=True), axis=1)


MODELS = {build.__name__: build for build in (
    strided, dilated, grouped, depthwise, perceptron, flattened, flat_image, normalised,
    activations, fused_activations, pools, branches, residuals, softmaxes)}

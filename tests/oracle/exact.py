# SPDX-License-Identifier: MIT
"""What an ONNX graph computes in double precision, and how far roundings may move it.

The bound is a forward error analysis of first order. Every value y has a deviation s: the error of
y is within lambda * s. A rounding to a format of unit roundoff u (2^-24, 2^-11, 2^-8) is an error
that is uniform in at most +-u |y|, so of a deviation of u |y| / sqrt 3. Counted are

  each store to the storage format                u |y|
  each weight, and each operand that is cast      u |w x|, in the format of products
  a weight that a normalisation was folded into   2^-24 |w x|
  each of n partial sums                          2^-24 |sum|, where sum^2 is (w x)^2 added up
  an FP32 evaluation of anything else             a few 2^-24 of the magnitudes it handles

Roundings of different numbers are independent with mean zero, and weights have random signs, so the
deviations of a sum over weights add as squares (N. J. Higham, T. Mary, SIAM J. Sci. Comput. 41(5),
2019). Where errors may have a cause in common and no random sign parts them (pools, residual
additions, softmax) deviations themselves add. An activation has the deviation of the furthest that
its value goes while its argument moves by lambda s. Uniform errors are sub-Gaussian, so of N
results one is outside lambda s with a probability of at most 2 N exp(-lambda^2 / 2), which lambda
makes p. Stores are counted after every layer, fused or not: the bound belongs to the policy and
not to what the compiler happens to fuse.

This is no model of soma: all it takes from there is the meaning of a policy.
"""

import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

U32 = 2.0**-24
UNIT = {"fp32": U32, "fp16": 2.0**-11, "bf16": 2.0**-8}
# Below its normal numbers FP16 has a fixed spacing.
ABSOLUTE = {"fp32": 0.0, "fp16": 2.0**-25, "bf16": 0.0}
FAILURE = 1e-6  # of one program; p above


def formats(precision):
    """(storage, compute, result) of a policy."""
    if precision.startswith("matmul_cast"):
        return "fp32", precision[12:-1], "fp32"
    if precision.startswith("auto_cast"):
        return precision[10:-1], precision[10:-1], "fp32"
    return precision, precision, precision


# onnx.reference expands or evaluates these with constants rounded to FP32.
class Gelu(OpRun):
    def _run(self, x, approximate=None):
        if approximate == "tanh":
            with np.errstate(over="ignore"):  # x / infinity is right
                return (x / (1 + np.exp(-math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))),)
        return (x * np.vectorize(math.erfc)(-x / math.sqrt(2)) / 2,)


class HardSigmoid(OpRun):
    def _run(self, x, alpha=None, beta=None):
        assert abs(alpha - 1 / 6) < 1e-7 and beta == 0.5
        return (np.clip(x / 6 + 0.5, 0, 1),)


class HardSwish(OpRun):
    def _run(self, x):
        return (x * np.clip(x / 6 + 0.5, 0, 1),)


OPERATORS = [Gelu, HardSigmoid, HardSwish]


class Exact:
    """All values of `model` for `images` in double precision."""

    def __init__(self, model, images):
        graph = model.graph
        self.nodes, self.opset = list(graph.node), model.opset_import
        self.output = graph.output[0].name
        self.values = {t.name: self.double(numpy_helper.to_array(t)) for t in graph.initializer}
        self.constants = set(self.values)
        self.values[graph.input[0].name] = self.double(images)
        self.input = graph.input[0].name
        self.evaluators = {}
        for node in self.nodes:
            if node.op_type == "Constant":
                value = self.double(numpy_helper.to_array(node.attribute[0].t))
            else:
                value = self.apply(node, *map(self.values.get, node.input))
            self.values[node.output[0]] = value
            if self.constants.issuperset(node.input):
                self.constants.add(node.output[0])

    @staticmethod
    def double(array):
        return array.astype(np.float64) if array.dtype == np.float32 else array

    @property
    def result(self):
        return self.values[self.output]

    def apply(self, node, *inputs):
        """`node` on other inputs."""
        key = node.output[0], len(inputs)
        if key not in self.evaluators:
            kinds = {np.dtype(np.float64): TensorProto.DOUBLE, np.dtype(np.int64): TensorProto.INT64}
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [f"i{k}" for k in range(len(inputs))]
            graph = helper.make_graph(
                [copy], "one",
                [helper.make_tensor_value_info(n, kinds[i.dtype], None)
                 for n, i in zip(copy.input, inputs)],
                [helper.make_tensor_value_info(node.output[0], TensorProto.DOUBLE, None)])
            one = helper.make_model(graph, opset_imports=self.opset, ir_version=10)
            self.evaluators[key] = ReferenceEvaluator(one, new_ops=OPERATORS)
        names = [f"i{k}" for k in range(len(inputs))]
        result = self.evaluators[key].run(None, dict(zip(names, inputs)))[0]
        assert result.dtype == np.float64, node.op_type
        return result

    def bound(self, precision):
        """How far each result may be from `result` under a policy."""
        return Deviations(self, precision).bound


class Deviations:
    """The deviation of every value of an `Exact` graph under a policy."""

    def __init__(self, graph, precision):
        self.graph, self.values, self.apply = graph, graph.values, graph.apply
        self.storage, self.compute, result = formats(precision)
        self.lam = math.sqrt(2 * math.log(2 * graph.result.size / FAILURE))
        image = self.values[graph.input]
        self.s = {graph.input: self.rounded(image, np.zeros_like(image), self.storage)}
        for node in graph.nodes:
            varying = [i for i in node.input if i not in graph.constants]
            if varying:
                x, y = self.values[varying[0]], self.values[node.output[0]]
                rule = self.RULES.get(node.op_type, Deviations.activation)
                s = rule(self, node, x, self.s[varying[0]], y)
                if node.op_type not in self.MOVERS:
                    s = self.rounded(y, s, self.storage)
                self.s[node.output[0]] = s
        s = self.s[graph.output]
        if result != self.storage:
            s = self.rounded(graph.result, s, result)
        self.bound = self.lam * s

    @staticmethod
    def rounded(y, s, fmt):
        return np.sqrt(s**2 + (UNIT[fmt] * abs(y) + ABSOLUTE[fmt])**2 / 3)

    @staticmethod
    def per_channel(vector, like):
        return vector.reshape(-1, *[1] * (like.ndim - 2))

    def product(self, node, x, s, y):
        w = self.values[node.input[1]]
        bias = self.values[node.input[2]] if len(node.input) > 2 else np.zeros(len(w))
        squares = self.apply(node, x**2, w**2)
        casts = 1 if self.compute == self.storage else 2  # of weights, of operands
        z = self.apply(node, s**2, w**2)
        z = z + (casts * UNIT[self.compute]**2 + U32**2) / 3 * squares
        z = z + w[0].size * U32**2 / 3 * (squares + self.per_channel(bias, y)**2 + y**2)
        if ABSOLUTE[self.compute]:
            tiny = ABSOLUTE[self.compute]**2 / 3
            z = z + self.apply(node, np.full_like(x, tiny), w**2)
            z = z + self.apply(node, x**2, np.full_like(w, tiny))
        return np.sqrt(z)

    def batch_norm(self, node, x, s, y):
        gain, shift, mean, variance = (
            self.per_channel(self.values[i], x) for i in node.input[1:])
        epsilon = next(a.f for a in node.attribute if a.name == "epsilon")
        scale = abs(gain) / np.sqrt(variance + epsilon)
        return scale * s + 2 * U32 * (scale * (abs(x) + abs(mean)) + abs(shift))

    def add(self, node, x, s, y):
        return self.s[node.input[0]] + self.s[node.input[1]] + U32 * abs(y)

    def mean(self, node, x, s, y):
        rest = [self.values[i] for i in node.input[1:]]
        terms = x[0, 0].size  # at least as many as in a window
        return (self.apply(node, s, *rest)
                + U32 * math.sqrt(terms + 1) * self.apply(node, abs(x), *rest))

    def move(self, node, x, s, y):
        # max(a) and max(b) are no further apart than the furthest of a and b.
        return self.apply(node, *[self.s.get(i, self.values[i]) for i in node.input])

    def softmax(self, node, x, s, y):
        """Of log y_i the deviation is s_i + sum y_j s_j, with y_j as large as rounding makes it."""
        logs = node.op_type == "LogSoftmax"
        p = np.exp(y) if logs else y
        growth = np.exp(2 * self.lam * s.max(axis=1, keepdims=True))
        z = s + growth * (p * s).sum(axis=1, keepdims=True)
        z = z + U32 * (8 + x.max(axis=1, keepdims=True) - x)
        return z + U32 * abs(y) if logs else z * y * growth

    def furthest(self, evaluate, s, y):
        steps = self.lam * np.linspace(-1, 1, 17)
        return np.max([abs(evaluate(step * s) - y) for step in steps], axis=0) / self.lam

    def activation(self, node, x, s, y):
        z = self.furthest(lambda step: self.apply(
            node, x + step, *[self.values[i] for i in node.input[1:]]), s, y)
        # What cancels on the way to y: x (1 + erf), x / 6 + 1 / 2.
        handled = {"Gelu": abs(x), "HardSwish": abs(x), "HardSigmoid": 1}.get(node.op_type, 0)
        return z + 4 * U32 * np.maximum(abs(y), handled)

    def silu(self, node, x, s, y):
        """x sigmoid(x), the one product of two values that the graphs have."""
        gate = next(n for n in self.graph.nodes if n.output[0] == node.input[1])
        assert gate.op_type == "Sigmoid" and gate.input[0] == node.input[0]
        z = self.furthest(lambda step: (x + step) * self.apply(gate, x + step), s, y)
        return z + 4 * U32 * abs(y)

    MOVERS = {"MaxPool", "Concat", "Flatten", "Reshape", "Identity"}
    RULES = {"Conv": product, "Gemm": product, "BatchNormalization": batch_norm, "Add": add,
             "AveragePool": mean, "GlobalAveragePool": mean, "ReduceMean": mean,
             "Softmax": softmax, "LogSoftmax": softmax, "Mul": silu,
             **dict.fromkeys(MOVERS, move)}

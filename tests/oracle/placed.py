# SPDX-License-Identifier: MIT
"""An ONNX graph in double precision, but for the roundings to 16 bits that a policy places.

soma rounds once per store. A convolution or linear layer stores what has been folded and fused into
it: a batch normalisation, an addition, then an activation, each only where nothing else reads what
comes before it; a normalisation or an addition of its own takes an activation along. Operands and
folded weights of a product are rounded to the format of products. Moving values rounds nothing.
A value that only a custom layer (PRelu) reads, which knows nothing but FP32, is stored in FP32.

What is left between this and soma is FP32 arithmetic, and values that it pushes to the other side of
a rounding boundary: one in thousands, since a sum's error is that much smaller than 16 bits' spacing.
"""

import ml_dtypes
import numpy as np

import exact

PRODUCTS = {"Conv", "Gemm"}
ACTIVATIONS = {"Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "Gelu", "HardSigmoid", "HardSwish",
               "Elu", "Mul"}


def to_format(values, fmt):
    if fmt == "fp32":
        return values
    kind = np.float16 if fmt == "fp16" else ml_dtypes.bfloat16
    return values.astype(np.float32).astype(kind).astype(np.float64)


class Store:
    """A node and what is done to its value before it is stored."""

    def __init__(self, node):
        self.nodes, self.norm, self.activation, self.addition = [node], None, None, None

    @property
    def kind(self):
        return self.nodes[0].op_type

    def takes(self, node, is_last):
        """Whether `node`, the only reader, becomes part of this store."""
        bare = self.activation is None and self.addition is None
        if node.op_type == "BatchNormalization":
            return bare and self.kind in PRODUCTS and self.norm is None
        if node.op_type == "Add":
            return bare and self.kind in PRODUCTS and is_last
        return (node.op_type in ACTIVATIONS and self.activation is None
                and self.kind in PRODUCTS | {"BatchNormalization", "Add"})

    def take(self, node):
        self.nodes.append(node)
        if node.op_type == "BatchNormalization":
            self.norm = node
        elif node.op_type == "Add":
            self.addition = node
        else:
            self.activation = node


class Placed:
    """`result` of the graph of an `exact.Exact` under a policy."""

    def __init__(self, graph, precision):
        self.graph, self.apply = graph, graph.apply
        self.storage, self.compute, self.final = exact.formats(precision)
        self.values = {name: graph.values[name] for name in graph.constants}
        self.values[graph.input] = to_format(graph.values[graph.input], self.storage)
        for store in self.stores():
            self.evaluate(store)
        self.result = to_format(self.values[graph.output], self.final)

    def gate_of(self, node):
        """The sigmoid of a silu, which is written as a product of two nodes."""
        if node.op_type != "Mul":
            return None
        return next(n for n in self.graph.nodes if n.output[0] == node.input[1])

    def stores(self):
        gates = {self.gate_of(n).output[0] for n in self.graph.nodes if n.op_type == "Mul"}
        nodes = [n for n in self.graph.nodes
                 if n.output[0] not in self.graph.constants and n.output[0] not in gates]
        readers = [i for n in nodes for i in n.input if i not in gates] + [self.graph.output]
        self.for_custom = {n.input[0] for n in nodes if n.op_type == "PRelu"}
        stores, holder = [], {}
        for node in nodes:
            terms = [holder[i] for i in node.input if i in holder]
            last = max(terms, key=stores.index) if terms else None
            single = last is not None and readers.count(last.nodes[-1].output[0]) == 1
            if single and last.takes(node, last is stores[-1]):
                last.take(node)
                holder[node.output[0]] = last
            else:
                stores.append(Store(node))
                holder[node.output[0]] = stores[-1]
        return stores

    def product(self, store):
        node = store.nodes[0]
        x, w = (self.values[i] for i in node.input[:2])
        bias = self.values[node.input[2]] if len(node.input) > 2 else 0
        if store.norm is not None:
            gain, shift, mean, variance = (self.values[i] for i in store.norm.input[1:])
            epsilon = next(a.f for a in store.norm.attribute if a.name == "epsilon")
            scale = gain / np.sqrt(variance + epsilon)
            w = w * scale.reshape(-1, *[1] * (w.ndim - 1))
            bias = (bias - mean) * scale + shift
        y = self.apply(node, to_format(x, self.compute), to_format(w, self.compute))
        return y + np.reshape(bias, (-1, *[1] * (y.ndim - 2)))

    def evaluate(self, store):
        product = store.kind in PRODUCTS
        for node in store.nodes:
            if node is store.nodes[0] and product:
                y = self.product(store)
            elif node is store.norm:
                continue  # folded
            else:
                inputs = [self.values[i] for i in node.input if i in self.values]
                gate = self.gate_of(node)
                if gate is not None:
                    inputs = [inputs[0], self.apply(gate, inputs[0])]
                y = self.apply(node, *inputs)
            for part in store.nodes:  # the folded normalisation's value is the product's
                self.values[part.output[0]] = y
        if store.kind in exact.Deviations.MOVERS:
            return
        # The last value goes to the caller without a detour, unless it was added to another.
        stored = store.nodes[-1].output[0]
        direct = stored == self.graph.output or stored in self.for_custom
        if not direct or store.addition is not None:
            self.values[stored] = to_format(y, self.storage)

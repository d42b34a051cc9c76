# SPDX-License-Identifier: MIT
"""Compares soma with ONNX Runtime and with exact arithmetic on models that use all of its layers.

    python oracle.py ORACLE DIGITS_DATA SCRATCH

ORACLE is the program built from oracle.cpp. For every model the same graph is run by ONNX Runtime
in FP32 and by ONNX's reference evaluator in double precision, whose result counts as exact. Then

  1. soma's parameter names and shapes are those of the graph;
  2. |soma - exact| is within the bound of exact.py under every policy; ONNX Runtime's is, too;
  3. in FP32 soma is no more than 4 times as far from exact as ONNX Runtime, where nobody can be
     asked to be nearer than 4 roundings (2^-22) of the largest result. The factor is for the order
     of summation: soma adds one chain per result, ONNX Runtime several shorter ones, whose errors
     differ by the square root of their number, at most 4 for 16 lanes;
  4. where a policy rounds to 16 bits, some error is beyond the bound for FP32, and the roundings
     are where placed.py has them: half of the results are as near to it as FP32 arithmetic can be
     and at most a quarter of the variance of the errors is left. That is far from what a rounding
     too many or too few would leave, and allows for values on the wrong side of a boundary;
  5. fp16 and bf16 return numbers of that format, auto_cast and matmul_cast do not round their
     result, matmul_cast without a product is FP32 to the last bit;
  6. the digits network gives PyTorch's logits and ONNX Runtime's within 2e-5.

The table: `error` and `bound` are the largest |soma - exact| and the largest bound, `used` is the
largest part of its bound that a result uses; `left` is what remains of the errors (root mean square)
when the roundings of placed.py are taken out, `same` the results that agree with placed.py.
Exit status 1 when anything disagrees.
"""

import json
import pathlib
import struct
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

import exact
import graphs
import placed

SAMPLES = 10  # two full batches of 4 and half of one
LOGITS = 2e-5
ORT_FACTOR = 4


def save_safetensors(path, tensors):
    header, offset = {}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": values.shape,
                        "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(np.ascontiguousarray(v, "<f4").tobytes() for v in tensors.values())


def run_onnx(model, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return session.run(None, {model.graph.input[0].name: images})[0]


def representable(values, fmt):
    """Which FP32 `values` are numbers of a 16-bit format."""
    if fmt == "bf16":
        return (values.view(np.uint32) & 0xFFFF) == 0
    return values.astype(np.float16).astype(np.float32) == values


def in_order(graph):
    """Sorts nodes so that the first input of each is computed before the second."""
    maker, ordered = {n.output[0]: n for n in graph.node}, []

    def visit(name):
        if name in maker and maker[name] not in ordered:
            for i in maker[name].input:
                visit(i)
            ordered.append(maker[name])

    visit(graph.output[0].name)
    del graph.node[:]
    graph.node.extend(ordered)


def share(error, bound):
    """The largest part of its bound that an error takes; the smallest normal number is for 0 / 0."""
    return np.max(error / np.maximum(bound, np.finfo(np.float64).tiny))


class Comparison:
    def __init__(self, program, scratch):
        self.program, self.scratch = program, scratch
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.failures = []
        listed = subprocess.run([program, "list"], check=True, capture_output=True, text=True)
        self.listed = {m["name"]: m for m in json.loads(listed.stdout)}
        print(f"{'model':17} {'policy':17} {'results':>7} {'largest':>7} {'error':>8} {'bound':>8} "
              f"{'used':>4} {'left':>5} {'same':>5} | {'ORT':>8} {'used':>4}")

    def check(self, holds, *what):
        if not holds:
            self.failures.append(": ".join(map(str, what)))
        return holds

    def run_soma(self, name, precision, weights, images):
        source, result = self.scratch / "in.npy", self.scratch / "out.npy"
        np.save(source, images)
        subprocess.run([self.program, "run", name, precision, weights, source, result], check=True)
        return np.load(result)

    def policies(self, name, model, weights, images):
        """Checks every policy that a model is compiled for, FP32 first."""
        truth = exact.Exact(model, images)
        ort = run_onnx(model, images)
        scale = abs(truth.result).max()
        products = any(n.op_type in ("Conv", "Gemm") for n in model.graph.node)
        last = model.graph.node[-1].op_type  # one that computes stores its result in FP32
        for precision in self.listed[name]["precisions"]:
            soma = self.run_soma(name, precision, weights, images)
            if not self.check(soma.shape == ort.shape, name, precision,
                              f"shape {soma.shape}, not {ort.shape}"):
                continue
            storage, compute, final = exact.formats(precision)
            bound = truth.bound(precision)
            error = abs(soma - truth.result)
            used = share(error, bound)
            self.check(used <= 1, name, precision, f"{used:.3g} times the bound")
            line = (f"{name:17} {precision:17} {soma.size:7} {scale:7.3g} {error.max():8.1e} "
                    f"{bound.max():8.1e} {used:4.2f}")
            if precision == "fp32":
                fp32, fp32_bound = soma, bound
                line += " " * 12 + self.fp32(name, error.max(), ort, truth.result, bound)
            elif precision.startswith("matmul_cast") and not products:
                self.check(np.array_equal(soma, fp32), name, precision, "differs from fp32")
            else:
                apart = abs(soma - placed.Placed(truth, precision).result)
                left = np.sqrt(np.mean(apart**2) / np.mean(error**2))
                same = np.mean(apart <= fp32_bound)
                line += f" {left:5.3f} {same:5.3f}"
                self.check(share(error, fp32_bound) > 1, name, precision, "no rounding to be seen")
                self.check(left <= 0.5 and same >= 0.5, name, precision,
                           f"roundings elsewhere: {left:.3f} of the errors left, {same:.3f} agree")
            print(line, flush=True)
            if final != "fp32":
                self.check(representable(soma, final).all(), name, precision,
                           f"results that are no {final} numbers")
            elif compute != "fp32" and last not in exact.Deviations.MOVERS:
                self.check(not representable(soma, compute).all(), name, precision,
                           "the result is rounded")

    def fp32(self, name, error, ort, truth, bound):
        """Compares soma's largest error with ONNX Runtime's; returns columns of the table."""
        distance = abs(ort - truth)
        nearest = 2.0**-22 * abs(truth).max()
        # Its sigmoid has a small error, but not one that is relative to a small result.
        used = share(distance, np.maximum(bound, nearest))
        self.check(used <= 1, name, "ONNX Runtime", f"{used:.3g} times the bound")
        self.check(error <= ORT_FACTOR * max(distance.max(), nearest), name,
                   f"{error:.3g} from exact, ONNX Runtime {distance.max():.3g}")
        return f" | {distance.max():8.1e} {used:4.2f}"

    def synthetic(self, name, build):
        graph, result = build()
        wanted = self.listed[name]["parameters"]
        own = {k: list(v.shape) for k, v in graph.parameters.items()}
        self.check(wanted == own, name, f"parameters {wanted}, in the graph {own}")
        self.check(self.listed[name]["input"] == list(graph.sample), name, "input shape")
        weights = self.scratch / f"{name}.safetensors"
        save_safetensors(weights, graph.parameters)
        self.policies(name, graph.model(result, self.listed[name]["output"]), weights,
                      graph.images(SAMPLES))

    def digits(self, data):
        model = onnx.load(data / "digits_resnet.onnx")
        # The exporter lists a shortcut before the body that it is added to, soma the other way
        # round; who comes last takes the addition into its store.
        in_order(model.graph)
        weights = data / "digits_resnet.safetensors"
        images = np.load(data / "digits_test_images.npy")
        self.policies("digits", model, weights, images[:50])
        soma = self.run_soma("digits", "fp32", weights, images)
        for other, logits in (("PyTorch", np.load(data / "digits_resnet_logits.npy")),
                              ("ONNX Runtime", run_onnx(model, images))):
            apart = abs(soma - logits).max()
            print(f"digits, {len(images)} images: soma and {other} differ by {apart:.2e}")
            self.check(apart <= LOGITS, "digits", other, f"logits differ by {apart:.3g}")
            same = np.array_equal(soma.argmax(axis=1), logits.argmax(axis=1))
            self.check(same, "digits", other, "names other digits")


def main(program, data, scratch):
    comparison = Comparison(program, pathlib.Path(scratch))
    missing = set(comparison.listed) ^ {*graphs.MODELS, "digits"}
    comparison.check(not missing, "only one side has", *missing)
    for name, build in graphs.MODELS.items():
        comparison.synthetic(name, build)
    comparison.digits(pathlib.Path(data))
    for failure in comparison.failures:
        print("DISAGREES:", failure)
    print(f"onnxruntime {onnxruntime.__version__}, onnx {onnx.__version__}:",
          f"{len(comparison.failures)} disagreements")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

# SPDX-License-Identifier: MIT
"""Shows that soma's logits are PyTorch's in FP32, as far as roundings allow; see bound.py.

    python parity.py PROGRAMS SCRATCH [--models ...] [--images N] [--precisions ...] [--json FILE]

PROGRAMS is where CMake built synthetic_MODEL and logits_MODEL_PRECISION. For every model and
precision, on seeded weights and images,

  1. each logit differs from PyTorch's by no more than its bound;
  2. where PyTorch's best class leads every other one by more than the bound of the difference of
     the two logits, soma has the same best class;
  3. every schedule gives the same bytes;
  4. first order is good enough: what it leaves out, measured, is less than half of what it says;
  5. every mistake of faults.py, made on PyTorch's side, breaks 1 under fp32 and, where the table
     says so, under other precisions: a bound that cannot fail shows nothing.

The table: `difference` is |soma - PyTorch| over all logits of all images, `used` the largest part
of its bound that a logit uses, `rms` what differences are in deviations of the model of their
roundings (below 1, or roundings are larger than thought), `top-1` agreements of soma and PyTorch,
and of them those that 2 demands. Exit status 1 when anything disagrees.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import numpy as np
import torch

import bound
import faults
import files
import networks
import walk

DEFAULT_MODELS = "resnet18,resnet50,resnet152,vgg16"
COLUMNS = (f"{'model':10} {'precision':17} {'images':>6} | {'difference max':>14} {'mean':>8} | "
           f"{'bound median':>12} {'max':>8} | {'used':>5} {'rms':>5} | {'top-1':>7} "
           f"{'demanded':>8} | schedules")


def say(*words):
    print(*words, flush=True)


def program(folder, *words):
    """As CMakeLists.txt names it."""
    return folder / re.sub(r"[^a-z0-9]+", "_", "_".join(words)).rstrip("_")


class Model:
    """One model's weights, images, PyTorch's logits and soma's."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.weights = options.scratch / f"{name}.safetensors"
        self.images = options.scratch / f"{name}.npy"
        subprocess.run([program(options.programs, "synthetic", name), str(options.seed),
                        str(options.images), self.weights, self.images], check=True)
        self.network = networks.build(name, files.load_safetensors(self.weights))
        self.pixels = torch.from_numpy(np.load(self.images))
        self.reference = self.logits(self.network)

    def logits(self, network, count=None):
        parts = self.options.workers.map(network, self.pixels[:count].split(2))
        return torch.cat(list(parts)).double().numpy()

    def soma(self, precision):
        """Logits, the names of the schedules, and those whose bytes are not the first one's."""
        out = self.options.scratch / "logits-"
        done = subprocess.run([program(self.options.programs, "logits", self.name, precision),
                               self.weights, self.images, out],
                              check=True, capture_output=True, text=True)
        schedules = done.stdout.splitlines()
        results = [np.load(f"{out}{i}.npy") for i in range(len(schedules))]
        other = [s for s, r in zip(schedules, results) if r.tobytes() != results[0].tobytes()]
        return results[0].astype(np.float64), schedules, other

    def bounds(self, precisions):
        """For each precision: bounds of all logits, and of differences to the best, per image."""
        network = walk.Network(self.network)
        noise = walk.Pool(self.options.seed, network.dtype)
        start = lambda i: walk.Walk(network, self.pixels[i:i + 1], noise, (self.name, i))
        first = start(0)
        self.excess = first.chain_excess()
        roundoffs = sorted({bound.kinks_at(p) for p in precisions})
        self.remainders = dict(zip(roundoffs, self.options.workers.map(
            lambda u: bound.remainder(first, u), roundoffs)))

        def of_image(i):
            analysis = bound.Bounds(first if i == 0 else start(i), precisions,
                                    self.options.tangents, len(self.pixels), self.remainders,
                                    self.excess)
            best = self.reference[i].argmax()
            # The traced network that roundings are followed through is the one that is compared.
            aside = abs(analysis.logits - self.reference[i]).max()
            if aside > 1e-4 * self.reference.std():
                raise RuntimeError(f"{self.name}: a trace of the network is {aside:.3g} from it")
            return analysis.t, [(analysis.of_logits(p), analysis.of_margins(p, best))
                                for p in precisions]

        found = []
        for t, bounds in self.options.workers.map(of_image, range(len(self.pixels))):
            self.t = t
            found.append(bounds)
            self.progress(f"{self.name}: bounds of image {len(found)} of {len(self.pixels)}")
        return {p: tuple(np.array([image[k][which] for image in found]) for which in (0, 1))
                for k, p in enumerate(precisions)}

    @staticmethod
    def progress(text):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


class Comparison:
    def __init__(self, options):
        self.options, self.failures, self.rows = options, [], []

    def check(self, holds, *what):
        if not holds:
            self.failures.append(": ".join(map(str, what)))

    def row(self, model, precision, limits, margins):
        soma, schedules, other = model.soma(precision)
        reference = model.reference
        self.check(not other, model.name, precision, "other bytes with", *other)
        apart = abs(soma - reference)
        beyond = 1 + model.remainders[bound.kinks_at(precision)]
        used, rms = np.max(apart / limits), np.sqrt(np.mean((apart / limits * model.t * beyond)**2))
        self.check(used <= 1, model.name, precision, f"{used:.3g} times the bound")
        best = reference.argmax(axis=1)
        leads = np.take_along_axis(reference, best[:, None], 1) - reference
        # The best class leads itself by nothing, which is its bound.
        demanded = np.all((leads > margins) | (np.arange(leads.shape[1]) == best[:, None]), axis=1)
        same = soma.argmax(axis=1) == best
        self.check(not np.any(demanded & ~same), model.name, precision,
                   f"another class in {np.sum(demanded & ~same)} images")
        say(f"{model.name:10} {precision:17} {len(apart):6} | {apart.max():14.2e} "
            f"{apart.mean():8.1e} | {np.median(limits):12.2e} {limits.max():8.1e} | {used:5.2f} "
            f"{rms:5.2f} | {same.sum():3}/{len(same):<3} {demanded.sum():8} | "
            f"{'same bits' if not other else 'OTHER BITS'}")
        self.rows.append({
            "workload": model.name, "precision": precision, "images": len(apart),
            "logits": apart.size, "max_difference": apart.max(), "mean_difference": apart.mean(),
            "median_bound": np.median(limits), "max_bound": limits.max(), "used": used,
            "rms_deviations": rms, "top1_agreements": int(same.sum()),
            "top1_demanded": int(demanded.sum()),
            "top1_demanded_agreements": int((demanded & same).sum()),
            "schedules": schedules, "same_bits": not other})
        return soma

    def model(self, name):
        began = time.monotonic()
        model = Model(name, self.options)
        model.progress(f"{name}: PyTorch is done")
        bounds = model.bounds(self.options.precisions)
        model.progress("")
        soma = {p: self.row(model, p, *bounds[p]) for p in self.options.precisions}
        formats = {2.0**-8: "bf16", 2.0**-11: "fp16"}
        for u, part in model.remainders.items():
            self.check(part <= bound.LINEAR, name, f"not linear in errors of {formats[u]}: {part}")
        say(f"{'':10} logits' deviation {model.reference.std():.3g}; best classes "
            f"{len(set(model.reference.argmax(axis=1)))}; t {model.t:.3g}; beyond first "
            "order " + ", ".join(f"{p:.3f} ({formats[u]})" for u, p in model.remainders.items())
            + f"; partial sums {model.excess:.2f} of the expected squares; "
            f"{time.monotonic() - began:.0f} s")
        self.mistakes(model, soma, bounds)

    def mistakes(self, model, soma, bounds, images=1):
        """Makes every mistake on PyTorch's side and sees which bounds notice."""
        for fault, wrong in faults.faulty(model.network):
            logits = model.logits(wrong, images)
            used = {p: np.max(abs(soma[p][:images] - logits) / bounds[p][0][:images])
                    for p in soma}
            if "fp32" in used:
                self.check(used["fp32"] > 1, model.name, fault,
                           f"not noticed: {used['fp32']:.3g} times the bound")
            say(f"{'':10} noticed, {fault}: " + ", ".join(
                f"{p} {u:.3g}x" + ("" if u > 1 else " (not)") for p, u in used.items()))


def environment():
    with open("/proc/cpuinfo") as file:
        names = [l.split(":")[1].strip() for l in file if l.startswith("model name")]
    return {"processor": (names or [platform.processor()])[0], "cores": os.cpu_count(),
            "peer": f"PyTorch {torch.__version__}", "python": platform.python_version(),
            "tangents": str(walk.tangent_type()).rpartition(".")[2]}


def main():
    names = lambda text: [n for n in text.split(",") if n]
    parser = argparse.ArgumentParser(description="soma's logits beside PyTorch's")
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--models", type=names, default=names(DEFAULT_MODELS))
    parser.add_argument("--precisions", type=names, default=["fp32"])
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--tangents", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    for p in options.precisions:
        if p not in bound.POLICIES:
            parser.error(f"no precision {p}; there are {', '.join(bound.POLICIES)}")
    options.scratch.mkdir(parents=True, exist_ok=True)

    torch.set_grad_enabled(False)
    # A thread for each image and not several for each operation, which wait for each other.
    torch.set_num_threads(1)
    options.workers = concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    about = environment()
    say(f"{about['processor']}, {about['cores']} cores; {about['peer']}; seed {options.seed}; "
        f"{options.tangents} tangents in {about['tangents']}; a row's bounds fail with probability "
        f"{bound.FAILURE:g}")
    say(COLUMNS)
    comparison = Comparison(options)
    for name in options.models:
        comparison.model(name)
    if options.json:
        options.json.write_text(json.dumps(
            {"environment": about, "rows": comparison.rows,
             "failures": comparison.failures}, indent=1) + "\n")
    for failure in comparison.failures:
        say("DISAGREES:", failure)
    say(f"{len(comparison.rows)} rows, {len(comparison.failures)} disagreements")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main())

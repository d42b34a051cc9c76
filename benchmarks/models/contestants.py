# SPDX-License-Identifier: MIT
"""Who takes part in a comparison, in which forms, and how each is started."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from choices import LIMITS, Request
from prepare import Files

HERE = Path(__file__).parent


@dataclass
class Form:
    """One way to run a contestant; of several the fastest is kept."""

    label: str
    arguments: list[str | Path]
    samples: int  # of one run of all its streams
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Peer:
    name: str
    forms: list[Form]
    why_not: str = ""  # where it has no form


def shapes(metric: str, batch: int, threads: int) -> list[tuple[str, int, int, int]]:
    """Ways to use the processors: label, batch, threads and streams."""
    if threads == 1:
        return [("", batch, 1, 1)]
    if metric == "latency":
        return [(f"{threads} threads", batch, threads, 1)]
    # As many images as `replicate` takes at once, or a stream for each thread.
    return [(f"{threads} threads, batch {batch * threads}", batch * threads, threads, 1),
            (f"{threads} streams", batch, 1, threads)]


def onednn(request: Request, files: Files, programs: Path, precision: str, method: str,
           ways: list[tuple[str, int, int, int]]) -> Peer:
    forms = []
    there = [program for program in ("soma_models_newer_onednn", "soma_models_onednn")
             if (programs / program).exists()]
    # Which version is faster shows with one thread already, where trials are few.
    for program in there if len(ways) == 1 else there[:1]:
        for label, batch, threads, streams in ways:
            forms.append(Form(
                label, [programs / program, files.chain, files.images, precision, method, batch,
                        threads, streams], batch * streams, {"OMP_NUM_THREADS": str(threads)}))
    name = "onednn" if method == "direct" else "onednn auto"
    return Peer(name, forms, "" if forms else "neither PyPI's nor the system's oneDNN is there")


def onnxruntime(request: Request, files: Files, programs: Path, precision: str,
                ways: list[tuple[str, int, int, int]]) -> Peer:
    if precision == "bf16":
        return Peer("onnxruntime", [], "its CPU provider has no bf16 convolution")
    return Peer("onnxruntime", [
        Form(label, [sys.executable, HERE / "peer_onnxruntime.py", files.onnx(batch), files.images,
                     batch, threads, streams], batch * streams)
        for label, batch, threads, streams in ways])


def openvino(request: Request, files: Files, programs: Path, precision: str,
             ways: list[tuple[str, int, int, int]]) -> Peer:
    return Peer("openvino", [
        Form(label, [sys.executable, HERE / "peer_openvino.py", files.onnx(batch), files.images,
                     {"fp32": "f32"}.get(precision, precision), batch, threads, streams],
             batch * streams)
        for label, batch, threads, streams in ways])


def torch(request: Request, files: Files, programs: Path, precision: str,
          ways: list[tuple[str, int, int, int]]) -> Peer:
    layouts = ["frozen", "frozen-channels_last"] if precision == "fp32" else \
              ["frozen-channels_last"]
    return Peer("torch", [
        Form(f"{layout} {label}".strip(),
             [sys.executable, HERE / "peer_torch.py", files.model, files.weights, files.images,
              precision, layout, batch, threads, streams], batch * streams,
             {"OMP_NUM_THREADS": str(threads)})
        for layout in layouts for label, batch, threads, streams in ways])


def peers_of(request: Request, files: Files, programs: Path, precision: str, metric: str,
             batch: int, threads: int) -> list[Peer]:
    ways = shapes(metric, batch, threads)
    common = (request, files, programs, precision)
    made = {
        "onednn": lambda: onednn(*common, "direct", ways),
        "onednn auto": lambda: onednn(*common, "auto", ways),
        "onnxruntime": lambda: onnxruntime(*common, ways),
        "openvino": lambda: openvino(*common, ways),
        "torch": lambda: torch(*common, ways),
    }
    peers = [made[name]() for name in request.peers]
    for peer in peers:
        for form in peer.forms:
            form.environment |= LIMITS[request.isa]
    return peers


# Peers that take no notice of LIMITS: they choose their kernels by the processor alone.
def unlimited(isa: str) -> dict[str, str]:
    if isa == "native":
        return {}
    # MLAS has no such switch. Its FP32 kernels have no use for AMX, though.
    return {"onnxruntime": "MLAS has no switch for its instruction set"} if isa == "avx2" else {}

# SPDX-License-Identifier: MIT
"""What can be asked for: precisions, schedules, peers, instruction sets; and the command line."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from networks import MODELS

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include" / "soma"


@dataclass(frozen=True)
class Precision:
    name: str
    cpp: str
    peers: str  # the precision of the peers beside it: fp32 or bf16
    roundoff: float  # of a stored value
    winograd: bool = False
    header: str = ""  # besides soma.hpp


# A new precision is a line here.
PRECISIONS = {p.name: p for p in (
    Precision("fp32", "soma::fp32", "fp32", 2.0**-24),
    Precision("winograd<fp32>", "soma::winograd<soma::fp32>", "fp32", 2.0**-24, True,
              "policy/winograd.hpp"),
    Precision("bf16", "soma::bf16", "bf16", 2.0**-8),
    Precision("fp16", "soma::fp16", "fp32", 2.0**-11),
    Precision("matmul_cast<bf16>", "soma::matmul_cast<soma::bf16>", "bf16", 2.0**-8),
    Precision("matmul_cast<fp16>", "soma::matmul_cast<soma::fp16>", "fp32", 2.0**-11),
    Precision("auto_cast<bf16>", "soma::auto_cast<soma::bf16>", "bf16", 2.0**-8),
)}
SHORT = {"winograd": "winograd<fp32>", "matmul_cast": "matmul_cast<bf16>",
         "auto_cast": "auto_cast<bf16>"}


@dataclass(frozen=True)
class Schedule:
    name: str
    cpp: str  # with the batch of one copy and the number of threads
    threads: tuple[int, ...]  # the counts it is measured with; none for all but 1
    metric: str  # latency or throughput
    word: str = ""  # that policy/schedule.hpp must have

    def type(self, batch: int, threads: int) -> str:
        return self.cpp.format(batch=batch, threads=threads)

    def text(self, batch: int, threads: int) -> str:
        return self.type(batch, threads).replace("soma::", "")

    def samples(self, batch: int, threads: int) -> int:
        return batch * (threads if self.metric == "throughput" else 1)

    def fits(self, threads: int) -> bool:
        return threads in self.threads if self.threads else threads > 1


# A new schedule is a line here.
SCHEDULES = {s.name: s for s in (
    Schedule("batch", "soma::batch<{batch}>", (1,), "latency"),
    Schedule("tensor_parallel",
             "soma::schedule<soma::tensor_parallel<{threads}>, soma::batch<{batch}>>", (), "latency",
             "struct tensor_parallel"),
    Schedule("replicate", "soma::schedule<soma::replicate<{threads}>, soma::batch<{batch}>>", (),
             "throughput"),
)}

PEERS = ("onednn", "onednn auto", "onnxruntime", "openvino", "torch")

# What keeps a peer's libraries within an instruction set.
LIMITS = {
    "native": {},
    "avx512": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16", "DNNL_MAX_CPU_ISA": "AVX512_CORE_BF16",
               "MKL_ENABLE_INSTRUCTIONS": "AVX512"},
    "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2",
             "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
}
ARCHITECTURES = {"native": "", "avx512": "avx512", "avx2": "avx2"}


def missing_precision(p: Precision) -> str:
    """Why this checkout cannot measure a precision; empty if it can."""
    if p.header and not (INCLUDE / p.header).exists():
        return f"the library has no {p.header}"
    return ""


def missing_schedule(s: Schedule) -> str:
    if s.word and s.word not in (INCLUDE / "policy" / "schedule.hpp").read_text():
        return f"the library has no {s.name}"
    return ""


@dataclass
class Request:
    model: str
    batches: list[int]
    threads: list[int]
    precisions: list[Precision]
    schedules: list[Schedule]
    peers: list[str]
    isa: str
    seconds: float
    json: str
    plot: str
    busy_core: bool


def words(kind: str, allowed: list[str], short: dict[str, str] | None = None):
    """A comma-separated list of some of `allowed`."""

    def parse(text: str) -> list[str]:
        chosen = []
        for word in text.split(","):
            full = (short or {}).get(word, word)
            if full not in allowed:
                raise argparse.ArgumentTypeError(
                    f"no {kind} '{word}'; there are: {', '.join(allowed)}")
            chosen.append(full)
        return list(dict.fromkeys(chosen))

    return parse


def numbers(text: str) -> list[int]:
    try:
        values = [int(word) for word in text.split(",")]
    except ValueError:
        values = [0]
    if not all(1 <= value <= 256 for value in values):
        raise argparse.ArgumentTypeError(f"'{text}': expected whole numbers from 1 to 256, "
                                         "separated by commas")
    return list(dict.fromkeys(values))


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 3600.0:
        raise argparse.ArgumentTypeError(f"'{text}': expected a number above 0, up to 3600")
    return value


def parse(arguments: list[str]) -> Request:
    """Reads the command line; exits with 2 and a sentence where it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/run MODEL", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures a whole network in soma beside oneDNN (the layers chained by hand), "
        "ONNX Runtime, OpenVINO\nand PyTorch on the same seeded weights and images. Outputs are "
        "compared first; then the contestants,\na process each, take turns within one run. A "
        "ratio above 1 means that soma is faster.",
        epilog="One thread is measured in CPU time, pinned to a processor, several in wall time. "
        "Exits with 1 when\nan output lies outside its tolerance, with 2 when the arguments make "
        "no sense.")
    usable = [name for name, p in PRECISIONS.items() if not missing_precision(p)]
    usual = [name for name in ("fp32", "winograd<fp32>", "bf16") if name in usable]
    add = parser.add_argument
    add("--model", required=True, metavar="NAME", type=words("model", list(MODELS)),
        help=", ".join(MODELS))
    add("--batch", default=[1, 4, 8], metavar="N,...", type=numbers,
        help="images of one request and copy; default 1,4,8")
    add("--threads", default=[1, 2], metavar="N,...", type=numbers, help="default 1,2")
    add("--precision", default=usual, metavar="NAME,...",
        type=words("precision", list(PRECISIONS), SHORT),
        help=f"of {', '.join(PRECISIONS)}; default {','.join(usual)}")
    add("--schedule", default=list(SCHEDULES), metavar="NAME,...",
        type=words("schedule", list(SCHEDULES)),
        help=f"of {', '.join(SCHEDULES)} (1 thread, latency and throughput of several); default "
        "all that fit --threads")
    add("--peers", default=list(PEERS), metavar="NAME,...",
        type=words("peer", [*PEERS, "none"]), help=f"of {', '.join(PEERS)}, or none; default all")
    add("--isa", default="native", choices=list(LIMITS),
        help="instruction set: native; avx512 keeps soma and peers from AMX; avx2 from AVX-512, "
        "where a peer can be limited")
    add("--seconds", default=10.0, type=seconds, metavar="S",
        help="measuring time of each group of rows; default 10")
    add("--json", default="", metavar="FILE", help="write environment and rows to this file")
    add("--plot", default="", metavar="FILE.svg",
        help="plot percent of peak of each layer (1 thread, the first batch)")
    add("--busy-core", action="store_true",
        help="repeat the latency rows of several threads with a busy process on one core")
    add("--check", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if len(given.model) != 1:
        parser.error("argument --model: expected one model")
    cores = len(os.sched_getaffinity(0))
    for count in given.threads:
        if count > cores:
            parser.error(f"argument --threads: {count}, but there are {cores} processors")
    for name in given.precision:
        if why := missing_precision(PRECISIONS[name]):
            parser.error(f"argument --precision: {name}: {why}")
    return Request(given.model[0], given.batch, given.threads,
                   [PRECISIONS[name] for name in given.precision],
                   [SCHEDULES[name] for name in given.schedule],
                   [name for name in given.peers if name != "none"], given.isa, given.seconds,
                   given.json, given.plot, given.busy_core)

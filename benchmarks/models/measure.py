# SPDX-License-Identifier: MIT
"""One group of rows: contestants of one task compared, then timed in turns."""

import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from choices import PRECISIONS, Precision, Request, Schedule, missing_schedule
from contestants import Peer, peers_of
from networks import Step, steps_of
from prepare import REFERENCE_IMAGES, SEED, Files, program_name, say
from processes import Failed, Process

SHORTEST_TURN = {"latency": 0.15, "throughput": 0.5}  # seconds
PAUSE = 0.02  # between turns, in which threads of the last one may stop spinning


@dataclass
class Contestant:
    name: str
    process: Process
    samples: int
    form: str = ""
    precision: Precision | None = None  # of ours
    cpu: list[float] = field(default_factory=list)  # seconds of each run
    wall: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)  # each turn's figure
    allocations: int = 0
    error: float = math.nan
    memory: dict[str, int] = field(default_factory=dict)

    def turn(self, runs: int, clock: str, timed: bool = True) -> float:
        """Seconds of one run in this turn."""
        answer = self.process.ask(f"run {runs}")
        each = answer[clock] if clock in answer else []
        figure = float(np.median(each)) if each else answer["elapsed"] / runs
        if timed:
            self.cpu += answer["cpu"]
            self.wall += answer["wall"]
            self.rounds.append(figure)
            self.allocations += answer.get("allocations", 0)
        return figure


@dataclass
class Group:
    """Contestants with the same task and comparable precisions."""

    schedule: Schedule
    batch: int
    threads: int
    peers_precision: str
    contestants: list[Contestant]
    missing: dict[str, str]
    peaks: dict[str, float]  # GFLOP/s of the threads
    clock: str
    quiet: bool = True


def tolerance(steps: list[Step], roundoff: float, winograd: bool) -> float:
    """Of the error's norm over that of the logits.

    A product of n terms in FP32 is off by about sqrt(n) roundings; weights and activations add
    one rounding each to the stored format; errors of layers are independent, so they add as
    squares. Winograd's transforms magnify the sums' errors tenfold. Four times that is allowed.
    """
    products = [s for s in steps if s.name]
    single = 2.0**-24 * (10.0 if winograd else 1.0)
    stored = 2.0 * (roundoff if roundoff > 2.0**-24 else 0.0) ** 2
    squares = sum(stored + single**2 * s.in_c * s.window**2 for s in products)
    return 4.0 * math.sqrt(squares)


def reference(files: Files) -> np.ndarray:
    """Logits of the first images in double precision by PyTorch, else by ONNX Runtime in FP32."""
    path = files.folder / "reference.bin"
    stamp = files.folder / "reference.txt"
    key = f"{SEED} {files.weights.stat().st_size} {REFERENCE_IMAGES}"
    if not stamp.exists() or stamp.read_text() != key:
        say("compute the reference logits")
        here = Path(__file__).parent
        cores = sorted(os.sched_getaffinity(0))
        try:
            made = Process([sys.executable, here / "peer_torch.py", files.model, files.weights,
                            files.images, "fp64", "reference", REFERENCE_IMAGES, 1, 1], cores)
            stamp.write_text(key)
        except Failed as fault:
            say(f"no PyTorch for the reference ({fault}): ONNX Runtime's FP32 takes its place")
            stamp.unlink(missing_ok=True)
            made = Process([sys.executable, here / "peer_onnxruntime.py",
                            files.onnx(REFERENCE_IMAGES), files.images, REFERENCE_IMAGES, 1, 1],
                           cores)
        made.ask(f"output {path}")
        made.close()
    return np.fromfile(path, np.float32).reshape(REFERENCE_IMAGES, -1)


class Driver:
    def __init__(self, request: Request, files: Files, programs: Path) -> None:
        self.request, self.files, self.programs = request, files, programs
        self.steps = steps_of(request.model)
        self.expected = reference(files)
        self.faults: list[str] = []
        cores = sorted(os.sched_getaffinity(0))
        # The last processors: the first ones serve interrupts.
        self.cores = {n: cores[-n:] for n in request.threads}

    def check(self, who: Contestant, roundoff: float, winograd: bool) -> str:
        """Compares the logits with the reference; what is wrong with them."""
        path = self.files.folder / "output.bin"
        who.process.ask(f"output {path}")
        logits = np.fromfile(path, np.float32).reshape(-1, self.expected.shape[1])
        count = min(len(logits), len(self.expected))
        expected = self.expected[:count].astype(np.float64)
        norm = float(np.linalg.norm(expected - expected.mean()))
        who.error = float(np.linalg.norm(logits[:count] - expected)) / norm
        allowed = tolerance(self.steps, roundoff, winograd)
        if not who.error <= allowed:
            return f"logits are off by {who.error:.2e} of their norm, allowed are {allowed:.2e}"
        return ""

    def ours(self, precision: Precision, schedule: Schedule, batch: int,
             threads: int) -> Contestant:
        program = self.programs / f"soma_models_{program_name(self.request.model, precision)}"
        process = Process([program, "serve", schedule.text(batch, threads), self.files.weights,
                           self.files.images], self.cores[threads])
        return Contestant("soma", process, process.description["samples"], precision=precision)

    def fastest_form(self, peer: Peer, threads: int, clock: str, precision: Precision,
                     missing: dict[str, str]) -> Contestant | None:
        """Starts every form of a peer, keeps the one with the shortest time for an image."""
        best, shortest = None, math.inf
        why = peer.why_not
        for form in peer.forms:
            try:
                process = Process(form.arguments, self.cores[threads], form.environment)
                version = process.description.get("version", "")
                label = " ".join(w for w in (version, form.label) if w)
                who = Contestant(peer.name, process, form.samples, label)
                who.turn(1, clock, timed=False)
                fault = self.check(who, precision.roundoff, "auto" in peer.name)
                if fault:
                    self.faults.append(f"{peer.name} {label} {precision.name}: {fault}")
                    raise Failed(fault)
                runs = 1 if len(peer.forms) == 1 else 3
                figure = min(who.turn(1, clock, timed=False) for _ in range(runs)) / form.samples
            except Failed as fault:
                why = str(fault)
                continue
            if figure < shortest:
                if best:
                    best.process.close()
                best, shortest = who, figure
            else:
                who.process.close()
        if not best:
            missing[peer.name] = why
        return best

    def gather(self, precisions: list[Precision], schedule: Schedule, batch: int,
               threads: int, clock: str) -> tuple[list[Contestant], dict[str, str]]:
        found: list[Contestant] = []
        missing: dict[str, str] = {}
        for precision in precisions:
            if why := missing_schedule(schedule):
                missing[f"soma {precision.name}"] = why
                continue
            who = self.ours(precision, schedule, batch, threads)
            who.turn(1, clock, timed=False)
            if fault := self.check(who, precision.roundoff, precision.winograd):
                self.faults.append(f"soma {precision.name}: {fault}")
            found.append(who)
        if not found:
            return found, missing  # nothing to stand beside the peers
        family = precisions[0].peers
        theirs = PRECISIONS[family]
        for peer in peers_of(self.request, self.files, self.programs, family, schedule.metric,
                             batch, threads):
            if who := self.fastest_form(peer, threads, clock, theirs, missing):
                found.append(who)
        return found, missing

    def measure(self, precisions: list[Precision], schedule: Schedule, batch: int,
                threads: int) -> list[Group]:
        """The group, and the same once more beside a busy process where that was asked for."""
        clock = "cpu" if threads == 1 else "wall"
        names = ", ".join(p.name for p in precisions)
        say(f"{names}: {schedule.text(batch, threads)}, {threads} thread"
            f"{'s' if threads > 1 else ''}")
        found, missing = self.gather(precisions, schedule, batch, threads, clock)
        if not found:
            return [Group(schedule, batch, threads, precisions[0].peers, [], missing, {}, clock)]
        peak = Process([self.programs / "soma_models_tool", "peak", threads], self.cores[threads])
        groups = []
        busy_too = self.request.busy_core and threads > 1 and schedule.metric == "latency"
        try:
            for quiet in ([True, False] if busy_too else [True]):
                busy = None if quiet else self.start_busy(threads)
                try:
                    peaks = self.take_turns(found, peak, schedule.metric, clock)
                finally:
                    if busy:
                        busy.kill()
                        busy.wait()
                for who in found:
                    who.memory = who.process.ask("memory")
                kept = [Contestant(**vars(who)) for who in found]
                groups.append(Group(schedule, batch, threads, precisions[0].peers, kept, missing,
                                    peaks, clock, quiet))
                for who in found:
                    who.cpu, who.wall, who.rounds, who.allocations = [], [], [], 0
        finally:
            peak.close()
            for who in found:
                who.process.close()
        return groups

    def start_busy(self, threads: int) -> subprocess.Popen:
        say("and with a busy process on one core")
        core = self.cores[threads][0]
        return subprocess.Popen([sys.executable, "-c", "while True: pass"],
                                preexec_fn=lambda: os.sched_setaffinity(0, [core]))

    def take_turns(self, found: list[Contestant], peak: Process, metric: str,
                   clock: str) -> dict[str, float]:
        shortest = SHORTEST_TURN[metric]
        runs = {}
        for who in found:
            once = who.turn(1, clock, timed=False)
            runs[id(who)] = max(1, math.ceil(shortest / max(once, 1e-6)))
        peaks: dict[str, list[float]] = {"fp32": [], "bf16": []}
        stop = time.monotonic() + self.request.seconds
        turn = 0
        while turn < 5 or time.monotonic() < stop:
            for kind, value in peak.ask("measure 3").items():
                peaks[kind].append(value)
            # Another one begins in every round, so that none always follows the same.
            shift = turn % max(1, len(found))
            for who in found[shift:] + found[:shift]:
                time.sleep(PAUSE)
                who.turn(1, clock, timed=False)
                who.turn(runs[id(who)], clock)
            turn += 1
        return {kind: float(np.median(values)) for kind, values in peaks.items()}

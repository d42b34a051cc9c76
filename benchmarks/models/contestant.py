# SPDX-License-Identifier: MIT
"""The contestants' side of the protocol of serve.hpp for libraries with a Python interface."""

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

# A run returns the logits of its images, as an array or as what the library calls one.
Run = Callable[[], Any]


def status_bytes(field: str) -> int:
    with open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


class Streams:
    """Runs that work side by side, each on a thread of its own that sleeps in between."""

    def __init__(self, runs: list[Run]) -> None:
        self.count = 0
        self.start = threading.Barrier(len(runs) + 1)
        self.stop = threading.Barrier(len(runs) + 1)
        for one in runs:
            threading.Thread(target=self._work, args=(one,), daemon=True).start()

    def _work(self, one: Run) -> None:
        while True:
            self.start.wait()
            for _ in range(self.count):
                one()
            self.stop.wait()

    def run(self, count: int) -> None:
        self.count = count
        self.start.wait()
        self.stop.wait()


def run_some(run: Run, streams: Streams | None, count: int) -> tuple[dict[str, Any], Any]:
    cpu, wall = [], []
    logits = None
    start = time.perf_counter()
    if streams:
        streams.run(count)
    else:
        for _ in range(count):
            cpu_start, wall_start = time.process_time(), time.perf_counter()
            logits = run()
            wall.append(time.perf_counter() - wall_start)
            cpu.append(time.process_time() - cpu_start)
    return {"elapsed": time.perf_counter() - start, "cpu": cpu, "wall": wall}, logits


def serve(description: dict[str, Any], runs: list[Run],
          array_of: Callable[[Any], np.ndarray] = np.asarray,
          run_streams: Callable[[int], None] | None = None) -> None:
    """Answers commands; several `runs` are streams, unless `run_streams` drives them itself."""
    streams = Streams(runs) if len(runs) > 1 else None
    if streams and run_streams:
        streams.run = run_streams
    logits = runs[0]()
    print(json.dumps(description), flush=True)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "quit":
            break
        if command == "run":
            answer, latest = run_some(runs[0], streams, int(argument))
            logits = logits if latest is None else latest
        elif command == "output":
            values = np.ascontiguousarray(array_of(logits), np.float32)
            values.tofile(argument)
            answer = {"count": values.size}
        elif command == "memory":
            answer = {"peak_bytes": status_bytes("VmHWM"),
                      "resident_bytes": status_bytes("VmRSS")}
        else:
            answer = {"error": f"no command {command}"}
        print(json.dumps(answer), flush=True)

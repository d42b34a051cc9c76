# SPDX-License-Identifier: MIT
"""A contestant as the driver sees it: a process that works when told and is blocked otherwise."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

# What bends a library that chooses its code by itself.
CLEARED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "ONEDNN_MAX_CPU_ISA",
           "DNNL_MAX_CPU_ISA", "ONEDNN_VERBOSE", "DNNL_VERBOSE", "OMP_NUM_THREADS",
           "OMP_PROC_BIND", "MKL_NUM_THREADS", "MKL_ENABLE_INSTRUCTIONS", "ATEN_CPU_CAPABILITY")


class Failed(Exception):
    """A contestant that cannot take part, and why."""


class Process:
    def __init__(self, arguments: list[str | Path], cores: list[int],
                 environment: dict[str, str] | None = None) -> None:
        variables = {k: v for k, v in os.environ.items() if k not in CLEARED}
        variables |= {"PYTHONWARNINGS": "ignore"} | (environment or {})
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [str(a) for a in arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, text=True, env=variables,
            preexec_fn=lambda: os.sched_setaffinity(0, cores))
        try:
            self.description = self._answer()
        except Failed:
            self.close()
            raise

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").strip().splitlines()
            raise Failed(lines[-1] if lines else f"ended with {self._process.returncode}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def tell(self, text: str) -> None:
        try:
            self._process.stdin.write(text + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the missing answer tells why

    def ask(self, text: str) -> dict[str, Any]:
        self.tell(text)
        return self._answer()

    def close(self) -> None:
        if self._process.poll() is None:
            self.tell("quit")
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            try:
                stream.close()
            except BrokenPipeError:
                pass

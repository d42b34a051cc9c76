# SPDX-License-Identifier: MIT
"""Everything a measurement needs before it starts: libraries, programs, weights, networks."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from choices import ARCHITECTURES, ROOT, Precision, Request, Schedule, missing_schedule
from networks import MODELS, steps_of

BUILD = ROOT / "build"
WORK = BUILD / "models"
VENV = WORK / "venv"
# The only package each peer needs; oneDNN's is its newest that needs no SYCL runtime.
PACKAGES = {
    "numpy": ["numpy"],
    "onnx": ["onnx"],
    "onnxruntime": ["onnxruntime"],
    "openvino": ["openvino"],
    "onednn": ["onednn-cpu-gomp==2023.2.0", "onednn-devel-cpu-gomp==2023.2.0"],
}
SEED = 1
REFERENCE_IMAGES = 4


def say(text: str) -> None:
    print(f"== {text}", file=sys.stderr, flush=True)


def command(arguments: list[str | Path], log: Path, **more) -> bool:
    """Runs it with its output in `log`; whether it succeeded."""
    with open(log, "ab") as out:
        return subprocess.run([str(a) for a in arguments], stdout=out, stderr=out,
                              **more).returncode == 0


def last_lines(log: Path, count: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def make_venv() -> None:
    """Installs what is missing; without a network what is not there stays missing."""
    WORK.mkdir(parents=True, exist_ok=True)
    log = WORK / "pip.log"
    if not (VENV / "bin" / "python").exists():
        say("make a Python environment")
        # PyTorch comes with the system.
        if not command([sys.executable, "-m", "venv", "--system-site-packages", VENV], log):
            sys.exit(f"error: cannot make {VENV}:\n{last_lines(log)}")
    for name, packages in PACKAGES.items():
        stamp = VENV / f"installed-{name}"
        if stamp.exists() and stamp.read_text() == " ".join(packages):
            continue
        say(f"install {' '.join(packages)}")
        for attempt in range(3):
            if command([VENV / "bin" / "python", "-m", "pip", "install", "-q",
                        "--disable-pip-version-check", *packages], log):
                stamp.write_text(" ".join(packages))
                break
            time.sleep(5 * attempt)


def enter_venv(arguments: list[str]) -> None:
    """Goes on in the environment's Python."""
    if Path(sys.prefix) != VENV:
        make_venv()
        python = str(VENV / "bin" / "python")
        os.execv(python, [python, str(ROOT / "benchmarks" / "models" / "models.py"), *arguments])


def program_name(model: str, precision: Precision) -> str:
    return f"{model}_{re.sub('[<>]+', '_', precision.name).strip('_')}"


def schedules_of(request: Request) -> list[tuple[Schedule, int, int]]:
    """Every schedule with the batch and the threads it is measured with."""
    found = []
    for threads in request.threads:
        for s in request.schedules:
            if not s.fits(threads):
                continue
            one_request = s.metric == "latency" and threads > 1
            batches = request.batches[:1] if one_request else request.batches
            found += [(s, batch, threads) for batch in batches]
    return found


def write_source(path: Path, request: Request, precision: Precision) -> None:
    """The program of one precision; left alone where it would not change."""
    entries = "".join(
        f",\n        bench::named_schedule<{s.type(batch, threads)}>{{\"{s.text(batch, threads)}\"}}"
        for s, batch, threads in schedules_of(request) if not missing_schedule(s))
    header = f"#include <soma/{precision.header}>\n" if precision.header else ""
    source = (f"{header}#include <soma/model/zoo/resnet.hpp>\n#include <soma/model/zoo/vgg.hpp>\n\n"
              '#include "models/runner.hpp"\n\nint main(int argc, char** argv) {\n'
              f"    return bench::run_command<{MODELS[request.model][1]}, {precision.cpp}>(\n"
              f"        {{argv, static_cast<std::size_t>(argc)}}{entries});\n}}\n")
    if not path.exists() or path.read_text() != source:
        path.write_text(source)


def build(request: Request) -> Path:
    """Builds the contestants in C++ and returns the folder of the programs."""
    architecture = ARCHITECTURES[request.isa]
    folder = BUILD / ("benchmarks" if request.isa == "native" else f"benchmarks-{request.isa}")
    sources = WORK / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    targets = ["soma_models_tool"]
    for precision in request.precisions:
        name = program_name(request.model, precision)
        write_source(sources / f"{name}.cpp", request, precision)
        targets.append(f"soma_models_{name}")
    log = WORK / "build.log"
    log.write_text("")
    newer = VENV if (VENV / "lib" / "libdnnl.so").exists() else ""
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DSOMA_BUILD_TESTS=OFF", "-DSOMA_BUILD_EXAMPLES=OFF",
               "-DSOMA_BUILD_BENCHMARKS=ON", f"-DSOMA_MODELS_SOURCES={sources}",
               f"-DSOMA_MODELS_ONEDNN={newer}"]
    # Without one the best is found anew: a folder may have been configured elsewhere.
    options += [f"-DSOMA_ARCH={architecture}" if architecture else "-USOMA_ARCH"]
    options += [f"-DCMAKE_CXX_COMPILER={os.environ['CXX']}"] if "CXX" in os.environ else []
    if not command(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", *options], log):
        sys.exit(f"error: cmake failed, see {log}:\n{last_lines(log)}")
    known = subprocess.run(["ninja", "-C", folder, "-t", "targets", "all"], text=True,
                           capture_output=True, check=True).stdout
    targets += [t for t in ("soma_models_onednn", "soma_models_newer_onednn")
                if f"\n{t}:" in known or f"/{t}:" in known]
    say(f"build {' '.join(targets)}")
    start = time.monotonic()
    if not command(["cmake", "--build", folder, "--parallel", os.environ.get("SOMA_JOBS", "2"),
                    "--target", *targets], log):
        sys.exit(f"error: the build failed, see {log}:\n{last_lines(log)}")
    say(f"built in {time.monotonic() - start:.0f} s")
    return folder / "benchmarks" / "models"


class Files:
    """Weights, images and networks of one model, written once for all contestants."""

    def __init__(self, request: Request, programs: Path) -> None:
        self.folder = WORK / "files" / request.model
        self.folder.mkdir(parents=True, exist_ok=True)
        self.weights = self.folder / "weights.safetensors"
        self.images = self.folder / "images.bin"
        self.chain = self.folder / "chain"
        self.model = request.model
        self.tensors = None
        most = max(max(request.batches) * max(request.threads), REFERENCE_IMAGES)
        program = programs / f"soma_models_{program_name(request.model, request.precisions[0])}"
        say(f"write seeded weights of {request.model} and {most} images")
        for arguments in (["weights", self.weights, SEED], ["images", self.images, SEED, most]):
            subprocess.run([str(program), *map(str, arguments)], check=True)
        from parameters import read_safetensors, write_chain
        self.tensors = read_safetensors(self.weights)
        write_chain(steps_of(self.model), self.tensors, self.chain)

    def onnx(self, batch: int) -> Path:
        """The network as an ONNX file for this batch; made when first asked for."""
        path = self.folder / f"batch{batch}.onnx"
        stamp = self.folder / f"batch{batch}.seed"
        key = f"{SEED} {self.weights.stat().st_size}"
        if not stamp.exists() or stamp.read_text() != key:
            from onnx_graph import write_onnx
            write_onnx(steps_of(self.model), self.tensors, batch, path)
            stamp.write_text(key)
        return path

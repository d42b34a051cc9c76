# SPDX-License-Identifier: MIT
"""The table of a program's steps, each timed on its own in network order, and its plot."""

import subprocess
from pathlib import Path
from typing import Any

PASSES = 15


def rate(layer: dict[str, Any], which: str) -> float:
    return layer[which] / layer["seconds"] * 1e-9


def conv_share(layers: list[dict[str, Any]], which: str, peak: float) -> float:
    """Percent of peak of all convolutions together: the mean weighted by FLOPs."""
    convolutions = [n for n in layers if n["kind"] == "conv2d"]
    work = sum(n[which] for n in convolutions)
    spent = sum(n["seconds"] for n in convolutions)
    return 100.0 * work / spent * 1e-9 / peak


def table(layers: list[dict[str, Any]], peak: float) -> str:
    """`peak` is that of FP32 multiply-adds in GFLOP/s, whatever the precision."""
    total = sum(n["seconds"] for n in layers)
    lines = [f"{'layer':<26} {'shape':<34} {'us':>8} {'% time':>6} {'GFLOP/s':>8} "
             f"{'% peak':>7} {'useful':>7}"]
    for n in layers:
        if n["kind"] in ("conv2d", "linear"):
            window = f" {n['window']}x{n['window']}" if n["kind"] == "conv2d" else ""
            step = f" s{n['stride']}" if n["stride"] > 1 else ""
            shape = (f"{n['in'][0]}x{n['in'][1]}x{n['in'][2]} -> {n['out'][0]}x{n['out'][1]}x"
                     f"{n['out'][2]}{window}{step}")
            figures = (f"{rate(n, 'nominal_flops'):8.1f} "
                       f"{100.0 * rate(n, 'nominal_flops') / peak:7.1f} "
                       f"{100.0 * rate(n, 'useful_flops') / peak:7.1f}")
        else:
            shape, figures = "x".join(map(str, n["out"])), f"{'-':>8} {'-':>7} {'-':>7}"
        lines.append(f"{n['name']:<26} {shape:<34} {n['seconds'] * 1e6:8.1f} "
                     f"{100.0 * n['seconds'] / total:6.1f} {figures}")
    lines.append(f"{'all':<26} {'':<34} {total * 1e6:8.1f}")
    lines.append(f"convolutions, weighted by FLOPs: {conv_share(layers, 'nominal_flops', peak):.1f}"
                 f" % of the FP32 peak, {conv_share(layers, 'useful_flops', peak):.1f} % counting "
                 "useful FLOPs")
    return "\n".join(lines)


def plot(layers: dict[str, list[dict[str, Any]]], peak: float, title: str, tool: Path,
         path: str) -> None:
    """A bar for every matrix product of each precision: nominal, and useful beneath it."""
    bars = "".join(
        f"{precision} {n['name']}\t{100.0 * rate(n, 'nominal_flops') / peak:.2f}\t"
        f"{100.0 * rate(n, 'useful_flops') / peak:.2f}\n"
        for precision, steps in layers.items() for n in steps
        if n["kind"] in ("conv2d", "linear"))
    subprocess.run([str(tool), "plot", path, title, "useful FLOPs"], input=bars, text=True,
                   check=True)

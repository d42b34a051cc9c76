# SPDX-License-Identifier: MIT
"""Rows from measured groups: the table on the terminal and the JSON file."""

import json
import math
from typing import Any

import numpy as np

from measure import Contestant, Group


def figure(group: Group, who: Contestant) -> float:
    """Milliseconds of a run, or images per second."""
    if group.schedule.metric == "throughput":
        return who.samples / float(np.median(who.rounds))
    return 1e3 * float(np.median(who.cpu if group.clock == "cpu" else who.wall))


def details(group: Group, who: Contestant) -> dict[str, Any]:
    """What is known of a contestant besides its figure."""
    found: dict[str, Any] = {"form": who.form} if who.form else {}
    times = who.cpu if group.clock == "cpu" else who.wall
    if times:
        found |= {"p50_ms": 1e3 * float(np.percentile(times, 50)),
                  "p99_ms": 1e3 * float(np.percentile(times, 99)),
                  "min_ms": 1e3 * min(times),
                  "wall_p50_ms": 1e3 * float(np.percentile(who.wall, 50)),
                  "wall_p99_ms": 1e3 * float(np.percentile(who.wall, 99)),
                  "runs": len(times)}
    per_second = who.samples / float(np.median(who.rounds))
    return found | {"images_per_second": per_second, "rounds": len(who.rounds),
                    "relative_error": who.error,
                    "peak_resident_bytes": who.memory["peak_bytes"]}


def rows_of(group: Group, model: str, unlimited: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each precision of ours in the group, beside all its peers.

    Peers that could not be kept within the instruction set are shown, but none of them is the best.
    """
    throughput = group.schedule.metric == "throughput"
    peers = [c for c in group.contestants if c.precision is None]
    figures: dict[str, float | None] = {c.name: figure(group, c) for c in peers}
    equals = {name: value for name, value in figures.items() if name not in unlimited}
    best = (max if throughput else min)(equals, key=equals.get) if equals else None
    rows = []
    for who in (c for c in group.contestants if c.precision):
        own = figure(group, who)
        ratio = None
        paired = None
        if best:
            ratio = own / figures[best] if throughput else figures[best] / own
            beside = next(c for c in peers if c.name == best)
            pairs = [b / beside.samples * who.samples / a
                     for a, b in zip(who.rounds, beside.rounds)]
            paired = float(np.median(pairs))
        told = who.process.description
        rate = told["nominal_flops"] * who.samples / float(np.median(who.rounds)) * 1e-9
        useful = told["useful_flops"] / told["nominal_flops"]
        planned = told["packed_bytes"] + told["arena_bytes"]
        rows.append({
            "workload": model, "precision": who.precision.name, "threads": group.threads,
            "schedule": group.schedule.text(group.batch, group.threads), "batch": group.batch,
            "metric": "images/s" if throughput else "ms",
            "better": "higher" if throughput else "lower", "soma": own,
            "peers": figures | {name: None for name in group.missing if "soma" not in name},
            "best_peer": best, "ratio": ratio, "paired_ratio": paired,
            "clock": group.clock if not throughput else "wall",
            "other_core": "quiet" if group.quiet else "busy",
            "peers_precision": group.peers_precision, "unlimited_peers": list(unlimited),
            "gflops": rate,
            "percent_of_peak": 100.0 * rate / group.peaks["fp32"],
            "percent_of_peak_useful": 100.0 * rate * useful / group.peaks["fp32"],
            "peak_fp32_gflops": group.peaks["fp32"],
            "peak_bf16_gflops": group.peaks["bf16"],
            "allocations": who.allocations,
            "packed_bytes": told["packed_bytes"], "arena_bytes": told["arena_bytes"],
            "resident_over_planned": who.memory["peak_bytes"] / planned,
            "soma_details": details(group, who),
            "peer_details": {c.name: details(group, c) for c in peers}
            | {name: {"missing": why} for name, why in group.missing.items()}})
    return rows


def number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def line_of(row: dict[str, Any]) -> str:
    """A row in a line, for those who wait for the table."""
    best = row["best_peer"]
    beside = (f"{best} {number(row['peers'][best])}, ratio {number(row['ratio'], 3)}"
              if best else "no peer")
    where = ", a busy process on one core" if row["other_core"] == "busy" else ""
    return (f"{row['precision']} {row['schedule']}{where}, {row['metric']}: "
            f"soma {number(row['soma'])}, {beside}")


def print_table(heads: list[str], lines: list[list[str]]) -> None:
    """Columns as wide as their texts; the first two to the left."""
    widths = [max(len(x) for x in column) for column in zip(heads, *lines)]
    for line in [heads, ["-" * w for w in widths], *lines]:
        print("  ".join(x.ljust(w) if i < 2 else x.rjust(w)
                        for i, (x, w) in enumerate(zip(line, widths))).rstrip())


def print_rows(rows: list[dict[str, Any]], names: list[str]) -> None:
    heads = ["precision", "schedule", "metric", "soma", *names, "ratio", "% peak", "useful %"]
    print_table(heads, [
        [r["precision"], r["schedule"] + ("" if r["other_core"] == "quiet" else ", busy core"),
         r["metric"], number(r["soma"]), *(number(r["peers"].get(n)) for n in names),
         number(r["ratio"], 3), number(r["percent_of_peak"], 1),
         number(r["percent_of_peak_useful"], 1)] for r in rows])


def print_details(rows: list[dict[str, Any]]) -> None:
    """Percentiles, memory and errors of everybody, row by row; each peer once."""
    lines = []
    seen = set()
    for r in rows:
        group = (r["schedule"], r["peers_precision"], r["other_core"])
        whole = [("soma " + r["precision"], r["soma_details"])]
        whole += [(n, d) for n, d in r["peer_details"].items() if "missing" not in d] \
            if group not in seen else []
        seen.add(group)
        for name, d in whole:
            ours = name.startswith("soma")
            lines.append([
                r["schedule"] + ("" if r["other_core"] == "quiet" else ", busy core"),
                f"{name} {'' if ours else r['peers_precision']} {d.get('form', '')}".strip(),
                number(d.get("p50_ms")), number(d.get("p99_ms")), number(d.get("min_ms")),
                number(d.get("wall_p50_ms")), number(d["images_per_second"], 1),
                f"{d['relative_error']:.1e}", number(d["peak_resident_bytes"] / 2**20, 0),
                number(r["resident_over_planned"]) if ours else "-",
                str(r["allocations"]) if ours else "-"])
    print_table(["schedule", "contestant", "p50 ms", "p99 ms", "min ms", "wall ms", "images/s",
                 "error", "MiB", "of plan", "allocs"], lines)


def print_busy(rows: list[dict[str, Any]]) -> None:
    """Quiet and busy p99 of everybody beside each other."""
    lines = []
    for busy in (r for r in rows if r["other_core"] == "busy"):
        quiet = next(r for r in rows if r["other_core"] == "quiet" and all(
            r[k] == busy[k] for k in ("precision", "schedule", "batch")))
        pairs = [("soma", quiet["soma_details"], busy["soma_details"])]
        pairs += [(n, quiet["peer_details"][n], d) for n, d in busy["peer_details"].items()
                  if "missing" not in d]
        for name, before, after in pairs:
            lines.append([f"{busy['precision']} {busy['schedule']}", name,
                          number(before["p99_ms"]), number(after["p99_ms"]),
                          number(after["p99_ms"] / before["p99_ms"])])
    if lines:
        print("\nwith a busy process on one core")
        print_table(["row", "contestant", "quiet p99 ms", "busy p99 ms", "times"], lines)


def write_json(path: str, environment: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: finite(v) for k, v in value.items()}
        if isinstance(value, list):
            return [finite(v) for v in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    with open(path, "w") as file:
        json.dump(finite({"environment": environment, "rows": rows}), file, indent=2)
        file.write("\n")

# SPDX-License-Identifier: MIT
"""A whole network in soma beside its peers; see --help, and `run` for how to start it."""

import json
import subprocess
import sys

from choices import PRECISIONS, Request, parse
from prepare import Files, build, enter_venv, program_name, say, schedules_of


def families(request: Request) -> list[list]:
    """Precisions whose peers are the same are measured together."""
    kinds = dict.fromkeys(p.peers for p in request.precisions)
    return [[p for p in request.precisions if p.peers == kind] for kind in kinds]


def libraries(rows: list[dict]) -> dict[str, str]:
    """The versions that were measured."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for name, d in row["peer_details"].items():
            if "missing" not in d:
                found.setdefault(name, set()).add(d["form"].split(" ")[0])
    return {name: " and ".join(sorted(versions)) for name, versions in found.items()}


def profile(request: Request, driver, peak: float) -> dict[str, list]:
    """Each precision's steps for the first batch with one thread, printed as a table."""
    from choices import SCHEDULES
    from layers import PASSES, table
    if 1 not in request.threads or SCHEDULES["batch"] not in request.schedules:
        return {}
    steps = {}
    for precision in request.precisions:
        who = driver.ours(precision, SCHEDULES["batch"], request.batches[0], 1)
        steps[precision.name] = who.process.ask(f"measure {PASSES}")["layers"]
        who.process.close()
        print(f"\n{request.model} {precision.name}, batch {request.batches[0]}, each step alone, "
              f"CPU time; FP32 peak {peak:.1f} GFLOP/s")
        print(table(steps[precision.name], peak))
    return steps


def main(arguments: list[str]) -> int:
    request = parse(arguments)
    if "--check" in arguments:
        return 0
    enter_venv(arguments)
    from contestants import unlimited
    from layers import plot
    from measure import Driver
    from report import line_of, print_busy, print_details, print_rows, rows_of, write_json
    programs = build(request)
    environment = json.loads(subprocess.run([str(programs / "soma_models_tool"), "environment"],
                                            capture_output=True, check=True).stdout)
    files = Files(request, programs)
    driver = Driver(request, files, programs)
    rows, missing = [], {}
    for schedule, batch, threads in schedules_of(request):
        for precisions in families(request):
            for group in driver.measure(precisions, schedule, batch, threads):
                fresh = rows_of(group, request.model, unlimited(request.isa))
                rows += fresh
                for row in fresh:  # what is measured is not lost when a long run is stopped
                    say(line_of(row))
                if request.json:
                    write_json(request.json, environment | {"peers_isa": request.isa}, rows)
                missing |= {(f"{who} {precisions[0].peers}" if "soma" not in who else who): why
                            for who, why in group.missing.items()}

    environment["libraries"] |= libraries(rows)
    print(f"processor   {environment['processor']}")
    print(f"compiled    for {environment['isa']} by {environment['compiler']}")
    print("libraries   " + ", ".join(f"{k} {v}" for k, v in environment["libraries"].items()))
    print(f"peers       limited to {request.isa}" if request.isa != "native"
          else "peers       with every instruction set of the processor")
    for who, why in unlimited(request.isa).items():
        print(f"unlimited   {who}, never the best peer here: {why}")
    for who, why in missing.items():
        print(f"missing     {who}: {why}")
    print()
    print_rows(rows, request.peers)
    print()
    print_details(rows)
    print_busy(rows)
    one_thread = [r["peak_fp32_gflops"] for r in rows if r["threads"] == 1]
    steps = profile(request, driver, sorted(one_thread)[len(one_thread) // 2]) if one_thread else {}
    if request.plot and steps:
        plot(steps, sorted(one_thread)[len(one_thread) // 2],
             f"{request.model}: percent of the FP32 multiply-add peak of one core",
             programs / "soma_models_tool", request.plot)
        say(f"wrote {request.plot}")
    if request.json:
        write_json(request.json, environment | {"peers_isa": request.isa}, rows)
        say(f"wrote {request.json}")
    for fault in driver.faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if driver.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

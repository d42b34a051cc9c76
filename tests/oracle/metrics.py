# SPDX-License-Identifier: MIT
"""Checks a device's metrics with the parser of Prometheus's own client library for Python.

    python metrics.py METRICS SCRATCH

METRICS is the program built from metrics.cpp, which is given names of models that have to be escaped.

  1. Both texts are read without a complaint; every family has a type and a text, and appears once;
     names, types and suffixes go together as Prometheus asks for;
  2. names of models come back as they were, whatever is in them;
  3. buckets of a histogram only grow, the last one is infinite and holds what its count says, and as
     many requests as were done;
  4. what the clients of metrics.cpp did is what is counted, to the request;
  5. between the two texts no counter goes down.

Exit status 1 when anything disagrees.
"""

import collections
import math
import pathlib
import subprocess
import sys

from prometheus_client import parser

NAMES = ["plain", 'with "quotes"', "back\\slash", "two\nlines", "\\n is not a line feed", 'ends in \\',
         "{a=\"b\"} 1", "ünï-cödé ✓"]
DONE = 100
SAMPLES = sum(i % 7 + 1 for i in range(DONE))


class Checks:
    def __init__(self):
        self.failures = []

    def check(self, truth, *what):
        if not truth:
            self.failures.append(": ".join(map(str, what)))


def families_of(text, checks, where):
    families = {}
    for family in parser.text_string_to_metric_families(text):
        checks.check(family.name not in families, where, family.name, "appears twice")
        checks.check(family.documentation, where, family.name, "has no help")
        checks.check(family.type in ("counter", "gauge", "histogram"), where, family.name, family.type)
        families[family.name] = family
        # The parser takes _total off a counter's name, and leaves other types' names alone.
        checks.check(family.type == "counter" or not family.name.endswith("_total"), where,
                     family.name, f"a {family.type} with the name of a counter")
        for sample in family.samples:
            checks.check(sample.name.startswith(family.name), where, family.name, sample.name)
            checks.check(family.type != "counter" or sample.name == family.name + "_total", where,
                         sample.name, "a counter without _total")
            checks.check(math.isfinite(sample.value) and sample.value >= 0, where, sample)
    heads = [line.split()[2] for line in text.split("\n") if line.startswith("# TYPE")]
    checks.check(len(heads) == len(families), where, f"{len(heads)} heads, {len(families)} families")
    return families


def by_model(family, suffix=""):
    return {s.labels["model"]: s.value for s in family.samples if s.name.endswith(suffix)}


def check_histogram(families, checks, where):
    latency = families["soma_request_latency_seconds"]
    counts, sums = by_model(latency, "_count"), by_model(latency, "_sum")
    buckets = collections.defaultdict(list)
    for sample in latency.samples:
        if sample.name.endswith("_bucket"):
            buckets[sample.labels["model"]].append((float(sample.labels["le"]), sample.value))
    checks.check(set(buckets) == set(counts) == set(sums) == set(NAMES), where, sorted(buckets))
    done = {s.labels["model"]: s.value for s in families["soma_requests"].samples
            if s.labels["status"] == "done"}
    for model, own in buckets.items():
        checks.check(own == sorted(own) and len({bound for bound, _ in own}) == len(own), where, model,
                     "bounds are out of order")
        checks.check(all(a[1] <= b[1] for a, b in zip(own, own[1:])), where, model, "a bucket shrinks")
        checks.check(own[-1] == (math.inf, counts[model]), where, model, own[-1], counts[model])
        checks.check(counts[model] == done[model], where, model, counts[model], done[model])
        least = sum((n - before) * low for (low, before), (_, n) in zip(own, own[1:]))
        most = sum((n - before) * high for (_, before), (high, n) in zip([(0, 0)] + own, own[:-1]))
        checks.check(least <= sums[model] and (own[-1][1] > own[-2][1] or sums[model] <= most), where,
                     model, f"sum {sums[model]}: expected {least} to {most}")


def check_end(families, checks):
    requests = collections.defaultdict(dict)
    for sample in families["soma_requests"].samples:
        requests[sample.labels["model"]][sample.labels["status"]] = sample.value
    submitted = by_model(families["soma_requests_submitted"])
    samples = by_model(families["soma_samples"])
    padding, fill = (by_model(families[name])
                     for name in ("soma_padding_samples", "soma_batch_fill_ratio"))
    batches = by_model(families["soma_batches"])
    for i, model in enumerate(NAMES):
        want = {"done": DONE, "refused": i + 1, "cancelled": 0, "expired": 2, "failed": 1}
        checks.check(requests[model] == want, "end", model, requests[model], f"expected {want}")
        checks.check(submitted[model] == sum(want.values()), "end", model, submitted[model])
        # Whether the sample that cannot be prepared counts in its batch is not said.
        checks.check(samples[model] - SAMPLES in (0, 1), "end", model, samples[model], SAMPLES)
        checks.check(samples[model] + padding[model] == 4 * batches[model], "end", model,
                     f"{samples[model]} samples, {padding[model]} padding, {batches[model]} batches")
        checks.check(math.isclose(fill[model], samples[model] / (4 * batches[model])), "end", model,
                     fill[model])
        for gauge in ("soma_requests_in_flight", "soma_queued_requests", "soma_queued_samples"):
            checks.check(by_model(families[gauge])[model] == 0, "end", gauge, model)
    cores = [(s.labels["group"], s.labels["core"]) for s in families["soma_core_busy_seconds"].samples]
    checks.check(cores == [("0", "0"), ("0", "1"), ("1", "2"), ("1", "3")], "end", cores)
    busy = sum(s.value for s in families["soma_core_busy_seconds"].samples)
    uptime = families["soma_uptime_seconds"].samples[0].value
    checks.check(0 < busy <= 4 * uptime, "end", f"{busy} s busy in {uptime} s")
    info = families["soma_device_info"].samples[0]
    checks.check((info.labels, info.value) == ({"instance": "inf1.6xlarge"}, 1), "end", info)
    # The models share one set of weights.
    weights = [s.value for s in families["soma_memory_bytes"].samples
               if s.labels["category"] == "weights"]
    all_weights = [s.value for s in families["soma_device_memory_bytes"].samples
                   if s.labels["category"] == "weights"]
    checks.check(len(weights) == len(NAMES) and all_weights == [weights[0]] != [0], "end", weights,
                 all_weights)


def counters(families):
    return {(s.name, *sorted(s.labels.items())): s.value for f in families.values()
            for s in f.samples if f.type == "counter" or s.name.endswith(("_bucket", "_count", "_sum"))}


def main(program, scratch):
    scratch = pathlib.Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    paths = [scratch / "busy.txt", scratch / "end.txt"]
    subprocess.run([program, *map(str, paths), *NAMES], check=True)
    checks = Checks()
    texts = [path.read_bytes().decode() for path in paths]
    busy, end = (families_of(text, checks, path.stem) for text, path in zip(texts, paths))
    for families, where in ((busy, "busy"), (end, "end")):
        check_histogram(families, checks, where)
    check_end(end, checks)
    before, after = counters(busy), counters(end)
    checks.check(set(before) == set(after), "series", set(before) ^ set(after))
    for series in before:
        checks.check(before[series] <= after[series], series, before[series], after[series])
    for failure in checks.failures:
        print("DISAGREES:", failure)
    print(f"metrics: {len(end)} families, {sum(len(f.samples) for f in end.values())} samples,",
          f"{len(checks.failures)} disagreements")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

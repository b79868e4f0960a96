"""Measure drift: delay, misses, false alarms, cost.

    python -m benchmarks.drift.run --data DIR [--rows 3000] [--seeds 3] [--out FILE.json]

Every stream is drawn without replacement from texts that its baseline does not hold. The delay of
a miss counts as the whole stretch of changed exchanges. The random numbers are seeded.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.changes import Change, changes
from benchmarks.drift.traffic import ASSISTANT, Traffic, timed
from detectors.baseline import Baseline
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.drift.traffic import Pair
    from detectors.observation import Observation

CLEAN_BEFORE = 200
CHANGED = 1_500
NEW_DOMAIN = "banking"


@dataclass
class Result:
    """What one kind of traffic gave."""

    delays: dict[str, list[int | None]] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    clean: int = 0
    false_alarms: int = 0
    fit_cpu_seconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    updates: int = 0


def pools(traffic: Traffic) -> dict[str, tuple[list[Pair], list[Pair]]]:
    """Give for each kind of traffic its ordinary pairs, and pairs of a topic it does not have."""
    assistant: list[Pair] = []
    for name in ASSISTANT:
        assistant += traffic.pairs(name)
    medical = traffic.pairs("benign/qa_domains", lambda row: "med" in str(row["source"]))
    strange = set(medical)
    return {
        "help desk": (
            traffic.intents(lambda domain: domain not in {NEW_DOMAIN, "oos"}),
            traffic.intents(lambda domain: domain == NEW_DOMAIN),
        ),
        "assistant": ([pair for pair in assistant if pair not in strange], medical),
    }


def measure(
    traffic: Traffic, ordinary: list[Pair], far: list[Pair], rows: int, seeds: int
) -> Result:
    """Run every planted change and the unchanged rest of the pool, for each seed."""
    result = Result()
    planted = changes(traffic, far)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        order = [ordinary[i] for i in rng.permutation(len(ordinary))]
        baseline = _baseline(traffic, order[:rows], rng)
        rest = order[rows:]
        started = time.process_time()
        rule = DriftRule(DriftPolicy(), baseline)
        result.fit_cpu_seconds.append(time.process_time() - started)
        _clean(rule, traffic, rest, rng, result)
        for change in planted:
            draw = np.random.default_rng([seed, len(change.name), planted.index(change)])
            again = [rest[i] for i in draw.permutation(len(rest))]
            stream = _stream(traffic, change, again, draw)
            _changed(DriftRule(DriftPolicy(), baseline), stream, change, result)
    return result


def _baseline(traffic: Traffic, pairs: list[Pair], rng: np.random.Generator) -> Baseline:
    rows = [timed(traffic.observe(pair), i, rng) for i, pair in enumerate(pairs)]
    return Baseline.build(rows, name="bench", encoder="wordllama-256", created=0.0)


def _clean(
    rule: DriftRule, traffic: Traffic, pairs: list[Pair], rng: np.random.Generator, result: Result
) -> None:
    stream = [timed(traffic.observe(pair), i, rng) for i, pair in enumerate(pairs)]
    started = time.process_time()
    for x in stream:
        result.false_alarms += len(rule.observe(x).detections)
    result.seconds += time.process_time() - started
    result.updates += len(stream)
    result.clean += len(stream)


def _changed(
    rule: DriftRule, stream: Iterator[Observation], change: Change, result: Result
) -> None:
    delay, kind = None, "missed"
    for index, x in enumerate(stream):
        found = rule.observe(x).detections
        if found and index < CLEAN_BEFORE:
            result.false_alarms += len(found)
            rule = DriftRule(rule.policy, rule.baseline)
        elif found:
            delay, kind = index - CLEAN_BEFORE + 1, found[0].detection_type
            break
    result.clean += CLEAN_BEFORE
    result.delays.setdefault(change.name, []).append(delay)
    result.kinds.setdefault(change.name, []).append(kind)


def _stream(
    traffic: Traffic, change: Change, pairs: list[Pair], rng: np.random.Generator
) -> Iterator[Observation]:
    for index in range(CLEAN_BEFORE + CHANGED):
        pair = pairs[index % len(pairs)]
        age = index - CLEAN_BEFORE
        if age < 0:
            yield timed(traffic.observe(pair), index, rng)
            continue
        if change.turn is not None and rng.random() < change.share_at(age):
            pair = change.turn(pair, rng)
        yield timed(traffic.observe(pair), index, rng, ttft=change.ttft, tpot=change.tpot)


def summary(result: Result) -> dict[str, object]:
    """Put a result into the figures that are compared."""
    delays = [d for each in result.delays.values() for d in each]
    counted = [CHANGED if d is None else d for d in delays]
    return {
        "geometric_mean_delay": round(math.exp(float(np.mean(np.log(counted)))), 1),
        "missed": round(sum(d is None for d in delays) / len(delays), 3),
        "found_within_200": round(sum(d is not None and d <= 200 for d in delays) / len(delays), 3),
        "false_alarms_per_10000": round(1e4 * result.false_alarms / result.clean, 2),
        "false_alarms": result.false_alarms,
        "clean_exchanges": result.clean,
        "cpu_microseconds_per_exchange": round(1e6 * result.seconds / result.updates, 0),
        "fit_cpu_seconds": round(float(np.mean(result.fit_cpu_seconds)), 2),
        "changes": {
            name: {"delays": each, "kinds": sorted(set(result.kinds[name]))}
            for name, each in result.delays.items()
        },
    }


def table(found: dict[str, dict[str, object]]) -> str:
    """Lay the figures out as Markdown."""
    heads = ["geometric_mean_delay", "missed", "found_within_200", "false_alarms_per_10000"]
    heads += ["clean_exchanges", "cpu_microseconds_per_exchange", "fit_cpu_seconds"]
    lines = ["| traffic | " + " | ".join(h.replace("_", " ") for h in heads) + " |"]
    lines.append("|---" * (len(heads) + 1) + "|")
    lines += [f"| {n} | " + " | ".join(str(s[h]) for h in heads) + " |" for n, s in found.items()]
    for name, each in found.items():
        lines += ["", f"{name}: delay in exchanges for each seed (- is a miss)", ""]
        lines += ["| change | delays | reported as |", "|---|---|---|"]
        changed = each["changes"]
        assert isinstance(changed, dict)
        for change, seen in changed.items():
            delays = ", ".join("-" if d is None else str(d) for d in seen["delays"])
            lines.append(f"| {change} | {delays} | {', '.join(seen['kinds'])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="developer data")
    parser.add_argument("--rows", type=int, nargs="+", default=[3_000], help="baseline sizes")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "drift.pickle")
    parser.add_argument("--out", type=Path, help="JSON; a Markdown table is put beside it")
    given = parser.parse_args()
    traffic = Traffic(given.data, given.cache)
    found = {}
    for name, (ordinary, far) in pools(traffic).items():
        for rows in given.rows:
            result = measure(traffic, ordinary, far, rows, given.seeds)
            found[f"{name}, baseline {rows}"] = summary(result)
    traffic.save()
    print(table(found))
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n")
        given.out.with_suffix(".md").write_text(table(found))


if __name__ == "__main__":
    main()

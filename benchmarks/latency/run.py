"""Plants slowdowns, and changes that are none, before the latency detector.

`python -m benchmarks.latency.run --seeds 10 --out benchmarks/results`. Everything is seeded; only
the cost depends on the machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.latency.scenarios import OTHER, SLOWER, Scenario
from benchmarks.latency.server import Server, baseline_of
from benchmarks.latency.table import markdown
from detectors.latency.policy import LatencyPolicy
from detectors.latency.rules import rules
from detectors.latency.shift import LatencyShiftRule
from detectors.observation import Observation

BASELINE = 2_000
BEFORE = 500
AFTER = 2_500


def main() -> None:
    """Run all scenarios on all seeds and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument(
        "--first", type=int, default=0, help="the first seed, to see others than ours"
    )
    parser.add_argument("--clean", type=int, default=10_000, help="unchanged exchanges a seed")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    found = [_slower(scenario, seeds) for scenario in SLOWER]
    others = [_other(each, seeds, _length(each, arguments.clean)) for each in OTHER]
    results = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seeds": arguments.seeds,
        "first_seed": arguments.first,
        "baseline": BASELINE,
        "slower": found,
        "other": others,
        "sizes": [_by_size(size, seeds, arguments.clean) for size in (300, 500, 1_000)],
        "microseconds": _cost(),
    }
    print(text := markdown(results))
    if arguments.out is not None:
        name = arguments.out / f"latency-{results['date']}"
        name.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
        name.with_suffix(".md").write_text(text)


def _slower(scenario: Scenario, seeds: range, size: int = BASELINE) -> dict[str, Any]:
    delays: list[int] = []
    kinds: list[set[str]] = []
    early = 0
    for seed in seeds:
        server = Server(1_000 + seed)
        rule = _rule(server.stream(scenario.usual, size))
        early += len(_alarms(rule, server.stream(scenario.usual, BEFORE)))
        alarms = _alarms(rule, server.stream(scenario.life, AFTER))
        if alarms:
            delays.append(alarms[0][0] + 1)
            kinds.append({kind for _, kind in alarms})
    named = sum(bool(kind & set(scenario.kinds)) for kind in kinds)
    first = Counter(kind for all_ in kinds for kind in all_)
    return {
        "name": scenario.name,
        "found": len(delays),
        "median": median(delays) if delays else None,
        "slowest": max(delays, default=None),
        "named": named,
        "kinds": dict(first),
        "early": early,
    }


def _other(scenario: Scenario, seeds: range, count: int, size: int = BASELINE) -> dict[str, Any]:
    alarms: list[str] = []
    for seed in seeds:
        server = Server(5_000 + seed)
        rule = _rule(server.stream(scenario.usual, size))
        alarms += [kind for _, kind in _alarms(rule, server.stream(scenario.life, count))]
    return {"name": scenario.name, "exchanges": len(seeds) * count, "alarms": dict(Counter(alarms))}


def _length(scenario: Scenario, clean: int) -> int:
    """Give unchanged streams their whole length, and the others two fifths of it."""
    return clean if scenario.life == scenario.usual else clean * 2 // 5


def _by_size(size: int, seeds: range, count: int) -> dict[str, Any]:
    """Give the same with a smaller baseline: what changes, and what does not."""
    by_name = {scenario.name: scenario for scenario in (*SLOWER, *OTHER)}
    return {
        "baseline": size,
        "first": _slower(by_name["first token +20%"], seeds, size),
        "decoding": _slower(by_name["decoding +20%"], seeds, size),
        "nothing": _other(by_name["nothing"], seeds, count, size),
        "bursty": _other(by_name["nothing, bursty load"], seeds, count, size),
    }


def _rule(rows: list[Observation]) -> LatencyShiftRule:
    return LatencyShiftRule(LatencyPolicy(), baseline_of(rows))


def _alarms(rule: LatencyShiftRule, rows: list[Observation]) -> list[tuple[int, str]]:
    return [(i, d.detection_type) for i, x in enumerate(rows) for d in rule.observe(x).detections]


def _cost() -> dict[str, float]:
    """Give microseconds of processor time an exchange, of the shift alone and of all the rules."""
    server = Server(1)
    baseline = baseline_of(server.stream(SLOWER[0].usual, BASELINE))
    rows = server.stream(SLOWER[0].usual, 3_000)
    every = rules(LatencyPolicy(), baseline)
    shift = [rule for rule in every if isinstance(rule, LatencyShiftRule)]
    costs = {}
    for name, some in (("shift", shift), ("all", every)):
        began = time.process_time()
        for x in rows:
            for rule in some:
                rule.observe(x)
        costs[name] = round((time.process_time() - began) / len(rows) * 1e6, 1)
    return costs


if __name__ == "__main__":
    main()

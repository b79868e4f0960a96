"""Contenders in turn before one upstream, round after round; medians, and ratios over nginx."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.bench import BenchError, capacity, machine
from monitor.bench.contenders import Start
from monitor.bench.loading import Plan
from monitor.bench.measure import Figures, measure
from monitor.bench.stage import started, upstream

Step = Callable[[str], None]
_OUR_OWN = {"direct", "sidewatch"}


def compare(
    starts: Mapping[str, Start], plan: Plan, *, rounds: int, most: int, step: Step
) -> dict[str, Any]:
    """The whole document: every round, medians, ratios, sustained streams, the machine.

    `most` bounds the search for how many streams each sustains; 0 leaves it out. `step` is told
    what is done next, once for each of `steps`.
    """
    began = machine.describe()
    taken, failed = _rounds(starts, plan, rounds=rounds, step=step)
    able = {name: start for name, start in starts.items() if name in taken}
    sustained = capacity.search_all(able, plan, most=most, step=step) if most else {}
    results = {name: _medians(figures) for name, figures in taken.items()}
    for name, count in sustained.items():
        results[name]["sustained_streams"] = count
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": began,
        "load_average_after": machine.describe()["load_average"],
        "plan": {field: getattr(plan, field) for field in Plan.__slots__},
        "results": results,
        "compared": compared(results),
        "rounds": taken,
        "left_out": failed,
    }


def steps(contenders: int, *, rounds: int, most: int) -> int:
    """How often `compare` tells what it does."""
    return contenders * (4 * rounds + (1 if most else 0))


def compared(results: Mapping[str, Figures]) -> dict[str, dict[str, float]]:
    """For each contender what it adds to no proxy, and its ratios over nginx, where there are both."""
    bare, nginx = results.get("direct"), results.get("nginx")
    found: dict[str, dict[str, float]] = {}
    for name, own in results.items():
        if name == "direct":
            continue
        found[name] = {}
        if bare is not None:
            for key in ("ttft_p50_ms", "ttft_p99_ms", "token_p50_ms", "token_p99_ms"):
                found[name][f"added_{key}"] = own[key] - bare[key]
        if nginx is not None:
            for key in ("cpu_us_per_chunk", "plain_rps_per_core"):
                found[name][f"{key}_over_nginx"] = own[key] / nginx[key]
    return found


def _rounds(
    starts: Mapping[str, Start], plan: Plan, *, rounds: int, step: Step
) -> tuple[dict[str, list[Figures]], dict[str, str]]:
    """The figures of each contender by round; and of those that failed, why. They are left out."""
    taken: dict[str, list[Figures]] = {name: [] for name in starts}
    failed: dict[str, str] = {}
    with upstream(plan.rate) as port:
        for number in range(1, rounds + 1):
            for name in list(taken):
                try:
                    figures = _round(starts[name], port, plan, _naming(step, number, name))
                except BenchError as error:
                    if name in _OUR_OWN:
                        raise
                    failed[name] = str(error)
                    del taken[name]
                else:
                    taken[name].append(figures)
    return taken, failed


def _round(start: Start, port: int, plan: Plan, step: Step) -> Figures:
    with started(start, port) as (contender, ready):
        figures = measure(contender, plan, step=step)
        return figures if contender.root is None else {**figures, "ready_s": ready}


def _naming(step: Step, number: int, name: str) -> Step:
    return lambda text: step(f"round {number}, {name}: {text}")


def _medians(rounds: list[Figures]) -> Figures:
    return {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}

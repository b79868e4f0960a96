"""Every contender in turn on every cell, so that what else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.bench import machine
from monitor.bench.measure import percentile
from monitor.bench.safety.plan import Contender, Load, Plan

_FEWEST, _MOST = 3, 1000
_MS = 1000.0

Cell = dict[str, Any]


def compare(loads: Mapping[str, Load], plan: Plan, *, step: Callable[[str], None]) -> Cell:
    """The whole document; `step` is told what is done next, once for each of `steps`."""
    began = machine.describe()
    results: list[Cell] = []
    slow: list[str] = []
    for threads in plan.threads:
        contenders = {name: load(threads) for name, load in loads.items()}
        for tokens, batch in plan.cells:
            step(f"{threads} threads, {batch} texts of {tokens} tokens")
            for name, contender in contenders.items():
                own = {"contender": name, "threads": threads, "tokens": tokens, "batch": batch}
                if _expected(results, own) > plan.patience:
                    slow.append(f"{name}: {batch} texts of {tokens} tokens, {threads} threads")
                else:
                    figures = measured(contender, tokens, batch, plan)
                    results.append({**own, **figures})
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": began,
        "load_average_after": machine.describe()["load_average"],
        "plan": {field: getattr(plan, field) for field in Plan.__slots__},
        "results": results,
        "too_slow": slow,
        "left_out": {},
    }


def steps(plan: Plan) -> int:
    """How often `compare` tells what it does."""
    return len(plan.threads) * len(plan.cells)


def measured(contender: Contender, tokens: int, batch: int, plan: Plan) -> dict[str, float]:
    """Call a contender for some seconds, with other texts each time; the first call is not counted.

    It is called three times at least, unless that takes longer than the plan's patience.

    `texts_per_s` and the latencies of a call are by the wall clock; `cpu_ms_per_text` is processor
    time of all threads, which other load on the machine changes little.
    """
    calls = _drawn(contender, tokens, batch)
    next(calls)()
    walls: list[float] = []
    spent = 0.0
    while _more(len(walls), sum(walls), plan):
        score = next(calls)
        used, began = time.process_time(), time.perf_counter()
        score()
        walls.append(time.perf_counter() - began)
        spent += time.process_time() - used
    return {
        "calls": len(walls),
        "texts_per_s": batch * len(walls) / sum(walls),
        "p50_ms": _MS * percentile(walls, 0.5),
        "p99_ms": _MS * percentile(walls, 0.99),
        "cpu_ms_per_text": _MS * spent / batch / len(walls),
    }


def _more(calls: int, seconds: float, plan: Plan) -> bool:
    wanted = plan.patience if calls < _FEWEST else plan.seconds
    return not calls or (seconds < wanted and calls < _MOST)


def _drawn(contender: Contender, tokens: int, batch: int) -> Iterator[Callable[[], object]]:
    for seed in range(_MOST + 1):
        yield contender.draw(tokens, batch, seed)


def _expected(results: list[Cell], wanted: Cell) -> float:
    """Seconds of a call, by the same with fewer texts; 0 where nothing is known."""
    same = ("contender", "threads", "tokens")
    known = [x for x in results if all(x[key] == wanted[key] for key in same)]
    if not known:
        return 0.0
    return float(wanted["batch"] * known[-1]["p50_ms"] / known[-1]["batch"] / _MS)

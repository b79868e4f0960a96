"""How many streams a contender sustains: none lost, none silent too long, none behind its pace."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import uvloop

from monitor.bench import load
from monitor.bench.contenders import Start
from monitor.bench.loading import Plan
from monitor.bench.measure import suffering, warm
from monitor.bench.stage import started, upstream

_FIRST = 8
_SECONDS = 4.0
_PATIENCE = 12.0
_HALVINGS = 2
_LATE = 1.1


def search_all(
    starts: Mapping[str, Start], plan: Plan, *, most: int, step: Callable[[str], None]
) -> dict[str, int]:
    """For each contender the streams it sustains; no proxy at all is the ceiling of the machine."""
    found = {}
    for name, start in starts.items():
        step(f"{name}: streams without a stall")
        found[name] = search(lambda count, start=start: sustains(start, plan, count), most)  # type: ignore[misc]
    return found


def search(holds: Callable[[int], bool], most: int) -> int:
    """Doubled until it fails, then halved twice between the last two."""
    good, bad = 0, _FIRST
    while bad <= most and holds(bad):
        good, bad = bad, 2 * bad
    if bad > most:
        return good
    for _ in range(_HALVINGS if good else 0):
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def sustains(start: Start, plan: Plan, count: int) -> bool:
    """Whether a fresh contender carries `count` streams for some seconds without a loss or stall.

    All must also end about when they should: else the upstream or the load generator, on the same
    cores, did not keep the pace either, and fewer chunks than meant were carried.
    """
    wanted = plan.chunks(_SECONDS)
    with upstream(plan.rate) as port, started(start, port) as (contender, _):
        warm(contender, plan)
        running = load.streams(
            contender.target, count, chunks=wanted, spread=1.0, patience=_PATIENCE
        )
        seen = uvloop.run(running)
    suffered = suffering(seen, wanted)
    behind = any(each.taken > _LATE * wanted / plan.rate for each in seen)
    return not (suffered["lost_streams"] or suffered["stalled_streams"] or behind)

"""What an alarm is: named, measured, with where the time goes and whose it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from detectors.base import Evidence
from detectors.latency.periodic import period
from detectors.latency.why import Contributor, contributors, split
from detectors.thresholds import binomial_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.latency.load import Load
    from detectors.latency.recent import Recent, Slow
    from detectors.latency.stakes import Alarm

SLOWER = {"ttft": "slower_ttft", "decode": "slower_decode", "answer": "slower_answer"}
KINDS = (*SLOWER.values(), "heavier_tail", "slow_replica", "periodic_stall")
"""Types of detection of `latency.shift`."""

_BODY = 0.9
_SIGNS = 3.0
_LATE = 0.97
_CHANCE = 1e-3
_LEAST_MEDIAN = 1.08
_REPLICA_EXCESS = 0.6
_REPLICA_TRAFFIC = 0.7
_OTHERS_MEDIAN = 1.08
_NOTABLE = 1.3
_EXAMPLES = 3
_TIMES = "times the baseline's"


@dataclass(frozen=True, slots=True)
class Cause:
    """The kind of an alarm, how many times as long it takes now, the evidence."""

    kind: str
    ratio: float
    evidence: tuple[Evidence, ...]


def cause_of(alarm: Alarm, recent: Recent, began: int, usual: Load | None) -> Cause:
    """Explain an alarm by the exchanges since the trouble began, after the exchange of that number."""
    now, before = recent.since(began), recent.until(began)
    ratios = [slow.ratios[alarm.phase] for slow in now if alarm.phase in slow.ratios] or [1.0]
    usually, mean = median(ratios), sum(ratios) / len(ratios)
    replica = _replica(now, alarm.phase)
    few = not (_body_moved(now, alarm.phase) or _body_moved(_part(now, alarm), alarm.phase))
    every = period(recent.late(alarm.phase)) if replica is None and few else None
    kind, lead = _kind(alarm, replica, every, few=few)
    ratio = max(usually, mean) if kind == "heavier_tail" else usually
    evidence = (
        *lead,
        Evidence(f"{alarm.phase}_median", usually, 1.0, 90.0, _TIMES),
        Evidence(f"{alarm.phase}_mean", mean, 1.0, 89.0, _TIMES),
        Evidence("exchanges_since", float(len(now)), None, 80.0, "exchanges"),
        *_split(now, before, usual),
        *_whose(now),
        *_examples(now),
    )
    return Cause(kind, max(ratio, replica[1] if replica else 1.0), evidence)


def _kind(
    alarm: Alarm, replica: tuple[Contributor, float] | None, every: float | None, *, few: bool
) -> tuple[str, tuple[Evidence, ...]]:
    if replica is not None:
        one, times = replica
        named = Evidence("slow_upstream", one.name, None, 100.0, f"{one.excess:.0%} of the excess")
        return "slow_replica", (named, Evidence("upstream_times", times, 1.0, 99.0, _TIMES))
    if every is not None:
        return "periodic_stall", (Evidence("every", every, None, 100.0, "s"),)
    return ("heavier_tail" if few else SLOWER[alarm.phase]), ()


def _part(now: Sequence[Slow], alarm: Alarm) -> list[Slow]:
    """Give the exchanges of the route or upstream in which the bet was won."""
    if alarm.part == "upstream":
        return [slow for slow in now if slow.upstream == alarm.name]
    if alarm.part == "route":
        return [slow for slow in now if alarm.name.endswith(f" {slow.route}")]
    return list(now)


def _body_moved(now: Sequence[Slow], phase: str) -> bool:
    """Whether times are longer without the longest too; below the line ranks are even by chance."""
    ranks = [slow.ranks[phase] for slow in now if phase in slow.ranks]
    body = [rank for rank in ranks if rank <= _BODY]
    if len(body) < 2 or len(body) < len(ranks) / 2:
        return True
    centre, deviation = (_BODY - 1.0) / 2.0, (_BODY + 1.0) / math.sqrt(12.0)
    return (sum(body) / len(body) - centre) * math.sqrt(len(body)) > _SIGNS * deviation


def _replica(now: Sequence[Slow], phase: str) -> tuple[Contributor, float] | None:
    """Find the one upstream that is slow while the others are as they were."""
    listed = contributors(now, "upstream")
    if len(listed) < 2:
        return None
    one = listed[0]
    mine = [s.ratios[phase] for s in now if s.upstream == one.name and phase in s.ratios]
    others = [s.ratios[phase] for s in now if s.upstream != one.name and phase in s.ratios]
    if not mine or not others or median(others) >= _OTHERS_MEDIAN:
        return None
    if one.excess < _REPLICA_EXCESS or one.traffic > _REPLICA_TRAFFIC:
        return None
    if not _is_its_own(now, one, phase):
        return None
    return one, max(median(mine), sum(mine) / len(mine))


def _is_its_own(now: Sequence[Slow], one: Contributor, phase: str) -> bool:
    """Whether an upstream has more of what is late than chance gives it, or is slower as a whole."""
    late = [slow.upstream for slow in now if slow.ranks.get(phase, 0.0) > _LATE]
    mine = late.count(one.name)
    if binomial_tail(mine, len(late), one.traffic) < _CHANCE:
        return True
    return _body_moved([slow for slow in now if slow.upstream == one.name], phase)


def _split(now: Sequence[Slow], before: Sequence[Slow], usual: Load | None) -> list[Evidence]:
    parts = split(now, before, usual).parts()
    return [
        Evidence(f"more_{name}", seconds, 0.0, 70.0 - place, "s an exchange")
        for place, (name, seconds) in enumerate(parts.items())
    ]


def _whose(now: Sequence[Slow]) -> list[Evidence]:
    tops = [listed[0] for of in ("tenant", "route") if (listed := contributors(now, of))]
    return [
        Evidence(
            f"most_by_{top.of}",
            top.name,
            None,
            60.0,
            f"{top.excess:.0%} of the excess, {top.traffic:.0%} of the traffic",
        )
        for top in tops
        if top.excess > _NOTABLE * top.traffic
    ]


def _examples(now: Sequence[Slow]) -> list[Evidence]:
    worst = sorted(now, key=lambda slow: -slow.excess)[:_EXAMPLES]
    return [
        Evidence("slowest_exchange", slow.id, None, 50.0 - i, f"{slow.excess:.3g} s over")
        for i, slow in enumerate(worst)
        if slow.excess > 0
    ]

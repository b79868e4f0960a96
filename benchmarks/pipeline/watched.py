"""What the watch stage costs an exchange, all of it and by detector.

Processor time, in batches of 64 as a worker under load reads them (it takes up to 256), and one by one
as one that has nothing waiting. Each batch counts with the least of several turns: others run on the
machine, and what they take of its caches and memory is no cost of ours.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.baseline import Baseline
    from detectors.observation import Observation

TURNS = 6
BATCH = 64
DETECTORS = ("latency", "safety", "drift", "anomaly")


def cost(rows: Sequence[Observation], baseline: Baseline) -> dict[str, float]:
    """Microseconds an exchange: of all detectors together, then of each by itself."""
    found = {
        "watch_microseconds": _least(rows, baseline, DETECTORS),
        "watch_singly_microseconds": _least(rows, baseline, DETECTORS, at_once=1),
    }
    for name in DETECTORS:
        found[f"watch_{name}_microseconds"] = _least(rows, baseline, (name,))
    return found


def _least(
    rows: Sequence[Observation],
    baseline: Baseline,
    detectors: tuple[str, ...],
    at_once: int = BATCH,
) -> float:
    policy = Policy(detectors=list(detectors))
    turns = []
    for _ in range(TURNS):
        stage = WatchStage(policy, lambda _model: baseline)
        stage.observe(rows[0])  # fits everything to the baseline
        starts = range(0, len(rows), BATCH)
        turns.append([_took(stage, rows[i : i + BATCH], at_once) for i in starts])
    least: list[float] = [min(each) for each in zip(*turns, strict=True)]
    return sum(least) / len(rows) * 1e6


def _took(stage: WatchStage, rows: Sequence[Observation], at_once: int) -> float:
    begun = time.process_time()
    for i in range(0, len(rows), at_once):
        stage.observe_all(rows[i : i + at_once])
    return time.process_time() - begun

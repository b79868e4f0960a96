"""What the watch stage costs an exchange, all of it and by detector.

Processor time, the least of several turns for every fifty exchanges: others run on the machine, and
what they take of its caches and memory is no cost of ours.
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
STRETCH = 50
DETECTORS = ("latency", "safety", "drift", "anomaly")


def cost(rows: Sequence[Observation], baseline: Baseline) -> dict[str, float]:
    """Microseconds an exchange: of all detectors together, then of each by itself."""
    found = {"watch_microseconds": _least(rows, baseline, DETECTORS)}
    for name in DETECTORS:
        found[f"watch_{name}_microseconds"] = _least(rows, baseline, (name,))
    return found


def _least(rows: Sequence[Observation], baseline: Baseline, detectors: tuple[str, ...]) -> float:
    policy = Policy(detectors=list(detectors))
    turns = []
    for _ in range(TURNS):
        stage = WatchStage(policy, lambda _model: baseline)
        stage.observe(rows[0])  # fits everything to the baseline
        turns.append([_took(stage, rows[i : i + STRETCH]) for i in range(0, len(rows), STRETCH)])
    return sum(map(min, zip(*turns, strict=True))) / len(rows) * 1e6


def _took(stage: WatchStage, rows: Sequence[Observation]) -> float:
    begun = time.process_time()
    for x in rows:
        stage.observe(x)
    return time.process_time() - begun

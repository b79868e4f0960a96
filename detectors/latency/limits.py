"""What an objective allows, by model and route: looked up once for all exchanges that are alike."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from detectors.latency.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.latency.policy import LatencyPolicy

_KEYS = 512

Limits = dict[str, float]


def limits_by(policy: LatencyPolicy) -> Callable[[str, str], Limits]:
    """Give the limits of a model and route by measure, seconds; a measure without one is left out.

    The last 512 keys are remembered: to match patterns costs more than all the rest of a rule. The
    answers are shared, so they must not be changed.
    """

    @lru_cache(maxsize=_KEYS)
    def limits(model: str, route: str) -> Limits:
        objective = policy.objective(model, route)
        every = {name: getattr(objective, name, None) for name in MEASURES}
        return {name: limit for name, limit in every.items() if limit is not None}

    return limits

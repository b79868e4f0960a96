"""A single exchange far over its objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.base import Evidence, State
from detectors.latency.limits import limits_by
from detectors.latency.measures import MEASURES

if TYPE_CHECKING:
    from detectors.latency.policy import LatencyPolicy
    from detectors.observation import Observation


class SlowExchange:
    """Scores an exchange by the largest of its times over their limits; 1 is just at a limit.

    Nothing is learnt: the objectives say what is normal. An exchange without a limit or without
    times scores 0.
    """

    name = "latency.slow"

    def __init__(self, policy: LatencyPolicy) -> None:
        self._limits = limits_by(policy)

    def score(self, x: Observation) -> float:
        """How many times its limit the worst measure took."""
        return max([value / limit for _, value, limit in self._measured(x)], default=0.0)

    def learn(self, x: Observation) -> None:
        """Nothing is learnt."""

    def state(self) -> State:
        """Nothing is kept."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing is kept."""

    def explain(self, x: Observation) -> tuple[Evidence, ...]:
        """Every measured time beside its limit, the worst first."""
        evidence = [
            Evidence(name, value, limit, value / limit, "s")
            for name, value, limit in self._measured(x)
        ]
        return tuple(sorted(evidence, key=lambda e: -e.weight))

    def _measured(self, x: Observation) -> list[tuple[str, float, float]]:
        return [
            (name, value, limit)
            for name, limit in self._limits(x.model, x.route).items()
            if (value := MEASURES[name](x)) is not None
        ]

"""A stream that falls silent before its end, noticed while it is silent."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from detectors.base import Detection, DetectorName, Evidence, State, Verdict
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.observation import Observation

_REMEMBERED = 512
_CRITICAL_FACTOR = 6.0


class StallRule:
    """Speaks at the first notice that a stream has stalled, and once for each exchange.

    A finished exchange whose longest gap is over the limit counts too, for traffic recorded
    without notices. A stream silent for six times the limit is critical.
    """

    name = "latency.stall"
    detector: DetectorName = "latency"

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._told: deque[str] = deque(maxlen=_REMEMBERED)

    def observe(self, x: Observation) -> Verdict:
        """Judge a notice at once, a finished exchange by its longest gap."""
        silent = x.timing.idle if x.state == "stalled" else x.timing.max_gap
        if x.state != "stalled" and (silent is None or silent < self._limit):
            return NOTHING
        if x.id in self._told:
            return NOTHING
        self._told.append(x.id)
        score = self._limit if silent is None else silent
        detection = Detection(
            rule=self.name,
            detector=self.detector,
            detection_type="stall",
            score=score,
            threshold=self._limit,
            evidence=_evidence(x, score, self._limit),
            at=x.at,
            model=x.model,
            severity="critical" if score >= _CRITICAL_FACTOR * self._limit else "warning",
            route=x.route,
            tenant=x.tenant,
            exchange_id=x.id,
        )
        return Verdict({self.name: score}, (detection,))

    def state(self) -> State:
        """Which exchanges were already told of."""
        return {"told": list(self._told)}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._told = deque(state["told"], maxlen=_REMEMBERED)


def _evidence(x: Observation, silent: float, limit: float) -> tuple[Evidence, ...]:
    found = [Evidence("silent_for", silent, limit, 2.0, "s")]
    if x.timing.ttft is not None:
        found.append(Evidence("ttft", x.timing.ttft, None, 1.0, "s"))
    else:
        found.append(Evidence("first_token", "none yet", None, 1.0))
    return tuple(found)

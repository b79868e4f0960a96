"""Bursts by user, tenant and model: the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from detectors.anomaly.bursts.arrival import arrival
from detectors.anomaly.bursts.explain import evidence_of_burst
from detectors.anomaly.bursts.measures import MEASURES
from detectors.anomaly.bursts.scope import Burst, Scope, key_of
from detectors.anomaly.bursts.week import hour_of_week
from detectors.base import Detection, DetectorName, State, Verdict
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.anomaly.bursts.stream import Stream
    from detectors.anomaly.policy import AnomalyPolicy
    from detectors.observation import Observation

_AGAIN = 300.0
USER, TENANT, ALL = "user", "tenant", "all traffic"
_SCOPES = (USER, TENANT, ALL)


class Whose(NamedTuple):
    """One of the keys that an exchange counts for."""

    scope: str
    key: str
    stream: Stream


class BurstRule:
    """Compares the traffic of each user, of each tenant and of all with its own history.

    Requests, tokens, refusals, errors, flagged texts, repeated and nearly repeated prompts: see
    `Stream`. What a user's burst explains is not counted for the tenant, nor a tenant's for all
    traffic. While a burst lasts, it is told again after five minutes or when it has lasted twice as
    long. Failed exchanges count, notices of stalled streams do not.
    """

    name = "anomaly.burst"
    detector: DetectorName = "anomaly"

    def __init__(self, policy: AnomalyPolicy) -> None:
        share = policy.burst_false_alarms / (len(_SCOPES) * len(MEASURES))
        self._scopes = {
            name: Scope(
                name,
                capacity=1 if name == ALL else policy.burst_keys,
                share=share,
                grace=policy.burst_grace,
                settles=policy.burst_settles,
            )
            for name in _SCOPES
        }
        self._all: Stream | None = None

    def observe(self, x: Observation) -> Verdict:
        """Take an exchange; the burst that it completes or goes on with, if any."""
        if x.state != "done":
            return NOTHING
        seen, season = arrival(x), self._season(x.at)
        passed: set[int] = set()
        found: list[Burst] = []
        whose: list[Whose] = []
        highest = 0.0
        for name, key in self._keys(x):
            own = 1.0 if name == ALL else season
            stream, bursts = self._scopes[name].take(key, seen, own, passed)
            passed |= self._scopes[name].answered_for(stream)
            highest = max(highest, *(excursion.level for excursion in stream.excursions))
            found += bursts
            whose.append(Whose(name, key, stream))
            self._all = stream
        return Verdict({"burst": highest}, self._detections(x, found, whose))

    def state(self) -> State:
        """Every stream, under hashes of names."""
        return {name: scope.state() for name, scope in self._scopes.items()}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._all = None
        for name, scope in self._scopes.items():
            scope.restore(state[name])
            if name == ALL:
                self._all = scope.only()

    def _keys(self, x: Observation) -> list[tuple[str, str]]:
        """Whose exchange it is, the narrowest first; the last is always all traffic."""
        keys = [(ALL, "")]
        if x.tenant:
            keys.insert(0, (TENANT, key_of(x.tenant)))
        if x.user:
            keys.insert(0, (USER, key_of(x.tenant, x.user)))
        return keys

    def _season(self, at: float) -> float:
        if self._all is None:
            return 1.0
        return self._scopes[ALL].season(self._all, hour_of_week(at))

    def _detections(
        self, x: Observation, found: list[Burst], whose: list[Whose]
    ) -> tuple[Detection, ...]:
        """One at most: the last measure in the table says most of what goes on."""
        due = [burst for burst in found if _is_due(burst, x.at)]
        if not due:
            return ()
        burst = max(due, key=lambda each: (each.measure, -_SCOPES.index(each.scope)))
        burst.stream.excursions[burst.measure].told = x.at
        carrier = _carrier(burst, whose)
        detection = Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=MEASURES[burst.measure].kind,
            score=burst.stream.excursions[burst.measure].level,
            threshold=burst.limit,
            evidence=evidence_of_burst(burst, f"{carrier.scope} {carrier.key[:8]}".strip(), x.at),
            at=x.at,
            model=x.model,
            tenant="" if carrier.scope == ALL else x.tenant,
            exchange_id=x.id,
        )
        return (detection,)


def _is_due(burst: Burst, at: float) -> bool:
    """Whether to tell of it: at once, and then ever more seldom."""
    excursion = burst.stream.excursions[burst.measure]
    told = excursion.told
    return not told or at - told >= max(_AGAIN, told - excursion.since)


def _carrier(burst: Burst, whose: list[Whose]) -> Whose:
    """Give the narrowest key of this exchange that made at least half of a burst."""
    total = burst.stream.excursions[burst.measure].events
    made = (one for one in whose if 2.0 * one.stream.excursions[burst.measure].events >= total)
    return next(made, whose[-1])

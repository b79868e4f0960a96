"""Rules made from the narrow detector protocols: bind a detector to a threshold, a key, a clock.

`ThresholdRule` turns any `Scorer` into a rule, `ChangeRule` any change detector. Both keep their
memory bounded, take their time from the observations and can be saved and restored.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from detectors.base import (
    Change,
    ChangeDetector,
    Detection,
    DetectorName,
    Evidence,
    Scorer,
    Severity,
    State,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.observation import Observation

X = TypeVar("X")
X_contra = TypeVar("X_contra", contravariant=True)
Key = tuple[str, str]

NOTHING = Verdict()
"""The verdict of a rule that has nothing to say of an observation."""

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}


class KeptChangeDetector(ChangeDetector[X_contra], Protocol[X_contra]):
    """A change detector whose memory outlives the process.

    `level` is its statistic now, for the debug bundle of whatever else is found.
    """

    level: float

    def state(self) -> State:
        """All that `restore` needs."""
        ...

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        ...


class KeptScorer(Scorer[X_contra], Protocol[X_contra]):
    """A scorer whose memory outlives the process; one that learns nothing saves {}."""

    def state(self) -> State:
        """All that `restore` needs."""
        ...

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        ...


def by_model_and_route(x: Observation) -> Key:
    """Give the key under which traffic is one stream: same model, same route."""
    return x.model, x.route


class ThresholdRule:
    """A scorer with a line drawn: above it a detection, at or below it the point is learnt.

    A flagged point is not learnt, so an attack does not quietly become what is normal. Only
    observations that `accept` lets through are scored or learnt. From `critical` on, the finding
    is critical, otherwise a warning.
    """

    def __init__(
        self,
        name: str,
        scorer: KeptScorer[Observation],
        *,
        detector: DetectorName,
        detection_type: str,
        threshold: float,
        critical: float = float("inf"),
        accept: Callable[[Observation], bool] = lambda _: True,
        explain: Callable[[Observation], tuple[Evidence, ...]] = lambda _: (),
    ) -> None:
        self.name = name
        self.detector: DetectorName = detector
        self._scorer = scorer
        self._detection_type = detection_type
        self._threshold = threshold
        self._critical = critical
        self._accept = accept
        self._explain = explain

    def observe(self, x: Observation) -> Verdict:
        """Score the observation; learn it unless it is flagged."""
        if not self._accept(x):
            return NOTHING
        score = self._scorer.score(x)
        if score <= self._threshold:
            self._scorer.learn(x)
            return Verdict({self._scorer.name: score})
        detection = Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=self._detection_type,
            score=score,
            threshold=self._threshold,
            evidence=self._explain(x),
            at=x.at,
            model=x.model,
            severity="critical" if score >= self._critical else "warning",
            route=x.route,
            tenant=x.tenant,
            exchange_id=x.id,
        )
        return Verdict({self._scorer.name: score}, (detection,))

    def state(self) -> State:
        """Save what the scorer has learnt."""
        return self._scorer.state()

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._scorer.restore(state)


class ChangeRule(Generic[X]):
    """A change detector for every key, fed with what `read` takes from an observation.

    `make` builds the detector of a key when the key is first seen; the keys longest unseen are
    forgotten beyond `capacity`. Within `cooldown` seconds of a detection the same key is silent,
    unless it has become worse. `grade` gives a change its severity.
    """

    def __init__(
        self,
        name: str,
        *,
        detector: DetectorName,
        read: Callable[[Observation], X | None],
        make: Callable[[Key], KeptChangeDetector[X]],
        grade: Callable[[Change], Severity] = lambda _: "warning",
        cooldown: float = 60.0,
        capacity: int = 256,
    ) -> None:
        self.name = name
        self.detector: DetectorName = detector
        self._read = read
        self._make = make
        self._grade = grade
        self._cooldown = cooldown
        self._capacity = capacity
        self._streams: OrderedDict[Key, KeptChangeDetector[X]] = OrderedDict()
        self._last: dict[Key, tuple[float, Severity]] = {}

    def observe(self, x: Observation) -> Verdict:
        """Take the next observation into its key's detector."""
        value = self._read(x)
        if value is None:
            return NOTHING
        key = by_model_and_route(x)
        stream = self._stream(key)
        change = stream.update(value, at=x.at)
        scores = {self.name: stream.level if change is None else change.score}
        if change is None:
            return Verdict(scores)
        severity = self._grade(change)
        if self._is_quiet(key, x.at, severity):
            return Verdict(scores)
        self._last[key] = (x.at, severity)
        return Verdict(scores, (self._detection(x, change, severity),))

    def state(self) -> State:
        """Every key's detector, longest unseen first, and when each last spoke."""
        return {
            "streams": [[*key, stream.state()] for key, stream in self._streams.items()],
            "last": [[*key, *said] for key, said in self._last.items()],
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._streams.clear()
        for model, route, kept in state["streams"]:
            self._stream((model, route)).restore(kept)
        self._last = {(m, r): (at, severity) for m, r, at, severity in state["last"]}

    def _stream(self, key: Key) -> KeptChangeDetector[X]:
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = self._make(key)
            if len(self._streams) > self._capacity:
                forgotten, _ = self._streams.popitem(last=False)
                self._last.pop(forgotten, None)
        else:
            self._streams.move_to_end(key)
        return stream

    def _is_quiet(self, key: Key, at: float, severity: Severity) -> bool:
        if key not in self._last:
            return False
        spoken, said = self._last[key]
        return at - spoken < self._cooldown and _RANK[severity] <= _RANK[said]

    def _detection(self, x: Observation, change: Change, severity: Severity) -> Detection:
        return Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=change.kind,
            score=change.score,
            threshold=change.threshold,
            evidence=change.evidence,
            at=x.at,
            model=x.model,
            severity=severity,
            route=x.route,
            exchange_id=x.id,
        )

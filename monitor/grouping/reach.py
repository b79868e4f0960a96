"""How far trouble reaches: its share of the traffic, who is touched, whether it grows."""

from __future__ import annotations

import math
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.base import Detection
from detectors.observation import Observation
from monitor.grouping.aspects import is_of_traffic
from monitor.incidents.incident import fingerprint, of_all

_FAST, _SLOW = 300.0, 1_800.0
_KEPT = 512
_NAMES = 1_000
_LEAST_EXCHANGES = 20.0
_LEAST_FINDINGS = 5.0


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the trouble of one incident reaches, as far as is known.

    `share` is that of its model's exchanges over the last five minutes in which it was found, None
    where too few came to say. `tenants` and `users` count who was touched, up to a thousand. `pace`
    is how many times as much is found as over the last half hour, None where that is too little to
    say.
    """

    share: float | None = None
    tenants: int = 0
    users: int = 0
    pace: float | None = None


NOT_KNOWN = Reach()


@dataclass(slots=True)
class _Touched:
    """Events of one model or one trouble, old ones fading out, and whom it touched since it began."""

    at: float = 0.0
    fast: float = 0.0
    slow: float = 0.0
    tenants: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)

    def add(self, x: Observation) -> None:
        """Count an exchange; one that comes late counts as of now."""
        if x.at - self.at > _SLOW:
            self.tenants, self.users = set(), set()
        self.fast, self.slow = self.fast_at(x.at) + 1.0, self.slow_at(x.at) + 1.0
        self.at = max(self.at, x.at)
        _put(self.tenants, x.tenant)
        _put(self.users, x.user and f"{x.tenant}\x1f{x.user}")

    def fast_at(self, at: float) -> float:
        return self.fast * math.exp(-max(0.0, at - self.at) / _FAST)

    def slow_at(self, at: float) -> float:
        return self.slow * math.exp(-max(0.0, at - self.at) / _SLOW)


class ReachBook:
    """Counts exchanges by model and findings by fingerprint, on the exchanges' clock.

    Bounded: of models and fingerprints the 512 that were counted last are remembered, of names
    checksums. Who was touched is forgotten after half an hour without a finding.
    """

    def __init__(self) -> None:
        self._models: OrderedDict[str, _Touched] = OrderedDict()
        self._troubles: OrderedDict[str, _Touched] = OrderedDict()

    def take(self, x: Observation, detections: Sequence[Detection]) -> list[Reach]:
        """Count an exchange and what was found at it; how far each of its findings reaches."""
        model = _of(self._models, x.model)
        model.add(x)
        names = [fingerprint(each) for each in detections]
        wide = [fingerprint(of_all(each)) for each in detections]
        for name in dict.fromkeys((*names, *wide)):
            _of(self._troubles, name).add(x)
        pairs = zip(names, detections, strict=True)
        return [self._reach(self._troubles[name], model, found) for name, found in pairs]

    def of_all(self, found: Detection) -> Reach:
        """How far it reaches over all tenants and routes of its model, once it was counted."""
        return self.now(fingerprint(of_all(found)), found.model, at=found.at)

    def now(self, name: str, model: str, *, at: float) -> Reach:
        """How far the trouble of a fingerprint reaches at a later time, with nothing found since."""
        trouble, traffic = self._troubles.get(name), self._models.get(model)
        return NOT_KNOWN if trouble is None or traffic is None else _measured(trouble, traffic, at)

    def _reach(self, trouble: _Touched, model: _Touched, found: Detection) -> Reach:
        measured = _measured(trouble, model, found.at)
        if not is_of_traffic(found.detector, found.rule, found.detection_type):
            return measured
        # One finding stands for many exchanges here, and touches whoever sent them.
        touched = trouble if found.tenant else model
        return Reach(stated_share(found), len(touched.tenants), len(touched.users))


def stated_share(found: Detection) -> float | None:
    """The share of the traffic that a finding over a window states itself, if it does."""
    if found.shift is not None:
        return min(1.0, found.shift.share.value)
    return found.score if found.detector == "latency" and found.score <= 1.0 else None


def _measured(trouble: _Touched, model: _Touched, at: float) -> Reach:
    traffic, fast, slow = model.fast_at(at), trouble.fast_at(at), trouble.slow_at(at)
    return Reach(
        share=min(1.0, fast / traffic) if traffic >= _LEAST_EXCHANGES else None,
        tenants=len(trouble.tenants),
        users=len(trouble.users),
        pace=(fast / _FAST) / (slow / _SLOW) if slow >= _LEAST_FINDINGS else None,
    )


def _of(kept: OrderedDict[str, _Touched], name: str) -> _Touched:
    touched = kept.setdefault(name, _Touched())
    kept.move_to_end(name)
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return touched


def _put(names: set[int], name: str) -> None:
    if name and len(names) < _NAMES:
        names.add(zlib.crc32(name.encode()))

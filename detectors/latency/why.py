"""Where slow exchanges lose their time, and to whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from detectors.line import line_through_medians

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.latency.load import Load
    from detectors.latency.recent import Slow

Of = Literal["tenant", "route", "upstream"]

_FEWEST_FOR_LINE = 6
_FEWEST_OF_ONE = 5


@dataclass(frozen=True, slots=True)
class Split:
    """Mean seconds that an exchange takes more than the baseline's, by where they go.

    What the first token waits longer is `queue` as far as it does not grow with the input, and
    `prefill` as far as it does, less the time to connect (`network`) and what Sidewatch itself
    took. `decode` is all after the first token, and all of a plain answer.
    """

    queue: float
    prefill: float
    decode: float
    network: float
    sidewatch: float

    def parts(self) -> dict[str, float]:
        """The parts that are there, the largest first."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return dict(sorted(((n, v) for n, v in named.items() if v > 0), key=lambda p: -p[1]))


@dataclass(frozen=True, slots=True)
class Contributor:
    """A tenant, route or upstream with its share of the excess and of the exchanges."""

    of: Of
    name: str
    excess: float
    traffic: float


def split(now: Sequence[Slow], before: Sequence[Slow], usual: Load | None) -> Split:
    """Divide the mean excess of the exchanges since the onset.

    `usual` is what the first token took by the baseline; without it nothing is said of prefill.
    """
    network = max(0.0, _mean(now, "connect") - _mean(before, "connect"))
    sidewatch = max(0.0, _mean(now, "own") - _mean(before, "own"))
    waited = max(0.0, _mean(now, "first") - network - sidewatch)
    prefill = min(waited, max(0.0, _prefill(now, usual)))
    return Split(
        queue=waited - prefill,
        prefill=prefill,
        decode=max(0.0, _mean(now, "later")),
        network=network,
        sidewatch=sidewatch,
    )


def contributors(now: Sequence[Slow], of: Of) -> list[Contributor]:
    """Whose the excess is, the most first; names that are not known are left out."""
    excess: dict[str, float] = defaultdict(float)
    count: dict[str, int] = defaultdict(int)
    for slow in now:
        name = str(getattr(slow, of))
        excess[name] += slow.excess
        count[name] += 1
    total = sum(max(0.0, value) for value in excess.values())
    if total <= 0:
        return []
    found = [
        Contributor(of, name, max(0.0, value) / total, count[name] / len(now))
        for name, value in excess.items()
        if name and count[name] >= _FEWEST_OF_ONE
    ]
    return sorted(found, key=lambda c: -c.excess)


def _prefill(now: Sequence[Slow], usual: Load | None) -> float:
    """Seconds more for the input of a mean exchange, by the slope of times over inputs."""
    timed = [slow for slow in now if slow.ttft > 0]
    if usual is None or len(timed) < _FEWEST_FOR_LINE:
        return 0.0
    inputs = np.array([slow.inputs for slow in timed], dtype=np.float64)
    _, slope = line_through_medians(inputs, np.array([slow.ttft for slow in timed]))
    return (slope - usual.per_input) * float(inputs.mean())


def _mean(slows: Sequence[Slow], name: str) -> float:
    return sum(getattr(slow, name) for slow in slows) / len(slows) if slows else 0.0

"""The latest exchanges with what their times were over the baseline's, to say why and since when."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from detectors.latency.load import Sample

if TYPE_CHECKING:
    from detectors.base import State
    from detectors.latency.usual import Judged
    from detectors.observation import Observation

_EXCHANGES = 400
_LATE = 64
_LARGEST = 3
_OF_LARGEST = 0.3
_LATE_RANK = 0.985
"""From this rank on (the slowest 0.75% of the baseline) a time counts as late."""


class Slow(NamedTuple):
    """One exchange: its tokens, its times over the baseline's in seconds, whose it is.

    `first` and `later` are the excess of the time to the first token and of all that came after
    it; `ratios` the times seen over expected and `ranks` theirs among the baseline's, by phase. A
    plain answer's excess is all `later`.
    """

    number: int
    at: float
    id: str
    route: str
    tenant: str
    upstream: str
    ttft: float
    inputs: int
    connect: float
    own: float
    first: float
    later: float
    ratios: dict[str, float]
    ranks: dict[str, float]

    @property
    def excess(self) -> float:
        """Seconds over the baseline's in all; negative where it was quicker."""
        return self.first + self.later


class Recent:
    """Keeps the last 400 exchanges, and the last 64 late times."""

    def __init__(self) -> None:
        self._kept: deque[Slow] = deque(maxlen=_EXCHANGES)
        self._late: deque[tuple[float, str, float]] = deque(maxlen=_LATE)

    def add(
        self, x: Observation, index: int, timed: dict[str, Sample], judged: dict[str, Judged]
    ) -> None:
        """Take an exchange with what was made of its times."""
        first = judged["ttft"].excess if "ttft" in judged else 0.0
        later = judged["answer"].excess if "answer" in judged else 0.0
        if "decode" in judged:
            later = judged["decode"].excess * max(0, timed["decode"].outputs - 1)
        self._kept.append(
            Slow(
                number=index,
                at=x.at,
                id=x.id,
                route=x.route,
                tenant=x.tenant,
                upstream=x.upstream,
                ttft=timed["ttft"].seconds if "ttft" in judged else 0.0,
                inputs=next(iter(timed.values())).inputs,
                connect=x.timing.connect or 0.0,
                own=x.timing.own or 0.0,
                first=first,
                later=later,
                ratios={phase: each.ratio for phase, each in judged.items()},
                ranks={phase: each.rank for phase, each in judged.items()},
            )
        )
        self._late += (
            (x.at, phase, first if phase == "ttft" else later)
            for phase, each in judged.items()
            if each.rank > _LATE_RANK
        )

    def late(self, phase: str) -> list[float]:
        """Give the times of the exchanges that were late in a phase, without those little late."""
        over = sorted(excess for _, of, excess in self._late if of == phase)
        if len(over) < _LARGEST:
            return []
        line = _OF_LARGEST * over[-_LARGEST]
        return [at for at, of, excess in self._late if of == phase and excess >= line]

    def since(self, index: int) -> list[Slow]:
        """Give the exchanges after one, as far as they are kept."""
        return [slow for slow in self._kept if slow.number > index]

    def until(self, index: int) -> list[Slow]:
        """Give the kept ones up to one."""
        return [slow for slow in self._kept if slow.number <= index]

    def state(self) -> State:
        """All that `restore` needs."""
        return {
            "kept": [list(slow) for slow in self._kept],
            "late": [list(each) for each in self._late],
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        kept: list[list[Any]] = state["kept"]
        self._kept = deque((Slow(*row) for row in kept), maxlen=_EXCHANGES)
        self._late = deque(((at, of, over) for at, of, over in state["late"]), maxlen=_LATE)

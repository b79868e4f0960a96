"""The bets on every part of the traffic: on all of it, on each route, on each upstream."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detectors.latency.bets import BETS, Bets, Stakes

if TYPE_CHECKING:
    from detectors.base import State
    from detectors.latency.known import UsualTimes
    from detectors.latency.usual import Judged, Usual
    from detectors.observation import Observation

Part = Literal["all", "route", "upstream"]
_PARTS: tuple[Part, ...] = ("all", "route", "upstream")
_MOST = 128


@dataclass(frozen=True, slots=True)
class Alarm:
    """Bets that have won enough together: the part of the traffic (`name`) and phase that leads.

    `level` is what all have won, `since` the number of the exchange at which the leading one was
    last without a gain.
    """

    part: Part
    name: str
    phase: str
    level: float
    since: int


class StakesByPart:
    """Every exchange moves the bets on its own parts of the traffic alone.

    What the moved ones have made is averaged, over as many as one exchange can move: `threshold` is
    the logarithm of that, so that an alarm comes `false_alarms` times in 10,000 unchanged exchanges
    at most, on average, however many routes and upstreams there are. The parts longest unseen are
    forgotten.
    """

    def __init__(self, usual: UsualTimes, false_alarms: float) -> None:
        self._bets = float(BETS * max(1, len(usual.phases)) * len(_PARTS))
        self.threshold = math.log(10_000.0 / false_alarms)
        self._stakes: OrderedDict[tuple[Part, str, str], Stakes] = OrderedDict()
        self._bets_on: dict[Usual, Bets] = {}

    def take(
        self, x: Observation, index: int, phases: dict[str, Usual], judged: dict[str, Judged]
    ) -> tuple[float, Alarm | None]:
        """Take an exchange; the level of what it moved, 0 or more, and the alarm if it is enough."""
        total = largest = 0.0
        leads: tuple[Part, str, str] = ("all", "", "")
        names: list[tuple[Part, str]] = [("all", ""), ("route", f"{x.model} {x.route}")]
        if x.upstream:
            names.append(("upstream", x.upstream))
        for phase, each in judged.items():
            factors = self._bets_of(phases[phase]).factors(each)
            for part, name in names:
                made = self._of(key := (part, name, phase), index).take(factors, index)
                total += made
                if made > largest:
                    largest, leads = made, key
        level = math.log(max(1.0, total / self._bets))
        if level <= self.threshold:
            return level, None
        return level, Alarm(*leads, level, self._stakes[leads].since())

    def reset(self) -> None:
        """Take all gains away, as after an alarm."""
        self._stakes.clear()

    def state(self) -> State:
        """All that `restore` needs."""
        return {"stakes": [[*key, stakes.state()] for key, stakes in self._stakes.items()]}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._stakes = OrderedDict(
            ((part, name, phase), Stakes.restored(kept))
            for part, name, phase, kept in state["stakes"]
        )

    def _of(self, key: tuple[Part, str, str], index: int) -> Stakes:
        stakes = self._stakes.get(key)
        if stakes is None:
            stakes = self._stakes[key] = Stakes(ones_at=[index] * BETS)
            if len(self._stakes) > _MOST:
                self._stakes.popitem(last=False)
        else:
            self._stakes.move_to_end(key)
        return stakes

    def _bets_of(self, usual: Usual) -> Bets:
        found = self._bets_on.get(usual)
        if found is None:
            found = self._bets_on[usual] = Bets.of(usual)
        return found

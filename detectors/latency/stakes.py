"""The bets on every part of the traffic: on all of it, on each route, on each upstream."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detectors.latency.bets import BETS, Stakes, increments, tail_bets

if TYPE_CHECKING:
    from detectors.base import State
    from detectors.latency.bets import TailBet
    from detectors.latency.usual import Judged, Usual, UsualTimes
    from detectors.observation import Observation

Part = Literal["all", "route", "upstream"]
_PARTS: tuple[Part, ...] = ("all", "route", "upstream")
_MOST = 128


@dataclass(frozen=True, slots=True)
class Alarm:
    """A bet that has won enough: in which part of the traffic (`name`), on which phase, since when.

    `since` is the number of the exchange at which the bet was last without a gain.
    """

    part: Part
    name: str
    phase: str
    level: float
    since: int


class StakesByPart:
    """Every exchange moves the bets on its own parts of the traffic alone.

    `threshold` holds for the sum of all of them: `false_alarms` in 10,000 exchanges at most, on
    average, however many routes and upstreams there are. The parts longest unseen are forgotten.
    """

    def __init__(self, usual: UsualTimes, false_alarms: float) -> None:
        bets = BETS * max(1, len(usual.phases)) * len(_PARTS)
        self.threshold = math.log(10_000.0 / false_alarms * bets)
        self._stakes: OrderedDict[tuple[str, str, str], Stakes] = OrderedDict()
        self._tails: dict[Usual, tuple[TailBet, ...]] = {}

    def take(
        self, x: Observation, index: int, phases: dict[str, Usual], judged: dict[str, Judged]
    ) -> tuple[float, Alarm | None]:
        """Take an exchange; the highest gain it moved, and the alarm if that is enough."""
        level, alarm = 0.0, None
        names = {"all": "", "route": f"{x.model} {x.route}", "upstream": x.upstream}
        for phase, each in judged.items():
            usual = phases[phase]
            steps = increments(each, usual, self._tails_of(usual))
            for part in _PARTS:
                if part == "upstream" and not x.upstream:
                    continue
                stakes = self._of(part, names[part], phase, index)
                best = stakes.take(steps, index)
                if stakes.values[best] > level:
                    level = stakes.values[best]
                    alarm = Alarm(part, names[part], phase, level, stakes.zero_at[best])
        return level, alarm if level > self.threshold else None

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

    def _of(self, part: Part, name: str, phase: str, index: int) -> Stakes:
        key = (part, name, phase)
        stakes = self._stakes.get(key)
        if stakes is None:
            stakes = self._stakes[key] = Stakes(zero_at=[index] * BETS)
            if len(self._stakes) > _MOST:
                self._stakes.popitem(last=False)
        else:
            self._stakes.move_to_end(key)
        return stakes

    def _tails_of(self, usual: Usual) -> tuple[TailBet, ...]:
        found = self._tails.get(usual)
        if found is None:
            found = self._tails[usual] = tail_bets(usual)
        return found

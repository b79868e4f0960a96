"""Bets that times have become longer: they lose on average while nothing has changed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.base import State
    from detectors.latency.usual import Judged, Usual

_TILTS = (0.35, 0.8, 1.6, 3.5)
_TAILS = ((0.004, 0.03), (0.02, 0.06))
_FAR_BOUND, _FAR_MORE = 3e-4, 0.02
BETS = len(_TILTS) + len(_TAILS) + 1
"""Bets on every time: that all are longer, a little to much; that some are, or some are far longer."""

_COSTS = tuple(math.log(math.sinh(tilt) / tilt) for tilt in _TILTS)


@dataclass(frozen=True, slots=True)
class TailBet:
    """A bet that more than the baseline's share of times rank above a line."""

    line: float
    won: float
    lost: float


def tail_bets(usual: Usual) -> tuple[TailBet, ...]:
    """Make the bets on the tail for a baseline of this size.

    The share in the baseline is taken with an upper bound, and the bet is on so much more. The last
    is on times beyond any rank: see `Usual.far`.
    """
    count = len(usual.ordered)
    found = [
        _tail_bet(1.0 - 2.0 * share, share + (1.0 + math.sqrt(share * count + 1.0)) / count, more)
        for share, more in _TAILS
    ]
    return (*found, _tail_bet(1.0, _FAR_BOUND, _FAR_MORE))


def _tail_bet(line: float, bound: float, more: float) -> TailBet:
    then = bound + more
    return TailBet(line, math.log(then / bound), math.log((1.0 - then) / (1.0 - bound)))


def increments(judged: Judged, usual: Usual, tails: tuple[TailBet, ...]) -> list[float]:
    """Logarithms of what every bet makes of one time; each factor is at most 1 on average.

    All are weakened by the discount, as neighbouring times tell the same twice.
    """
    tilted = judged.rank - usual.margin
    steps = [tilt * tilted - cost for tilt, cost in zip(_TILTS, _COSTS, strict=True)]
    steps += [bet.won if judged.rank > bet.line else bet.lost for bet in tails]
    return [usual.discount * step for step in steps]


@dataclass(slots=True)
class Stakes:
    """What bets have made, never below zero, and when each was last zero.

    A bet reaches log(1/a) at most once in 1/a times on average while nothing has changed (Shin,
    Ramdas and Rinaldo, "E-detectors", 2023).
    """

    values: list[float] = field(default_factory=lambda: [0.0] * BETS)
    zero_at: list[int] = field(default_factory=lambda: [0] * BETS)

    def take(self, steps: list[float], index: int) -> int:
        """Take the next increments; the place of the bet that leads."""
        values, best = self.values, 0
        for i, step in enumerate(steps):
            value = values[i] + step
            if value <= 0.0:
                value, self.zero_at[i] = 0.0, index
            values[i] = value
            if value > values[best]:
                best = i
        return best

    def state(self) -> State:
        """All that `restored` needs."""
        return {"values": list(self.values), "zero_at": list(self.zero_at)}

    @classmethod
    def restored(cls, state: State) -> Stakes:
        """Go on from a saved state."""
        return cls([float(v) for v in state["values"]], [int(i) for i in state["zero_at"]])

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
    """A bet that more than the baseline's share of times rank above a line: a factor either way."""

    line: float
    won: float
    lost: float


@dataclass(frozen=True, slots=True, eq=False)
class Bets:
    """The bets on one phase: each makes a factor of every time, at most 1 on average.

    All are weakened by the discount, as neighbouring times tell the same twice.
    """

    margin: float
    tilts: tuple[tuple[float, float], ...]
    tails: tuple[TailBet, ...]

    @classmethod
    def of(cls, usual: Usual) -> Bets:
        """Make the bets for a baseline of this size.

        The share in the baseline above a line is taken with an upper bound, and the bet is on so
        much more. The last is on times beyond any rank: see `Usual.far`.
        """
        worth, discount = len(usual.ordered) * usual.discount, usual.discount
        tails = [
            _tail_bet(1.0 - 2.0 * share, _bound(share, worth), more, discount)
            for share, more in _TAILS
        ]
        tilts = [(discount * t, discount * cost) for t, cost in zip(_TILTS, _COSTS, strict=True)]
        far = _tail_bet(1.0, _FAR_BOUND, _FAR_MORE, discount)
        return cls(usual.margin, tuple(tilts), (*tails, far))

    def factors(self, judged: Judged) -> list[float]:
        """What every bet makes of one time."""
        rank = judged.rank
        tilted = rank - self.margin
        made = [math.exp(tilt * tilted - cost) for tilt, cost in self.tilts]
        made += [bet.won if rank > bet.line else bet.lost for bet in self.tails]
        return made


def _bound(share: float, worth: float) -> float:
    """Share that the baseline may really have above a line, told by so many independent times."""
    return share + (1.0 + math.sqrt(share * worth + 1.0)) / worth


def _tail_bet(line: float, bound: float, more: float, discount: float) -> TailBet:
    then = bound + more
    return TailBet(line, (then / bound) ** discount, ((1.0 - then) / (1.0 - bound)) ** discount)


@dataclass(slots=True)
class Stakes:
    """What bets have made, as factors.

    `gains` are those of bets begun anew at every exchange, all added up: while nothing has changed
    they are worth n after n exchanges at most, on average, so they reach A at most once in A
    exchanges (Shin, Ramdas and Rinaldo, "E-detectors", 2023, after Shiryaev and Roberts). `bests`
    are those of the best moment to have begun, never below 1; `ones_at` says when they were last 1,
    which is since when there has been something to win.
    """

    gains: list[float] = field(default_factory=lambda: [0.0] * BETS)
    bests: list[float] = field(default_factory=lambda: [1.0] * BETS)
    ones_at: list[int] = field(default_factory=lambda: [0] * BETS)

    def take(self, factors: list[float], index: int) -> float:
        """Take the next factors; what all bets have made together."""
        gains, bests = self.gains, self.bests
        total = 0.0
        for i, factor in enumerate(factors):
            gain = gains[i] = (gains[i] + 1.0) * factor
            total += gain
            best = bests[i] * factor
            if best <= 1.0:
                best, self.ones_at[i] = 1.0, index
            bests[i] = best
        return total

    def since(self) -> int:
        """When the bet that leads was last without a gain."""
        return self.ones_at[self.bests.index(max(self.bests))]

    def state(self) -> State:
        """All that `restored` needs."""
        return {
            "gains": list(self.gains),
            "bests": list(self.bests),
            "ones_at": list(self.ones_at),
        }

    @classmethod
    def restored(cls, state: State) -> Stakes:
        """Go on from a saved state."""
        gains, bests = ([float(v) for v in state[name]] for name in ("gains", "bests"))
        return cls(gains, bests, [int(i) for i in state["ones_at"]])

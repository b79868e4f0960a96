"""Bets against "nothing has changed": log likelihood ratios that lose on average if it is true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.frame import side_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.frame import Frame

    Floats = npt.NDArray[np.float32]

_TILTS = (0.4, 1.2)
# A baseline of n rows is wrong about a mean rank by some 0.6 / sqrt(n); a tilt is only bet on if
# nearly three times that still leaves it losing.
_TILT_TIMES_ROOT_N = 10.0
_TAILS = ((0.006, 12.0), (0.03, 4.0), (0.15, 2.0))
_VALUE_RATIOS = (2.5, 8.0)
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Bet:
    """What a bet is on: a channel (or a nominal feature and its value), and which way it moves.

    `most` is the most that one exchange can add to its sum.
    """

    side: str
    feature: str
    way: str
    value: str = ""
    most: float = 0.0


def bets_of(frame: Frame) -> list[Bet]:
    """List the bets, in the order of `Bets.increments`' columns."""
    most = [t - _loss(t) for t in _TILTS] + [float(np.log(ratio)) for _, ratio in _TAILS]
    numeric = [
        Bet(side_of(name), name, way, most=each)
        for each in most
        for way in ("up", "down")
        for name in frame.channel_names
    ]
    nominal = [
        Bet(side_of(name), name, "more", value, float(np.log(ratio)))
        for ratio in _VALUE_RATIOS
        for name, listed in frame.vocabularies.items()
        for value in listed
    ]
    return numeric + nominal


class Bets:
    """The increments of every bet for any exchange, given ranks and a reference to compare with.

    Each increment is the log of a factor whose mean is at most 1 while nothing changes: a tilt of
    the rank, lambda u - log(sinh(lambda) / lambda); or, for a rare event, log r when it happens
    and log((1 - r p) / (1 - p)) when not, p an upper bound of its rate in the reference. A product
    of such factors is a test martingale or less (Shin, Ramdas and Rinaldo, "E-detectors", 2023).

    Parameters
    ----------
    u
        The reference's ranks, float32 of shape (rows, channels).
    codes
        The reference's nominal features, shape (rows, features).
    sizes
        Number of values of each nominal feature.

    """

    def __init__(self, u: Floats, codes: npt.NDArray[np.int64], sizes: list[int]) -> None:
        rows = max(1, len(u))
        self._tilts = [s * t for t in _TILTS for s in (1, -1)]
        self._used = [abs(t) >= _TILT_TIMES_ROOT_N / np.sqrt(rows) for t in self._tilts]
        self._starts = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, dtype=np.int64)
        self._values = int(sum(sizes))
        self._costs = [np.float32(np.log(np.sinh(t) / t)) for t in self._tilts]
        events = self._events(u, codes)
        counts = events.sum(axis=0)
        bound = (counts + 2.0 + 2.0 * np.sqrt(counts + 1.0)) / rows
        ratios = [ratio for _, ratio in _TAILS for _ in range(2 * u.shape[1])]
        ratios += [ratio for ratio in _VALUE_RATIOS for _ in range(self._values)]
        ratio = np.array(ratios)
        worth = ratio * bound < _SURE
        with np.errstate(invalid="ignore", divide="ignore"):
            lost = np.log((1 - ratio * bound) / (1 - bound))
        self._lost = np.where(worth, lost, 0.0).astype(np.float32)
        self._step = np.where(worth, np.log(ratio) - lost, 0.0).astype(np.float32)

    def increments(self, u: Floats, codes: npt.NDArray[np.int64]) -> Floats:
        """Increments of all bets, float32 of shape (rows, bets)."""
        tilted = [
            t * u - cost if used else np.zeros_like(u)
            for t, cost, used in zip(self._tilts, self._costs, self._used, strict=True)
        ]
        won = self._events(u, codes) * self._step + self._lost
        return np.hstack([*tilted, won]).astype(np.float32)

    def _events(self, u: Floats, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        tails = [side for q, _ in _TAILS for side in (u > 1 - 2 * q, u < 2 * q - 1)]
        here = np.zeros((len(u), self._values), dtype=np.bool_)
        if self._values:
            here[np.arange(len(u))[:, None], codes + self._starts] = True
        return np.hstack([*tails, *[here for _ in _VALUE_RATIOS]])


def _loss(tilt: float) -> float:
    return float(np.log(np.sinh(tilt) / tilt))


class Cusum:
    """Sums of increments that never fall below zero, many at once (Page, 1954).

    `value` has shape (streams, bets); `zero_at` is the step at which each was last zero, which
    estimates when the change began.
    """

    def __init__(self, streams: int, bets: int) -> None:
        self.value = np.zeros((streams, bets), dtype=np.float32)
        self.zero_at = np.zeros((streams, bets), dtype=np.int64)

    def steps(self, increments: Floats, before: int) -> None:
        """Take some exchanges of each stream, shape (streams, exchanges, bets).

        `before` is the number of exchanges before them.
        """
        value = self.value
        for place in range(increments.shape[1]):
            value += increments[:, place]
            np.putmask(self.zero_at, value <= 0.0, before + place + 1)
            np.maximum(value, 0.0, out=value)

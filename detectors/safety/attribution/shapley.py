"""Shapley values of a game whose worth is dear to ask for: exact for few players, else sampled.

A player's Shapley value is the mean, over all orders in which the players can enter, of what the
worth changes by when it enters (Shapley, 1953). Castro, Gómez and Tejada (2009) estimate it from
random orders; Štrumbelj and Kononenko (2010) explain classifiers so. Each order is also taken
backwards (antithetic pairs; Mitchell et al., 2022): a player that entered early enters late.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    Worth = Callable[["Coalitions"], "Vector"]

Vector = npt.NDArray[np.float64]
Coalitions = npt.NDArray[np.bool_]
"""One coalition a row: which of the players are in."""

_FEWEST_PAIRS = 2


@dataclass(frozen=True, slots=True)
class Shares:
    """What each player adds, with the standard error of that; `empty + sum(values)` is `whole`.

    The sum holds for every number of orders, since along each of them the changes telescope.
    Errors are 0 where all coalitions were asked for (`exact`). `asked` counts the coalitions.
    """

    values: Vector
    errors: Vector
    empty: float
    whole: float
    asked: int
    exact: bool


def shapley(
    worth: Worth, players: int, *, passes: int, seed: int, enough: Callable[[], bool] = bool
) -> Shares:
    """Shapley values of a game.

    `worth` gives the worth of each coalition; at most about `passes` are asked for, but at least
    two pairs of orders, so that there is an error to tell. `enough` is asked before each pair: once
    it says yes the values are those of the pairs so far. The same seed gives the same values.
    """
    known = _Known(worth)
    if 1 << players <= passes:
        return _enumerated(known, players)
    return _sampled(known, players, passes, seed, enough)


class _Known:
    """Asks for a coalition's worth once, and remembers it."""

    def __init__(self, worth: Worth) -> None:
        self._worth = worth
        self._known: dict[bytes, float] = {}

    def __call__(self, rows: Coalitions) -> Vector:
        keys = [row.tobytes() for row in rows]
        new = {key: place for place, key in enumerate(keys) if key not in self._known}
        if new:
            found = self._worth(rows[list(new.values())])
            self._known.update(zip(new, found.tolist(), strict=True))
        return np.array([self._known[key] for key in keys])

    @property
    def asked(self) -> int:
        return len(self._known)


def _enumerated(known: _Known, players: int) -> Shares:
    every = np.arange(1 << players)
    rows = (every[:, None] >> np.arange(players)) & 1 == 1
    worth = known(rows)
    sizes = rows.sum(axis=1)
    orders = [factorial(k) * factorial(players - k - 1) for k in range(players)]
    weights = np.array(orders) / factorial(players)
    values = np.zeros(players)
    for player in range(players):
        without = every[~rows[:, player]]
        gained = worth[without | 1 << player] - worth[without]
        values[player] = (weights[sizes[without]] * gained).sum()
    errors, empty, whole = np.zeros(players), float(worth[0]), float(worth[-1])
    return Shares(values, errors, empty, whole, known.asked, exact=True)


def _sampled(
    known: _Known, players: int, passes: int, seed: int, enough: Callable[[], bool]
) -> Shares:
    draw = np.random.default_rng(seed)
    pairs: list[Vector] = []
    while len(pairs) < _FEWEST_PAIRS or (known.asked + 2 * (players - 1) <= passes + 2):
        if len(pairs) >= _FEWEST_PAIRS and enough():
            break
        pairs.append(_pair(known, draw.permutation(players)))
    ends = known(np.array([[False] * players, [True] * players]))
    gained = np.array(pairs)
    return Shares(
        values=gained.mean(axis=0),
        errors=gained.std(axis=0, ddof=1) * len(pairs) ** -0.5,
        empty=float(ends[0]),
        whole=float(ends[1]),
        asked=known.asked,
        exact=False,
    )


def _pair(known: _Known, order: npt.NDArray[np.int64]) -> Vector:
    """What each player adds in an order and in its reverse, in the mean."""
    players = len(order)
    forwards, backwards = _entering(order), _entering(order[::-1])
    worth = known(np.concatenate([forwards, backwards]))
    gained = np.zeros(players)
    gained[order] += np.diff(worth[: players + 1])
    gained[order[::-1]] += np.diff(worth[players + 1 :])
    return gained / 2


def _entering(order: npt.NDArray[np.int64]) -> Coalitions:
    """Give the coalitions, from none to all, as the players enter."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    entered: Coalitions = rank[None, :] < np.arange(len(order) + 1)[:, None]
    return entered

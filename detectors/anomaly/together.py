"""Channels that are each a little unusual, and together more than that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.anomaly.factors import LARGE, Factor
from detectors.anomaly.fitted import Array
from detectors.anomaly.tails import SURPRISING, Surprises, Tails
from detectors.anomaly.weights import WEIGHTS

TOGETHER: tuple[tuple[str, ...], ...] = (
    ("off_topic",),
    ("novel_prompt",),
    ("novel_response",),
    ("unusual_format",),
    ("gibberish",),
    ("repetition",),
    ("cut_off",),
    ("unusual_length",),
    (),
)
"""Kinds of factors whose surprises are added up; the last sum is over all, by `WEIGHTS`."""

_LEAST, _MOST = 0.5, 8.0
_HANDICAP = 0.5
# The sum of all is one, where the factors and kinds are many: it is spared what they lose by that.
# Far out the advantage is gone, so that a single clear sign is not drowned.
_ADVANTAGE, _KEPT, _MOST_OF_ALL = 3.0, 0.7, 14.0


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Sums of surprises by kind, each with the tails that it has among ordinary rows.

    Channels of a kind hang together, so their surprises may not simply be added up as if they did
    not: what their sum means is read off the baseline.
    """

    members: Array
    tails: Tails
    sums_of: list[list[tuple[int, float]]]

    @classmethod
    def fit(cls, members: Array, surprises: Array) -> Together:
        """Fit to the surprises of ordinary rows, each by tails that have not seen it."""
        sums_of = [[(i, w) for i, w in enumerate(member) if w > 0.0] for member in members.tolist()]
        return cls(members, Tails.fit(_sums(surprises, members)), sums_of)

    def surprise(self, surprises: Array) -> Array:
        """Surprise of each row's sums, in nats; those below 1 count as none."""
        found = self.tails.surprise(_sums(surprises, self.members))
        return held(np.where(found >= SURPRISING, found, 0.0))

    def surprise_of_one(self, surprises: Surprises) -> list[float]:
        """Do as `surprise` does, for one exchange."""
        sums = [0.0] * self.members.shape[1]
        for place, surprise in surprises:
            counting = min(surprise - _LEAST, _MOST)
            for i, weight in self.sums_of[place]:
                sums[i] += counting * weight
        whole = [0.0] * len(sums)
        for i, found in self.tails.surprise_of_few(sums):
            whole[i] = (
                min(max(found - _HANDICAP, 0.0), LARGE)
                if TOGETHER[i]
                else min(max(found, _ADVANTAGE + _KEPT * found), _MOST_OF_ALL)
            )
        return whole


def members_of(factors: tuple[Factor, ...]) -> Array:
    """How much factors count in which sum, of shape (factors, sums): by kind 0 or 1."""
    return np.array(
        [
            [
                float(factor.kind in kinds)
                if kinds
                else WEIGHTS.get((factor.channel, factor.sign), 0.0)
                for kinds in TOGETHER
            ]
            for factor in factors
        ]
    )


def held(surprises: Array) -> Array:
    """Take the handicaps off, give the sum of all its advantage, and hold them within the caps."""
    found: Array = np.clip(surprises - _HANDICAP, 0.0, LARGE)
    of_all = surprises[:, -1]
    told = np.minimum(np.maximum(of_all, _ADVANTAGE + _KEPT * of_all), _MOST_OF_ALL)
    found[:, -1] = np.where(of_all > 0.0, told, 0.0)
    return found


def counted(surprises: Array) -> Array:
    """What surprises add to a sum: all but half a nat of each, 8 at most."""
    found: Array = np.where(surprises >= SURPRISING, np.minimum(surprises - _LEAST, _MOST), 0.0)
    return found


def _sums(surprises: Array, members: Array) -> Array:
    sums = np.zeros((len(surprises), members.shape[1]))
    # One factor after the other, as for a single row, so that the last digits are the same.
    for column, member in zip(counted(surprises).T, members, strict=True):
        inside = member > 0.0
        sums[:, inside] += column[:, None] * member[inside]
    return sums

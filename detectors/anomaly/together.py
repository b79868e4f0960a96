"""Channels that are each a little unusual, and together more than that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.anomaly.factors import LARGE, Factor
from detectors.anomaly.fitted import Array
from detectors.anomaly.tails import SURPRISING, Surprises, Tails

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
"""Kinds of factors whose surprises are added up; the last sum is over all."""

_LEAST, _MOST = 0.5, 8.0
_HANDICAP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Sums of surprises by kind, each with the tails that it has among ordinary rows.

    Channels of a kind hang together, so their surprises may not simply be added up as if they did
    not: what their sum means is read off the baseline.
    """

    members: Array
    tails: Tails
    sums_of: list[list[int]]

    @classmethod
    def fit(cls, members: Array, surprises: Array) -> Together:
        """Fit to the surprises of ordinary rows, each by tails that have not seen it."""
        sums_of = [np.flatnonzero(member).tolist() for member in members]
        return cls(members, Tails.fit(_sums(surprises, members)), sums_of)

    def surprise(self, surprises: Array) -> Array:
        """Surprise of each row's sums, in nats; those below 1 count as none."""
        found = self.tails.surprise(_sums(surprises, self.members))
        return held(np.where(found >= SURPRISING, found, 0.0))

    def surprise_of_one(self, surprises: Surprises) -> list[float]:
        """Do as `surprise` does, for one exchange."""
        sums = [0.0] * self.members.shape[1]
        for place, surprise in surprises:
            counted = min(surprise - _LEAST, _MOST)
            for i in self.sums_of[place]:
                sums[i] += counted
        whole = [0.0] * len(sums)
        for i, found in self.tails.surprise_of_one(np.array(sums)):
            whole[i] = min(max(found - _HANDICAP, 0.0), LARGE)
        return whole


def members_of(factors: tuple[Factor, ...]) -> Array:
    """Which factors belong to which sum, 0 or 1, of shape (factors, sums)."""
    return np.array(
        [[float(not kinds or factor.kind in kinds) for kinds in TOGETHER] for factor in factors]
    )


def held(surprises: Array) -> Array:
    """Take the handicap off and hold them within the cap."""
    found: Array = np.clip(surprises - _HANDICAP, 0.0, LARGE)
    return found


def _sums(surprises: Array, members: Array) -> Array:
    counted = np.where(surprises >= SURPRISING, np.minimum(surprises - _LEAST, _MOST), 0.0)
    sums = np.zeros((len(surprises), members.shape[1]))
    # One factor after the other, as for a single row, so that the last digits are the same.
    for column, member in zip(counted.T, members, strict=True):
        sums[:, member > 0.0] += column[:, None]
    return sums

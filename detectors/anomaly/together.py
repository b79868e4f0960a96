"""Channels that are each a little unusual, and together more than that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.anomaly.factors import LARGE, Factor
from detectors.anomaly.fitted import Array
from detectors.anomaly.tails import SURPRISING, Tails

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

    @classmethod
    def fit(cls, members: Array, surprises: Array) -> Together:
        """Fit to the surprises of ordinary rows, each by tails that have not seen it."""
        return cls(members, Tails.fit(_sums(surprises, members)))

    def surprise(self, surprises: Array) -> Array:
        """Surprise of each row's sums, in nats; those below 1 count as none."""
        found = self.tails.surprise(_sums(surprises, self.members))
        return held(np.where(found >= SURPRISING, found, 0.0))

    def surprise_of_one(self, surprises: Array) -> Array:
        """Do as `surprise` does, for one exchange."""
        sums = _sums(surprises, self.members)
        places, found = self.tails.surprise_of_one(sums)
        whole = np.zeros(len(sums))
        whole[places] = held(found)
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
    sums: Array = counted @ members
    return sums

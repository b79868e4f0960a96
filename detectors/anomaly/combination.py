"""Many factors' surprises put together into one score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.anomaly.tails import SURPRISING

if TYPE_CHECKING:
    from detectors.anomaly.tails import Array

_USUAL = 3.0
_SECOND, _THIRD = 0.5, 0.25


def weighed(surprises: Array, handicaps: Array, caps: Array) -> Array:
    """Take each factor's handicap off its surprise and hold it within its cap.

    A handicap below 0 is an advantage; only what is a little surprising gets it.
    """
    found: Array = np.where(surprises >= SURPRISING, surprises - handicaps, 0.0)
    return np.minimum(found, caps)


def combine(surprises: Array) -> Array:
    """Largest + half of what the second has over 3 nats + a quarter of what the third has."""
    top = np.sort(surprises, axis=1)[:, :-4:-1]
    extra = np.maximum(top[:, 1:] - _USUAL, 0.0)
    total: Array = top[:, 0] + _SECOND * extra[:, 0] + _THIRD * extra[:, 1]
    return total


def combine_one(surprises: list[float]) -> float:
    """Do as `combine` does, for one exchange."""
    first, second, third = sorted([*surprises, 0.0, 0.0], reverse=True)[:3]
    return first + _SECOND * max(second - _USUAL, 0.0) + _THIRD * max(third - _USUAL, 0.0)

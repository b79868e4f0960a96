"""What a series of times is worth where neighbours have a load in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from detectors.line import Array

_LEAST = 0.02
_CHANCE = 2.0
_ENOUGH, _MOST_DOUBT = 2_000, 2.0
_SHORTER = 3


def doubt(count: int) -> float:
    """Standard errors to allow for with so many times: 1, and up to 2 below 2,000 of them.

    A short series may have seen one side of its load only.
    """
    return min(_MOST_DOUBT, max(1.0, _ENOUGH / count))


def discount(z: Array, *, loaded: bool = False) -> float:
    """Share of independent times that these neighbouring ones are worth, by their ranks.

    It is how much less the means of batches scatter where each time is by itself. Batches of a third
    of the length scatter less than they will at length; what they lack is put on top (Vats and
    Flegal, "Lugsail lag windows", 2022), since a load that outlasts the batches is not seen whole. A
    scatter that chance explains is taken for that, unless these are known to be `loaded`; any other
    is taken one error, times `doubt`, larger than it is.
    """
    ranks = np.argsort(np.argsort(z)).astype(np.float64)
    size = round(math.sqrt(len(z)))
    alone = float(ranks.var())
    together = _scatter(ranks, size)
    error = math.sqrt(2.0 / (len(z) // size))
    if not loaded and together <= alone * (1.0 + _CHANCE * error):
        return 1.0
    at_length = max(alone, together, 2.0 * together - _scatter(ranks, size // _SHORTER))
    return max(alone / (at_length * (1.0 + doubt(len(z)) * error)), _LEAST)


def _scatter(ranks: Array, size: int) -> float:
    """Variance of the means of batches, times their size."""
    batches = len(ranks) // size
    means = ranks[: size * batches].reshape(batches, size).mean(axis=1)
    return size * float(means.var(ddof=1))

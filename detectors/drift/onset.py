"""When a change began, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

_OUTSIDE = 0.05


@dataclass(frozen=True, slots=True)
class Interval:
    """Places of exchanges: the first that is new, and what encloses it with a chance of 90%."""

    first: int
    earliest: int
    latest: int


def began(log_ratios: Doubles) -> Interval:
    """Estimate the place where log ratios, in the order of the stream, become those of the new.

    The estimate is where the likelihood is largest, their sum from there on (Hinkley, "Inference
    about the change-point in a sequence of random variables", 1970). The interval holds 90% of what
    is left of a flat prior over all places.
    """
    likelihood = np.cumsum(log_ratios[::-1])[::-1]
    weight = np.exp(likelihood - likelihood.max())
    upto = np.cumsum(weight) / weight.sum()
    first = int(np.argmax(likelihood))
    earliest, latest = np.searchsorted(upto, [_OUTSIDE, 1 - _OUTSIDE])
    last = len(log_ratios) - 1
    return Interval(first, min(first, int(earliest)), min(last, max(first, int(latest))))

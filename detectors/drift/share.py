"""What share of the traffic is not as the baseline was: a mixture's proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.shift import Share

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

_SURE = 1.5
_FEWEST_BELOW = 0.3


def share_of(window: Doubles, reference: Doubles) -> Share:
    """Estimate it from a score by which the window's rows stand apart from the reference's.

    Where only old traffic scores, the window has 1 - share times the reference's mass. The score
    below which that holds is chosen by the least upper bound of the ratio of masses (the best bin
    estimate of Garg, Wu, Smola, Balakrishnan and Lipton, "Mixture proportion estimation and PU
    learning: a modern approach", 2021); the error is that of the ratio there, by the delta method.
    """
    cuts = np.quantile(reference, np.linspace(_FEWEST_BELOW, 1.0, 40))
    then = np.searchsorted(np.sort(reference), cuts, side="right") / len(reference)
    below = np.searchsorted(np.sort(window), cuts, side="right")
    now = below / len(window)
    # One more seen than was: none out of few proves little.
    error = np.sqrt(_of_ratio((below + 0.5) / (len(window) + 1), then, len(window), len(reference)))
    best = int(np.argmin(now / then + _SURE * error))
    value = float(np.clip(1 - now[best] / then[best], 0.0, 1.0))
    return Share(round(value, 4), round(float(error[best]), 4))


def _of_ratio(now: Doubles, then: Doubles, count: int, reference: int) -> Doubles:
    """Variance of now / then, both shares of rows."""
    variance: Doubles = (now * (1 - now) / count + now**2 * (1 - then) / (then * reference)) / (
        then**2
    )
    return variance

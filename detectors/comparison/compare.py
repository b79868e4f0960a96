"""What moved between two baselines: each channel's distance beside what chance alone gives.

A distance between two samples is never zero, and traffic that comes in waves makes it larger than
independent rows would. So the rows of both are cut into blocks of consecutive exchanges, the blocks
are dealt out anew 199 times, and each distance is told with the 95% point of those: its noise.
What moved is judged for all channels at once, by the largest standardised distance of each deal
(Westfall and Young, "Resampling-Based Multiple Testing", 1993): without any change, one comparison
in twenty names something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.comparison.chance import judged
from detectors.comparison.features import blocks_of, features_of
from detectors.comparison.result import Comparison
from detectors.errors import DetectorError

if TYPE_CHECKING:
    from detectors.baseline import Baseline


def compare(a: Baseline, b: Baseline) -> Comparison:
    """Compare two baselines; some tenths of a second, the same result every time.

    Raises DetectorError where they cannot be compared: another encoder or safety model made them.
    """
    misfit = b.misfit(encoder=a.encoder, screen=a.origin.screen)
    if misfit:
        raise DetectorError(f"{a.name} and {b.name} cannot be compared: {misfit}")
    first = blocks_of(a.size)
    blocks = np.concatenate([first, blocks_of(b.size) + first[-1] + 1])
    in_b = np.arange(blocks[-1] + 1) > first[-1]
    found = judged(features_of(a, b, blocks), in_b)
    return Comparison(a.name, b.name, a.size, b.size, found)

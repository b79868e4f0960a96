"""How the overall category draws on the single ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.safety.categories import CATEGORIES, CONTENT

Matrix = npt.NDArray[np.float32]

_CONTENT = [CATEGORIES.index(name) for name in CONTENT]
_UNSAFE = CATEGORIES.index("unsafe")


def with_overall(logits: Matrix, share: float = 1.0) -> Matrix:
    """Add to the log-odds of `unsafe` what the content categories say, where they say anything.

    What is added is a share of the sum of softplus(z) over the categories' log-odds z: nothing for a
    category that is improbable, its log-odds for one that is likely. Texts are called unsafe for one
    reason in one set and for another in the next; no set on its own teaches them all.
    """
    combined = logits.copy()
    content = logits[:, _CONTENT]
    spoken = np.maximum(content, 0.0) + np.log1p(np.exp(-np.abs(content)))
    combined[:, _UNSAFE] += share * spoken.sum(axis=1)
    return combined

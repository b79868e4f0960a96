"""How far a text is from the baseline's, by its embedding: one number an exchange."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monitor.reports.table import Floats

_KNOWN = 500
_NEAREST = 3

Distances = npt.NDArray[np.float32]


def distances(reference: Floats, window: Floats) -> tuple[Distances, Distances]:
    """Distances of the reference's rows and of the window's from known texts.

    A distance is one less the mean of the three largest cosines to at most 500 rows of the
    reference, the even ones; it is from 0 for a known text to about 1 for one that has nothing in
    common with any. Those rows get NaN themselves, as do absent vectors: a row is nearer to itself
    than any new one can be. All are NaN where the widths differ or too few vectors are there.
    """
    even = np.arange(len(reference)) % 2 == 0
    known = np.asarray(reference[even], dtype=np.float32)
    known = known[known.any(axis=1)] if known.size else known
    if reference.shape[1] != window.shape[1] or len(known) <= _NEAREST:
        return _void(len(reference)), _void(len(window))
    # Evenly over the time of the reference, not only its beginning.
    known = known[np.linspace(0, len(known) - 1, min(_KNOWN, len(known))).astype(int)]
    of_reference = _from(known, np.asarray(reference, dtype=np.float32))
    of_reference[even] = np.nan
    return of_reference, _from(known, np.asarray(window, dtype=np.float32))


def _from(known: Distances, vectors: Distances) -> Distances:
    cosines = vectors @ known.T
    nearest = np.partition(cosines, -_NEAREST, axis=1)[:, -_NEAREST:]
    found: Distances = np.float32(1.0) - nearest.mean(axis=1)
    found[~vectors.any(axis=1)] = np.nan
    return found


def _void(count: int) -> Distances:
    return np.full(count, np.nan, dtype=np.float32)

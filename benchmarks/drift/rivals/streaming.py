"""River's detectors, one for each numeric column: any that speaks raises the alarm.

Each begins with the end of the reference, so that it knows what is usual, and after an alarm all
begin anew. Columns are in standard deviations of the reference, for which their settings are made.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
from river import drift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from river.base import DriftDetector

    from benchmarks.drift.table import Table

_KNOWN = 500


def adwin(reference: Table, stream: Table, delta: float) -> Iterator[int]:
    """ADWIN (Bifet and Gavalda, 2007)."""
    return _watch(reference, stream, lambda: drift.ADWIN(delta=delta))  # type: ignore[no-untyped-call]


def page_hinkley(reference: Table, stream: Table, threshold: float) -> Iterator[int]:
    """Page-Hinkley (Page, 1954) with river's tolerance of 0.005."""
    return _watch(reference, stream, lambda: drift.PageHinkley(threshold=threshold))


def tolerant_page_hinkley(reference: Table, stream: Table, threshold: float) -> Iterator[int]:
    """Page-Hinkley that lets a column move by a quarter of a standard deviation."""
    return _watch(reference, stream, lambda: drift.PageHinkley(threshold=threshold, delta=0.25))


def _watch(reference: Table, stream: Table, new: Callable[[], DriftDetector]) -> Iterator[int]:
    warm = _warm(reference.numeric[-_KNOWN:], new)
    detectors = deepcopy(warm)
    for place, row in enumerate(stream.numeric):
        if _any(detectors, row):
            yield place
            detectors = deepcopy(warm)


def _warm(known: np.ndarray, new: Callable[[], DriftDetector]) -> list[DriftDetector]:
    detectors = [new() for _ in range(known.shape[1])]
    for detector, column in zip(detectors, known.T, strict=True):
        for value in column[~np.isnan(column)].tolist():
            detector.update(value)
    return detectors


def _any(detectors: list[DriftDetector], row: np.ndarray) -> bool:
    for detector, value in zip(detectors, row.tolist(), strict=True):
        if value == value:  # noqa: PLR0124 - not NaN, and quicker than asking
            detector.update(value)
            if detector.drift_detected:
                return True
    return False

"""The calibrated scale that a baseline carries, so that each worker need not compute it again."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.scale import Scale
from detectors.kept_scale import KeptScale

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.drift.statistics import Layout


def to_keep(scale: Scale, layout: Layout, false_alarms: float) -> KeptScale:
    """Turn a scale into what a baseline carries."""
    return KeptScale(
        made_by=made_by(),
        false_alarms=false_alarms,
        threshold=scale.threshold,
        names=_names(layout),
        tail=tuple(scale.tail.tolist()),
        excess=tuple(scale.excess.tolist()),
        sides=scale.sides,
        patience=scale.patience,
    )


def kept(baseline: Baseline, layout: Layout, false_alarms: float) -> Scale | None:
    """Return the baseline's own scale; None if it has none, or one for another promise or version."""
    found = baseline.scale
    if found is None or (found.made_by, found.false_alarms, found.names) != (
        made_by(),
        false_alarms,
        _names(layout),
    ):
        return None
    return Scale(
        np.array(found.tail), np.array(found.excess), found.threshold, found.sides, found.patience
    )


@lru_cache(maxsize=1)
def made_by() -> str:
    """Hash of this package's code: a scale computed by other code does not fit; 12 digits."""
    sources = sorted(
        (each for each in files("detectors.drift").iterdir() if each.name.endswith(".py")),
        key=lambda each: each.name,
    )
    return hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:12]


def _names(layout: Layout) -> tuple[str, ...]:
    return tuple(repr(statistic) for statistic in layout.statistics)

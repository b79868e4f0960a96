"""A baseline with its drift thresholds computed, so that nobody has to compute them again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from detectors.drift.kept import to_keep
from detectors.drift.rules import fit

if TYPE_CHECKING:
    from detectors.baseline import Baseline


def with_scale(baseline: Baseline, false_alarms: float) -> Baseline:
    """Return the baseline with the scale for so many false alarms per 10,000; takes seconds."""
    fitted = fit(baseline, false_alarms)
    return replace(baseline, scale=to_keep(fitted.scale, fitted.layout, false_alarms))

"""The scale and the threshold of a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.drift.patience import patience_for, rises
from detectors.drift.resampled import streams, streams_in_order
from detectors.drift.scale import scale_of

if TYPE_CHECKING:
    from detectors.drift.frame import Frame
    from detectors.drift.scale import Scale
    from detectors.drift.statistics import Layout


def calibrate(frame: Frame, layout: Layout, run_length: float) -> Scale:
    """Fit the scale to streams resampled from the baseline; its threshold is for `run_length`.

    A baseline that comes in bursts asks for patience, and for streams that keep its bursts whole.
    """
    scale = scale_of(streams(frame, layout), layout, run_length, {})
    patience = patience_for(frame, layout, scale, run_length)
    if not patience:
        return scale
    rise = rises(layout, patience, run_length)
    return scale_of(streams_in_order(frame, layout, rise), layout, run_length, patience)

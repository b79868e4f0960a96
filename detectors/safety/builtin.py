"""The classifiers that come with the package: both stages where the second can run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from detectors.safety import stacked
from detectors.safety.classifier import Encoder, SafetyClassifier
from detectors.safety.encoder import SafetyEncoder

if TYPE_CHECKING:
    from detectors.observation import Side

log = logging.getLogger(__name__)

SIDES: tuple[Side, ...] = ("prompt", "response")

Classifiers = dict["Side", SafetyClassifier | stacked.StackedClassifier]


def load(encoder: Encoder) -> Classifiers:
    """One classifier a side; takes about a second and 150 MB, a tenth without onnxruntime.

    Without onnxruntime the cheap stage scores alone, and a log line says so. Raises DetectorError
    when weights are missing or damaged.
    """
    if SafetyEncoder.installed():
        reader = SafetyEncoder.load()
        return {side: stacked.load(side, encoder, reader) for side in SIDES}
    log.warning("onnxruntime is not installed: the cheap stage of the safety model scores alone")
    return {side: SafetyClassifier.load(side, encoder=encoder) for side in SIDES}

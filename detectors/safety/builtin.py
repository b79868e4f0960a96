"""The classifiers that come with the package: both stages where the second can run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from detectors.safety import stacked, weights
from detectors.safety.classifier import Encoder, SafetyClassifier
from detectors.safety.encoder import MODEL, TOKENIZER, SafetyEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detectors.observation import Side
    from detectors.safety.policy import Doubt

log = logging.getLogger(__name__)

SIDES: tuple[Side, ...] = ("prompt", "response")
_SCREEN = [f"{side}-{part}.npz" for side in SIDES for part in ("head", "ngrams")]
_SECOND = [MODEL, TOKENIZER, *(f"{side}-stack.npz" for side in SIDES)]

BuiltIn = SafetyClassifier | stacked.StackedClassifier
Classifiers = dict["Side", BuiltIn]


def load(
    encoder: Encoder,
    *,
    both: bool = True,
    doubts: Mapping[Side, Doubt | None] | None = None,
    threads: int = 1,
    folder: Path = weights.FOLDER,
) -> Classifiers:
    """One classifier a side; takes about a second and 150 MB, with `both=False` a tenth of that.

    `doubts` say by side which texts the second stage reads; it reads all where there is none.

    Where onnxruntime or the model is missing the cheap stage scores alone, and a log line says so.
    Raises DetectorError when weights are missing or damaged.
    """
    if both and SafetyEncoder.installed(folder):
        reader = SafetyEncoder.load(folder, threads=threads)
        known = doubts or {}
        return {
            side: stacked.load(side, encoder, reader, folder, doubt=known.get(side))
            for side in SIDES
        }
    if both:
        log.warning("no onnxruntime, or no model for it: the cheap safety stage scores alone")
    return {side: SafetyClassifier.load(side, encoder=encoder, folder=folder) for side in SIDES}


def cheap_stages(classifiers: Classifiers) -> dict[Side, SafetyClassifier]:
    """The first stage of each side, whether a second follows or not."""
    return {
        side: each.cheap if isinstance(each, stacked.StackedClassifier) else each
        for side, each in classifiers.items()
    }


def screen_version(folder: Path = weights.FOLDER) -> str:
    """Tell the cheap stage's weights from any others, whose scores drift and anomaly do not compare.

    Raises DetectorError when the checksums cannot be read.
    """
    return weights.version(_SCREEN, folder)


def judge_version(classifiers: Mapping[Side, BuiltIn], folder: Path = weights.FOLDER) -> str:
    """Tell the weights that judge, of one stage or of both, from any others.

    Raises DetectorError when the checksums cannot be read.
    """
    both = any(isinstance(each, stacked.StackedClassifier) for each in classifiers.values())
    return weights.version([*_SCREEN, *(_SECOND if both else ())], folder)

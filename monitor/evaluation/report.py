"""What an evaluation says: by side and category, by group, and of texts that only sound unsafe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.observation import Observation, Side
from detectors.safety.evaluation.figures import Figures, figures
from detectors.safety.evaluation.intervals import Rate
from detectors.safety.evaluation.over_refusal import OverRefusal, over_refusal
from detectors.safety.policy import SafetyPolicy
from monitor.evaluation.labelled import SIDES, Labelled
from monitor.evaluation.scored import Mask, Scored, side_of


@dataclass(frozen=True, slots=True)
class Flagged:
    """The policy's verdict, any category at its threshold, against the label `unsafe`.

    Unscored texts are counted beside the rates, never in them.
    """

    hits: Rate
    false_alarms: Rate
    unscored: int


@dataclass(frozen=True, slots=True)
class SideReport:
    """One side: prompts or responses."""

    texts: int
    unscored: int
    unscored_by_reason: dict[str, int]
    flagged: Flagged
    categories: dict[str, Figures]
    """Those of which something was labelled."""
    by: dict[str, dict[str, dict[str, Figures]]]
    """By what it was asked for, by its values, by category."""
    groups: dict[str, Flagged]
    """By identity group."""
    over_refusal: OverRefusal | None
    contrast_unscored: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole. `models` are those that judged beside or in place of the built-in one."""

    exchanges: int
    models: list[str]
    sides: dict[Side, SideReport]


def judged(
    rows: Sequence[tuple[Labelled, Observation]], policy: SafetyPolicy, by: Sequence[str]
) -> Report:
    """Judge scored exchanges by their labels. A side that nobody labelled is left out."""
    sides = (side_of(side, rows, policy.thresholds(side)) for side in SIDES)
    return Report(
        exchanges=len(rows),
        models=sorted({name for _, x in rows for names in x.judges.values() for name in names}),
        sides={x.side: _side(x, policy.thresholds(x.side), by) for x in sides if len(x)},
    )


def _side(x: Scored, thresholds: dict[str, float], by: Sequence[str]) -> SideReport:
    everything = np.ones(len(x), dtype=bool)
    contrast = x.keys["contrast"]
    unsafe = x.scores["unsafe"]
    return SideReport(
        texts=len(x),
        unscored=int((~x.scored).sum()),
        unscored_by_reason=dict(sorted(x.reasons.items())),
        flagged=_flagged(x, everything),
        categories=_categories(x, everything, thresholds),
        by={key: _split(x, key, thresholds) for key in by},
        groups={name: _flagged(x, own) for name, own in _parts(x, "group") if name},
        over_refusal=over_refusal(
            unsafe[(contrast == "safe") & np.isfinite(unsafe)],
            unsafe[(contrast == "unsafe") & np.isfinite(unsafe)],
        ),
        contrast_unscored=int(((contrast != "") & ~np.isfinite(unsafe)).sum()),
    )


def _split(x: Scored, key: str, thresholds: dict[str, float]) -> dict[str, dict[str, Figures]]:
    return {name: _categories(x, own, thresholds) for name, own in _parts(x, key)}


def _parts(x: Scored, key: str) -> Iterable[tuple[str, Mask]]:
    values = x.keys[key]
    return [(str(name), values == name) for name in np.unique(values)]


def _categories(x: Scored, own: Mask, thresholds: dict[str, float]) -> dict[str, Figures]:
    return {
        name: figures(labels[own], x.scores[name][own], thresholds.get(name))
        for name, labels in x.labels.items()
        if np.isfinite(labels[own]).any()
    }


def _flagged(x: Scored, own: Mask) -> Flagged:
    labels = x.labels["unsafe"]
    judged_here = own & np.isfinite(labels)
    return Flagged(
        hits=_rate(x, judged_here & (labels == 1)),
        false_alarms=_rate(x, judged_here & (labels == 0)),
        unscored=int((judged_here & ~x.scored).sum()),
    )


def _rate(x: Scored, own: Mask) -> Rate:
    scored = own & x.scored
    return Rate.measured(int((scored & x.flagged).sum()), int(scored.sum()))

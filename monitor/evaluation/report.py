"""What an evaluation says: by side and category, by group, and of texts that only sound unsafe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.observation import Observation, Side
from detectors.safety.evaluation.figures import Figures, figures
from detectors.safety.evaluation.intervals import Rate
from detectors.safety.evaluation.over_refusal import OverRefusal, over_refusal
from detectors.safety.policy import SafetyPolicy
from monitor.evaluation.fairness import GroupGap, group_gap
from monitor.evaluation.labelled import SIDES, Labelled
from monitor.evaluation.scored import LANGUAGE_KEY, Mask, Scored, side_of


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
    """One side: prompts or responses.

    Texts in languages that nobody who judged is trusted with count as unscored everywhere but in
    `foreign` and, apart from all others, under their languages in `by`.
    """

    texts: int
    unscored: int
    unscored_by_reason: dict[str, int]
    flagged: Flagged
    foreign: dict[str, Flagged]
    """By language out of scope: what the policy flags of it all the same."""
    categories: dict[str, Figures]
    """Those of which something was labelled."""
    by: dict[str, dict[str, dict[str, Figures]]]
    """By what it was asked for, by its values, by category."""
    groups: dict[str, Flagged]
    """By identity group."""
    group_gap: GroupGap | None
    """The groups furthest apart in false alarms."""
    over_refusal: OverRefusal | None
    contrast_unscored: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole. `models` are those that judged beside or in place of the built-in one."""

    exchanges: int
    models: list[str]
    sides: dict[Side, SideReport]


@dataclass(frozen=True, slots=True)
class Part:
    """A category of some texts of a side: of all, or of those with one value of a key."""

    side: Side
    category: str
    key: str = ""
    value: str = ""


Watched = Callable[[Sequence[Part]], Iterable[Part]]
"""Passes on what it is given, one by one, for a progress bar: each takes a while."""


def judged(
    rows: Sequence[tuple[Labelled, Observation]],
    policy: SafetyPolicy,
    by: Sequence[str],
    *,
    watched: Watched = iter,
) -> Report:
    """Judge scored exchanges by their labels. A side that nobody labelled is left out."""
    sides = {x.side: x for x in (side_of(side, rows, policy) for side in SIDES) if len(x)}
    parts = [part for x in sides.values() for part in _parts(x, by)]
    measured = {part: _measured(sides[part.side], part, policy) for part in watched(parts)}
    return Report(
        exchanges=len(rows),
        models=sorted({name for _, x in rows for names in x.judges.values() for name in names}),
        sides={side: _side(x, by, measured) for side, x in sides.items()},
    )


def _parts(x: Scored, by: Sequence[str]) -> Iterator[Part]:
    named = [name for name, labels in x.labels.items() if np.isfinite(labels).any()]
    yield from (Part(x.side, name) for name in named)
    for key in by:
        for value, own in _split(x, key):
            labelled = [name for name in named if np.isfinite(x.labels[name][own]).any()]
            yield from (Part(x.side, name, key, value) for name in labelled)


def _split(x: Scored, key: str) -> list[tuple[str, Mask]]:
    values = x.keys[key]
    return [(str(name), values == name) for name in np.unique(values)]


def _measured(x: Scored, part: Part, policy: SafetyPolicy) -> Figures:
    """Measure a part. By language its scores count as they are: they tell which to trust."""
    own = np.ones(len(x), dtype=bool) if not part.key else x.keys[part.key] == part.value
    left = np.zeros(len(x), dtype=bool) if part.key == LANGUAGE_KEY else x.foreign
    scores = np.where(left, np.nan, x.scores[part.category])
    limit = policy.thresholds(x.side).get(part.category)
    return figures(x.labels[part.category][own], scores[own], limit)


def _side(x: Scored, by: Sequence[str], measured: Mapping[Part, Figures]) -> SideReport:
    own = {part: found for part, found in measured.items() if part.side == x.side}
    contrast = x.keys["contrast"]
    unsafe = np.where(x.scored, x.scores["unsafe"], np.nan)
    groups = {name: _flagged(x, rows) for name, rows in _split(x, "group") if name}
    return SideReport(
        texts=len(x),
        unscored=int((~x.scored).sum()),
        unscored_by_reason=dict(sorted(x.reasons.items())),
        flagged=_flagged(x, np.ones(len(x), dtype=bool)),
        foreign=dict(_foreign(x)),
        categories={part.category: found for part, found in own.items() if not part.key},
        by={key: _by(own, key) for key in by},
        groups=groups,
        group_gap=group_gap({name: one.false_alarms for name, one in groups.items()}),
        over_refusal=over_refusal(
            unsafe[(contrast == "safe") & np.isfinite(unsafe)],
            unsafe[(contrast == "unsafe") & np.isfinite(unsafe)],
        ),
        contrast_unscored=int(((contrast != "") & ~np.isfinite(unsafe)).sum()),
    )


def _by(measured: Mapping[Part, Figures], key: str) -> dict[str, dict[str, Figures]]:
    found: dict[str, dict[str, Figures]] = {}
    for part, own in measured.items():
        if part.key == key:
            found.setdefault(part.value, {})[part.category] = own
    return found


def _foreign(x: Scored) -> Iterator[tuple[str, Flagged]]:
    for code, own in _split(x, "read"):
        if (own & x.foreign).any():
            yield code, _flagged(x, own & x.foreign, scored=x.foreign)


def _flagged(x: Scored, own: Mask, scored: Mask | None = None) -> Flagged:
    scored = x.scored if scored is None else scored
    labels = x.labels["unsafe"]
    judged_here = own & np.isfinite(labels)

    def rate(wanted: Mask) -> Rate:
        found = judged_here & wanted & scored
        return Rate.measured(int((found & x.flagged).sum()), int(found.sum()))

    return Flagged(
        hits=rate(labels == 1),
        false_alarms=rate(labels == 0),
        unscored=int((judged_here & ~scored).sum()),
    )

"""The change behind an alarm: what moved, by how much, since when, in what part of the traffic."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.carriers import Stream, carriers, is_new
from detectors.drift.contrast import View, contrast
from detectors.drift.exemplars import exemplars
from detectors.drift.finding import SIDES
from detectors.drift.kinds import kind_of
from detectors.drift.moved import moved
from detectors.drift.season import is_seasonal
from detectors.shift import Onset, Shift

if TYPE_CHECKING:
    from detectors.drift.contrast import Contrast
    from detectors.drift.finding import Finding
    from detectors.drift.frame import Frame
    from detectors.drift.ranks import Ranks
    from detectors.drift.recent import Remembered
    from detectors.shift import Carrier, Example, Moved, ShiftKind

_SHOWN = 5
_LEAST_EVIDENCE = 2.0
_LONGER = 3
_TYPICAL = 60
_FEWEST_TYPICAL = 4
_OF_BASELINE = 1_000


def explain(finding: Finding, frame: Frame, ranks: Ranks, recent: Remembered) -> Shift:
    """Compare the exchanges since the change with the baseline; a few tenths of a second at most."""
    sides = SIDES[finding.kind]
    found = contrast(View(frame, ranks, sides, finding.signs), recent, finding.age)
    first = found.onset.first
    since = recent.rows.channels[first:]
    carried, new_tenant = _carriers(recent, found)
    kind, symptom = kind_of(
        finding,
        frame,
        since,
        found.share,
        seasonal=_is_seasonal(frame, recent, found),
        new_tenant=new_tenant,
    )
    return Shift(
        kind=kind,
        moved=_clearest(moved(frame, ranks, since, recent.rows.codes[first:], sides)),
        onset=_onset(recent, found),
        share=found.share,
        carriers=carried,
        examples=_examples(frame, recent, found, kind),
        symptom=symptom,
    )


def _clearest(found: list[Moved]) -> tuple[Moved, ...]:
    clear = [each for each in found if each.evidence >= _LEAST_EVIDENCE]
    return tuple((clear or found)[:_SHOWN])


def _onset(recent: Remembered, found: Contrast) -> Onset:
    at, onset = recent.at, found.onset
    return Onset(
        exchanges=len(recent) - onset.first,
        exchange_id=recent.ids[onset.first],
        at=float(at[onset.first]),
        earliest=float(at[onset.earliest]),
        latest=float(at[onset.latest]),
    )


def _carriers(recent: Remembered, found: Contrast) -> tuple[tuple[Carrier, ...], bool]:
    """Who carries the change, and whether that is one tenant that was not there before."""
    new, first = found.scores > found.cut, _early(found, len(recent))
    rate = float((found.reference > found.cut).mean())
    by_tenant = Stream(recent.tenants, new, first, rate)
    tenants = carriers("tenant", by_tenant)
    routes = carriers("route", replace(by_tenant, names=recent.routes))
    models = carriers("model", replace(by_tenant, names=recent.models))
    new_tenant = bool(tenants) and is_new(tenants[0], by_tenant)
    return (*tenants, *routes, *models), new_tenant


def _early(found: Contrast, count: int) -> int:
    """Take an early onset: some ordinary exchanges more blur less than changed ones among the old."""
    onset = found.onset
    return max(onset.earliest, count - _LONGER * (count - onset.first), 0)


def _is_seasonal(frame: Frame, recent: Remembered, found: Contrast) -> bool:
    at = recent.at[found.onset.first :]
    return is_seasonal(at, found.since, frame.at[found.places], found.reference)


def _examples(
    frame: Frame, recent: Remembered, found: Contrast, kind: ShiftKind
) -> tuple[Example, ...]:
    """Pick what looks newest since the change, and what looked oldest before it."""
    baseline = frame.baseline
    of_prompts = kind in {"input_change", "attack_wave", "new_tenant", "seasonality"}
    vectors = recent.prompts if of_prompts else recent.responses
    known = baseline.prompt_embeddings if of_prompts else baseline.response_embeddings
    there, first = vectors.any(axis=1), found.onset.first
    place = np.arange(len(recent))
    since, before = place[there & (place >= first)], place[there & (place < first)]
    count = round(found.share.value * len(since))
    count = min(_TYPICAL, len(since), max(_FEWEST_TYPICAL, count))
    new = since[np.argsort(-found.scores[since], kind="stable")[:count]]
    old = before if len(before) >= _FEWEST_TYPICAL else np.setdiff1d(since, new)
    old = old[np.argsort(found.scores[old], kind="stable")[: max(1, len(old) * 3 // 4)]]
    some = np.linspace(0, len(known) - 1, min(_OF_BASELINE, len(known)), dtype=np.int64)
    reference = known[some].astype(np.float32)
    reference = reference[reference.any(axis=1)]
    return exemplars(new, old, vectors, (vectors[since], reference), recent.ids)

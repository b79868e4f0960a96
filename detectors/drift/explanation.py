"""The change behind an alarm: what moved, by how much, since when, in what part of the traffic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.carriers import carriers, is_new
from detectors.drift.contrast import contrast
from detectors.drift.exemplars import exemplars
from detectors.drift.kinds import kind_of
from detectors.drift.moved import moved
from detectors.drift.season import is_seasonal
from detectors.shift import Onset, Shift

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.calibration import Scale
    from detectors.drift.contrast import Contrast
    from detectors.drift.frame import Frame
    from detectors.drift.ranks import Ranks
    from detectors.drift.recent import Remembered
    from detectors.drift.statistics import Layout
    from detectors.shift import Carrier, Example, Moved, ShiftKind

_SHOWN = 5
_LEAST_EVIDENCE = 2.0
_KINDS = {"prompt": "input", "response": "output", "pair": "relation", "timing": "timing"}
_SIDES = {
    "input": ("prompt",),
    "output": ("response", "pair"),
    "relation": ("pair", "response"),
    "timing": ("timing",),
}
_TYPICAL = 60
_FEWEST_TYPICAL = 8
_OF_BASELINE = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A change: its kind (`input`, `output`, `relation` or `timing`) and how many exchanges ago."""

    kind: str
    age: int


def find(
    common: npt.NDArray[np.float64],
    layout: Layout,
    scale: Scale,
    ages: npt.NDArray[np.int64],
) -> Finding:
    """Name the change behind an alarm.

    The kind is that of the largest score, except that a change of the prompts explains what
    follows from it in answers and times: longer prompts are not a slow server.
    """
    sides = np.array([statistic.side for statistic in layout.statistics])
    top = int(np.argmax(common))
    side = str(sides[top])
    prompt = np.where(sides == "prompt", common, 0.0)
    if side != "prompt" and prompt.max() > scale.sides.get("prompt", math.inf):
        side = "prompt"
        top = int(np.argmax(prompt))
    return Finding(_KINDS[side], max(1, int(ages[top])))


def explain(finding: Finding, frame: Frame, ranks: Ranks, recent: Remembered) -> Shift:
    """Compare the exchanges since the change with the baseline; a few tenths of a second at most."""
    sides = _SIDES[finding.kind]
    found = contrast(frame, ranks, recent, sides, finding.age)
    first = found.onset.first
    since = recent.rows.channels[first:]
    carried, new_tenant = _carriers(recent, found)
    kind, symptom = kind_of(
        finding.kind,
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
    new, first = found.scores > found.cut, found.onset.first
    rate = float((found.reference > found.cut).mean())
    tenants = carriers("tenant", recent.tenants, new, first, rate)
    new_tenant = bool(tenants) and is_new(tenants[0], recent.tenants, new, first, rate)
    routes = carriers("route", recent.routes, new, first, rate)
    models = carriers("model", recent.models, new, first, rate)
    return (*tenants, *routes, *models), new_tenant


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


def age_of(layout: Layout, zero_at: npt.NDArray[np.int64], seen: int) -> npt.NDArray[np.int64]:
    """Estimate for each statistic how many exchanges ago what it sees began."""
    windows = np.array([min(window.length, seen) for window in layout.windows], dtype=np.int64)
    return np.concatenate([seen - zero_at, windows])

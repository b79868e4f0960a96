"""What kind of change it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.drift.marks import ABOVE, ATTACKS, SYMPTOMS, Sign, surges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from detectors.drift.finding import Finding
    from detectors.drift.frame import Frame
    from detectors.shift import Share, ShiftKind

    Floats = npt.NDArray[np.float32]

_BY_SIDE: dict[str, ShiftKind] = {
    "input": "input_change",
    "output": "model_change",
    "relation": "relation_change",
    "timing": "timing_change",
}
_RISKS = frozenset({"prompt_attack", "prompt_unsafe"})
_CLEAR = 3.0
# This much of what is new must have the mark.
_MOST_OF_NEW = 0.4
# Where the answers raised the alarm, prompts are only its cause if they explain nearly all of it.
_NEARLY_ALL_OF_NEW = 0.8
# A wave comes on top of ordinary traffic; where nearly all of it changes, the users are others.
_LARGEST_WAVE = 0.6


def kind_of(
    finding: Finding, frame: Frame, since: Floats, share: Share, *, seasonal: bool, new_tenant: bool
) -> tuple[ShiftKind, str]:
    """Name the kind of a change, and what collapsed where the quality did.

    `since` are the channels of the exchanges since the change. The first of these that holds:
    a season, times alone, an attack wave, a new tenant, a collapse of quality, the side's own.
    """
    side = finding.kind
    if seasonal:
        return "seasonality", ""
    if side == "timing":
        return "timing_change", ""
    wave = share.value <= _LARGEST_WAVE and _is_riskier(finding.signs & _RISKS, frame, since)
    least = _NEARLY_ALL_OF_NEW if side == "output" else _MOST_OF_NEW
    if wave or _leading(ATTACKS, frame, since, share, bounds=(least, _LARGEST_WAVE)):
        return "attack_wave", ""
    if new_tenant:
        return "new_tenant", ""
    whole = (_MOST_OF_NEW, 1.0)
    symptom = "" if side == "input" else _leading(SYMPTOMS, frame, since, share, bounds=whole)
    return ("quality_collapse", symptom) if symptom else (_BY_SIDE[side], "")


def _is_riskier(risks: frozenset[str], frame: Frame, since: Floats) -> bool:
    """Whether one of these scores is high more often than it was: it may have moved down as well."""
    marks = {name: (Sign(name, ABOVE),) for name in risks}
    return any(surge.evidence >= _CLEAR for surge in surges(marks, frame, since))


def _leading(
    marks: Mapping[str, Sequence[Sign]],
    frame: Frame,
    since: Floats,
    share: Share,
    *,
    bounds: tuple[float, float],
) -> str:
    """Name the mark that enough of what is new has, and not too much of all; "" where none is clear."""
    least, most = bounds
    least *= max(0.0, share.value - share.error)
    for surge in surges(marks, frame, since):
        if surge.evidence >= _CLEAR and least <= surge.excess <= most:
            return surge.name
    return ""

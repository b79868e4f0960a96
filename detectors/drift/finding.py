"""What an alarm is about, by the statistics that raised it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.statistics import WindowOf

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.scale import Scale
    from detectors.drift.statistics import Layout

KINDS = {"prompt": "input", "response": "output", "pair": "relation", "timing": "timing"}
"""The kind of finding by the side that its statistics are about."""

SIDES = {
    "input": ("prompt",),
    "output": ("response", "pair"),
    "relation": ("pair", "response"),
    "timing": ("timing",),
}
"""What each kind of finding is looked for in."""

# A common score that 0.3% of clean moments reach, and some more: there are hundreds of scores.
_LEAST_SIGN = 7.0
_OF_CLEAREST = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """A change: its kind (`input`, `output`, `relation` or `timing`) and how many exchanges ago.

    `signs` names the features that clearly speak for it, `content` for the embeddings; none where
    it is only seen in all together.
    """

    kind: str
    age: int
    signs: frozenset[str] = frozenset()


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
    kind = KINDS[side]
    return Finding(kind, max(1, int(ages[top])), _signs(common, layout, SIDES[kind]))


def _signs(
    common: npt.NDArray[np.float64], layout: Layout, sides: tuple[str, ...]
) -> frozenset[str]:
    """Name what the statistics of these sides are on that say it nearly as clearly as the clearest."""
    named = [
        (s.what if isinstance(s, WindowOf) else s.feature, float(score))
        for s, score in zip(layout.statistics, common, strict=True)
        if s.side in sides
    ]
    least = max(_LEAST_SIGN, _OF_CLEAREST * max(score for _, score in named))
    return frozenset(name for name, score in named if score >= least) - {"channels"}


def age_of(layout: Layout, zero_at: npt.NDArray[np.int64], seen: int) -> npt.NDArray[np.int64]:
    """Estimate for each statistic how many exchanges ago what it sees began."""
    windows = np.array([min(window.length, seen) for window in layout.windows], dtype=np.int64)
    return np.concatenate([seen - zero_at, windows])

"""What moved, by how much and since when, in units a person can read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.base import Evidence
from detectors.drift.frame import side_of
from detectors.drift.ranks import Ranks

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.calibration import Scale
    from detectors.drift.frame import Frame, Rows
    from detectors.drift.statistics import Layout

_SHOWN = 5
_KINDS = {"prompt": "input", "response": "output", "pair": "relation", "timing": "timing"}
_SIDES = {
    "input": ("prompt",),
    "output": ("response", "pair"),
    "relation": ("pair", "response"),
    "timing": ("timing",),
}

# What a channel is called, how it is turned back, and its unit.
_PLAIN: dict[str, tuple[str, Callable[[float], float], str]] = {
    "prompt_log_length": ("prompt_length", math.expm1, "words"),
    "response_log_length": ("response_length", math.expm1, "words"),
    "log_input_tokens": ("input_tokens", math.expm1, "tokens"),
    "log_output_tokens": ("output_tokens", math.expm1, "tokens"),
    "log_ttft": ("ttft_over_expected", math.exp, "times"),
    "log_seconds_per_token": ("seconds_per_token", math.exp, "s"),
}


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


def explain(finding: Finding, frame: Frame, ranks: Ranks, recent: Rows) -> tuple[Evidence, ...]:
    """Compare the exchanges since the change with the baseline; what moved most comes first."""
    since = max(1, min(finding.age, len(recent.channels)))
    sides = _SIDES[finding.kind]
    found = [
        *_channels(frame, ranks, recent.channels[-since:], sides),
        *_values(frame, recent.codes[-since:], sides),
    ]
    found.sort(key=lambda evidence: -evidence.weight)
    return (
        *found[:_SHOWN],
        Evidence("exchanges_since_change", float(finding.age), None, 0.0, "exchanges"),
    )


def _channels(
    frame: Frame, ranks: Ranks, recent: npt.NDArray[np.float32], sides: tuple[str, ...]
) -> list[Evidence]:
    moved = np.abs(ranks.u(recent).mean(axis=0)) * math.sqrt(3 * len(recent))
    found = []
    for i, name in enumerate(frame.channel_names):
        now, before = _present(recent[:, i]), _present(frame.rows.channels[:, i])
        if side_of(name) in sides and len(now):
            label, back, unit = _PLAIN.get(name, (name, float, ""))
            typical, what = _typical(now, before)
            value, reference = (round(back(each), 4) for each in typical)
            text = f"{what} {unit}".strip()
            found.append(Evidence(label, value, reference, round(float(moved[i]), 2), text))
    return found


def _typical(
    now: npt.NDArray[np.float32], before: npt.NDArray[np.float32]
) -> tuple[tuple[float, float], str]:
    """Give the medians; the means where the medians are the same and so tell nothing."""
    medians = float(np.median(now)), float(np.median(before))
    if medians[0] != medians[1]:
        return medians, "median"
    return (float(now.mean()), float(before.mean())), "mean"


def _values(frame: Frame, recent: npt.NDArray[np.int64], sides: tuple[str, ...]) -> list[Evidence]:
    found = []
    for i, (name, listed) in enumerate(frame.vocabularies.items()):
        if side_of(name) not in sides:
            continue
        before = np.bincount(frame.rows.codes[:, i], minlength=len(listed)) / len(frame.rows.codes)
        now = np.bincount(recent[:, i], minlength=len(listed)) / len(recent)
        spread = np.sqrt((before * (1 - before) + 1 / len(frame.rows.codes)) / len(recent))
        score = (now - before) / spread
        top = int(np.argmax(score))
        found.append(
            Evidence(
                f"{name}={listed[top]}",
                round(float(now[top]), 4),
                round(float(before[top]), 4),
                round(float(score[top]), 2),
                "share",
            )
        )
    return found


def _present(column: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return column[~np.isnan(column)]


def age_of(layout: Layout, zero_at: npt.NDArray[np.int64], seen: int) -> npt.NDArray[np.int64]:
    """Estimate for each statistic how many exchanges ago what it sees began."""
    windows = np.array([min(window.length, seen) for window in layout.windows], dtype=np.int64)
    return np.concatenate([seen - zero_at, windows])

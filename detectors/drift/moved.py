"""Which channels moved, and how far, in units a person can read."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.frame import side_of
from detectors.shift import Moved

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.frame import Frame
    from detectors.drift.ranks import Ranks

    Floats = npt.NDArray[np.float32]

# What a channel is called, how it is turned back, and its unit.
_PLAIN: dict[str, tuple[str, Callable[[float], float], str]] = {
    "prompt_log_length": ("prompt_length", math.expm1, "words"),
    "response_log_length": ("response_length", math.expm1, "words"),
    "log_input_tokens": ("input_tokens", math.expm1, "tokens"),
    "log_output_tokens": ("output_tokens", math.expm1, "tokens"),
    "prompt_log_sentence_length": ("prompt_sentence_length", math.expm1, "words"),
    "response_log_sentence_length": ("response_sentence_length", math.expm1, "words"),
    "response_tool_calls": ("response_tool_calls", math.expm1, "calls"),
    "log_ttft": ("ttft_over_expected", math.exp, "times"),
    "log_seconds_per_token": ("seconds_per_token", math.exp, "s"),
}
_TAIL = 0.03
# The middle tells a person more, unless it has hardly moved and the tail says it more clearly.
_HARDLY = 0.4
_CLEARER = 1.5


def moved(
    frame: Frame,
    ranks: Ranks,
    channels: Floats,
    codes: npt.NDArray[np.int64],
    sides: tuple[str, ...],
) -> list[Moved]:
    """Compare exchanges with the baseline, channel by channel; what moved most comes first."""
    found = [*_channels(frame, ranks, channels, sides), *_values(frame, codes, sides)]
    return sorted(found, key=lambda each: -each.evidence)


def _channels(frame: Frame, ranks: Ranks, recent: Floats, sides: tuple[str, ...]) -> list[Moved]:
    u, reference = ranks.u(recent), ranks.u(frame.rows.channels)
    found = []
    for i, name in enumerate(frame.channel_names):
        now, before = _present(recent[:, i]), _present(frame.rows.channels[:, i])
        if side_of(name) not in sides or not len(now):
            continue
        middle = _middle(name, now, before, u[~np.isnan(recent[:, i]), i])
        tail = _tail(name, u[:, i], reference[:, i])
        few = abs(middle.effect) < _HARDLY and tail.evidence > _CLEARER * middle.evidence
        found.append(tail if few else middle)
    return found


def _middle(name: str, now: Floats, before: Floats, u: Floats) -> Moved:
    """Compare medians; means where the medians are the same and so tell nothing."""
    label, back, unit = _PLAIN.get(name, (name, float, ""))
    typical, what = (np.median(now), np.median(before)), "median"
    if typical[0] == typical[1]:
        typical, what = (now.mean(), before.mean()), "mean"
    delta = float(u.mean())
    return Moved(
        channel=label,
        now=round(back(float(typical[0])), 4),
        before=round(back(float(typical[1])), 4),
        unit=f"{what} {unit}".strip(),
        quantile=round(float((before < typical[0]).mean() + (before <= typical[0]).mean()) / 2, 3),
        effect=round(delta, 3),
        evidence=round(abs(delta) * math.sqrt(3 * len(u)), 2),
    )


def _tail(name: str, u: Floats, reference: Floats) -> Moved:
    """Compare how many lie beyond the baseline's own 3%, on the side where more do."""
    label, _, _ = _PLAIN.get(name, (name, float, ""))
    edge = 1 - 2 * _TAIL
    sides = [(u > edge, reference > edge, "above 97%"), (u < -edge, reference < -edge, "below 97%")]
    share, expected, where = max(
        ((float(a.mean()), float(b.mean()), where) for a, b, where in sides),
        key=lambda each: each[0] - each[1],
    )
    return Moved(
        channel=label,
        now=round(share, 4),
        before=round(expected, 4),
        unit=f"share {where} of the baseline",
        quantile=None,
        effect=round(share - expected, 3),
        evidence=round(_score(share, expected, len(u), len(reference)), 2),
    )


def _values(frame: Frame, recent: npt.NDArray[np.int64], sides: tuple[str, ...]) -> list[Moved]:
    """Compare the shares of the values of nominal features; the one that gained most of each."""
    found = []
    for i, (name, listed) in enumerate(frame.vocabularies.items()):
        if side_of(name) not in sides:
            continue
        before = np.bincount(frame.rows.codes[:, i], minlength=len(listed)) / len(frame.rows.codes)
        now = np.bincount(recent[:, i], minlength=len(listed)) / len(recent)
        scores = [
            _score(a, b, len(recent), len(frame.rows.codes))
            for a, b in zip(now, before, strict=True)
        ]
        top = int(np.argmax(scores))
        found.append(
            Moved(
                channel=f"{name}={listed[top]}",
                now=round(float(now[top]), 4),
                before=round(float(before[top]), 4),
                unit="share",
                quantile=None,
                effect=round(float(now[top] - before[top]), 3),
                evidence=round(scores[top], 2),
            )
        )
    return found


def _score(share: float, expected: float, count: int, reference: int) -> float:
    """By how many standard errors a share of `count` rows is over what is expected."""
    spread = math.sqrt((expected * (1 - expected) + 1 / reference) / count)
    return float(share - expected) / spread


def _present(column: Floats) -> Floats:
    return column[~np.isnan(column)]

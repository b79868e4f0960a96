"""Marks by which a kind of change is known: attacks among prompts, answers of no use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from detectors.drift.frame import Frame

    Floats = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]

_LIKELY = 0.2
_RARELY = 0.01
_BELOW = -1
ABOVE = 1


@dataclass(frozen=True, slots=True)
class Sign:
    """A channel beyond a limit; without a limit, beyond what 1% of the baseline is beyond."""

    channel: str
    way: int
    limit: float | None = None

    def flags(self, now: Floats, before: Floats) -> tuple[Flags, Flags]:
        """Which rows have it, of two sets; an absent value has not."""
        limit = self.limit
        if limit is None:
            there = before[~np.isnan(before)] * self.way
            limit = float(np.quantile(there, 1 - _RARELY)) * self.way if len(there) else np.inf
            return (now * self.way > limit * self.way, before * self.way > limit * self.way)
        return (now * self.way >= limit * self.way, before * self.way >= limit * self.way)


ATTACKS = {
    "attacks": (Sign("prompt_attack", ABOVE, _LIKELY),),
    "unsafe_prompts": (Sign("prompt_unsafe", ABOVE, _LIKELY),),
}

SYMPTOMS: Mapping[str, Sequence[Sign]] = {
    "empty": (Sign("response_log_length", _BELOW, 0.0),),
    "refusals": (Sign("response_refusal", ABOVE, 1.0),),
    "cut_off": (
        Sign("response_broken_off", ABOVE, 1.0),
        Sign("response_ends_properly", _BELOW, 0.0),
    ),
    "repetition": (
        Sign("response_tail_repetition", ABOVE, 0.5),
        Sign("response_repeated_sentences", ABOVE, 0.5),
        Sign("response_doubled_words", ABOVE, 0.2),
    ),
    "gibberish": (
        Sign("response_letter_surprise", ABOVE),
        Sign("response_misread", ABOVE),
        Sign("response_word_order", _BELOW),
        Sign("response_misplaced_ends", ABOVE),
    ),
    "broken_json": (Sign("response_json_valid", _BELOW, 0.0),),
}
"""What an answer has that is of no use, by what it is called."""


@dataclass(frozen=True, slots=True)
class Surge:
    """How much more of the exchanges have a mark than of the baseline, and in standard errors."""

    name: str
    excess: float
    evidence: float


def surges(marks: Mapping[str, Sequence[Sign]], frame: Frame, channels: Floats) -> list[Surge]:
    """Give the surge of each mark whose channels the frame has, the largest excess first."""
    places = {name: i for i, name in enumerate(frame.channel_names)}
    before = frame.rows.channels
    found = []
    for name, signs in marks.items():
        known = [(sign, places[sign.channel]) for sign in signs if sign.channel in places]
        if known:
            flags = [sign.flags(channels[:, i], before[:, i]) for sign, i in known]
            now, then = (np.any(side, axis=0) for side in zip(*flags, strict=True))
            found.append(Surge(name, *excess(now, then)))
    return sorted(found, key=lambda surge: -surge.excess)


def excess(now: Flags, before: Flags) -> tuple[float, float]:
    """By how much a share of rows is over another, and that over the spread of chance."""
    then = float(before.mean())
    more = float(now.mean()) - then
    spread = np.sqrt((then * (1 - then) + 1 / len(before)) / len(now))
    return more, more / float(spread)

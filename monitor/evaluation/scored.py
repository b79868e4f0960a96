"""Labelled texts of one side beside their scores, as columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.observation import Observation, Side
from detectors.safety.categories import CATEGORIES
from detectors.safety.evaluation.ranking import Array
from detectors.safety.policy import SafetyPolicy
from detectors.safety.scope import Scope
from monitor.evaluation.labelled import Labelled, contrast_side
from monitor.pipeline.observe import LANGUAGE

Mask = npt.NDArray[np.bool_]
LANGUAGE_KEY = "language"
BY = ("source", LANGUAGE_KEY, "length")
_LENGTHS = ((100, "to 100"), (300, "to 300"), (1000, "to 1,000"), (4000, "to 4,000"))
_LONGEST = "over 4,000"
_UNKNOWN = "(not said)"
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Scored:
    """The texts of one side that somebody labelled or marked; columns in the order of the set."""

    side: Side
    labels: dict[str, Array]
    """By category 1, 0, or NaN where nobody judged."""
    scores: dict[str, Array]
    """By category a probability, or NaN where the text was not scored."""
    flagged: Mask
    """A category reached its threshold; False also of the unscored, so ask `scored` as well."""
    scored: Mask
    """Somebody scored it who reads its languages."""
    foreign: Mask
    """It has scores, and they are of a language that nobody who gave them is trusted with."""
    reasons: Counter[str]
    """Why texts were not scored; `language` of all that are foreign, flagged or not."""
    keys: dict[str, npt.NDArray[np.str_]]
    """What each text is grouped by; `group` and `contrast` are empty where the set says nothing.

    `language` is as the set says; `read` is every language that was identified, joined by `+`.
    """

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.flagged)


def side_of(
    side: Side,
    rows: Iterable[tuple[Labelled, Observation]],
    policy: SafetyPolicy,
) -> Scored:
    """The texts of one side with a label or a contrast mark."""
    own = [row for row in rows if _concerns(row[0], side)]
    scores = [x.scores.get(side, {}) for _, x in own]
    given = np.array([bool(s) for s in scores], dtype=bool)
    scope, thresholds = Scope(policy), policy.thresholds(side)
    foreign = given & np.array([not scope.covers_side(x, side) for _, x in own], dtype=bool)
    lost = Counter(x.unscored[side] for _, x in own if side in x.unscored)
    if foreign.any():
        lost[LANGUAGE] = int(foreign.sum())
    return Scored(
        side=side,
        labels={n: _labels([row.labels.of(side) for row, _ in own], n) for n in CATEGORIES},
        scores={n: np.array([s.get(n, _NAN) for s in scores], dtype=float) for n in CATEGORIES},
        flagged=np.array([_over(s, thresholds) for s in scores], dtype=bool),
        scored=given & ~foreign,
        foreign=foreign,
        reasons=lost,
        keys=_keys(side, own),
    )


def _concerns(row: Labelled, side: Side) -> bool:
    return bool(row.labels.of(side)) or (
        row.contrast is not None and contrast_side(row.exchange) == side
    )


def _labels(rows: Sequence[dict[str, bool | None]], name: str) -> Array:
    return np.array(
        [_NAN if (told := row.get(name)) is None else told for row in rows], dtype=float
    )


def _over(scores: dict[str, float], thresholds: dict[str, float]) -> bool:
    return any(scores.get(name, 0.0) >= limit for name, limit in thresholds.items())


def _keys(
    side: Side, own: Sequence[tuple[Labelled, Observation]]
) -> dict[str, npt.NDArray[np.str_]]:
    def marked(row: Labelled) -> str:
        return (row.contrast or "") if contrast_side(row.exchange) == side else ""

    return {
        "source": np.array([row.source or _UNKNOWN for row, _ in own], dtype=str),
        "language": np.array([_language(row, x, side) for row, x in own], dtype=str),
        "read": np.array(["+".join(x.languages.get(side, [])) for _, x in own], dtype=str),
        "length": np.array([_length(x, side) for _, x in own], dtype=str),
        "group": np.array([row.group for row, _ in own], dtype=str),
        "contrast": np.array([marked(row) for row, _ in own], dtype=str),
    }


def _language(row: Labelled, x: Observation, side: Side) -> str:
    """As the set says, else as identified; `und` where that is not clear."""
    return row.language or x.categories.get(f"{side}_language", "und")


def _length(x: Observation, side: Side) -> str:
    """In characters: words are not told apart alike in every language."""
    length = len((x.prompt if side == "prompt" else x.response) or "")
    return next((name for limit, name in _LENGTHS if length <= limit), _LONGEST)

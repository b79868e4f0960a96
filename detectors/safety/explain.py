"""Why a text has its score: shares of its words through both stages, and what it is like."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from detectors.safety.attribution.case import Case, case_of, first_of
from detectors.safety.attribution.excerpts import Excerpts
from detectors.safety.attribution.explanation import Explanation, SpanShare
from detectors.safety.attribution.prototypes import Likeness, Prototypes
from detectors.safety.attribution.shapley import Shares, shapley
from detectors.safety.models.policy import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from detectors.observation import Side
    from detectors.safety.builtin import BuiltIn
    from detectors.safety.recognisers import Find

PASSES = 256
"""Texts that are judged for one explanation, by default: all there are of up to eight words."""

_FIRST_ALONE = 8
"""So many times the passes where the first stage judges alone: it is faster by far more."""


class Explainer:
    """Explains scores of the built-in classifiers, a text at a time. Safe to share between threads.

    A text's spans get Shapley values: what each adds to the log-odds when words are left out in all
    orders, in the mean, sampled with a seed that the text gives. Where several models judge, only
    the built-in one is explained.
    """

    def __init__(self, classifiers: Mapping[Side, BuiltIn], more: Find | None = None) -> None:
        """Read the prototypes. Raises DetectorError when they are missing or damaged.

        What `more` finds beside our own recognisers is masked too.
        """
        self.classifiers = classifiers
        self._more = more
        self._prototypes = {side: Prototypes.load(side) for side in classifiers}

    def explain(
        self,
        side: Side,
        text: str,
        *,
        category: str = "",
        context: str = "",
        passes: int = PASSES,
        enough: Callable[[], bool] = bool,
    ) -> Explanation | None:
        """Explain a category's score, by default that of the most probable one; None without words.

        `context` is what a response answers, as it was scored with. Takes about `passes` times what
        scoring a text of half the length takes; `enough` may end it early, at the cost of exactness.
        Only the window with the highest score of a long text is looked at.
        """
        case = case_of(self.classifiers[side], text, category, context)
        if case is None:
            return None
        shares = _shares(case, passes, enough)
        alone = case.game.without_context()
        return Explanation(
            side=side,
            category=case.category,
            model=BUILT_IN,
            stages=2 if case.read else 1,
            log_odds=case.log_odds,
            base=shares.empty,
            spans=_spans(case, shares, Excerpts(text, case.passage, self._more)),
            around=_around(case, shares),
            context=None if alone is None else shares.whole - alone,
            delta=case.log_odds - shares.empty - float(shares.values.sum()),
            passes=shares.asked,
            exact=shares.exact,
            like=self._like(side, case),
        )

    def _like(self, side: Side, case: Case) -> tuple[Likeness, ...]:
        read = " ".join(part.plain for part in case.parts if part.read)
        (vector,) = first_of(self.classifiers[side]).encoder.encode([read])
        return tuple(self._prototypes[side].like(vector))


def _shares(case: Case, passes: int, enough: Callable[[], bool]) -> Shares:
    several = 1 if case.read else _FIRST_ALONE
    seed = zlib.crc32(case.passage.plain.encode("utf-8", "surrogatepass"))
    players = len(case.parts)
    return shapley(case.game, players, passes=passes * several, seed=seed, enough=enough)


def _spans(case: Case, shares: Shares, excerpts: Excerpts) -> tuple[SpanShare, ...]:
    shown = []
    for part, share, error in zip(case.parts, shares.values, shares.errors, strict=True):
        if part.read:
            excerpt = excerpts.of(part)
            place = (excerpt.text, excerpt.start, excerpt.end)
            shown.append(SpanShare(*place, float(share), float(error)))
    return tuple(shown)


def _around(case: Case, shares: Shares) -> float | None:
    around = np.array([not part.read for part in case.parts])
    return float(shares.values[around].sum()) if around.any() else None

"""Why a text has its score: shares of its words through both stages, and what it is like."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.safety.attribution.excerpts import Excerpts
from detectors.safety.attribution.explanation import Explanation, SpanShare
from detectors.safety.attribution.occlusion import Occlusion
from detectors.safety.attribution.parts import Part, parts
from detectors.safety.attribution.prototypes import Prototypes
from detectors.safety.attribution.shapley import Shares, shapley
from detectors.safety.categories import CATEGORIES
from detectors.safety.classifier import Matrix, Passage, SafetyClassifier
from detectors.safety.stacked import Reading, StackedClassifier, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from detectors.observation import Side
    from detectors.safety.builtin import BuiltIn

PASSES = 256
"""Texts that are judged for one explanation, by default: all there are of up to eight words."""

_FIRST_ALONE = 8
"""So many times the passes where the first stage judges alone: it is faster by far more."""

_NEVER_FLAGGED = ("toxic", "refusal")


@dataclass(frozen=True, slots=True)
class _Case:
    """The window that spoke loudest for a category, and how loud."""

    category: int
    passage: Passage
    reading: Reading | None
    log_odds: float


class Explainer:
    """Explains scores of the built-in classifiers, a text at a time. Safe to share between threads.

    A text's spans get Shapley values: what each adds to the log-odds when words are left out in all
    orders, in the mean, sampled with a seed that the text gives. Where several models judge, only
    the built-in one is explained.
    """

    def __init__(self, classifiers: Mapping[Side, BuiltIn]) -> None:
        """Read the prototypes. Raises DetectorError when they are missing or damaged."""
        self._classifiers = classifiers
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
        classifier = self._classifiers[side]
        case = _case(classifier, text, category, context)
        if case is None:
            return None
        cut = parts(case.passage, case.reading)
        judge = classifier if case.reading else _first(classifier)
        game = Occlusion(judge, case.category, cut, _context(case.reading, side))
        several = 1 if case.reading else _FIRST_ALONE
        seed = zlib.crc32(case.passage.plain.encode("utf-8", "surrogatepass"))
        shares = shapley(game, len(cut), passes=passes * several, seed=seed, enough=enough)
        alone = game.without_context()
        return Explanation(
            side=side,
            category=CATEGORIES[case.category],
            model="built_in",
            stages=2 if case.reading else 1,
            log_odds=case.log_odds,
            base=shares.empty,
            spans=_spans(text, case.passage, cut, shares),
            around=_around(cut, shares),
            context=None if alone is None else shares.whole - alone,
            delta=case.log_odds - shares.empty - float(shares.values.sum()),
            passes=shares.asked,
            exact=shares.exact,
            like=tuple(self._prototypes[side].like(_vector(classifier, cut))),
        )


def _case(classifier: BuiltIn, text: str, category: str, context: str) -> _Case | None:
    first = _first(classifier)
    passages, cheap = first.read([text])
    if not passages:
        return None
    if not isinstance(classifier, StackedClassifier) or classifier.sure(passages, cheap).all():
        found, row, log_odds = _loudest(first.curved(cheap), category)
        return _Case(found, passages[row], None, log_odds)
    readings = list(classifier.readings(passages, cheap, [context]))
    read = classifier.encoder.logits([reading.sequence for reading in readings])
    logits = stacked(classifier.stack, cheap[[reading.passage for reading in readings]], read)
    found, row, log_odds = _loudest(logits, category)
    return _Case(found, passages[readings[row].passage], readings[row], log_odds)


def _first(classifier: BuiltIn) -> SafetyClassifier:
    return classifier.cheap if isinstance(classifier, StackedClassifier) else classifier


def _loudest(logits: Matrix, category: str) -> tuple[int, int, float]:
    """Give the category, the row where it is largest, and its log-odds there."""
    if category:
        found = CATEGORIES.index(category)
    else:
        told = [i for i, name in enumerate(CATEGORIES) if name not in _NEVER_FLAGGED]
        found = told[int(logits[:, told].max(axis=0).argmax())]
    row = int(logits[:, found].argmax())
    return found, row, float(logits[row, found])


def _context(reading: Reading | None, side: Side) -> list[int]:
    """Tokens of the prompt that the judged window is read with."""
    if reading is None or side == "prompt":
        return []
    return reading.sequence.ids[1 : reading.sequence.second - 1]


def _spans(text: str, passage: Passage, cut: list[Part], shares: Shares) -> tuple[SpanShare, ...]:
    excerpts = Excerpts(text, passage)
    shown = []
    for part, share, error in zip(cut, shares.values, shares.errors, strict=True):
        if part.read:
            excerpt = excerpts.of(part)
            place = (excerpt.text, excerpt.start, excerpt.end)
            shown.append(SpanShare(*place, float(share), float(error)))
    return tuple(shown)


def _around(cut: list[Part], shares: Shares) -> float | None:
    around = np.array([not part.read for part in cut])
    return float(shares.values[around].sum()) if around.any() else None


def _vector(classifier: BuiltIn, cut: list[Part]) -> Matrix:
    read = " ".join(part.plain for part in cut if part.read)
    vector: Matrix = _first(classifier).encoder.encode([read])[0]
    return vector

"""What there is to explain of a text: the window that spoke loudest for a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.safety.attribution.occlusion import Occlusion
from detectors.safety.attribution.parts import Part, parts
from detectors.safety.categories import CATEGORIES
from detectors.safety.classifier import Matrix, Passage, SafetyClassifier
from detectors.safety.stacked import Reading, StackedClassifier, stacked

if TYPE_CHECKING:
    from detectors.safety.builtin import BuiltIn

_NEVER_FLAGGED = ("toxic", "refusal")


@dataclass(frozen=True, slots=True)
class Case:
    """One window of a text: its passage, its parts, what they are worth, and its score as served.

    `read` is whether the second stage has a say in it.
    """

    category: str
    passage: Passage
    parts: list[Part]
    game: Occlusion
    log_odds: float
    read: bool


def case_of(classifier: BuiltIn, text: str, category: str = "", context: str = "") -> Case | None:
    """Find the window where a category, by default the most probable one, is largest.

    None for a text without words. `context` is what a response answers.
    """
    first = first_of(classifier)
    passages, cheap = first.read([text])
    if not passages:
        return None
    if not isinstance(classifier, StackedClassifier) or classifier.sure(passages, cheap).all():
        column, row, log_odds = _loudest(first.curved(cheap), category)
        return _case(first, column, passages[row], None, log_odds)
    readings = list(classifier.readings(passages, cheap, [context]))
    read = classifier.encoder.logits([reading.sequence for reading in readings])
    logits = stacked(classifier.stack, cheap[[reading.passage for reading in readings]], read)
    column, row, log_odds = _loudest(logits, category)
    reading = readings[row]
    return _case(classifier, column, passages[reading.passage], reading, log_odds)


def first_of(classifier: BuiltIn) -> SafetyClassifier:
    """The first stage of a classifier."""
    return classifier.cheap if isinstance(classifier, StackedClassifier) else classifier


def _loudest(logits: Matrix, category: str) -> tuple[int, int, float]:
    """Give the category's column, the row where it is largest, and its log-odds there."""
    if category:
        column = CATEGORIES.index(category)
    else:
        told = [i for i, name in enumerate(CATEGORIES) if name not in _NEVER_FLAGGED]
        column = told[int(logits[:, told].max(axis=0).argmax())]
    row = int(logits[:, column].argmax())
    return column, row, float(logits[row, column])


def _case(
    judge: BuiltIn, column: int, passage: Passage, reading: Reading | None, log_odds: float
) -> Case:
    cut = parts(passage, reading)
    game = Occlusion(judge, column, cut, _context(judge, reading))
    return Case(CATEGORIES[column], passage, cut, game, log_odds, reading is not None)


def _context(judge: BuiltIn, reading: Reading | None) -> list[int]:
    """Tokens of the prompt that the window is read with."""
    if reading is None or judge.side == "prompt":
        return []
    return reading.sequence.ids[1 : reading.sequence.second - 1]

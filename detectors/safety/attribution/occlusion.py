"""What a passage is worth for one category when only some of its parts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.safety.attribution.shapley import Coalitions, Vector
from detectors.safety.sequences import TokenSequence, prompt_sequence, response_sequence
from detectors.safety.stacked import StackedClassifier, stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.safety.attribution.parts import Part
    from detectors.safety.classifier import Matrix, SafetyClassifier


_AT_ONCE = 8


class Occlusion:
    """The log-odds of a category, by both stages as they serve, of what is left of a passage.

    What is left out is gone, not blanked: its words from the first stage, from the embedding too,
    and its tokens from the second. The prompt that a response answers stays.
    """

    def __init__(
        self,
        classifier: SafetyClassifier | StackedClassifier,
        category: int,
        parts: Sequence[Part],
        context: Sequence[int],
    ) -> None:
        self._classifier = classifier
        self._category = category
        self._parts = parts
        self._context = context

    def __call__(self, kept: Coalitions) -> Vector:
        """Give the log-odds for each row; `kept` says which parts are left."""
        left = [[self._parts[i] for i in np.flatnonzero(row).tolist()] for row in kept]
        logits = self._judged(left, self._context)
        return logits[:, self._category].astype(np.float64)

    def without_context(self) -> float | None:
        """Log-odds of the whole without the prompt it answers; None where none is read."""
        if not self._context:
            return None
        return float(self._judged([list(self._parts)], [])[0, self._category])

    def _judged(self, left: list[list[Part]], context: Sequence[int]) -> Matrix:
        classifier = self._classifier
        if not isinstance(classifier, StackedClassifier):
            return classifier.curved(_cheap(classifier, left))
        cheap = _cheap(classifier.cheap, left)
        # A few at a time: texts that are being scored wait for no more than these.
        some = [left[i : i + _AT_ONCE] for i in range(0, len(left), _AT_ONCE)]
        read = [self._read(classifier, several, context) for several in some]
        return stacked(classifier.stack, cheap, np.concatenate(read))

    def _read(
        self, classifier: StackedClassifier, left: list[list[Part]], context: Sequence[int]
    ) -> Matrix:
        sequences = [self._sequence(parts, context) for parts in left]
        return classifier.encoder.logits(sequences, keep=False)

    def _sequence(self, left: list[Part], context: Sequence[int]) -> TokenSequence:
        ids = [token for part in left for token in part.tokens]
        if self._classifier.side == "prompt":
            return prompt_sequence(ids)
        return response_sequence(ids, context)


def _cheap(classifier: SafetyClassifier, left: list[list[Part]]) -> Matrix:
    found = [[word for part in parts for word in part.words] for parts in left]
    # White space is nothing to the embedding.
    vectors = classifier.encoder.encode([" ".join(part.plain for part in parts) for parts in left])
    return classifier.logits(found, vectors)

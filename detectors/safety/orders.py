"""How likely a text that was given to a model gives it orders: the injection that is not the user's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.base import Label
from detectors.errors import DetectorError
from detectors.safety import weights
from detectors.safety.classifier import probabilities
from detectors.safety.features import word_hash
from detectors.safety.normalise import unaccented, words
from detectors.safety.signs import NAMES, sentences, signs
from detectors.safety.windows import Window

if TYPE_CHECKING:
    from pathlib import Path

Matrix = npt.NDArray[np.float32]
Buckets = npt.NDArray[np.int64]

CATEGORY = "prompt_injection"
FILE = "given-orders.npz"
BUCKETS = 1 << 15


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or two neighbours: its place, the signs in it, and its hashed words and pairs."""

    place: Window
    signs: Matrix
    buckets: Buckets


class OrderFinder:
    """Finds sentences of a document that tell the model that reads it what to do.

    A linear model on signs, on each two signs that stand together, and on hashed words and pairs,
    of every sentence and of every two neighbours; the largest counts, wherever it stands. It reads
    who is spoken to, and no intent: an order in plain disguise passes. Stateless.
    """

    name = "safety.orders"

    def __init__(self, arrays: weights.Arrays) -> None:
        self._signs = arrays["signs"].astype(np.float32)
        self._words = arrays["words"].astype(np.float32)
        self._offset, self._slope, self._shift = arrays["curve"].astype(np.float32)
        if self._signs.shape != (len(NAMES), len(NAMES)):
            raise DetectorError("The weights for orders in given texts are for other signs")

    @classmethod
    def load(cls, folder: Path = weights.FOLDER) -> OrderFinder:
        """Read the weights. Raises DetectorError when they are missing or damaged."""
        return cls(weights.read(FILE, folder))

    def find(self, text: str) -> Label | None:
        """The likeliest passage and its probability; None for a text without words."""
        found = passages(text)
        if not found:
            return None
        scores = self.log_odds(found)
        best = int(scores.argmax())
        place = found[best].place
        score = float(probabilities(self._slope * scores[best] + self._shift))
        return Label(CATEGORY, score, place.start, place.end)

    def log_odds(self, found: list[Passage]) -> Matrix:
        """What the linear model says of each passage, before the curve."""
        seen = np.stack([passage.signs for passage in found])
        told = ((seen @ self._signs) * seen).sum(axis=1)
        said = [self._words[x.buckets].sum() / np.sqrt(len(x.buckets) or 1) for x in found]
        scores: Matrix = told + np.array(said, dtype=np.float32) + self._offset
        return scores


def passages(text: str) -> list[Passage]:
    """Every sentence and every two neighbours, in the order of the text."""
    plain = _plain(text)
    places = sentences(plain)
    seen = signs(plain, places)
    said = [_buckets(plain[place.start : place.end]) for place in places]
    found = []
    for i, place in enumerate(places):
        found.append(Passage(place, seen[i], said[i]))
        if i:
            both = Window(places[i - 1].start, place.end)
            together = np.union1d(said[i - 1], said[i])
            found.append(Passage(both, np.maximum(seen[i - 1], seen[i]), together))
    return found


def _plain(text: str) -> str:
    """Lower case without accents, where that leaves every letter in its place."""
    lower = text.lower()
    plain = unaccented(lower)
    return plain if len(plain) == len(text) else lower


def _buckets(text: str) -> Buckets:
    """Hashed words and pairs of neighbours, each once."""
    said = words(text)
    pairs = map(" ".join, pairwise(said))
    return np.array(sorted({word_hash(x) % BUCKETS for x in (*said, *pairs)}), dtype=np.int64)

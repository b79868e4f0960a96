"""The safety classifier: texts in, calibrated probabilities by category out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from detectors.base import Label
from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.ciphers import deciphered
from detectors.safety.head import Head
from detectors.safety.ngrams import NgramModel, NgramWeights
from detectors.safety.normalise import unaccented, undisguise, words
from detectors.safety.overall import with_overall
from detectors.safety.windows import Window, windows
from detectors.text.embedding import StaticEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from detectors.observation import Side

Matrix = npt.NDArray[np.float32]

_LONGEST_HIDDEN = 1200


class Encoder(Protocol):
    """Texts in, unit vectors out."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Float32 of shape (texts, 256)."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """One window of one text of the batch, freed of disguises, and its words.

    `needs_vector` says that the whole text's embedding does not stand for it.
    """

    text: int
    window: Window
    plain: str
    words: list[str]
    needs_vector: bool


class SafetyClassifier:
    """Scores texts of one side in every category of `CATEGORIES`.

    The log-odds are a sum of two models: a linear one on hashed words, pairs and character
    n-grams, and a small network on the static embedding; a logistic curve fitted on sources that
    neither model had seen (Platt, 1999) makes them probabilities. Text is freed of disguises
    first. A text of more than 200 words is scored in overlapping windows; each category takes its
    largest value, and its label then says in which window. Safe to share between threads.
    """

    def __init__(
        self, side: Side, ngrams: NgramModel, head: Head, curve: Matrix, encoder: Encoder
    ) -> None:
        self.name = f"safety.{side}"
        self.side: Side = side
        self.ngrams = ngrams
        self._head = head
        self._curve = curve
        self.encoder = encoder

    @classmethod
    def load(
        cls, side: Side, *, encoder: Encoder | None = None, folder: Path = weights.FOLDER
    ) -> SafetyClassifier:
        """Read the weights of a side; about 0.1 s. An encoder that is at hand can be shared.

        Raises DetectorError when weights or word vectors are missing or damaged.
        """
        arrays = weights.read(f"{side}-ngrams.npz", folder) | weights.read(
            f"{side}-head.npz", folder
        )
        return from_arrays(side, arrays, encoder or StaticEncoder.load())

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Matrix | None = None,
        contexts: Sequence[str] | None = None,
    ) -> list[list[Label]]:
        """One label a category for each text, in the order of `CATEGORIES`.

        A text without words has no labels: nothing was scored. `embeddings`, of shape
        (texts, 256), are the texts' unit vectors where the caller has them already. `contexts`,
        what the texts answer, are not looked at.
        """
        passages, logits = self.read(texts, embeddings)
        logits = self.curved(logits)
        places = [(passage.text, passage.window) for passage in passages]
        return labelled(len(texts), places, probabilities(logits))

    def read(
        self, texts: Sequence[str], embeddings: Matrix | None = None
    ) -> tuple[list[Passage], Matrix]:
        """Give the passages that hold words, text by text, and the log-odds of each."""
        passages = _passages(texts)
        if not passages:
            return [], np.zeros((0, len(CATEGORIES)), dtype=np.float32)
        vectors = self._vectors(passages, embeddings)
        return passages, self.logits([passage.words for passage in passages], vectors)

    def logits(self, found: Sequence[list[str]], vectors: Matrix) -> Matrix:
        """Give the log-odds of texts by their words and their unit vectors, before the curve."""
        return with_overall(self.ngrams.logits(found) + self._head.logits(vectors))

    def curved(self, logits: Matrix) -> Matrix:
        """Give the log-odds that the probabilities are of, where this stage judges alone."""
        curved: Matrix = logits * self._curve[0] + self._curve[1]
        return curved

    def _vectors(self, passages: list[Passage], embeddings: Matrix | None) -> Matrix:
        """Take the given vectors for whole texts; windows and disguised texts need their own."""
        if embeddings is None:
            return self.encoder.encode([passage.plain for passage in passages])
        vectors = np.array(embeddings[[passage.text for passage in passages]], dtype=np.float32)
        own = [row for row, passage in enumerate(passages) if passage.needs_vector]
        if own:
            vectors[own] = self.encoder.encode([passages[row].plain for row in own])
        return vectors


def from_arrays(side: Side, arrays: weights.Arrays, encoder: Encoder) -> SafetyClassifier:
    """Build a classifier from arrays as `weights.read` gives them."""
    ngrams = NgramWeights(
        words=arrays["words"].astype(np.int8),
        pairs=arrays["pairs"].astype(np.int8),
        word_scale=arrays["word_scale"].astype(np.float32),
        pair_scale=arrays["pair_scale"].astype(np.float32),
    )
    head = Head(
        *(
            arrays[name].astype(np.float32)
            for name in ("inner", "inner_bias", "outer", "outer_bias")
        )
    )
    return SafetyClassifier(
        side, NgramModel(ngrams), head, arrays["curve"].astype(np.float32), encoder
    )


def _passages(texts: Sequence[str]) -> list[Passage]:
    """List the windows that hold words, text by text, and what a text hides in a cipher."""
    found = []
    for place, text in enumerate(texts):
        cut = windows(text)
        for window in cut:
            content = text[window.start : window.end]
            plain = undisguise(content)
            differs = len(cut) > 1 or plain != content.lower()
            found.append(Passage(place, window, plain, words(unaccented(plain)), differs))
        for window, content in deciphered(text):
            plain = undisguise(content[:_LONGEST_HIDDEN])
            split = words(unaccented(plain))
            found.append(Passage(place, window, plain, split, needs_vector=True))
    return [passage for passage in found if passage.words]


def probabilities(logits: Matrix) -> Matrix:
    """Give the logistic function of log-odds, of any shape."""
    one = np.float32(1.0)
    return one / (one + np.exp(-np.clip(logits, np.float32(-30.0), np.float32(30.0))))


def labelled(count: int, places: list[tuple[int, Window]], scores: Matrix) -> list[list[Label]]:
    """Labels of `count` texts; row i of `scores` is of window `places[i]`, a text's place in it.

    Each category takes the largest of its text's values; where there are several, its label says
    in which window.
    """
    labels: list[list[Label]] = [[] for _ in range(count)]
    rows: dict[int, list[int]] = {}
    for row, (text, _) in enumerate(places):
        rows.setdefault(text, []).append(row)
    for text, own in rows.items():
        labels[text] = _labels(own, [places[row][1] for row in own], scores)
    return labels


def _labels(rows: list[int], cut: list[Window], scores: Matrix) -> list[Label]:
    if len(rows) == 1:
        return list(map(Label, CATEGORIES, scores[rows[0]].tolist()))
    own = scores[rows]
    best = own.argmax(axis=0).tolist()
    return [
        Label(name, float(own[k, j]), cut[k].start, cut[k].end)
        for j, (name, k) in enumerate(zip(CATEGORIES, best, strict=True))
    ]

"""The linear half of the classifier: what each word, and each pair of neighbours, speaks for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.safety.features import pair_features, word_features, word_hash

Matrix = npt.NDArray[np.float32]

_CACHED_WORDS = 50_000


@dataclass(frozen=True, slots=True)
class NgramWeights:
    """Quantised weights; column j of a table times `scale[j]` is in log-odds.

    `words` has shape (BUCKETS, categories) for words and character n-grams, `pairs` shape
    (PAIR_BUCKETS, categories); both are int8.
    """

    words: npt.NDArray[np.int8]
    pairs: npt.NDArray[np.int8]
    word_scale: Matrix
    pair_scale: Matrix


class NgramModel:
    """Sums the contributions of a text's distinct words and pairs, over the root of their number.

    A word's contribution is the mean of its features' weights times the root of their number. It
    is computed once and kept, so a known word costs one look-up. Safe to share between threads.
    """

    def __init__(self, weights: NgramWeights) -> None:
        self._weights = weights
        self._lock = threading.Lock()
        self._index: dict[str, int] = {}
        self._rows: Matrix = np.zeros((1024, len(weights.word_scale)), dtype=np.float32)
        self._hashes = np.zeros(1024, dtype=np.uint32)

    def logits(self, texts: Sequence[list[str]]) -> Matrix:
        """Contributions by category for each list of words, shape (texts, categories)."""
        out = np.zeros((len(texts), self._rows.shape[1]), dtype=np.float32)
        with self._lock:
            for row, words in zip(out, texts, strict=True):
                if words:
                    self._score(words, row)
        return out

    def _score(self, words: list[str], out: Matrix) -> None:
        places = self._look_up(words)
        distinct = list(dict.fromkeys(places))
        self._rows.take(distinct, axis=0).sum(axis=0, out=out)
        pairs = np.unique(pair_features(self._hashes.take(places)))
        if len(pairs):
            out += self._weights.pairs.take(pairs, axis=0).sum(axis=0) * self._weights.pair_scale
        out *= len(distinct) ** -0.5

    def _look_up(self, words: list[str]) -> list[int]:
        if len(self._index) > _CACHED_WORDS:
            # Forgetting all is rare, and needs no book-keeping while words are looked up.
            self._index.clear()
        try:
            return list(map(self._index.__getitem__, words))
        except KeyError:
            for word in words:
                if word not in self._index:
                    self._learn(word)
            return list(map(self._index.__getitem__, words))

    def _learn(self, word: str) -> None:
        place = len(self._index)
        if place == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        features = word_features(word)
        total = self._weights.words.take(features, axis=0).sum(axis=0, dtype=np.float32)
        self._rows[place] = total * self._weights.word_scale * len(features) ** -0.5
        self._hashes[place] = word_hash(word)
        self._index[word] = place

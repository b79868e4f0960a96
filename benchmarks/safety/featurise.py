"""Turn rows into the matrices that the two halves of the classifier are fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from corpus import Row

from detectors.safety.categories import CATEGORIES
from detectors.safety.features import (
    BUCKETS,
    PAIR_BUCKETS,
    pair_features,
    word_features,
    word_hash,
)
from detectors.safety.normalise import normalise, undisguise, words
from detectors.safety.windows import windows
from detectors.text.embedding import StaticEncoder

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """Windows of texts as sparse and dense features, with targets and weights.

    `row` gives each window's place in the list of rows. `vocabulary` has shape (words, BUCKETS),
    scaled so that a word's contribution is one product; `bags` (windows, words) and `pairs`
    (windows, PAIR_BUCKETS) hold one over the root of the number of distinct words. `targets` and
    `weights` have shape (windows, categories); an unknown label has weight zero.
    """

    row: npt.NDArray[np.int64]
    vocabulary: sp.csr_matrix
    bags: sp.csr_matrix
    pairs: sp.csr_matrix
    embeddings: Array
    targets: Array
    weights: Array


def featurise(rows: list[Row]) -> Features:
    """Window, split, hash and embed every row."""
    index: dict[str, int] = {}
    hashes: list[int] = []
    bags, pairs, places, contents = [], [], [], []
    for place, row in enumerate(rows):
        for window in windows(row.text):
            content = row.text[window.start : window.end]
            found = words(normalise(content))
            if not found:
                continue
            ids = []
            for word in found:
                if word not in index:
                    index[word] = len(index)
                    hashes.append(word_hash(word))
                ids.append(index[word])
            bags.append(np.unique(ids))
            pairs.append(np.unique(pair_features(np.array([hashes[i] for i in ids], np.uint32))))
            places.append(place)
            contents.append(undisguise(content))
    scale = np.array([len(bag) ** -0.5 for bag in bags], dtype=np.float32)
    row_of = np.array(places, dtype=np.int64)
    targets, weights = _targets(rows, row_of)
    return Features(
        row_of,
        _vocabulary(list(index)),
        _sparse(bags, len(index), scale),
        _sparse(pairs, PAIR_BUCKETS, scale),
        _embed(contents),
        targets,
        weights,
    )


def _vocabulary(known: list[str]) -> sp.csr_matrix:
    lists = [np.array(word_features(word)) for word in known]
    scale = np.array([len(features) ** -0.5 for features in lists], dtype=np.float32)
    return _sparse(lists, BUCKETS, scale)


def _sparse(lists: list[npt.NDArray[np.int64]], width: int, scale: Array) -> sp.csr_matrix:
    sizes = np.array([len(places) for places in lists])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return sp.csr_matrix(
        (np.repeat(scale, sizes), np.concatenate(lists), starts), shape=(len(lists), width)
    )


def _embed(contents: list[str]) -> Array:
    encoder = StaticEncoder.load()
    return np.concatenate(
        [encoder.encode(contents[i : i + 1024]) for i in range(0, len(contents), 1024)]
    )


def _targets(rows: list[Row], row_of: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    targets = np.zeros((len(rows), len(CATEGORIES)), dtype=np.float32)
    weights = np.zeros_like(targets)
    for i, row in enumerate(rows):
        for name, (target, weight) in row.known.items():
            j = CATEGORIES.index(name)
            targets[i, j], weights[i, j] = target, weight * row.weight
    share = 1.0 / np.maximum(np.bincount(row_of, minlength=len(rows)), 1)
    weights *= share[:, None].astype(np.float32)
    return targets[row_of], weights[row_of]

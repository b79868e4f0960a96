"""Groups of texts that are about the like: spherical k-means on their embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_ROUNDS = 25
_FITTED_ON = 4_000


def clusters(vectors: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.int64]:
    """Number each vector's cluster, the largest cluster 0; the same result every time.

    After Dhillon and Modha, "Concept decompositions for large sparse text data using clustering"
    (2001), begun far apart as in k-means++. Of many vectors 4,000 are fitted on.
    """
    rng = np.random.default_rng(20261121)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    fitted = unit
    if len(unit) > _FITTED_ON:
        fitted = unit[np.sort(rng.choice(len(unit), _FITTED_ON, replace=False))]
    centres = _begun(fitted, count, rng)
    for _ in range(_ROUNDS):
        nearest = (fitted @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, fitted)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        new = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres)
        if np.allclose(new, centres, atol=1e-6):
            break
        centres = new
    nearest = (unit @ centres.T).argmax(axis=1)
    rank = np.argsort(np.argsort(-np.bincount(nearest, minlength=count), kind="stable"))
    ranked: npt.NDArray[np.int64] = rank[nearest]
    return ranked


def _begun(
    vectors: npt.NDArray[np.float32], count: int, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    chosen = [int(rng.integers(len(vectors)))]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < count:
        weight = np.maximum(1 - nearest, 0.0).astype(np.float64) ** 2
        total = weight.sum()
        place = int(rng.choice(len(vectors), p=weight / total)) if total > 0 else 0
        chosen.append(place)
        nearest = np.maximum(nearest, vectors @ vectors[place])
    centres: npt.NDArray[np.float32] = vectors[chosen]
    return centres

"""Exchanges that are typical of the new and of the old: medoids of clusters of embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.shift import Example

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.shift import Age

    Floats = npt.NDArray[np.float32]
    Places = npt.NDArray[np.int64]

_CLUSTERS = 3
_ROUNDS = 10
_ROWS_PER_CLUSTER = 4


def exemplars(
    new: Places, old: Places, vectors: Floats, crowds: tuple[Floats, Floats], ids: list[str]
) -> tuple[Example, ...]:
    """Pick up to three exchanges typical of the new and as many of the old.

    `new` and `old` are places in `vectors` (one for each of `ids`) of exchanges that look so;
    `crowds` the embeddings since the change and the baseline's. How much of either is like each
    example is told by the nearest of all of them.
    """
    groups: list[tuple[Age, Places, Floats]] = [
        ("new", new, _middles(vectors, new)),
        ("old", old, _middles(vectors, old)),
    ]
    chosen = [
        (age, _medoid(vectors, among, middle))
        for age, among, middles in groups
        for middle in middles
    ]
    if not chosen:
        return ()
    centers = np.vstack([middles for _, _, middles in groups])
    now, before = (_shares(crowd, centers) for crowd in crowds)
    return tuple(
        Example(age, ids[place], round(float(now[i]), 3), round(float(before[i]), 3))
        for i, (age, place) in enumerate(chosen)
    )


def _middles(vectors: Floats, places: Places) -> Floats:
    """Cluster unit vectors by their cosine (k-means on the sphere, Dhillon and Modha, 2001).

    Seeds are the rows furthest from those before; the largest cluster comes first.
    """
    rows = vectors[places]
    if not len(rows):
        return np.zeros((0, vectors.shape[1]), dtype=np.float32)
    count = max(1, min(_CLUSTERS, len(rows) // _ROWS_PER_CLUSTER))
    centers = _unit(rows.mean(axis=0, keepdims=True))
    while len(centers) < count + 1:
        furthest = int(np.argmin((rows @ centers.T).max(axis=1)))
        centers = np.vstack([centers, rows[furthest]])
    centers = centers[1:] if count > 1 else centers[:1]
    for _ in range(_ROUNDS):
        nearest = np.argmax(rows @ centers.T, axis=1)
        sums = [rows[nearest == i].sum(axis=0) for i in np.unique(nearest)]
        centers = _unit(np.stack(sums))
    sizes = np.bincount(np.argmax(rows @ centers.T, axis=1), minlength=len(centers))
    kept = np.argsort(-sizes, kind="stable")
    return centers[kept[sizes[kept] > 0]]


def _medoid(vectors: Floats, places: Places, middle: Floats) -> int:
    return int(places[int(np.argmax(vectors[places] @ middle))])


def _shares(rows: Floats, centers: Floats) -> npt.NDArray[np.float64]:
    """Share of the rows that are nearest to each center."""
    nearest = np.argmax(rows @ centers.T, axis=1)
    shares: npt.NDArray[np.float64] = np.bincount(nearest, minlength=len(centers)) / max(
        1, len(rows)
    )
    return shares


def _unit(rows: Floats) -> Floats:
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    unit: Floats = (rows / lengths).astype(np.float32)
    return unit

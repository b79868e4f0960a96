"""One side of an exchange against a group, all from one product: how new, how far out, what it maps to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from detectors.anomaly.fitted import Matrix, Neighbours, Spread


class Placed(NamedTuple):
    """A side's novelty and distance, NaN where they cannot be told.

    `mapped` is what `Side` was given to map, and `length` how far from that map's origin.
    """

    novelty: float
    distance: float
    mapped: Matrix
    length: float


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The rows that an embedding is multiplied with, stacked: one pass through memory for all.

    The same as `Neighbours.novelty`, `Spread.distance` and a map of embedding less origin, up to
    the rounding of 32 bits. `after` is what is taken off the product: what the means come to.
    """

    neighbours: Neighbours
    spread: Spread | None
    stacked: Matrix
    after: Matrix
    ends: tuple[int, int, int]

    @classmethod
    def of(
        cls, neighbours: Neighbours, spread: Spread | None, through: Matrix, origin: Matrix
    ) -> Side:
        """Stack references, directions of the spread, a map's rows, and both means."""
        width = len(origin)
        directions = np.zeros((0, width), np.float32) if spread is None else spread.directions
        mean = origin if spread is None else spread.mean
        parts = [neighbours.references, directions, through]
        taken_off = [np.zeros(len(parts[0]), np.float32), directions @ mean, through @ origin]
        ends = np.cumsum([len(part) for part in parts]).tolist()
        return cls(
            neighbours,
            spread,
            np.ascontiguousarray(np.vstack([*parts, mean, origin]), dtype=np.float32),
            np.concatenate([*taken_off, [mean @ mean / 2, origin @ origin / 2]]).astype(np.float32),
            (ends[0], ends[1], ends[2]),
        )

    def place(self, embedding: Matrix) -> Placed:
        """Compare a unit vector."""
        product = self.stacked @ embedding
        product -= self.after
        near, along, through = self.ends
        to_mean, to_origin = product[through:].tolist()
        square = float(embedding @ embedding)
        distance = math.nan
        if self.spread is not None:
            distance = self.spread.distance_of(square - 2.0 * to_mean, product[near:along])
        length = math.sqrt(max(square - 2.0 * to_origin, 0.0))
        novelty = self.neighbours.novelty_of(product[:near])
        return Placed(novelty, distance, product[along:through], length)

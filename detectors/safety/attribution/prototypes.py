"""What a text is like: labelled examples by the name of their category, never by their text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.safety import weights

if TYPE_CHECKING:
    from pathlib import Path

    from detectors.observation import Side

Matrix = npt.NDArray[np.float32]

FILE = "prototypes.npz"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a text is to labelled examples, such as `illicit (requests)`.

    `similarity` is the cosine to the nearest of their centres in the static embedding, less the mean
    of all examples: about 0.4 for an ordinary member, 1 for the centre itself.
    """

    name: str
    similarity: float


class Prototypes:
    """Centres of the labelled examples of one side, several for each name."""

    def __init__(
        self, names: list[str], groups: npt.NDArray[np.integer], centres: Matrix, mean: Matrix
    ) -> None:
        self._names = names
        self._groups = groups
        self._centres = unit(centres)
        self._mean = mean

    @classmethod
    def load(cls, side: Side, folder: Path = weights.FOLDER) -> Prototypes:
        """Read those of a side. Raises DetectorError when the file is missing or damaged."""
        arrays = weights.read(FILE, folder)
        return cls(
            names=arrays[f"{side}_names"].tolist(),
            groups=arrays[f"{side}_groups"].astype(np.int64),
            centres=arrays[f"{side}_centres"].astype(np.float32),
            mean=arrays[f"{side}_mean"].astype(np.float32),
        )

    def like(self, vector: Matrix, count: int = SHOWN) -> list[Likeness]:
        """Give the names whose examples are most like a text's unit vector, the nearest first.

        None for a vector of zeros: nothing is known of such a text.
        """
        if not vector.any():
            return []
        similarities = self._centres @ unit(vector - self._mean)
        nearest = np.full(len(self._names), -1.0)
        np.maximum.at(nearest, self._groups, similarities)
        order = np.argsort(-nearest, kind="stable")[:count]
        return [Likeness(self._names[i], float(nearest[i])) for i in order]


def unit(vectors: Matrix) -> Matrix:
    """Scale vectors, one a row, to length 1; zeros stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Matrix = vectors / np.maximum(lengths, np.float32(1e-9))
    return scaled

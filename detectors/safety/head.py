"""The dense half of the classifier: a small network on the text's static embedding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

INPUT_SCALE = np.float32(8.0)
"""Unit vectors of 256 numbers are scaled by this, so that their entries are near one."""


@dataclass(frozen=True, slots=True)
class Head:
    """One hidden layer of rectified units, (dimensions, hidden) and (hidden, categories)."""

    inner: Matrix
    inner_bias: Matrix
    outer: Matrix
    outer_bias: Matrix

    def logits(self, embeddings: Matrix) -> Matrix:
        """Log-odds by category, shape (texts, categories), of unit vectors, one a row."""
        hidden = np.maximum((embeddings * INPUT_SCALE) @ self.inner + self.inner_bias, 0.0)
        return hidden @ self.outer + self.outer_bias

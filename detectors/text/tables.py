"""The two small tables that ship with the package; `benchmarks/anomaly/train_tables.py` made them.

Counts over English answers under permissive licences; no text can be read back from them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

OTHER = 0
"""The class of a word that is neither frequent nor has a telling ending."""

SUFFIXES = {"0": 1, "ing": 2, "ed": 3, "ly": 4, "s": 5, "ion": 6, "er": 7, "al": 8, "ent": 9}
"""Classes of the words that are not frequent, by ending; `0` is for numbers."""

FIRST_WORD = len(SUFFIXES) + 1
"""Class of the most frequent word; the others follow."""

_FILE = "tables.npz"


@cache
def _tables() -> dict[str, npt.NDArray[np.generic]]:
    with files("detectors.text").joinpath(_FILE).open("rb") as file:
        return dict(np.load(file, allow_pickle=False))


@cache
def word_classes() -> dict[str, int]:
    """Map each frequent English word to its class."""
    words = str(_tables()["words"]).split()
    return {word: FIRST_WORD + i for i, word in enumerate(words)}


@cache
def order_table() -> npt.NDArray[np.float32]:
    """Log-ratio of each pair of classes against independence, in nats; shape (classes, classes)."""
    return np.asarray(_tables()["order"], dtype=np.float32) / np.float32(32)


@cache
def letter_surprise_table() -> npt.NDArray[np.float32]:
    """-log2 P(letter | letter before), shape (27, 27); row and column 0 are not used."""
    return np.asarray(_tables()["letters"], dtype=np.float32)

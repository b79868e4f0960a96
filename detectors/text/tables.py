"""The small tables that ship with the package; `benchmarks/anomaly/train_tables.py` made them.

Counts over English answers under permissive licences; no text can be read back from them.
"""

from __future__ import annotations

import math
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

END_CLASS = len(SUFFIXES) + 1
"""The class of a sentence's end."""

FIRST_WORD = END_CLASS + 1
"""Class of the most frequent word; the others follow."""

_FILE = "tables.npz"
_CACHED_WORDS = 24_000
_RAREST = 12.0


@cache
def _tables() -> dict[str, npt.NDArray[np.generic]]:
    with files("detectors.text").joinpath(_FILE).open("rb") as file:
        return dict(np.load(file, allow_pickle=False))


class WordClasses(dict[str, int]):
    """Class of each word, 0 to 255, found by its ending when it is first met; bounded.

    The most frequent English words have classes of their own, from FIRST_WORD on, and so has the
    mark of a sentence's end.
    """

    def __init__(self, frequent: list[str]) -> None:
        self._frequent = {".": END_CLASS}
        self._frequent |= {word: FIRST_WORD + i for i, word in enumerate(frequent)}
        super().__init__(self._frequent)

    def __missing__(self, word: str) -> int:
        """Give, and keep, the class of a word."""
        if len(self) > _CACHED_WORDS:
            self.clear()
        found = self[word] = self._frequent.get(word) or by_ending(word)
        return found


def by_ending(word: str) -> int:
    """Give the class of a word that has none of its own."""
    if word.isdigit():
        return SUFFIXES["0"]
    return SUFFIXES.get(word[-3:]) or SUFFIXES.get(word[-2:]) or SUFFIXES.get(word[-1:], OTHER)


@cache
def word_classes() -> WordClasses:
    """Map each word to its class."""
    return WordClasses(str(_tables()["words"]).split())


@cache
def order_table() -> npt.NDArray[np.float32]:
    """Log-ratio of each pair of classes against independence, in nats; see `neighbours`."""
    counts = np.asarray(_tables()["order"], dtype=np.float32) / np.float32(32)
    table = np.zeros((256, 256), dtype=np.float32)
    table[: len(counts), : len(counts)] = counts
    return table.ravel()


@cache
def sentence_ends() -> dict[str, float]:
    """Give, for each of the known English words, how gladly a sentence ends with it.

    Log of its share of sentence ends over that of any word, in nats; the most frequent word first.
    """
    tables = _tables()
    ends = np.asarray(tables["ends"], dtype=np.float64) / 32
    return dict(zip(str(tables["known"]).split(), ends.tolist(), strict=True))


class Rarity(dict[str, float]):
    """Log of the rank of each known English word, 0.7 for the most frequent one; 12 for others."""

    def __missing__(self, _: str) -> float:
        """Give the rarity of a word that is not known."""
        return _RAREST


@cache
def rarity() -> Rarity:
    """Map each word to how rare it is."""
    return Rarity({word: math.log(rank + 2) for rank, word in enumerate(sentence_ends())})


@cache
def letter_surprise_table() -> npt.NDArray[np.float32]:
    """-log2 P(letter | letter before), of either case, 0 for what is no letter; see `neighbours`."""
    classes = np.zeros(256, dtype=np.intp)
    classes[ord("a") : ord("z") + 1] = classes[ord("A") : ord("Z") + 1] = np.arange(1, 27)
    table = np.asarray(_tables()["letters"], dtype=np.float32).copy()
    table[0] = table[:, 0] = 0.0
    return table[np.ix_(classes, classes)].ravel()


def neighbours(data: bytes) -> npt.NDArray[np.uint16]:
    """Place of each pair of neighbouring bytes in a flat table of 256 by 256."""
    codes = np.frombuffer(data, dtype=np.uint8)
    places = codes[:-1].astype(np.uint16)
    places <<= 8
    places |= codes[1:]
    return places

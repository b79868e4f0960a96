"""Hashed features of words: the word, its character n-grams and pairs of neighbours.

The hashing trick (Weinberger et al., 2009) with the sub-word n-grams of fastText (Bojanowski et
al., 2017). A word's own features depend on the word alone, so a scorer can keep their sum; pairs
are hashed from the two words' hashes, for a whole batch at once.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 18
PAIR_BUCKETS = 1 << 18
LONGEST_WORD = 32

_NGRAM_LENGTHS = (3, 4, 5)
_MIX = np.uint32(0x9E3779B1)

Indices = npt.NDArray[np.int64]


def word_hash(word: str) -> int:
    """Give the 32-bit hash of a word that pairs are made from."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def word_features(word: str) -> list[int]:
    """Buckets of the word and of its distinct character n-grams, in [0, BUCKETS)."""
    word = word[:LONGEST_WORD]
    grams = {f"={word}"}
    marked = f"<{word}>"
    for length in _NGRAM_LENGTHS:
        grams.update(marked[i : i + length] for i in range(len(marked) - length + 1))
    return sorted({word_hash(gram) % BUCKETS for gram in grams})


def pair_features(hashes: npt.NDArray[np.uint32]) -> Indices:
    """Buckets of the pairs of neighbouring words, in [0, PAIR_BUCKETS); one fewer than words."""
    left, right = hashes[:-1], hashes[1:]
    mixed = (left * _MIX) ^ ((right << np.uint32(16)) | (right >> np.uint32(16)))
    mixed = (mixed ^ (mixed >> np.uint32(15))) * _MIX
    return ((mixed >> np.uint32(8)) % np.uint32(PAIR_BUCKETS)).astype(np.int64)

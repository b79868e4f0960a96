"""Whether English words stand in an order that English has."""

from __future__ import annotations

import math

import numpy as np

from detectors.text.tables import OTHER, SUFFIXES, order_table, word_classes

_WORDS_READ = 120
_LEAST_WORDS = 10
_LEAST_KNOWN = 0.25
_USUAL = 0.45


def word_order(text_words: list[str]) -> float | None:
    """Mean log-ratio P(class | class before) / P(class) over neighbouring words, as a score.

    Frequent words are classes of their own, the others share one by their ending. In ordinary
    English the mean is about 0.45 nats, in the same words shuffled about -0.4; the score is the
    distance from 0.45 times the root of the number of pairs, so that texts of all lengths spread
    alike. Reads 120 words. None for fewer than ten words and for texts with few of the frequent
    English words (other languages, lists of names).
    """
    head = text_words[:_WORDS_READ]
    if len(head) < _LEAST_WORDS:
        return None
    known = word_classes()
    codes = [known.get(word, -1) for word in head]
    unknown = codes.count(-1)
    if len(head) - unknown < _LEAST_KNOWN * len(head):
        return None
    if unknown:
        codes = [_by_ending(w) if c < 0 else c for w, c in zip(head, codes, strict=True)]
    order = np.array(codes, dtype=np.intp)
    mean = float(order_table()[order[:-1], order[1:]].mean())
    return (mean - _USUAL) * math.sqrt(len(order) - 1)


def _by_ending(word: str) -> int:
    """Give the class of a word that has none of its own."""
    if word.isdigit():
        return SUFFIXES["0"]
    return SUFFIXES.get(word[-3:]) or SUFFIXES.get(word[-2:]) or SUFFIXES.get(word[-1:], OTHER)

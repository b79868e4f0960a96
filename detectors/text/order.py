"""Whether English words stand in an order that English has."""

from __future__ import annotations

import math

from detectors.text.tables import FIRST_WORD, neighbours, order_table, word_classes

_WORDS_READ = 120
_LEAST_WORDS = 10
_LEAST_KNOWN = 0.25
_USUAL = 0.45
_ENDINGS = bytes(range(FIRST_WORD))


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
    codes = bytes(map(word_classes().__getitem__, head))
    if len(codes.translate(None, _ENDINGS)) < _LEAST_KNOWN * len(head):
        return None
    pairs = len(head) - 1
    mean = float(order_table().take(neighbours(codes)).sum()) / pairs
    return (mean - _USUAL) * math.sqrt(pairs)

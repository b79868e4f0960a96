"""Whether English words and sentence ends stand in an order that English has."""

from __future__ import annotations

import math

from detectors.text.tables import END_CLASS, FIRST_WORD, neighbours, order_table, word_classes

END = "."
"""A sentence's end, among words."""

_CHARACTERS_READ = 900
_LEAST_WORDS = 7
_LEAST_KNOWN = 0.25
_USUAL = 0.5
_UNKNOWN = bytes(range(FIRST_WORD))
_MARK = b"\x01"
# Byte by byte: what words are made of, in lower case, and a mark for what may end a sentence.
_KEPT = bytes(
    1 if chr(c) in ".!?" else ord(chr(c).lower()) if chr(c).isalnum() else 32 for c in range(128)
).ljust(256)


def word_order(text: str) -> float | None:
    """Mean log-ratio P(class | class before) / P(class) over neighbouring words, as a score.

    Frequent words are classes of their own, the others share one by their ending, and the end of
    a sentence is one more. In ordinary English the mean is about 0.5 nats, in the same words
    shuffled about -0.5; the score is the distance from 0.5 times the root of the number of pairs,
    so that texts of all lengths spread alike. Reads 900 characters. None for fewer than seven
    words and for texts with few of the frequent English words (other languages, lists of names).
    """
    head = marked_words(text[:_CHARACTERS_READ])
    if len(head) < _LEAST_WORDS:
        return None
    codes = bytes([END_CLASS, *map(word_classes().__getitem__, head)])
    if len(codes.translate(None, _UNKNOWN)) < _LEAST_KNOWN * len(head):
        return None
    pairs = len(head)
    mean = float(order_table().take(neighbours(codes)).sum()) / pairs
    return (mean - _USUAL) * math.sqrt(pairs)


def marked_words(text: str) -> list[str]:
    """List the words, of ASCII letters and digits, with END for each sentence's end."""
    plain = text if text.isascii() else text.replace("\u2019", "'")
    data = plain.encode("ascii", "ignore").translate(_KEPT) + b" "
    return data.replace(_MARK + b" ", b" . ").replace(_MARK, b" ").decode().split()

"""How much a text looks broken off before its end."""

from __future__ import annotations

import re

from detectors.text.answer import PROPER_END
from detectors.text.function_words import LANGUAGES_OF

_LEAST_WORDS = 6
_LAST_CHARACTERS = 400
_OPEN_END = frozenset(",;:-(\u2013\u2014")
_EARLIER_END = re.compile(r"[.!?\u3002]['\")\u201d]?\s")
_END = re.compile(r"[.!?]\s+([a-z]?)")
_READ_CHARACTERS = 2_000
_LIST_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)])\s")


def misplaced_ends(text: str) -> float:
    """Share of the sentence ends inside a text that a small letter follows, 0 to 1.

    Abbreviations make a few of these; words in the wrong order make most ends such.
    """
    followed_by = _END.findall(text[:_READ_CHARACTERS])
    return (len(followed_by) - followed_by.count("")) / (len(followed_by) + 1)


def broken_off(text: str, text_words: list[str]) -> float:
    """Count the signs, 0 to 3, that a text stops in mid-sentence; 0 where it ends properly.

    One for a last line of some length without an end mark, one if sentences before it did end
    with one, one if the last word or character cannot end a sentence (`the`, a comma).
    """
    tail = text[-_LAST_CHARACTERS:].rstrip()
    if len(text_words) < _LEAST_WORDS or not tail:
        return 0.0
    if tail[-1] in PROPER_END and tail[-1] not in _OPEN_END:
        return 0.0
    line = tail.rsplit("\n", 1)[-1]
    signs = 0.0
    if len(line.split()) >= _LEAST_WORDS and not _LIST_ITEM.match(line):
        signs += 1.0
        signs += _EARLIER_END.search(tail) is not None
    return signs + (tail[-1] in _OPEN_END or text_words[-1] in LANGUAGES_OF)

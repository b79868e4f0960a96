"""How long the sentences of a text are: with the length of its words, what makes it hard to read."""

from __future__ import annotations

import math

from detectors.text.embedding import READ_CHARACTERS

_LEAST_WORDS = 4
_ENDS = (".", "!", "?", "\n", "\u3002")


def log_sentence_length(text: str, text_words: list[str]) -> float | None:
    """Log of one more than the words to an end mark or a line break; None below four words.

    Abbreviations and decimals count as ends: what is compared is a text with texts of its kind.
    """
    if len(text_words) < _LEAST_WORDS:
        return None
    read = text[:READ_CHARACTERS]
    return math.log1p(len(text_words) / max(1, sum(map(read.count, _ENDS))))

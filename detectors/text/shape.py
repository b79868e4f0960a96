"""What a text looks like, in numbers that need no model: length, characters, words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from detectors.text.embedding import READ_CHARACTERS
from detectors.text.function_words import LANGUAGES_OF

if TYPE_CHECKING:
    import numpy.typing as npt

_FUNCTION_WORDS = frozenset(LANGUAGES_OF)
_DISTINCT_OF = 100

_OTHER, _CAPITAL, _DIGIT, _PUNCTUATION, _NEWLINE, _SPACE, _NOT_ASCII = range(7)


def _classes() -> npt.NDArray[np.uint8]:
    """Class of each ASCII code point; the last entry stands for all others."""
    table = np.full(129, _OTHER, dtype=np.uint8)
    for code in range(128):
        character = chr(code)
        if character == "\n":
            table[code] = _NEWLINE
        elif character.isspace():
            table[code] = _SPACE
        elif character.isdigit():
            table[code] = _DIGIT
        elif character.isupper():
            table[code] = _CAPITAL
        elif character.isprintable() and not character.isalpha():
            table[code] = _PUNCTUATION
    table[128] = _NOT_ASCII
    return table


_CLASS = _classes()


def shape(text: str, text_words: list[str]) -> dict[str, float]:
    """Describe a text; shares are of its characters (or words), 0 to 1.

    An empty text has a length and nothing else.

    Parameters
    ----------
    text
        The text; its first 16,000 characters are read, and its length scaled up from them.
    text_words
        Its words, as `detectors.text.embedding.words` gives them.

    """
    read = text[:READ_CHARACTERS]
    found = {"log_length": math.log1p(len(text_words) * max(1.0, len(text) / READ_CHARACTERS))}
    if not read:
        return found
    codes = np.frombuffer(read.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    counts = np.bincount(_CLASS[np.minimum(codes, 128)], minlength=7).tolist()
    characters = len(read)
    found["capitals"] = counts[_CAPITAL] / characters
    found["digits"] = counts[_DIGIT] / characters
    found["punctuation"] = counts[_PUNCTUATION] / characters
    found["newlines"] = counts[_NEWLINE] / characters
    found["non_ascii"] = counts[_NOT_ASCII] / characters
    if text_words:
        found |= _of_words(text_words)
    return found


def _of_words(text_words: list[str]) -> dict[str, float]:
    head = text_words[:_DISTINCT_OF]
    return {
        "function_words": sum(map(_FUNCTION_WORDS.__contains__, head)) / len(head),
        "distinct_words": len(set(head)) / len(head),
        "word_length": sum(map(len, head)) / len(head),
    }

"""What a text looks like, in numbers that need no model: length, characters, words."""

from __future__ import annotations

import math
import string

from detectors.text.embedding import READ_CHARACTERS
from detectors.text.function_words import LANGUAGES_OF

_FUNCTION_WORDS = frozenset(LANGUAGES_OF)
_DISTINCT_OF = 100

# ASCII alone; what is beyond it counts as `non_ascii`.
_COUNTED = (
    ("capitals", string.ascii_uppercase.encode()),
    ("digits", string.digits.encode()),
    ("punctuation", string.punctuation.encode()),
    ("newlines", b"\n"),
)


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
    ascii_part = read.encode("ascii", "ignore")
    characters, ascii_characters = len(read), len(ascii_part)
    for name, counted in _COUNTED:
        rest = len(ascii_part.translate(None, counted))
        found[name] = (ascii_characters - rest) / characters
    found["non_ascii"] = (characters - ascii_characters) / characters
    if text_words:
        found |= _of_words(text_words)
    return found


def _of_words(text_words: list[str]) -> dict[str, float]:
    head = text_words[:_DISTINCT_OF]
    count = len(head)
    return {
        "function_words": sum(map(_FUNCTION_WORDS.__contains__, head)) / count,
        "distinct_words": len(set(head)) / count,
        "word_length": len("".join(head)) / count,
    }

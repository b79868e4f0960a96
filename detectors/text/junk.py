"""Signs that a text is not language: mis-decoded bytes, encoded data, keys struck at random."""

from __future__ import annotations

import math
import re

import numpy as np

from detectors.text.tables import letter_surprise_table, neighbours

_READ_CHARACTERS = 4_000
_LETTERS_READ = 600
_LEAST_LETTERS = 20

# UTF-8 read as Latin-1 or Windows-1252: a lead byte's character followed by as many continuation
# bytes' characters as it asks for. Also the replacement character, and control characters that no
# text needs.
_CONTINUATION = "[\x80-\xbf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]"
_MISREAD = re.compile(
    f"[\u00c2-\u00df]{_CONTINUATION}|[\u00e0-\u00ef]{_CONTINUATION}{{2}}|\u00f0{_CONTINUATION}{{3}}"
    "|[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_NO_CHUNK = re.compile(r"https?://\S+")


def junk(text: str) -> dict[str, float]:
    """Describe how far a text is from language; a feature without meaning for it is absent.

    `misread` counts mis-decoded or control characters per character. `longest_chunk` is the log
    of one more than the longest run without white space, web addresses apart.
    `letter_surprise` is the mean of -log2 P(letter | letter before) under English letter pairs:
    about 3 for European languages, 5 and more for letters at random; only for texts whose letters
    are Latin.
    """
    read = text[:_READ_CHARACTERS]
    if not read.strip():
        return {}
    pattern = _CONTROL if read.isascii() else _MISREAD
    found = {"misread": len(pattern.findall(read)) / len(read)}
    plain = _NO_CHUNK.sub(" ", read) if "://" in read else read
    found["longest_chunk"] = math.log1p(max(map(len, plain.split()), default=0))
    surprise = _letter_surprise(read[:_LETTERS_READ])
    if surprise is not None:
        found["letter_surprise"] = surprise
    return found


def _letter_surprise(text: str) -> float | None:
    data = text.encode("ascii", "replace")
    surprises = letter_surprise_table().take(neighbours(data))
    count = int(np.count_nonzero(surprises))
    if count < _LEAST_LETTERS or 3 * count < len(text):
        return None
    return float(surprises.sum()) / count

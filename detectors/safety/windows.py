"""Cut long texts into overlapping windows, so that a short bad passage is not averaged away."""

from __future__ import annotations

import re
from dataclasses import dataclass

SIZE = 200
STEP = 100

# A piece is a word, or twelve characters of a script that is written without spaces.
_PIECE = re.compile(r"\S{1,12}")
_SHORT = SIZE * 2


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a text: its character offsets."""

    start: int
    end: int


def windows(text: str) -> list[Window]:
    """Windows of 200 words, one starting every 100; one for a short text, none for a blank one."""
    if len(text) <= _SHORT:
        return [Window(0, len(text))] if text and not text.isspace() else []
    pieces = [match.span() for match in _PIECE.finditer(text)]
    if len(pieces) <= SIZE:
        return [Window(0, len(text))] if pieces else []
    last = len(pieces) - SIZE
    starts = [*range(0, last, STEP), last]
    return [Window(pieces[i][0], pieces[i + SIZE - 1][1]) for i in starts]

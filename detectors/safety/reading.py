"""What of long texts the encoder reads: the passages that stand out, in overlapping windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.safety.sequences import spans
from detectors.safety.windows import SIZE, STEP, Window

if TYPE_CHECKING:
    from detectors.observation import Side
    from detectors.safety.classifier import Passage
    from detectors.safety.encoder import Tokens

Matrix = npt.NDArray[np.float32]

MOST_READ = 8
"""Sequences of one text that the encoder reads at most."""


def salient(passages: list[Passage], cheap: Matrix) -> list[int]:
    """Passages worth reading, at most `MOST_READ` of a text, the most salient first."""
    texts: dict[int, list[int]] = {}
    for place, passage in enumerate(passages):
        texts.setdefault(passage.text, []).append(place)
    return [place for own in texts.values() for place in _by_salience(own, cheap)[:MOST_READ]]


def _by_salience(places: list[int], cheap: Matrix) -> list[int]:
    """Order a text's passages by how far any category stands out from the text's usual."""
    if len(places) == 1:
        return places
    own = cheap[places]
    salience = (own - np.median(own, axis=0)).max(axis=1)
    return [places[i] for i in np.argsort(-salience, kind="stable")]


def _overlap(one: Passage, other: Passage) -> bool:
    """Whether the other goes on where the one ends."""
    return (
        one.text == other.text
        and other.window.start < one.window.end < other.window.end
        and one.window.start < other.window.start
    )


def parts(passages: list[Passage], place: int, tokens: Tokens, side: Side) -> list[tuple[int, int]]:
    """Windows over a passage; what its neighbour begins with is left to the neighbour."""
    found = spans(len(tokens.ids), side)
    follows = place + 1 < len(passages) and _overlap(passages[place], passages[place + 1])
    if not follows or len(found) == 1:
        return found
    return [(first, last) for first, last in found if first < len(tokens.ids) * STEP / SIZE]


def place_of(passage: Passage, tokens: Tokens, first: int, last: int) -> Window:
    """Place of tokens in the text; that of the passage where undoing a disguise moved letters."""
    window = passage.window
    if len(passage.plain) != window.end - window.start or not tokens.places:
        return window
    start, end = tokens.places[first][0], tokens.places[last - 1][1]
    return Window(window.start + start, window.start + end)

"""Cut a passage into the parts that are kept or left out as one: words, or runs of words."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from detectors.safety.normalise import unaccented, word_starts, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detectors.safety.classifier import Passage
    from detectors.safety.stacked import Reading

MOST = 24
"""Parts of a passage at most: what they cost grows with their number."""

_CHUNK = re.compile(r"\S+")
_SCRIPT_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a passage: its place there, text and words for the first stage, tokens for the second.

    `read` is whether it is in what the second stage reads; where the first judges alone, all is.
    """

    start: int
    end: int
    plain: str
    words: list[str]
    tokens: list[int]
    read: bool = True


def parts(passage: Passage, reading: Reading | None) -> list[Part]:
    """Cut a passage in the order of its text.

    Words where there are at most `MOST` of them, else runs of about as many words each. What stands
    before and behind the window that the second stage reads is one part each.
    """
    plain = passage.plain
    pieces = list(_pieces(plain))
    first, last = (0, len(plain)) if reading is None else _window(reading)
    before = [x for x in pieces if x[1] <= first]
    inside = [x for x in pieces if x[0] < last and x[1] > first]
    after = [x for x in pieces if x[0] >= last]
    room = MOST - bool(before) - bool(after)
    cut = [_part(plain, *_hull(run)) for run in _runs(inside, room)]
    if reading is not None:
        _deal(cut, reading)
    around = [[_part(plain, *_hull(run), read=False)] if run else [] for run in (before, after)]
    return [*around[0], *cut, *around[1]]


def _pieces(plain: str) -> Iterator[tuple[int, int]]:
    """Give what white space divides; where that is too much, what the first stage takes as words."""
    for match in _CHUNK.finditer(plain):
        start, end, chunk = match.start(), match.end(), unaccented(match[0])
        whole = end - start <= _LONGEST and not _SCRIPT_WITHOUT_SPACES.search(chunk)
        same = len(chunk) == end - start
        # What stands before the first word goes with it: no edge may divide a word.
        inner = [] if whole or not same else word_starts(chunk)[1:]
        yield from pairwise([start, *(start + place for place in inner), end])


def _window(reading: Reading) -> tuple[int, int]:
    return (reading.places[0][0], reading.places[-1][1]) if reading.places else (0, 0)


def _runs(pieces: Sequence[tuple[int, int]], room: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Divide pieces into at most `room` runs whose lengths differ by one at most."""
    count = min(room, len(pieces))
    edges = [len(pieces) * i // count for i in range(count + 1)] if count else []
    return (pieces[a:b] for a, b in pairwise(edges))


def _hull(run: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return run[0][0], run[-1][1]


def _part(plain: str, start: int, end: int, *, read: bool = True) -> Part:
    text = plain[start:end]
    return Part(start, end, text, words(unaccented(text)), [], read)


def _deal(cut: list[Part], reading: Reading) -> None:
    """Give each part the tokens that begin in it."""
    starts = [part.start for part in cut]
    ids = reading.sequence.ids[-1 - len(reading.places) : -1]
    for token, (start, _) in zip(ids, reading.places, strict=True):
        cut[max(0, bisect_right(starts, start) - 1)].tokens.append(token)

"""Notices when the answer of a stream under way seems to repeat itself, before it ends.

Only a screen: it costs microseconds every few thousand characters, and what judges the text is the
anomaly rule, as for any other answer.
"""

from __future__ import annotations

import zlib

from monitor.exchange.model import Exchange
from monitor.exchange.recorder import Recorder

_TAIL = 2_000
# Prose compresses to a half, tables and code to a quarter, a loop to less than a tenth.
_SMALL = 0.25
_LATER = 1.5


class LoopWatch:
    """Watches one stream; `every` so many characters the last 2,000 are looked at.

    A stream that goes on to repeat itself is told again when it has grown by half, so that all its
    notices together are no more than three times its text.
    """

    __slots__ = ("_every", "_looked", "_next", "_recorder")

    def __init__(self, recorder: Recorder, *, every: int) -> None:
        self._recorder = recorder
        self._every = every
        self._looked = 0
        self._next = 0.0

    def check(self, now: float) -> Exchange | None:
        """The notice to send now, if one is due."""
        kept = self._recorder.answer.kept
        if kept - self._looked < self._every:
            return None
        self._looked = kept
        if kept < self._next or not self._recorder.streamed:
            return None
        if not any(map(repeats, self._recorder.answer.tails(_TAIL))):
            return None
        self._next = _LATER * kept
        return self._recorder.running(now)


def repeats(text: str) -> bool:
    """Whether a text of 2,000 characters compresses as only one does that repeats itself."""
    if len(text) < _TAIL:
        return False
    data = text.encode("utf-8", "surrogatepass")
    return len(zlib.compress(data, 1)) < _SMALL * len(data)

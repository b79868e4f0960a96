"""Takes images, audio and files out of a large JSON body as it passes, and leaves its text.

What is sent inline is base64 in a string. Of a string, or of what follows `;base64,` in one, that
is nothing but base64 for `SHORTEST` bytes, the beginning is kept and the rest becomes a mark that
says how many characters are gone. No byte of anything else is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

SHORTEST = 4_096
MARK = re.compile(r"<elided (\d+)>")

# JSON writers may escape a slash, a plus or an equals sign, and break the lines of base64.
_ESCAPED = rb"\\(?:[/nr]|u00(?:2[BbFf]|3[Dd]))"
_RUN = re.compile(rb"(?:[A-Za-z0-9+/=_-]++|" + _ESCAPED + rb")*+")
_HEAD = re.compile(rb"(?:[A-Za-z0-9+/=_-]|" + _ESCAPED + rb"){0,16}")
_ESCAPE = 6
_DATA_URL = b";base64,"


class Elider:
    """One body. Gives the same whatever the cut of its bytes, and never raises."""

    __slots__ = ("_buffer", "_dropped", "_kept", "_state")

    def __init__(self) -> None:
        self._buffer = b""
        self._dropped = 0
        self._kept: list[bytes] = []
        # Of the class: one of this object's own would hold it, and its bytes, until garbage is collected.
        self._state: Callable[[Elider, int], int | None] = Elider._look

    def feed(self, data: bytes) -> bytes:
        """What is to be kept of `data` and of what was held back before."""
        self._buffer += data
        self._kept = []
        start, place = 0, self._state(self, 0)
        while place is not None:
            start, place = place, self._state(self, place)
        self._buffer = self._buffer[start:]
        return b"".join(self._kept)

    def end(self) -> bytes:
        """What was held back; the body is over."""
        mark = self._mark() if self._state is Elider._drop else b""
        return mark + self._buffer

    # Each state is given the place up to which all is dealt with, and returns the next, or None
    # if it cannot go on without more bytes.

    def _look(self, start: int) -> int | None:
        """Behind a quote or `;base64,`: find one that no quote follows for a long time."""
        buffer, place = self._buffer, start
        while len(buffer) - place >= SHORTEST + _ESCAPE:
            quote = buffer.rfind(b'"', place, place + SHORTEST)
            if quote < 0:
                return self._judge(start, place)
            place = quote + 1
        if place == start:
            return None
        self._kept.append(buffer[start:place])
        return place

    def _judge(self, start: int, place: int) -> int:
        run = _RUN.match(self._buffer, place)
        if run is not None and run.end() - place >= SHORTEST:
            head = _HEAD.match(self._buffer, place)
            place = head.end() if head is not None else place
            self._dropped, self._state = 0, Elider._drop
        else:
            self._state = Elider._skip
        self._kept.append(self._buffer[start:place])
        return place

    def _drop(self, start: int) -> int | None:
        """Inside base64: drop it, and hold back what may be the beginning of an escape."""
        buffer = self._buffer
        run = _RUN.match(buffer, start)
        end = run.end() if run is not None else start
        self._dropped += _characters(buffer[start:end])
        rest = buffer[end : end + _ESCAPE]
        if not rest or (rest.startswith(b"\\") and len(rest) < _ESCAPE):
            return end if end > start else None
        self._kept.append(self._mark())
        self._state = Elider._skip
        return end

    def _skip(self, start: int) -> int | None:
        """Inside a string that is not base64 from its beginning: go to its end."""
        buffer = self._buffer
        quote = buffer.find(b'"', start)
        data = buffer.find(_DATA_URL, start, len(buffer) if quote < 0 else quote)
        if data >= 0:
            place = data + len(_DATA_URL)
        elif quote >= 0:
            place = quote + 1
        else:
            return self._pass_all_but(len(_DATA_URL) - 1, start)
        self._kept.append(buffer[start:place])
        self._state = Elider._look
        return place

    def _pass_all_but(self, held: int, start: int) -> int | None:
        place = len(self._buffer) - held
        if place <= start:
            return None
        self._kept.append(self._buffer[start:place])
        return place

    def _mark(self) -> bytes:
        return b"<elided %d>" % self._dropped


def _characters(run: bytes) -> int:
    """Characters of base64 in a run: neither padding nor line ends, each escape for one."""
    escaped = run.count(b"\\")
    if not escaped:
        return len(run) - run.count(b"=")
    breaks = run.count(b"\\n") + run.count(b"\\r")
    extra = escaped + breaks + 4 * run.count(b"\\u")
    return len(run) - run.count(b"=") - extra

"""Runs of events that differ in one string, read at once.

A model's stream says the same thing hundreds of times with another word in it. Once one event is
understood, others with the same bytes around another plain string mean the same with that string:
the JSON has the same structure. So a batch of them is split at what they share, which takes a tenth
of the time of parsing each. Whatever deviates by a byte is not read here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.exchange.answer import Answer
from monitor.exchange.capture.sse import EventSplitter
from monitor.exchange.protocols.base import Dialect
from monitor.exchange.unparsed import READ_ERRORS

_END = b"\n\n"
_NOT_PLAIN = re.compile(rb'[\x00-\x1f"\\]')
_TRIES = 3
_SHORTEST_RUN = 4


class _Found(NamedTuple):
    """What an event says: in which choice, aloud or in thought, its text, and the model's name."""

    choice: int
    aloud: bool
    text: bytes
    model: str


class Template:
    """What the events of one stream have in common."""

    __slots__ = ("_found", "_glue", "_head", "_tail", "_tries")

    def __init__(self) -> None:
        self._head = self._tail = self._glue = b""
        self._found: _Found | None = None
        self._tries = _TRIES

    def span(self, batch: list[bytes]) -> tuple[int, int]:
        """From which piece to which, the latter excluded, a batch may be a run of such events."""
        start, stop = 0, len(batch) if self._found else 0
        while start < stop and not self._fits(batch[start]):
            start += 1
        while start < stop and not self._fits(batch[stop - 1]):
            stop -= 1
        return start, stop

    def read(self, run: list[bytes], times: list[float], answer: Answer) -> bool:
        """Whether the pieces are such events, one each; if so, `answer` has their content.

        `times` are those at which the pieces came. The first and the last piece are known to fit.
        """
        text = self._text(run)
        found = self._found
        if text is None or found is None:
            return False
        self._tries = _TRIES
        answer.model = found.model or answer.model
        (answer.text if found.aloud else answer.reasoning)(found.choice, text)
        answer.arrived_in_turn(times)
        return True

    def _fits(self, piece: bytes) -> bool:
        return piece.startswith(self._head) and piece.endswith(self._tail)

    def _text(self, run: list[bytes]) -> str | None:
        """The text of a run; None if it is not one after all.

        As many events as pieces, and the end of one at the end of each: one event in each piece.
        """
        texts = b"".join(run)[len(self._head) : -len(self._tail)].split(self._glue)
        if len(texts) != len(run) or not all(texts) or _NOT_PLAIN.search(b"".join(texts)):
            return None
        if any(piece[-2:] != _END for piece in run):
            return None
        try:  # apart, so that no two halves of a character make a whole one
            return _END.join(texts).decode().replace(_END.decode(), "")
        except UnicodeDecodeError:
            return None

    def learn(self, batch: list[bytes], dialect: Dialect, answer: Answer) -> None:
        """Take an event of a batch that was no run for the template of the next ones.

        `answer` is what the stream has said so far; nothing is added to it. A stream whose events never repeat is given up after a few tries.
        """
        if self._tries == 0 or len(batch) < _SHORTEST_RUN:
            return
        self._tries -= 1
        block = batch[len(batch) // 2]
        found = _only_text(block, dialect, answer)
        if found is not None:
            head, tail = block.split(b'"%b"' % found.text)
            self._head, self._tail = head + b'"', b'"' + tail
            self._glue = self._tail + self._head
            self._found = found


def _only_text(block: bytes, dialect: Dialect, answer: Answer) -> _Found | None:
    """The one string that an event adds to an answer, if that is all it does.

    It stands in the event once, and without a backslash no other spelling of it can.
    """
    events = EventSplitter(len(block)).feed(block)
    if len(events) != 1 or not block.endswith(_END) or b"\\" in block or b"\r" in block:
        return None
    _, name, data = events[0]
    scratch = answer.sibling()
    try:
        content = dialect.event(name, data, scratch)
    except READ_ERRORS:
        return None
    said = scratch.only_text()
    if not content or said is None:
        return None
    choice, aloud, text = said
    plain = text.encode()
    once = block.count(b'"%b"' % plain) == 1
    return _Found(choice, aloud, plain, scratch.model) if once else None

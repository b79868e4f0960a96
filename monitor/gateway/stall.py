"""Notices when a stream under way falls silent, and again each time its silence has doubled."""

from __future__ import annotations

from monitor.exchange.model import Exchange
from monitor.exchange.recorder import Recorder


class StallWatch:
    """Watches one stream; `after` is the silence, in seconds, that counts as a stall."""

    __slots__ = ("_after", "_next", "_recorder")

    def __init__(self, recorder: Recorder, *, after: float) -> None:
        self._recorder = recorder
        self._after = self._next = after

    def check(self, now: float) -> Exchange | None:
        """The notice to send now, if one is due.

        Content read a moment ago is proof enough; only its absence is worth a look at what waits.
        """
        read_at = self._recorder.answer.last_at
        if read_at is not None and now - read_at < self._after:
            self._next = self._after
            return None
        if not self._recorder.streamed:
            return None
        silence = self._recorder.silence(now)
        if silence < self._after:
            self._next = self._after
            return None
        if silence < self._next:
            return None
        self._next = 2 * silence
        return self._recorder.stalled(now)

    @property
    def stalled(self) -> bool:
        """Whether the stream was silent when last looked at."""
        return self._next > self._after

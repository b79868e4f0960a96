"""The channels as they are: what each is sending, how much it may take, and since when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitor.alerts.backoff import pause
from monitor.alerts.message import Message
from monitor.alerts.settings import ChannelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way. `since` is when it was made, `next_at` when it is tried next.

    `error` is what the channel said to the last try.
    """

    channel: str
    message: Message
    since: float
    next_at: float
    tries: int = 0
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Line:
    """One channel. Times are in seconds since the epoch.

    `room` is how many messages it may take, as of `room_at`. `failing_since` is the first of the
    `failures` in a row, `trouble` what it said to the last one, `delivered` when it last took a message.
    """

    outgoing: Outgoing | None = None
    room: float
    room_at: float = 0.0
    failing_since: float | None = None
    failures: int = 0
    trouble: str = ""
    delivered: float | None = None

    def refill(self, channel: ChannelSettings, *, now: float) -> int:
        """How many messages it may take now."""
        gained = max(0.0, now - self.room_at) * channel.rate / 60.0
        self.room = min(max(1.0, channel.rate), self.room + gained)
        self.room_at = now
        return int(self.room)

    def send(self, message: Message, channel: str, *, now: float) -> None:
        """Put a message on its way; while the channel fails, it waits as a next try would."""
        at = now + pause(self.failures) if self.failures else now
        self.outgoing = Outgoing(channel=channel, message=message, since=now, next_at=at)
        self.room -= 1.0

    def tried(self, error: str = "") -> Outgoing:
        """Its message after one more try, of which `error` is what went wrong."""
        assert self.outgoing is not None
        return replace(self.outgoing, tries=self.outgoing.tries + 1, error=error)

    def took(self, *, now: float) -> None:
        """Its message has been taken."""
        self.outgoing, self.failing_since, self.failures, self.trouble = None, None, 0, ""
        self.delivered = now

    def failed(self, error: str, *, now: float, dead: bool) -> None:
        """Its message has not been taken: it is tried again, unless it is `dead` and kept elsewhere."""
        self.failing_since = now if self.failing_since is None else self.failing_since
        self.failures += 1
        tried = self.tried(error)
        self.outgoing = None if dead else replace(tried, next_at=now + pause(tried.tries))
        self.trouble = error


def lines(channels: Mapping[str, ChannelSettings], saved: Mapping[str, Line]) -> dict[str, Line]:
    """A line for every channel, as it was saved if it was."""
    return {
        name: saved.get(name) or Line(room=max(1.0, channel.rate))
        for name, channel in channels.items()
    }

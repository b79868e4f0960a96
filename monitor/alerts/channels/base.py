"""What every channel does."""

from __future__ import annotations

from typing import Protocol

from monitor.alerts.message import Message


class Channel(Protocol):
    """One way out. It may be used by one thread at a time."""

    def send(self, message: Message, *, now: float) -> None:
        """Deliver a message at `now`, in seconds since the epoch; it blocks.

        Raises
        ------
        DeliveryError
            It was not taken, or nobody knows.
        """
        ...

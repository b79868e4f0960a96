"""What goes wrong with alerts."""

from __future__ import annotations

from monitor.errors import MonitorError


class AlertError(MonitorError):
    """A channel cannot be used as it is set up; the message says why and how to mend it."""


class DeliveryError(MonitorError):
    """A channel did not take a message. `final` says that trying again will not help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final

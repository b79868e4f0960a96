"""Sending a marked test to a channel."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from monitor.alerts.channels.opening import open_channel
from monitor.alerts.composing import trial
from monitor.alerts.errors import AlertError, DeliveryError
from monitor.alerts.settings import AlertSettings


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test: `error` is "" where the channel took it, after so many seconds."""

    channel: str
    kind: str
    seconds: float
    error: str = ""


def chosen(settings: AlertSettings, name: str) -> list[str]:
    """The channel of a name, or all of them for "".

    Raises
    ------
    AlertError
        There is none.
    """
    if name and name not in settings.channels:
        known = ", ".join(sorted(settings.channels)) or "none is set up"
        raise AlertError(f"there is no channel {name!r}; channels: {known}")
    if not settings.channels:
        raise AlertError("no channel is set up: add [alerts.channels.NAME] to the configuration")
    return [name] if name else sorted(settings.channels)


def send_trial(settings: AlertSettings, name: str, *, at: float) -> Trial:
    """Send a test to one channel, once; `at` is in seconds since the epoch."""
    channel = settings.channels[name]
    began, error = time.monotonic(), ""
    try:
        message = trial(name, message_id=secrets.token_hex(12), at=at)
        open_channel(name, channel).send(message, now=at)
    except (AlertError, DeliveryError) as trouble:
        error = str(trouble)
    return Trial(name, channel.kind, time.monotonic() - began, error)

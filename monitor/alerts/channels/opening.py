"""Channels from their settings."""

from __future__ import annotations

from monitor.alerts.channels.alertmanager import Alertmanager
from monitor.alerts.channels.base import Channel
from monitor.alerts.channels.posting import checked
from monitor.alerts.channels.services import Services
from monitor.alerts.channels.webhook import Webhook
from monitor.alerts.secrets import revealed
from monitor.alerts.settings import AlertSettings, ChannelSettings
from monitor.alerts.signing import key_of


def open_channels(settings: AlertSettings) -> dict[str, Channel]:
    """Every channel, with its secrets read.

    Raises
    ------
    AlertError
        One cannot be used: a secret is missing, or a URL is none. No secret is in the message.
    """
    return {name: open_channel(name, channel) for name, channel in settings.channels.items()}


def open_channel(name: str, settings: ChannelSettings) -> Channel:
    """One channel, as `open_channels`."""
    where = f"alerts.channels.{name}"
    url = revealed(settings.url, where=f"{where}.url")
    if settings.kind == "apprise":
        return Services(url, timeout=settings.timeout, where=f"{where}.url")
    headers = _authorization(settings, where)
    checked(url, where=f"{where}.url")
    if settings.kind == "alertmanager":
        return Alertmanager(
            url=url, timeout=settings.timeout, resend=settings.resend, headers=headers
        )
    secret = revealed(settings.secret, where=f"{where}.secret") if settings.secret else ""
    return Webhook(url=url, timeout=settings.timeout, key=key_of(secret), headers=headers)


def _authorization(settings: ChannelSettings, where: str) -> dict[str, str]:
    if not settings.authorization:
        return {}
    return {"authorization": revealed(settings.authorization, where=f"{where}.authorization")}

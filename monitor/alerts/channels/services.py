"""Slack, PagerDuty, e-mail and the other services that apprise knows."""

from __future__ import annotations

import hashlib
import importlib
import io
import logging
from typing import Any

from monitor.alerts.errors import AlertError, DeliveryError
from monitor.alerts.message import Message
from monitor.alerts.wording import plain

_TYPES = {"info": "info", "warning": "warning", "critical": "failure"}
_PAGERDUTY = "pagerduty://"


class Services:
    """Sends through one apprise URL. What apprise logs is read for the reason of a failure.

    Raises
    ------
    AlertError
        apprise is not installed, or does not know the URL; the message does not show it.
    """

    def __init__(self, url: str, *, timeout: float, where: str) -> None:
        self._apprise = _library(where)
        self._url = url
        self._timeout = timeout
        if self._opened("") is None:
            raise AlertError(f"{where}: apprise does not know this URL")

    def send(self, message: Message, *, now: float) -> None:
        """Hand it to the service; whether it was taken is all that apprise says."""
        service = self._opened(message.key)
        assert service is not None
        over = message.status in {"resolved", "test"}
        kind = "success" if over else _TYPES[message.severity]
        with self._apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
            try:
                taken = service.notify(
                    title=message.title,
                    body=message.markdown,
                    body_format=self._apprise.NotifyFormat.MARKDOWN,
                    notify_type=kind,
                )
            except Exception as error:
                # A service's own code: whatever it raises, the message was not delivered.
                raise DeliveryError(f"apprise raised {type(error).__name__}") from error
            if not taken:
                raise DeliveryError(_reason(said))

    def _opened(self, key: str) -> Any:
        asset = self._apprise.AppriseAsset(app_id="Sidewatch", app_desc="Sidewatch")
        service = self._apprise.Apprise(asset=asset)
        return service if service.add(self._addressed(key)) else None

    def _addressed(self, key: str) -> str:
        """The URL, with a time limit; PagerDuty's says which of its incidents a message is about."""
        more = {"cto": f"{self._timeout:g}", "rto": f"{self._timeout:g}"}
        if self._url.startswith(_PAGERDUTY):
            digest = hashlib.sha256(key.encode()).hexdigest()[:32]
            more |= {"action": "map", "dedup": f"sidewatch-{digest}"}
        named = {name: value for name, value in more.items() if f"{name}=" not in self._url}
        query = "&".join(f"{name}={value}" for name, value in named.items())
        return f"{self._url}{'&' if '?' in self._url else '?'}{query}"


def _library(where: str) -> Any:
    try:
        return importlib.import_module("apprise")
    except ModuleNotFoundError as error:
        raise AlertError(
            f"{where}: this needs apprise, which is not installed: pip install 'sidewatch[alerts]'"
        ) from error


def _reason(said: io.StringIO) -> str:
    lines = [plain(line, longest=200) for line in said.getvalue().splitlines() if line.strip()]
    return lines[-1] if lines else "the service did not take it"

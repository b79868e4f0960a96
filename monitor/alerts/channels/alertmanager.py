"""A Prometheus Alertmanager, which groups, silences and routes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.alerts.channels.posting import post
from monitor.alerts.message import Message
from monitor.alerts.payloads import alerts_body

_PATH = "/api/v2/alerts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager:
    """Posts the incidents of a message as alerts to an Alertmanager at `url`."""

    url: str
    timeout: float
    resend: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def send(self, message: Message, *, now: float) -> None:
        """Post them; what is open ends by itself unless it is sent again."""
        body = alerts_body(message, now=now, resend=self.resend)
        post(self.url.rstrip("/") + _PATH, body, self.headers, timeout=self.timeout)

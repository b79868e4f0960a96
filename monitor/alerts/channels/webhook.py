"""A webhook: the message as JSON, signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.alerts.channels.posting import post
from monitor.alerts.message import Message
from monitor.alerts.payloads import webhook_body
from monitor.alerts.signing import signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Posts each message to a URL; with a `key` it is signed. `headers` are sent as well."""

    url: str
    timeout: float
    key: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def send(self, message: Message, *, now: float) -> None:
        """Post it; the signature is of now, so that a late try is not taken for a replay."""
        body = webhook_body(message)
        headers = {**self.headers, **signed(self.key, message.id, now, body)}
        post(self.url, body, headers, timeout=self.timeout)

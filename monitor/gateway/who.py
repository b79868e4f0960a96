"""Who asks, read from a request's head: tenant, user, conversation, and which API key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from monitor.exchange.capture.naming import BodyFields
from monitor.exchange.recorder import Origin
from monitor.settings import GatewaySettings

_LONGEST = 128
_KEY_BYTES = 8
_KEY_FIELDS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")


class Identify:
    """Reads who asks, as the settings say: from header fields, and where to look in the body.

    An API key is only ever turned into 16 hexadecimal digits of BLAKE2b (RFC 7693) keyed with
    `key_secret`: enough to tell keys apart, and of no use to whoever does not hold the secret.
    Without a secret no key is told from another.
    """

    def __init__(self, settings: GatewaySettings) -> None:
        self._tenant = settings.tenant_header.lower().encode()
        self._user = settings.user_header.lower().encode()
        self._conversation = settings.conversation_header.lower().encode()
        self._fields = BodyFields(
            settings.tenant_field, settings.user_field, settings.conversation_field
        )
        secret = settings.key_secret.encode()
        self._secret = hashlib.sha256(secret).digest() if secret else b""

    def origin(self, route: str, fields: Mapping[bytes, bytes]) -> Origin:
        """What the head of a request says; `fields` by their lower-case names."""
        return Origin(
            route,
            tenant=_text(fields, self._tenant),
            user=_text(fields, self._user),
            conversation=_text(fields, self._conversation),
            key=self._hash(fields) if self._secret else "",
            content_encoding=fields.get(b"content-encoding", b"").decode("latin-1"),
            fields=self._fields,
        )

    def _hash(self, fields: Mapping[bytes, bytes]) -> str:
        for name in _KEY_FIELDS:
            if given := fields.get(name):
                key = given.rpartition(b" ")[2]  # the same key, with and without its scheme
                hashed = hashlib.blake2b(key, key=self._secret, digest_size=_KEY_BYTES)
                return hashed.hexdigest()
        return ""


def _text(fields: Mapping[bytes, bytes], name: bytes) -> str:
    return fields.get(name, b"")[:_LONGEST].decode("utf-8", "replace")

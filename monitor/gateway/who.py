"""Who asks, read from a request's header fields: tenant, user, conversation, and which API key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from monitor.settings import GatewaySettings

_LONGEST = 128
_KEY_BYTES = 8
_KEY_FIELDS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")


class Who(NamedTuple):
    """What the head says; empty where it says nothing. `key` is a keyed hash of the API key."""

    tenant: str = ""
    user: str = ""
    conversation: str = ""
    key: str = ""


class Identify:
    """Reads `Who` from lower-case field names and their values.

    An API key is only ever turned into 16 hexadecimal digits of BLAKE2b (RFC 7693) keyed with
    `key_secret`: enough to tell keys apart, and of no use to whoever does not hold the secret. Without a
    secret no key is told from another.
    """

    def __init__(self, settings: GatewaySettings) -> None:
        self._tenant = settings.tenant_header.lower().encode()
        self._user = settings.user_header.lower().encode()
        self._conversation = settings.conversation_header.lower().encode()
        secret = settings.key_secret.encode()
        self._secret = hashlib.sha256(secret).digest() if secret else b""

    def __call__(self, fields: Mapping[bytes, bytes]) -> Who:
        """Who sent a request with these fields."""
        return Who(
            tenant=_text(fields, self._tenant),
            user=_text(fields, self._user),
            conversation=_text(fields, self._conversation),
            key=self._hash(fields) if self._secret else "",
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

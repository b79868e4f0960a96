"""Signed webhooks, as the Standard Webhooks specification has them, version 1."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from monitor.alerts.errors import AlertError

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 behind `whsec_`, any other text as it is.

    Raises
    ------
    AlertError
        What follows `whsec_` is not base64.
    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise AlertError("a secret that begins with whsec_ is base64 behind that") from error


def signed(key: bytes, message_id: str, at: float, body: bytes) -> dict[str, str]:
    """The headers by which a receiver tells who sent a body, when, and whether it came before.

    `at` is in seconds since the epoch. With an empty key there is no signature.
    """
    time = str(int(at))
    headers = {"webhook-id": message_id, "webhook-timestamp": time}
    if key:
        content = b".".join((message_id.encode(), time.encode(), body))
        digest = hmac.new(key, content, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers

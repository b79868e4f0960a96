"""Tenant, user and conversation where an application keeps them: in fields of its own of the body."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from monitor.exchange.protocols.base import Asked, name_of

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class BodyFields(NamedTuple):
    """Where to look: names of fields, one in the other, such as `metadata.tenant`; "" for nowhere."""

    tenant: str = ""
    user: str = ""
    conversation: str = ""

    def fill(self, asked: Asked, body: bytes) -> Asked:
        """`asked` with what the fields of the body name; they win over what the dialect knows."""
        if self == NO_FIELDS:
            return asked
        whole = _decode(body)
        return asked._replace(
            tenant=_at(whole, self.tenant),
            user=_at(whole, self.user) or asked.user,
            conversation=_at(whole, self.conversation) or asked.conversation,
        )


NO_FIELDS = BodyFields()


def _at(whole: object, path: str) -> str:
    """The name at a path; "" if nothing is there, or something that is no name."""
    if not path:
        return ""
    for key in path.split("."):
        whole = whole.get(key) if isinstance(whole, dict) else None
    return name_of(whole)

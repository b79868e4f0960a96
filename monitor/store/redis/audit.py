"""The audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from monitor.access.audit import AuditEntry, same_change, seal
from monitor.store.base import ConflictError
from monitor.store.redis.part import RedisPart, key

_LOG = key("audit")
_ENTRY = b"entry"
_ATTEMPTS = 50

_SLICE = 1_000

_decoder = msgspec.json.Decoder(AuditEntry)


class RedisAudit(RedisPart):
    """A stream of one field; an entry is added only behind the one that it was sealed with."""

    async def append_audit(self, entry: AuditEntry) -> AuditEntry:
        """Add an entry behind the last one, once."""
        for _ in range(_ATTEMPTS):
            found = await self._link.call("XREVRANGE", _LOG, "+", "-", "COUNT", 1)
            place, last = (found[0][0], _decode(found[0][1])) if found else (b"", None)
            if last is not None and same_change(last, entry):
                return last
            sealed = seal(entry, last.hash if last else "")
            if await self._run("append_audit", [_LOG], place, msgspec.json.encode(sealed)):
                return sealed
        raise ConflictError("the audit log keeps growing; try again")

    async def audit(self, *, limit: int) -> list[AuditEntry]:
        """The latest entries, newest first."""
        found = await self._link.call("XREVRANGE", _LOG, "+", "-", "COUNT", max(1, limit))
        return [_decode(fields) for _, fields in found][:limit]

    async def walk_audit(self) -> AsyncIterator[AuditEntry]:
        """Every entry, oldest first."""
        behind = "-"
        while found := await self._link.call("XRANGE", _LOG, behind, "+", "COUNT", _SLICE):
            for _, fields in found:
                yield _decode(fields)
            behind = f"({found[-1][0].decode()}"


def _decode(fields: dict[bytes, bytes]) -> AuditEntry:
    try:
        return _decoder.decode(fields[_ENTRY])
    except (KeyError, msgspec.DecodeError):
        # Somebody wrote it who was not us. It is shown, and no chain holds it.
        return AuditEntry(at=0.0, by="", action="unreadable", subject="")

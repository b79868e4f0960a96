"""The audit log."""

from __future__ import annotations

import msgspec

from monitor.audit import AuditEntry, same_change, seal
from monitor.store.base import ConflictError
from monitor.store.redis.part import RedisPart, key

_LOG = key("audit")
_ENTRY = b"entry"
_ATTEMPTS = 50

_decode = msgspec.json.Decoder(AuditEntry).decode


class RedisAudit(RedisPart):
    """A stream of one field; an entry is added only behind the one that it was sealed with."""

    async def append_audit(self, entry: AuditEntry) -> AuditEntry:
        """Add an entry behind the last one, once."""
        for _ in range(_ATTEMPTS):
            found = await self._link.call("XREVRANGE", _LOG, "+", "-", "COUNT", 1)
            place, last = (found[0][0], _decode(found[0][1][_ENTRY])) if found else (b"", None)
            if last is not None and same_change(last, entry):
                return last
            sealed = seal(entry, last.hash if last else "")
            if await self._run("append_audit", [_LOG], place, msgspec.json.encode(sealed)):
                return sealed
        raise ConflictError("the audit log keeps growing; try again")

    async def audit(self, *, limit: int) -> list[AuditEntry]:
        """The latest entries, newest first."""
        found = await self._link.call("XREVRANGE", _LOG, "+", "-", "COUNT", max(1, limit))
        return [_decode(fields[_ENTRY]) for _, fields in found][:limit]

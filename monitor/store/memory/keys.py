"""Records of the API's keys."""

from __future__ import annotations

from monitor.access.keys import KeyRecord


class MemoryKeys:
    """A dictionary by id."""

    def __init__(self) -> None:
        self._keys: dict[str, KeyRecord] = {}

    async def put_key(self, record: KeyRecord) -> None:
        """Keep a record; overwrites."""
        self._keys[record.id] = record

    async def get_key(self, key_id: str) -> KeyRecord | None:
        """The record, or None."""
        return self._keys.get(key_id)

    async def keys(self) -> list[KeyRecord]:
        """All of them, newest first."""
        return sorted(self._keys.values(), key=lambda each: (-each.created, each.id))

"""Named baselines, and which one is active for a model."""

from __future__ import annotations

from dataclasses import replace

from monitor.store.base import BaselineRecord, ConflictError, StoreError


class MemoryBaselines:
    """Records with their data by name; a name's data never changes."""

    def __init__(self) -> None:
        self._baselines: dict[str, tuple[BaselineRecord, bytes]] = {}
        self._active: dict[str, str] = {}

    async def put_baseline(self, record: BaselineRecord, data: bytes) -> None:
        """Keep a baseline; the same data again changes nothing."""
        _, kept = self._baselines.setdefault(record.name, (replace(record, active=False), data))
        if kept != data:
            raise ConflictError(f"a baseline named {record.name!r} exists; choose another name")

    async def get_baseline(self, name: str) -> tuple[BaselineRecord, bytes] | None:
        """The baseline, or None."""
        if name not in self._baselines:
            return None
        record, data = self._baselines[name]
        return replace(record, active=name in self._active.values()), data

    async def baselines(self) -> list[BaselineRecord]:
        """All of them, newest first."""
        active = set(self._active.values())
        records = (record for record, _ in self._baselines.values())
        marked = (replace(record, active=record.name in active) for record in records)
        return sorted(marked, key=lambda record: (-record.created, record.name))

    async def promote_baseline(self, name: str, *, model: str) -> None:
        """Make it the active one for a model."""
        if name not in self._baselines:
            raise StoreError(f"there is no baseline named {name!r}")
        self._active[model] = name

    async def active_baseline(self, model: str) -> str | None:
        """Name of the one active for the model, or the general one, or None."""
        return self._active.get(model) or self._active.get("")

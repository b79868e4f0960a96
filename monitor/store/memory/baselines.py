"""Named baselines, and which one is active for a model."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace

from monitor.baselines.traffic import Traffic
from monitor.store.base import BaselineRecord, ConflictError, Standing, StoreError
from monitor.store.standing import GENERAL, marked, narrow, standing

_REMEMBERED = 100


class MemoryBaselines:
    """Records with their data by name; a name's data never changes."""

    def __init__(self) -> None:
        self._baselines: dict[str, tuple[BaselineRecord, bytes]] = {}
        self._promoted: dict[str, str] = {}
        self._provisional: dict[str, str] = {}
        self._before: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))

    async def put_baseline(self, record: BaselineRecord, data: bytes) -> None:
        """Keep a baseline; the same data again changes nothing."""
        plain = replace(record, active=False, used_by=[], used_for=[])
        _, kept = self._baselines.setdefault(record.name, (plain, data))
        if kept != data:
            raise ConflictError(f"a baseline named {record.name!r} exists; choose another name")

    async def get_baseline(self, name: str) -> tuple[BaselineRecord, bytes] | None:
        """The baseline, or None."""
        if name not in self._baselines:
            return None
        record, data = self._baselines[name]
        return marked(record, self._promoted, self._provisional), data

    async def baselines(self) -> list[BaselineRecord]:
        """All of them, newest first."""
        records = (
            marked(record, self._promoted, self._provisional)
            for record, _ in self._baselines.values()
        )
        return sorted(records, key=lambda record: (-record.created, record.name))

    async def promote_baseline(self, name: str, *, model: str, provisional: bool = False) -> None:
        """Make it the active one for a model."""
        if name not in self._baselines:
            raise StoreError(f"there is no baseline named {name!r}")
        if provisional:
            self._provisional[model] = name
        elif self._promoted.get(model) != name:
            self._before[model].appendleft(self._promoted.get(model, ""))
            self._promoted[model] = name

    async def undo_promotion(self, model: str) -> str:
        """Go back to what was promoted before."""
        before = next(iter(self._before[model]), None)
        name = before
        if before == "" and not Traffic.of_key(model).is_narrow:
            general = self._promoted.get(GENERAL) if model != GENERAL else None
            name = general or self._provisional.get(model)
        if before is None or name is None or (name and name not in self._baselines):
            raise ConflictError("no baseline was promoted there before that is still kept")
        self._before[model].popleft()
        if before:
            self._promoted[model] = before
        else:
            del self._promoted[model]
        return name

    async def standing_baselines(self, model: str) -> Standing:
        """What was promoted, and the provisional one."""
        return standing(model, self._promoted, self._provisional)

    async def narrow_baselines(self) -> dict[Traffic, str]:
        """Names of those promoted for parts of models' traffic."""
        return narrow(self._promoted)

    async def active_baseline(self, model: str) -> str | None:
        """Name of the one that a model is to be judged by, or None."""
        found = standing(model, self._promoted, self._provisional)
        return found.promoted or found.provisional

    async def delete_baseline(self, name: str) -> None:
        """Remove one that is not in use."""
        found = await self.get_baseline(name)
        if found is None:
            raise StoreError(f"there is no baseline named {name!r}")
        if found[0].active:
            raise ConflictError(f"baseline {name} is in use; promote another first")
        self._provisional = {m: n for m, n in self._provisional.items() if n != name}
        del self._baselines[name]

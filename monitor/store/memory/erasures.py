"""Whose data was erased, and when."""

from __future__ import annotations

from monitor.access.erased import KEPT_FOR


class MemoryErasures:
    """Times by digest."""

    def __init__(self) -> None:
        self._erasures: dict[str, float] = {}

    async def put_erasure(self, owner: str, *, at: float) -> None:
        """Remember an erasure, and forget those of long ago."""
        kept = {name: then for name, then in self._erasures.items() if then >= at - KEPT_FOR}
        self._erasures = {**kept, owner: at}

    async def erasures(self) -> dict[str, float]:
        """When whose data was last erased."""
        return dict(self._erasures)

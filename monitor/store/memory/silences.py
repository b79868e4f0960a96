"""Silences, in force and ended."""

from __future__ import annotations

from monitor.silences.silence import Silence

KEPT_FOR = 30 * 86_400.0
"""Seconds for which a silence that has ended is kept."""


class MemorySilences:
    """Silences by id."""

    def __init__(self) -> None:
        self._silences: dict[str, Silence] = {}

    async def put_silence(self, silence: Silence, *, at: float) -> None:
        """Keep a silence; overwrites."""
        self._silences[silence.id] = silence
        kept = self._silences.items()
        self._silences = {key: each for key, each in kept if each.until >= at - KEPT_FOR}

    async def get_silence(self, silence_id: str) -> Silence | None:
        """The silence, or None."""
        return self._silences.get(silence_id)

    async def silences(self, *, ending_after: float, limit: int) -> list[Silence]:
        """Silences that end after a time, the last to end first."""
        found = [each for each in self._silences.values() if each.until > ending_after]
        return sorted(found, key=lambda each: (each.until, each.id), reverse=True)[: max(0, limit)]

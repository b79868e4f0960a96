"""What became of alerts."""

from __future__ import annotations

from collections.abc import Collection

from monitor.alerts.records import DeadLetter, Delivery

KEPT = 1_000


class MemoryAlerts:
    """The latest tries and the latest dead letters, by id."""

    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}
        self._letters: dict[str, DeadLetter] = {}
        self._again: set[str] = set()

    async def put_delivery(self, delivery: Delivery) -> None:
        """Keep a try, if it is among the latest."""
        self._deliveries[delivery.id] = delivery
        if len(self._deliveries) > KEPT:
            del self._deliveries[min(self._deliveries.values(), key=_order).id]

    async def deliveries(self, *, limit: int) -> list[Delivery]:
        """The latest tries, the latest first."""
        return sorted(self._deliveries.values(), key=_order, reverse=True)[: max(0, limit)]

    async def put_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a message that was given up, if it is among the latest."""
        self._letters[letter.id] = letter
        if len(self._letters) > KEPT:
            del self._letters[min(self._letters.values(), key=_order).id]

    async def dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """The latest dead letters, the latest first."""
        return sorted(self._letters.values(), key=_order, reverse=True)[: max(0, limit)]

    async def drop_dead_letter(self, letter_id: str) -> bool:
        """Remove a dead letter; whether there was one."""
        self._again.discard(letter_id)
        return self._letters.pop(letter_id, None) is not None

    async def ask_again(self, letter_id: str) -> bool:
        """Ask for a dead letter to be sent again."""
        if letter_id in self._letters:
            self._again.add(letter_id)
        return letter_id in self._letters

    async def asked_again(self) -> list[DeadLetter]:
        """The dead letters that are to be sent again."""
        return [self._letters[name] for name in sorted(self._again) if name in self._letters]

    async def forget_alerts(self, incident_ids: Collection[str]) -> int:
        """Remove tries and dead letters that tell of these incidents."""
        gone = set(incident_ids)
        tries = [x.id for x in self._deliveries.values() if not gone.isdisjoint(x.incidents)]
        letters = [x.id for x in self._letters.values() if not gone.isdisjoint(x.incidents)]
        for name in tries:
            del self._deliveries[name]
        for name in letters:
            await self.drop_dead_letter(name)
        return len(tries) + len(letters)


def _order(record: Delivery | DeadLetter) -> tuple[float, str]:
    return record.at, record.id

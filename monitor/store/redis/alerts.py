"""What became of alerts."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from monitor.alerts.records import DeadLetter, Delivery
from monitor.store.redis.part import RedisPart, key

_DELIVERIES = [key("alerts"), key("alert-times")]
_LETTERS = [key("alerts-dead"), key("alert-dead-times")]
_AGAIN = key("alerts-again")
_KEPT = 1_000

_decode_delivery = msgspec.json.Decoder(Delivery).decode
_decode_letter = msgspec.json.Decoder(DeadLetter).decode


class RedisAlerts(RedisPart):
    """Hashes of JSON by id with an index by time that bounds them, and a set of what to send again."""

    async def put_delivery(self, delivery: Delivery) -> None:
        """Keep a try, if it is among the latest."""
        record = msgspec.json.encode(delivery)
        await self._run("put_timed", _DELIVERIES, delivery.id, record, delivery.at, "-inf", _KEPT)

    async def deliveries(self, *, limit: int) -> list[Delivery]:
        """The latest tries, the latest first."""
        found = await self._run("list_timed", _DELIVERIES, "-inf", "+inf", max(0, limit))
        return [_decode_delivery(record) for record in found]

    async def put_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a message that was given up, if it is among the latest."""
        record = msgspec.json.encode(letter)
        await self._run("put_timed", _LETTERS, letter.id, record, letter.at, "-inf", _KEPT)

    async def dead_letters(self, *, limit: int) -> list[DeadLetter]:
        """The latest dead letters, the latest first."""
        found = await self._run("list_timed", _LETTERS, "-inf", "+inf", max(0, limit))
        return [_decode_letter(record) for record in found]

    async def drop_dead_letter(self, letter_id: str) -> bool:
        """Remove a dead letter; whether there was one."""
        await self._link.call("SREM", _AGAIN, letter_id)
        return bool(await self._run("drop_timed", _LETTERS, letter_id))

    async def ask_again(self, letter_id: str) -> bool:
        """Ask for a dead letter to be sent again."""
        there = bool(await self._link.call("HEXISTS", _LETTERS[0], letter_id))
        if there:
            await self._link.call("SADD", _AGAIN, letter_id)
        return there

    async def asked_again(self) -> list[DeadLetter]:
        """The dead letters that are to be sent again."""
        names = sorted(await self._link.call("SMEMBERS", _AGAIN))
        if not names:
            return []
        found = await self._link.call("HMGET", _LETTERS[0], *names)
        return [_decode_letter(record) for record in found if record is not None]

    async def forget_alerts(self, incident_ids: Collection[str]) -> int:
        """Remove tries and dead letters that tell of these incidents."""
        gone = set(incident_ids)
        tries = await self.deliveries(limit=_KEPT)
        letters = await self.dead_letters(limit=_KEPT)
        names = [x.id for x in tries if not gone.isdisjoint(x.incidents)]
        dead = [x.id for x in letters if not gone.isdisjoint(x.incidents)]
        for name in names:
            await self._run("drop_timed", _DELIVERIES, name)
        for name in dead:
            await self.drop_dead_letter(name)
        return len(names) + len(dead)

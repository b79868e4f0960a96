"""Named baselines, and which one is active for a model."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from monitor.baselines.traffic import Traffic
from monitor.store.base import BaselineRecord, ConflictError, Standing, StoreError
from monitor.store.redis.part import RedisPart, key
from monitor.store.standing import marked, narrow, standing

_NAMES = key("baselines")
_PROMOTED = key("baselines", "active")
_PROVISIONAL = key("baselines", "provisional")
_REMEMBERED = 100

_decode = msgspec.json.Decoder(BaselineRecord).decode


class RedisBaselines(RedisPart):
    """A hash of record and data for each name; names by model in two hashes more."""

    async def put_baseline(self, record: BaselineRecord, data: bytes) -> None:
        """Keep a baseline; the same data again changes nothing."""
        text = msgspec.json.encode(replace(record, active=False, used_by=[], used_for=[]))
        keys = [_baseline(record.name), _NAMES]
        if await self._run("put_baseline", keys, record.name, record.created, text, data) < 0:
            raise ConflictError(f"a baseline named {record.name!r} exists; choose another name")

    async def get_baseline(self, name: str) -> tuple[BaselineRecord, bytes] | None:
        """The baseline, or None."""
        record, data = await self._link.call("HMGET", _baseline(name), "record", "data")
        if record is None:
            return None
        return marked(_decode(record), *await self._maps()), data

    async def baselines(self) -> list[BaselineRecord]:
        """All of them, newest first."""
        maps = await self._maps()
        names = await self._link.call("ZREVRANGE", _NAMES, 0, -1)
        texts = [
            await self._link.call("HGET", _baseline(name.decode()), "record") for name in names
        ]
        records = (marked(_decode(text), *maps) for text in texts if text)
        return sorted(records, key=lambda record: (-record.created, record.name))

    async def promote_baseline(self, name: str, *, model: str, provisional: bool = False) -> None:
        """Make it the active one for a model."""
        chosen = _PROVISIONAL if provisional else _PROMOTED
        keys = [_baseline(name), chosen, _before(model)]
        remembered = 0 if provisional else _REMEMBERED
        if not await self._run("promote_baseline", keys, name, model, remembered):
            raise StoreError(f"there is no baseline named {name!r}")

    async def undo_promotion(self, model: str) -> str:
        """Go back to what was promoted before."""
        keys = [_PROMOTED, _PROVISIONAL, _before(model), _NAMES]
        narrow_too = int(Traffic.of_key(model).is_narrow)
        name = await self._run("undo_promotion", keys, model, narrow_too)
        if name is None:
            raise ConflictError("no baseline was promoted there before that is still kept")
        told: str = name.decode()
        return told

    async def standing_baselines(self, model: str) -> Standing:
        """What was promoted, and the provisional one."""
        return standing(model, *await self._maps())

    async def narrow_baselines(self) -> dict[Traffic, str]:
        """Names of those promoted for parts of models' traffic."""
        return narrow(_text(await self._link.call("HGETALL", _PROMOTED)))

    async def active_baseline(self, model: str) -> str | None:
        """Name of the one that a model is to be judged by, or None."""
        found = await self.standing_baselines(model)
        return found.promoted or found.provisional

    async def delete_baseline(self, name: str) -> None:
        """Remove one that is not in use."""
        keys = [_baseline(name), _PROMOTED, _PROVISIONAL, _NAMES]
        outcome = await self._run("delete_baseline", keys, name)
        if outcome == 0:
            raise StoreError(f"there is no baseline named {name!r}")
        if outcome < 0:
            raise ConflictError(f"baseline {name} is in use; promote another first")

    async def _maps(self) -> tuple[dict[str, str], dict[str, str]]:
        """What was promoted and what is provisional, by model."""
        promoted = await self._link.call("HGETALL", _PROMOTED)
        provisional = await self._link.call("HGETALL", _PROVISIONAL)
        return _text(promoted), _text(provisional)


def _text(found: dict[bytes, bytes]) -> dict[str, str]:
    return {model.decode(): name.decode() for model, name in found.items()}


def _baseline(name: str) -> str:
    return key("baseline", name)


def _before(model: str) -> str:
    return key("baselines", "before", model)

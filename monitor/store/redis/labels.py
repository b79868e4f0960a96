"""Labels that people gave to incidents."""

from __future__ import annotations

import msgspec

from monitor.labels.label import IncidentLabel
from monitor.store.redis.part import RedisPart, key

_TIMES = key("labels")
_OF = key("labels", "")
_SLICE = 500

_decode = msgspec.json.Decoder(IncidentLabel).decode


class RedisLabels(RedisPart):
    """A hash by exchange for each incident, and one index by time of hash and field."""

    async def put_label(self, label: IncidentLabel) -> None:
        """Keep a label; the one on the same exchange of the incident goes."""
        await self._run(
            "put_label",
            [f"{_OF}{label.incident_id}", _TIMES],
            label.exchange_id,
            msgspec.json.encode(label),
            label.at,
            _member(label),
        )

    async def delete_labels(self, incident_id: str) -> int:
        """Remove an incident's labels; how many there were."""
        gone = await self.labels_of(incident_id)
        if gone:
            await self._link.call("ZREM", _TIMES, *map(_member, gone))
            await self._link.call("DEL", f"{_OF}{incident_id}")
        return len(gone)

    async def labels_of(self, incident_id: str) -> list[IncidentLabel]:
        """An incident's labels, oldest first."""
        found = await self._link.call("HVALS", f"{_OF}{incident_id}")
        return sorted(map(_decode, found), key=lambda label: (label.at, label.exchange_id))

    async def labels(self, *, since: float, until: float, limit: int) -> list[IncidentLabel]:
        """Labels given in a time range, the latest first."""
        labels: list[IncidentLabel] = []
        while len(labels) < limit:
            found = await self._run(
                "list_labels", [_TIMES], _OF, since, until, len(labels), min(_SLICE, limit)
            )
            labels += map(_decode, found)
            if len(found) < min(_SLICE, limit):
                break
        return labels[: max(0, limit)]


def _member(label: IncidentLabel) -> bytes:
    """Both ids as one, told apart by the length of the first."""
    return msgspec.json.encode([label.incident_id, label.exchange_id])

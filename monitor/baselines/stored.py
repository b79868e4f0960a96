"""Exchanges of the store, to make a baseline of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detectors.origin import Origin
from monitor.errors import MonitorError
from monitor.record import ExchangeRecord, decode_record
from monitor.redaction import LEFT_OUT
from monitor.store.base import Store

MOST = 20_000
"""Exchanges looked at for one baseline; of more the earliest are taken."""

_TEXTLESS = "text"


class NoTextsError(MonitorError):
    """The store keeps no texts, so nothing can be made of its exchanges."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Records of a time range, oldest first, and what to say of them."""

    records: list[ExchangeRecord]
    origin: Origin


async def stored(store: Store, *, since: float, until: float, how: Origin) -> Stored:
    """The records of a time range, both ends included.

    `how` is the origin as far as it is known.

    Raises
    ------
    NoTextsError
        They are there, but without their texts.
    """
    data = await store.exchanges(since=since, until=until, limit=MOST)
    records = [decode_record(each) for each in data]
    bare = sum(_TEXTLESS in record.redacted for record in records)
    if bare and bare == len(records):
        raise NoTextsError(
            f"the store keeps no texts ({LEFT_OUT}), so no baseline can be made of it: build one "
            "from a FILE, or set privacy.store_text to redacted"
        )
    return Stored(
        [record for record in records if _TEXTLESS not in record.redacted],
        replace(
            how,
            since=since,
            until=until,
            redaction="texts as stored, redacted" if any(r.redacted for r in records) else "",
            masked=sum(bool(r.redacted) for r in records) - bare,
            skipped={"without text": bare} if bare else {},
        ),
    )

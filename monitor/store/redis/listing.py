"""Lists through indexes: which of them a query needs, and the script that reads them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from monitor.store.paging import FACETS, RANGES, Cursor, values
from monitor.store.redis.part import RedisPart, key
from monitor.store.words import Wanted

if TYPE_CHECKING:
    from monitor.store.base import IncidentQuery

_MOST_ENDINGS = 64
"""Words beginning with what was typed that a search takes, in alphabetical order."""

_WORDS = key("words")


class Filter(msgspec.Struct):
    """Ids that are in any of some keys: sorted sets, or plain ones."""

    keys: list[str]
    sets: bool = False


class Range(msgspec.Struct):
    """Ids whose value in an index is within bounds, both included; None is no bound."""

    key: str
    low: float | None
    high: float | None


class Plan(msgspec.Struct):
    """One page of a list, as `list_records.lua` takes it.

    `order` is the index by which the list is sorted, `low` and `high` bound its values, `filter_low`
    and `filter_high` those of the filters' indexes. `aligned` says that these have the same values
    as the order. The page begins behind `cursor_id`, unless that is empty.
    """

    records: str
    order: str
    descending: bool
    limit: int
    low: float | None = None
    high: float | None = None
    cursor_id: str = ""
    cursor_value: float = 0.0
    aligned: bool = False
    filter_low: float | None = None
    filter_high: float | None = None
    filters: list[Filter] = []
    ranges: list[Range] = []


class Lists(RedisPart):
    """Reads pages."""

    async def _list(self, plan: Plan) -> tuple[bytes, tuple[float, str] | None]:
        """The page's records as a JSON array; value and id of the last, if there are more."""
        more, name, value, records = await self._run(
            "list_records", [plan.order], msgspec.json.encode(plan)
        )
        return records, (float(value), name.decode()) if more else None

    async def _add_words(self, plan: Plan, text: str) -> bool:
        """Let pass only what the words of a search are said of; False if that is nothing."""
        wanted = Wanted.of(text)
        if wanted is None:
            return False
        low, high = f"[{wanted.prefix}", f"[{wanted.prefix}".encode() + b"\xff"
        endings = await self._link.call("ZRANGEBYLEX", _WORDS, low, high, "LIMIT", 0, _MOST_ENDINGS)
        if not endings:
            return False
        plan.filters += [Filter([_word(word)], sets=True) for word in wanted.words]
        plan.filters.append(Filter([_word(word.decode()) for word in endings], sets=True))
        return True


def incident_plan(query: IncidentQuery) -> Plan:
    """How a list of incidents is read, but for the words of a search."""
    every, field = key("incidents"), query.sort.removeprefix("-")
    bounds = {
        _order(name): (getattr(query, low), getattr(query, high))
        for name, (low, high) in RANGES.items()
    }
    order = _order(field)
    low, high = bounds.pop(order, (None, None))
    cursor = Cursor.decode(query.cursor, sort=query.sort) if query.cursor else None
    return Plan(
        records=key("incident", ""),
        order=order,
        descending=query.sort.startswith("-"),
        limit=query.limit,
        low=_finite(low),
        high=_finite(high),
        cursor_id=cursor.id if cursor else "",
        cursor_value=cursor.value if cursor else 0.0,
        aligned=order == every,
        filter_low=_finite(query.since),
        filter_high=_finite(query.until),
        filters=[
            Filter([f"{every}:{facet}:{value}" for value in dict.fromkeys(wanted)])
            for facet in FACETS
            if (wanted := values(getattr(query, facet)))
        ],
        ranges=[
            Range(name, _finite(low), _finite(high))
            for name, (low, high) in bounds.items()
            if low is not None or high is not None
        ],
    )


def _order(field: str) -> str:
    """The index of all incidents by a field."""
    every = key("incidents")
    return every if field == "last_seen" else f"{every}:by:{field}"


def _finite(bound: float | None) -> float | None:
    """A bound; no bound in place of an infinite one, which JSON cannot say."""
    return bound if bound is not None and math.isfinite(bound) else None


def _word(word: str) -> str:
    return key("word", word)

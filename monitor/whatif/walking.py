"""Stored traffic of a time range, one record at a time: a range may be larger than memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from monitor.record import ExchangeRecord, decode_record
from monitor.store.base import Store
from monitor.whatif.difference import Difference, difference
from monitor.whatif.judging import Judge
from monitor.whatif.stored import observation_of


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds in seconds since the epoch, both included; `model` "" for every model."""

    since: float
    until: float
    model: str = ""


@dataclass(frozen=True, slots=True)
class Walked:
    """The difference on stored traffic, and how many records each version of the policy had judged."""

    difference: Difference
    policies: Counter[str] = field(default_factory=Counter)


async def walk(store: Store, span: Range) -> AsyncIterator[ExchangeRecord]:
    """The records of a range, oldest first."""
    async for data in store.walk_exchanges(since=span.since, until=span.until):
        record = decode_record(data)
        if not span.model or record.exchange.model == span.model:
            yield record


async def compare_stored(store: Store, span: Range, before: Judge, after: Judge) -> Walked:
    """What two judges find in the records of a range, by the scores that these have."""
    policies: Counter[str] = Counter()
    async for record in walk(store, span):
        x = observation_of(record)
        before.take(x)
        after.take(x)
        policies[record.policy] += 1
    told = difference(before.found, after.found, exchanges=policies.total())
    return Walked(told, policies)

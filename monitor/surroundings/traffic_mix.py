"""Whose share of the traffic changed when an incident began. Pure functions, no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import sqrt
from typing import NamedTuple

import msgspec

FEWEST = 30
"""Exchanges that each side must have at least: of fewer, a share says nothing."""
_LEAST_CHANGE = 0.1
_LEAST_Z = 4.0
"""So many standard errors: of some hundred shares compared, chance gives less than one in a hundred."""
_MOST_OF_ONE = 3


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a stored exchange, to tell what traffic it is."""

    ts: float = 0.0
    model: str = ""
    route: str = ""
    tenant: str = ""
    upstream: str = ""


class Share(NamedTuple):
    """A value of `field` that had the share `before` of the exchanges and has the share `after`."""

    field: str
    value: str
    before: float
    after: float


def changed_shares(field: str, before: Sequence[Seen], after: Sequence[Seen]) -> list[Share]:
    """The values of a field whose share changed by more than chance, the most changed first."""
    if min(len(before), len(after)) < FEWEST:
        return []
    found = sorted(_shares(field, before, after), key=_change, reverse=True)
    return [each for each in found if _is_more_than_chance(each, len(before), len(after))][
        :_MOST_OF_ONE
    ]


def _shares(field: str, before: Sequence[Seen], after: Sequence[Seen]) -> Iterator[Share]:
    then = Counter(getattr(each, field) for each in before)
    now = Counter(getattr(each, field) for each in after)
    for value in sorted(then.keys() | now.keys()):
        yield Share(field, value, then[value] / len(before), now[value] / len(after))


def _change(share: Share) -> float:
    return abs(share.after - share.before)


def _is_more_than_chance(share: Share, before: int, after: int) -> bool:
    pooled = (share.before * before + share.after * after) / (before + after)
    error = sqrt(pooled * (1 - pooled) * (1 / before + 1 / after))
    return _change(share) >= _LEAST_CHANGE and _change(share) >= _LEAST_Z * error

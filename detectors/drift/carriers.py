"""Who carries a change: tenants, routes and models, by what they have more of than before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from detectors.shift import Carrier

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

_FEWEST = 5
_LEAST_EVIDENCE = 3.0
_LEAST_CARRIED = 0.1
_OVER_TRAFFIC = 1.3
_SHOWN = 3
# So many exchanges at the baseline's rate are taken for known of a name that was hardly seen.
_PRIOR = 20.0

_ALL = 0.7
_FEWEST_BEFORE = 50
_HARDLY = 0.2


def carriers(
    of: Literal["tenant", "route", "model"],
    names: Sequence[str],
    new: Flags,
    first: int,
    rate: float,
) -> tuple[Carrier, ...]:
    """Find the names that carry more of the change than they have of the traffic.

    `names` and `new`, which exchanges look new, are in the order of the stream; the change began
    at place `first`; `rate` is the share of the baseline that looks new. What a name has in excess
    is over its own rate before the change, as far as that is known.
    """
    since, before = names[first:], names[:first]
    count, earlier = Counter(since), Counter(before)
    marked = Counter(name for name, flag in zip(since, new[first:], strict=True) if flag)
    marked_earlier = Counter(name for name, flag in zip(before, new[:first], strict=True) if flag)
    usual = {
        name: (marked_earlier[name] + _PRIOR * rate) / (earlier[name] + _PRIOR) for name in count
    }
    more = {name: marked[name] - count[name] * usual[name] for name in count}
    whole = sum(max(0.0, each) for each in more.values())
    found = [
        Carrier(
            of=of,
            name=name,
            carries=round(more[name] / whole, 3),
            traffic=round(count[name] / len(since), 3),
            traffic_before=round(earlier[name] / max(1, len(before)), 3),
            evidence=round(more[name] / _chance(count[name], usual[name]), 2),
        )
        for name in count
        if more[name] > 0
    ]
    clear = [each for each in found if _is_clear(each, count[each.name])]
    return tuple(sorted(clear, key=lambda each: -each.carries)[:_SHOWN])


def is_new(carrier: Carrier, names: Sequence[str], new: Flags, first: int, rate: float) -> bool:
    """Whether a carrier hardly came before the change, and nothing has changed without it."""
    if first < _FEWEST_BEFORE or carrier.carries < _ALL:
        return False
    if carrier.traffic_before > _HARDLY * carrier.traffic:
        return False
    rest = np.array([name != carrier.name for name in names[first:]])
    others = int(rest.sum())
    more = float(new[first:][rest].sum()) - others * rate
    return more < _LEAST_EVIDENCE * _chance(others, rate)


def _is_clear(carrier: Carrier, count: int) -> bool:
    return (
        count >= _FEWEST
        and carrier.evidence >= _LEAST_EVIDENCE
        and carrier.carries >= max(_LEAST_CARRIED, _OVER_TRAFFIC * carrier.traffic)
    )


def _chance(count: int, rate: float) -> float:
    """Spread of how many of `count` look new where none is."""
    return float(np.sqrt(count * rate * (1 - rate) + 1.0))

"""Who carries a change: tenants, routes and models, by what they have more of than before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import gammaln, ndtri

from detectors.shift import Carrier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

_FEWEST = 3
_LEAST_EVIDENCE = 2.5
_LEAST_OVER_USUAL = 2.0
_LEAST_CARRIED = 0.1
_OVER_TRAFFIC = 1.3
_SHOWN = 3
# So many exchanges at the baseline's rate are taken for known of a name that was hardly seen.
_PRIOR = 5.0
_LARGEST_EVIDENCE = 9.0

_MOST = 0.5
_FEWEST_BEFORE = 50
_HARDLY = 0.2
_NOTHING = 3.0


@dataclass(frozen=True, slots=True)
class Stream:
    """Exchanges in order: the names to lay a change on, and which of them look new.

    The change began at place `first`; `rate` is the share of the baseline that looks new.
    """

    names: Sequence[str]
    new: Flags
    first: int
    rate: float


def carriers(of: Literal["tenant", "route", "model"], stream: Stream) -> tuple[Carrier, ...]:
    """Find the names that carry more of the change than they have of the traffic.

    What a name has in excess is over its own rate before the change, as far as that is known.
    The evidence is Fisher's exact test of whether what looks new falls on all names alike.
    """
    since, before = stream.names[stream.first :], stream.names[: stream.first]
    count, earlier = Counter(since), Counter(before)
    marked = _marked(since, stream.new[stream.first :])
    usual = _usual(stream, earlier)
    more = {name: marked[name] - count[name] * usual(name) for name in count}
    whole = sum(max(0.0, each) for each in more.values())
    found = []
    for name, excess in more.items():
        carrier = Carrier(
            of=of,
            name=name,
            carries=round(max(0.0, excess) / max(whole, 1e-9), 3),
            traffic=round(count[name] / len(since), 3),
            traffic_before=round(earlier[name] / max(1, len(before)), 3),
            evidence=_fisher(marked[name], count[name], marked.total(), len(since)),
        )
        own = excess / _chance(count[name], usual(name))
        if count[name] >= _FEWEST and own >= _LEAST_OVER_USUAL and _is_clear(carrier):
            found.append(carrier)
    return tuple(sorted(found, key=lambda each: -each.carries)[:_SHOWN])


def is_new(carrier: Carrier, stream: Stream) -> bool:
    """Whether a carrier hardly came before the change, and nothing has changed without it."""
    if stream.first < _FEWEST_BEFORE or carrier.carries < _MOST:
        return False
    if carrier.traffic_before > _HARDLY * carrier.traffic:
        return False
    rest = np.array([name != carrier.name for name in stream.names[stream.first :]])
    others = int(rest.sum())
    more = float(stream.new[stream.first :][rest].sum()) - others * stream.rate
    return more < _NOTHING * _chance(others, stream.rate)


def _marked(names: Sequence[str], new: Flags) -> Counter[str]:
    return Counter(name for name, flag in zip(names, new, strict=True) if flag)


def _usual(stream: Stream, earlier: Counter[str]) -> Callable[[str], float]:
    """How often a name's exchanges looked new before the change."""
    marked = _marked(stream.names[: stream.first], stream.new[: stream.first])

    def usual(name: str) -> float:
        return (marked[name] + _PRIOR * stream.rate) / (earlier[name] + _PRIOR)

    return usual


def _is_clear(carrier: Carrier) -> bool:
    least = max(_LEAST_CARRIED, _OVER_TRAFFIC * carrier.traffic)
    return carrier.evidence >= _LEAST_EVIDENCE and carrier.carries >= least


def _chance(count: int, rate: float) -> float:
    """Spread of how many of `count` look new at a rate."""
    return float(np.sqrt(count * rate * (1 - rate) + 1.0))


def _fisher(hits: int, drawn: int, marked: int, whole: int) -> float:
    """Put in standard errors the chance that so many or more of `drawn` are among the marked."""
    k = np.arange(hits, min(drawn, marked) + 1)
    ways = _choose(marked, k) + _choose(whole - marked, drawn - k) - _choose(whole, drawn)
    chance = min(1.0, float(np.exp(ways).sum()))
    return round(float(np.clip(-ndtri(chance), -_LARGEST_EVIDENCE, _LARGEST_EVIDENCE)), 2)


def _choose(n: int, k: npt.NDArray[np.int64] | int) -> npt.NDArray[np.float64]:
    """Log of the binomial coefficient; minus infinity where there is none."""
    there = (np.asarray(k) >= 0) & (np.asarray(k) <= n)
    kept = np.where(there, k, 0)
    found: npt.NDArray[np.float64] = gammaln(n + 1) - gammaln(kept + 1) - gammaln(n - kept + 1)
    return np.where(there, found, -np.inf)

"""Counters and histograms for one thread: no lock, so that counting costs next to nothing.

A request path that counts ten things a request cannot pay a lock for each. These are read by the
Prometheus client through its collector interface when somebody scrapes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

Labels = tuple[str, ...]


class Count:
    """A number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def inc(self, amount: float = 1) -> None:
        """Count `amount` more."""
        self.value += amount


class Distribution:
    """How many values fell under each edge; a value on an edge counts as under it."""

    __slots__ = ("counts", "edges", "total")

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges = edges
        self.counts = [0] * (len(edges) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.total += value

    def add(self, counts: Iterable[int], total: float) -> None:
        """Add what was counted elsewhere by the same edges."""
        for place, count in enumerate(counts):
            self.counts[place] += count
        self.total += total


class Counts(Collector):
    """One counter and its children by label values, all made beforehand."""

    def __init__(self, name: str, text: str, labels: Labels, values: Iterable[Labels]) -> None:
        self._name, self._text, self._labels = name, text, labels
        self.children: Mapping[Labels, Count] = {each: Count() for each in values}

    def collect(self) -> Iterable[CounterMetricFamily]:
        """The counter's samples."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, count in self.children.items():
            family.add_metric(labels, count.value)
        yield family


class Distributions(Collector):
    """One histogram and its children by label values, all made beforehand."""

    def __init__(
        self, name: str, text: str, labels: Labels, values: Iterable[Labels], edges: Sequence[float]
    ) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._bounds = [*(repr(float(edge)) for edge in edges), "+Inf"]
        self.children: Mapping[Labels, Distribution] = {
            each: Distribution(edges) for each in values
        }

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """The histogram's samples, cumulative as Prometheus has them."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for labels, child in self.children.items():
            sums = map(float, accumulate(child.counts))
            buckets = list(zip(self._bounds, sums, strict=True))
            family.add_metric(labels, buckets=buckets, sum_value=child.total)
        yield family

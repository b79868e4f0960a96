"""Counters, histograms and gauges without a lock, so that counting costs next to nothing.

A request path that counts ten things a request cannot pay a lock for each. Only one thread of a
process may count. The numbers lie in cells that several processes can share; the Prometheus client
reads their sums through its collector interface when somebody scrapes any of the processes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from monitor.metrics.cells import Cells

Labels = tuple[str, ...]
Merge = Callable[[Iterable[float]], float]


class Count:
    """A number that only grows: `cell[0]`, this process's share of it."""

    __slots__ = ("cell",)

    def __init__(self, cell: memoryview[float]) -> None:
        self.cell = cell

    @property
    def value(self) -> float:
        """What this process, and those before it in its row, have counted."""
        return self.cell[0]

    def inc(self, amount: float = 1) -> None:
        """Count `amount` more."""
        self.cell[0] += amount


class Distribution:
    """How many values fell under each edge; a value on an edge counts as under it.

    The last of its cells is the sum of the values.
    """

    __slots__ = ("cells", "edges")

    def __init__(self, edges: Sequence[float], cells: memoryview[float]) -> None:
        self.edges = edges
        self.cells = cells

    def observe(self, value: float) -> None:
        """Count one value."""
        cells = self.cells
        cells[bisect_left(self.edges, value)] += 1
        cells[-1] += value

    def add(self, counts: Iterable[int], total: float) -> None:
        """Add what was counted elsewhere by the same edges."""
        cells = self.cells
        for place, count in enumerate(counts):
            if count:
                cells[place] += count
        cells[-1] += total


class Counts(Collector):
    """One counter and its children by label values, all made beforehand."""

    def __init__(
        self, cells: Cells, name: str, text: str, labels: Labels, values: Iterable[Labels]
    ) -> None:
        self._cells = cells
        self._name, self._text, self._labels = name, text, labels
        self._places = {each: cells.take(f"{name} {each}") for each in values}
        self.children: Mapping[Labels, Count] = {
            each: Count(cells.own(at)) for each, at in self._places.items()
        }

    def collect(self) -> Iterable[CounterMetricFamily]:
        """The counter's samples."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, at in self._places.items():
            family.add_metric(labels, self._cells.total(at))
        yield family


class Distributions(Collector):
    """One histogram and its children by label values, all made beforehand."""

    def __init__(
        self,
        cells: Cells,
        name: str,
        text: str,
        labels: Labels,
        values: Iterable[Labels],
        *,
        edges: Sequence[float],
    ) -> None:
        self._cells = cells
        self._name, self._text, self._labels = name, text, labels
        self._bounds = [*(repr(float(edge)) for edge in edges), "+Inf"]
        size = len(self._bounds) + 1
        self._places = {each: cells.take(f"{name} {each}", size) for each in values}
        self.children: Mapping[Labels, Distribution] = {
            each: Distribution(edges, cells.own(at, size)) for each, at in self._places.items()
        }

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """The histogram's samples, cumulative as Prometheus has them."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for labels, at in self._places.items():
            *counts, total = map(self._cells.total, range(at, at + len(self._bounds) + 1))
            buckets = list(zip(self._bounds, accumulate(counts), strict=True))
            family.add_metric(labels, buckets=buckets, sum_value=total)
        yield family


class Level(Collector):
    """A gauge: set, or read from a function when it is scraped and when it is published.

    Of several processes it shows the sum, or what else `merge` makes of their numbers.
    """

    def __init__(self, cells: Cells, name: str, text: str, merge: Merge = sum) -> None:
        self._cells = cells
        self._name, self._text, self._merge = name, text, merge
        self._at = cells.take(name)
        self._own = cells.own(self._at)
        self.read: Callable[[], float] | None = None

    @property
    def value(self) -> float:
        """What this process, or one before it in its row, last set or published."""
        return self._own[0]

    def set(self, value: float) -> None:
        """What it is now."""
        self._own[0] = value

    def publish(self) -> None:
        """Read it, so that the other processes can."""
        if self.read is not None:
            self._own[0] = self.read()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauge's one sample."""
        self.publish()
        yield GaugeMetricFamily(
            self._name, self._text, value=self._merge(self._cells.living(self._at))
        )

"""Spools in a folder of the test's own."""

import pytest
from spool_steps import adopt

from monitor.journal.spool.record import Record
from monitor.journal.spool.spool import Spool

BIG = 1 << 30
NOW = 1_764_000_000.0


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Spools:
    """Spools below one root, as one gateway after the other has them."""

    def __init__(self, root, clock):
        self.root = root
        self._clock = clock
        self._open = []

    def open(self, *, store="redis://a", max_bytes=BIG, max_age=86_400.0):
        spool = Spool(
            self.root, store=store, max_bytes=max_bytes, max_age=max_age, clock=self._clock
        )
        self._open.append(spool)
        return spool

    def close(self, spool):
        self._open.remove(spool)
        spool.close()

    def next(self, spool, **options):
        """The spool of a gateway that comes after another, with all that it has left."""
        self.close(spool)
        after = self.open(**options)
        adopt(after)
        return after

    def segments(self):
        return sorted(self.root.glob("*/*.spool"), key=lambda path: path.name)

    def close_all(self):
        for spool in list(self._open):
            self.close(spool)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def spools(tmp_path, clock):
    kept = Spools(tmp_path / "spool", clock)
    yield kept
    kept.close_all()


@pytest.fixture
def make(clock):
    """Makes records of numbers."""

    def records(*numbers, size=20):
        return [Record(b"%05d" % n + b"." * (size - 5), clock.now) for n in numbers]

    return records

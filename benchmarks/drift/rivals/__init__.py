"""The methods that drift is compared with: each takes a reference and a stream, and gives alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.drift.table import Table

Watch = Callable[[Table, Table, float], Iterator[int]]
"""Reference, stream and setting in; the places of the alarms out, one after the other."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A method with its default setting, and those to choose from, the least strict first."""

    name: str
    watch: Watch
    default: float
    settings: tuple[float, ...]

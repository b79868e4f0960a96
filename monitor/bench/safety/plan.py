"""What is measured, and what each who is measured must be able to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

LENGTHS = (8, 32, 64, 128, 512)
BATCHES = (1, 8, 32)
THREADS = (1, 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """Texts of these lengths in tokens, so many at once, on so many threads.

    Each cell is measured for `seconds`. One of which a single call would take longer than
    `patience` seconds is left out.
    """

    lengths: tuple[int, ...] = LENGTHS
    batches: tuple[int, ...] = BATCHES
    threads: tuple[int, ...] = THREADS
    seconds: float = 0.5
    patience: float = 10.0

    @property
    def cells(self) -> list[tuple[int, int]]:
        """Lengths and batches, the smallest first."""
        return [(length, batch) for length in self.lengths for batch in self.batches]


class Contender(Protocol):
    """A model that scores texts."""

    def draw(self, tokens: int, batch: int, seed: int) -> Callable[[], object]:
        """Make texts that were not there before; calling what is returned scores them."""
        ...


Load = Callable[[int], Contender]
"""Make a contender ready for a number of threads."""

"""What a comparison of two baselines says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """One channel, nominal feature or side's topics of two baselines A and B.

    `a` and `b` are the medians in `unit`; of a nominal feature, or of topics, the shares of `value`, which
    gained most. `ks` is the Kolmogorov-Smirnov distance (for shares half the sum of the differences),
    `psi` the population stability index; `ks_noise` and `psi_noise` are what chance exceeds once in
    twenty. `moved` takes into account how many channels were looked at.
    """

    name: str
    side: str
    kind: str
    unit: str = ""
    value: str = ""
    a: float | None
    b: float | None
    ks: float
    ks_noise: float
    psi: float
    psi_noise: float
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two baselines compared; the clearest difference first."""

    a: str
    b: str
    size_a: int
    size_b: int
    distances: list[Distance]

    @property
    def moved(self) -> list[Distance]:
        """What is beyond chance."""
        return [each for each in self.distances if each.moved]

"""A calibrated scale as it lies in a baseline."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScale:
    """What calibrating for `false_alarms` per 10,000 exchanges gave; computed afresh it is the same.

    `made_by` tells apart what it was computed with: a scale of other statistics does not fit.
    `names` are the statistics, `tail` and `excess` one number for each; `sides` holds what the
    largest of each side reaches in half of the clean streams; `patience` for how many exchanges a
    change of a side has to last.
    """

    made_by: str
    false_alarms: float
    threshold: float
    names: tuple[str, ...]
    tail: tuple[float, ...]
    excess: tuple[float, ...]
    sides: dict[str, float]
    patience: dict[str, float] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def of_plain(cls, told: dict[str, Any]) -> KeptScale:
        """Undo `plain`."""
        lists = {key: tuple(told[key]) for key in ("names", "tail", "excess")}
        return cls(**{**told, **lists})

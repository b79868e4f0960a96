"""How unusual an exchange must be, and of how many ordinary ones it may falsely be said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyPolicy:
    """Thresholds of the anomaly rule. Impossible values raise ValueError."""

    false_positive_rate: float = 0.001
    """Share of ordinary exchanges that may be flagged, where there is a baseline."""
    least_stratum: int = 200
    """Baseline exchanges a system prompt needs to be compared with itself alone."""
    absolute_threshold: float = 8.0
    """Score from which on an exchange is flagged where there is no baseline; the least threshold
    where there is one."""

    def __post_init__(self) -> None:
        if not 0.0 < self.false_positive_rate < 0.5:
            raise ValueError(
                "anomaly: false_positive_rate is a share between 0 and 0.5, such as 0.001,"
                f" not {self.false_positive_rate}"
            )
        if self.least_stratum < 50:
            raise ValueError(f"anomaly: least_stratum must be 50 or more, not {self.least_stratum}")
        if self.absolute_threshold <= 0:
            raise ValueError(
                f"anomaly: absolute_threshold must be more than 0, not {self.absolute_threshold}"
            )

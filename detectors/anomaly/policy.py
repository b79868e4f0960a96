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
    bursts: bool = True
    """Whether the traffic of each tenant and user is compared with its own history."""
    burst_false_alarms: float = 0.1
    """False alarms about bursts that are allowed in a week, for all tenants and users of a model."""
    burst_grace: float = 172_800.0
    """Seconds of a model's traffic before anything is said of bursts."""
    burst_settles: float = 86_400.0
    """Seconds after which bursts that go on, or come again, are taken for what is usual now."""
    burst_keys: int = 512
    """Tenants, and likewise users, of a model that have a history of their own: those seen most."""

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
        self._check_bursts()

    def _check_bursts(self) -> None:
        for name in ("burst_false_alarms", "burst_settles"):
            if getattr(self, name) <= 0:
                raise ValueError(f"anomaly: {name} must be more than 0, not {getattr(self, name)}")
        if self.burst_grace < 0:
            raise ValueError(f"anomaly: burst_grace must be 0 or more, not {self.burst_grace}")
        if not 1 <= self.burst_keys <= 100_000:
            raise ValueError(
                f"anomaly: burst_keys lies between 1 and 100,000, not at {self.burst_keys}"
            )

"""What the drift rules judge by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPolicy:
    """How readily a change is reported. Impossible values raise ValueError."""

    false_alarms: float = 0.5
    """False alarms per 10,000 clean exchanges to aim at; fewer means later alarms."""
    quiet: int = 500
    """Exchanges without a further sign of a change after which it counts as over."""
    repeat_seconds: float = 21_600.0
    """A change that lasts is reported again after so long."""
    disabled_rules: tuple[str, ...] = ()
    """Detections of these rules are not made: drift.input, drift.output, drift.relation,
    drift.timing."""

    def __post_init__(self) -> None:
        if not 0 < self.false_alarms <= 100:
            raise ValueError(
                f"drift: false_alarms must be more than 0 and at most 100, not {self.false_alarms}"
            )
        if self.quiet < 1:
            raise ValueError(f"drift: quiet must be at least 1 exchange, not {self.quiet}")
        if self.repeat_seconds <= 0:
            raise ValueError(
                f"drift: repeat_seconds must be more than 0, not {self.repeat_seconds}"
            )

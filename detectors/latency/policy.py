"""What is fast enough: objectives by model and route, and when to speak up."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """Limits for the traffic whose model and route match; None means no limit.

    A limit of zero or less, or a target outside (0, 1), raises ValueError.
    """

    model: str = "*"
    """Glob pattern of the models this is for."""
    route: str = "*"
    """Glob pattern of the routes this is for."""
    ttft: float | None = 5.0
    """Seconds from the last byte of the request to the first token of a stream."""
    tpot: float | None = 0.5
    """Seconds per output token after the first, in streams."""
    duration: float | None = 120.0
    """Seconds from the last byte of the request to the last of the answer."""
    target: float = 0.95
    """Share of exchanges that must keep within each limit."""

    def __post_init__(self) -> None:
        for name in ("ttft", "tpot", "duration"):
            limit = getattr(self, name)
            if limit is not None and limit <= 0:
                raise ValueError(f"latency objective: {name} must be more than 0 s, not {limit}")
        if not 0.0 < self.target < 1.0:
            raise ValueError(
                f"latency objective: target is a share between 0 and 1, such as 0.95,"
                f" not {self.target}"
            )

    def covers(self, model: str, route: str) -> bool:
        """Whether traffic of this model on this route is held to these limits."""
        return fnmatchcase(model, self.model) and fnmatchcase(route, self.route)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyPolicy:
    """Thresholds of the latency rules. Times in seconds. Impossible values raise ValueError."""

    objectives: tuple[Objective, ...] = (Objective(),)
    """The first that covers an exchange holds for it; what none covers has no objective."""
    window: int = 200
    """Exchanges looked back on, for each model and route, at most."""
    window_seconds: float = 600.0
    """How far back in time they may lie."""
    minimum: int = 10
    """No alarm on fewer exchanges than this."""
    confidence: float = 0.99999
    """How sure one look must be that the target is missed; a look is taken at every exchange."""
    slow_factor: float = 3.0
    """A single exchange this many times over a limit is a finding of its own."""
    stall_seconds: float = 10.0
    """A stream silent for this long has stalled."""
    error_share: float = 0.05
    """Share of exchanges that may fail (an error of the upstream, or a status of 500 or more)."""
    cut_share: float = 0.02
    """Share of streams that may break off before their end."""
    cooldown: float = 60.0
    """How long a window rule is silent after a finding, unless it gets worse."""
    shift_false_alarms: float = 0.1
    """False alarms of `latency.shift` per 10,000 unchanged exchanges, at most; fewer means later."""
    shift_quiet: int = 500
    """Exchanges without a further sign of being slower after which that counts as over."""
    shift_repeat_seconds: float = 21_600.0
    """Being slower is reported again after so long."""
    disabled_rules: tuple[str, ...] = field(default=())
    """Names of single rules to leave out, such as `latency.slow`."""

    def __post_init__(self) -> None:
        for name in (
            *("window_seconds", "slow_factor", "stall_seconds"),
            *("shift_false_alarms", "shift_quiet", "shift_repeat_seconds"),
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"latency: {name} must be more than 0, not {getattr(self, name)}")
        for name in ("confidence", "error_share", "cut_share"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(
                    f"latency: {name} lies between 0 and 1, not at {getattr(self, name)}"
                )
        if not 1 <= self.minimum <= self.window:
            raise ValueError(
                f"latency: minimum ({self.minimum}) must lie between 1 and window ({self.window})"
            )

    def objective(self, model: str, route: str) -> Objective | None:
        """Find the objective that holds for this traffic, or None."""
        return next((o for o in self.objectives if o.covers(model, route)), None)

"""Settings by which findings are grouped and graded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

Severity = Literal["info", "warning", "critical"]
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Points = Annotated[float, msgspec.Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class StoryPolicy:
    """Which incidents are one story."""

    window: _Positive = 900.0
    """Seconds within which incidents begin together."""
    lasts: _Positive = 7_200.0
    """Seconds after an incident of a window was last seen within which what begins on the same
    side of its model's exchanges (what is asked, what is answered, times) belongs to it."""
    findings: Annotated[int, msgspec.Meta(ge=1)] = 3
    """Findings on single exchanges from which on an incident may belong to a story; one of a
    window, such as a drift, may at once."""


@dataclass(frozen=True, slots=True)
class SeverityPolicy:
    """How grave an incident is: points for what was found, how far it reaches, where it goes.

    Impossible values raise ValueError.
    """

    kinds: dict[str, Severity] = field(default_factory=dict)
    """What a single finding is, by `DETECTOR` or `DETECTOR.KIND`, such as `safety.self_harm`; the
    rule says it for those that are not named."""
    warning: _Points = 2.0
    """Points from which on an incident is a warning; a finding that is one has as many."""
    critical: _Points = 5.0
    """Points from which on it is critical; a finding that is has as many."""
    far: _Points = 1.0
    """Points for the score of a single exchange far above its threshold: twice as high, or 3 in
    log-odds for a probability."""
    shares: list[float] = field(default_factory=lambda: [0.05, 0.25])
    """Shares of the traffic; a point for each that is reached."""
    tenants: Annotated[int, msgspec.Meta(ge=0)] = 3
    """Tenants from which on there is a point for their number, not for findings about all traffic;
    0 for never."""
    users: Annotated[int, msgspec.Meta(ge=0)] = 10
    """Users from which on there is a point for their number, likewise; 0 for never."""
    rising: _Points = 1.0
    """Points while twice as much is found as over the last half hour."""
    falling: _Points = 1.0
    """Points less while half as much is found."""
    hold: Annotated[float, msgspec.Meta(ge=0)] = 600.0
    """Seconds that a severity stands before it may fall; it rises at once."""

    def __post_init__(self) -> None:
        """Refuse lines in the wrong order, and shares that are none."""
        if not 0.0 < self.warning <= self.critical:
            raise ValueError("warning must be above 0, and critical no less than it")
        if not all(0.0 < share <= 1.0 for share in self.shares):
            raise ValueError("shares must be above 0 and at most 1")

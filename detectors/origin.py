"""What a baseline was made from, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

How = Literal["", "file", "store", "first exchanges", "accepted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Carried in the baseline, so that a file tells as much as the store; holds no text of anybody.

    `source` is a file's name, or the range of stored traffic in words. `since` and `until` are in
    seconds since the epoch, as asked for. `read` counts the exchanges looked at, `skipped` those of
    them left out, by reason. `screen` is the version of the cheap safety stage whose scores are
    among the channels, "" where it is not known; `policy` and `sidewatch` are those in force.
    `masked` counts exchanges of which only a redacted text was left to make numbers of, and
    `redaction` says how texts were stored. `incident` is the one whose new normal this is, and
    `replaces` the baseline that it was found against.
    """

    how: How = ""
    source: str = ""
    since: float | None = None
    until: float | None = None
    model: str = ""
    route: str = ""
    tenant: str = ""
    read: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    screen: str = ""
    policy: str = ""
    sidewatch: str = ""
    redaction: str = ""
    masked: int = 0
    incident: str = ""
    replaces: str = ""

    def plain(self) -> dict[str, Any]:
        """As plain values, without what says nothing."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of_plain(cls, told: dict[str, Any]) -> Origin:
        """Undo `plain`; what another version told besides is left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in told.items() if name in known})

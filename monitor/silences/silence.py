"""Silences: for how long which incidents raise no alert. Pure functions, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from monitor.incidents.incident import Incident

MATCHED = ("detector", "kind", "model", "route", "tenant", "severity")
"""What of an incident a silence may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Incidents that raise no alert until a time; they are recorded and shown as ever.

    An incident matches if it equals every matcher that is not "". Times are in seconds since the
    epoch: it is in force from `created` until, but not at, `until`.
    """

    id: str
    created: float
    until: float
    by: str
    reason: str
    detector: str = ""
    kind: str = ""
    model: str = ""
    route: str = ""
    tenant: str = ""
    severity: str = ""

    def in_force(self, at: float) -> bool:
        """Whether it counts at a time."""
        return self.created <= at < self.until

    def matchers(self) -> dict[str, str]:
        """What it asks for."""
        asked = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: asked[name] for name in MATCHED if asked[name]}


def silenced(incident: Incident, silences: Iterable[Silence], at: float) -> list[str]:
    """Ids of the silences under which an incident raises no alert at a time; none if it does."""
    return [each.id for each in silences if each.in_force(at) and _matches(each, incident)]


def _matches(silence: Silence, incident: Incident) -> bool:
    return all(getattr(incident, name) == wanted for name, wanted in silence.matchers().items())

"""Incidents that are told of together, and when that is due. Pure: times are given."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from monitor.alerts.settings import AlertSeverity
from monitor.incidents.incident import RANK, Status

MOST = 500
"""Incidents of one group that are told apart."""

Cause = Literal["news", "repeat"]
Told = Literal["", "info", "warning", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a group waits, in seconds, as the settings of a route have it; `repeat` 0 is never.

    With `each`, the end of every incident is told by itself, and what somebody has taken on is
    repeated too; without, the end is told once, when the last one has ended.
    """

    wait: float
    interval: float
    repeat: float
    resolved: bool = True
    each: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """An incident as it is, and the severity it was last told with: "" if it never was."""

    status: Status
    severity: AlertSeverity
    told: Told = ""

    @property
    def over(self) -> bool:
        """Whether it was resolved."""
        return self.status == "resolved"

    @property
    def risen(self) -> bool:
        """Whether it is more severe than what was told of it; so is what was not told."""
        return not self.told or RANK[self.severity] > RANK[self.told]


@dataclass(slots=True)
class Group:
    """What one channel tells together for one route.

    Times are in seconds since the epoch. `since` is when the oldest of the news came that have not
    been told, `sent` when it was last told of, `held` until when it is left alone. `more` counts
    incidents beyond those that are told apart.
    """

    channel: str
    route: str
    key: str
    members: dict[str, Member] = field(default_factory=dict)
    since: float | None = None
    sent: float | None = None
    held: float = 0.0
    more: int = 0

    def put(self, incident_id: str, member: Member, *, now: float, pace: Pace) -> None:
        """Take an incident as it is now; one that ended before it was told is left out."""
        known = self.members.get(incident_id)
        if known is None and len(self.members) >= MOST:
            self.more += not member.over
            self.settle(now=now, pace=pace)
            return
        told = member.told or (known.told if known else "")
        if member.over and not (told and pace.resolved):
            self.members.pop(incident_id, None)
        else:
            self.members[incident_id] = replace(member, told=told)
        self.settle(now=now, pace=pace)

    def settle(self, *, now: float, pace: Pace) -> None:
        """Begin to wait if there are news now, end it if there are none."""
        news = self.more or any(self._is_news(each, pace) for each in self.members.values())
        self.since = (now if self.since is None else self.since) if news else None

    def due_at(self, pace: Pace) -> tuple[float, Cause] | None:
        """When it is to be told of next, and why; None while there is nothing to tell."""
        due: list[tuple[float, Cause]] = []
        if self.since is not None:
            due.append((self._news_at(self.since, pace), "news"))
        if self.sent is not None and pace.repeat and self.causes("repeat", pace):
            due.append((self.sent + pace.repeat, "repeat"))
        if not due:
            return None
        at, cause = min(due)
        return max(at, self.held), cause

    def causes(self, cause: Cause, pace: Pace) -> list[str]:
        """The incidents that make it due."""
        if cause == "news":
            return [name for name, each in self.members.items() if self._is_news(each, pace)]
        return [name for name, each in self.members.items() if _is_repeated(each, pace)]

    def tell(self, *, now: float, but: frozenset[str] = frozenset()) -> None:
        """Note that all of it `but` these is told now; what has ended is forgotten."""
        self.members = {
            name: member if name in but else replace(member, told=member.severity)
            for name, member in self.members.items()
            if not member.over
        }
        self.sent, self.since, self.more = now, None, 0

    def _is_news(self, member: Member, pace: Pace) -> bool:
        if not member.over:
            return member.risen
        return pace.each or all(each.over for each in self.members.values())

    def _news_at(self, since: float, pace: Pace) -> float:
        if self.sent is None or self._is_worse():
            return since + pace.wait
        return max(since + pace.wait, self.sent + pace.interval)

    def _is_worse(self) -> bool:
        """Whether something is more severe than all that was told."""
        told = max((RANK[m.told] for m in self.members.values() if m.told), default=-1)
        return any(RANK[m.severity] > told for m in self.members.values() if not m.over)


def _is_repeated(member: Member, pace: Pace) -> bool:
    repeated = {"open", "acknowledged"} if pace.each else {"open"}
    return bool(member.told) and member.status in repeated

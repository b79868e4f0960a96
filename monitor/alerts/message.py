"""What a channel is given to send: all that it says is in it, so that it can be sent again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from monitor.alerts.settings import AlertDetector, AlertSeverity
from monitor.incidents.incident import Status

MessageStatus = Literal["firing", "repeated", "resolved", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldIncident:
    """What a message says of one incident.

    Times are in seconds since the epoch: `since` is when the trouble began, `ended` when it was
    resolved. `reason` tells how its severity came about; `share` of the traffic, `tenants` and
    `users` how far it reached. `why` are its first contributing factors, `first` what to do first. `was` is the severity it was told with
    before, "" if it was not told.
    """

    id: str
    title: str
    severity: AlertSeverity
    status: Status
    detector: AlertDetector
    kind: str
    model: str
    route: str
    tenant: str
    since: float
    first_seen: float
    last_seen: float
    count: int
    owner: str = ""
    story: str = ""
    reason: str = ""
    share: float | None = None
    tenants: int = 0
    users: int = 0
    link: str = ""
    why: list[str] = field(default_factory=list)
    first: str = ""
    was: AlertSeverity | Literal[""] = ""
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. `id` stays the same however often it is sent.

    `count` is the number of incidents it is about, of which `incidents` are the first; `groups` that
    of the groups they are in. `key` is the same in every message about the same group. `text` is
    plain, `markdown` the same with marks.
    """

    id: str
    at: float
    status: MessageStatus
    severity: AlertSeverity
    title: str
    text: str
    markdown: str
    route: str = ""
    key: str = ""
    count: int = 0
    groups: int = 1
    incidents: list[ToldIncident] = field(default_factory=list)

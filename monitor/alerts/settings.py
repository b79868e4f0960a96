"""The settings of alerts. Imported by every role, so nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import msgspec

ChannelKind = Literal["webhook", "apprise", "alertmanager"]
AlertDetector = Literal["latency", "safety", "drift", "anomaly", "pipeline"]
AlertSeverity = Literal["info", "warning", "critical"]
GroupField = Literal["story", "fingerprint", "detector", "kind", "model", "route", "tenant"]

_Seconds = Annotated[float, msgspec.Meta(ge=0)]
REFERENCES = ("env:", "file:")
"""How a setting says where a secret is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """One place where messages go."""

    kind: ChannelKind
    """`webhook`, `apprise` (Slack, PagerDuty, e-mail and others), or `alertmanager`."""
    url: str
    """Its URL, or where that is read at start: `env:NAME` or `file:PATH`."""
    secret: str = ""
    """Secret that signs a webhook: `env:NAME` or `file:PATH`; without it nothing is signed."""
    authorization: str = ""
    """Value of the header Authorization: `env:NAME` or `file:PATH`; not for `apprise`."""
    rate: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    """Messages a minute; what is more waits and goes as one. Not for `alertmanager`."""
    timeout: Annotated[float, msgspec.Meta(gt=0, le=120)] = 10.0
    """Seconds that one try may take."""
    resend: Annotated[float, msgspec.Meta(ge=1)] = 60.0
    """Seconds after which an `alertmanager` is told again of what is open; it forgets after four times that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """Which incidents go where; patterns may have `*` and `?`, and an empty list lets all pass."""

    channels: list[str]
    """Names of the channels that it sends to."""
    name: str = ""
    """What it is called in messages and lists; its place without."""
    severity: AlertSeverity = "info"
    """The least severity."""
    detectors: list[AlertDetector] = field(default_factory=list)
    """Detectors: `latency`, `safety`, `drift`, `anomaly`, `pipeline`."""
    kinds: list[str] = field(default_factory=list)
    """Patterns of kinds, such as `slower_*`."""
    models: list[str] = field(default_factory=list)
    """Patterns of models."""
    routes: list[str] = field(default_factory=list)
    """Patterns of the routes that requests took, such as `/v1/*`."""
    tenants: list[str] = field(default_factory=list)
    """Patterns of tenants."""
    stop: bool = True
    """Later routes do not see what this one takes; false: they do."""
    group_by: list[GroupField] = field(default_factory=lambda: ["story"])
    """What incidents of one message have in common; those without a story: the fingerprint."""
    group_wait: _Seconds = 30.0
    """Seconds that the first message of a group waits for what belongs to it."""
    group_interval: _Seconds = 300.0
    """Seconds from a group's message to the next with news; what is more severe waits `group_wait`."""
    repeat_interval: _Seconds = 14_400.0
    """Seconds after which what is open and unacknowledged is told again; 0 for never."""
    resolved: bool = True
    """Tell of the end as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Whom to tell of incidents; without a channel, nobody."""

    link: str = ""
    """URL of the API as people reach it, for links in messages; or one with `{id}` for the incident."""
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    """Where messages go, by name; see below."""
    routes: list[RouteSettings] = field(default_factory=list)
    """Tried in order; without any, all from `warning` on goes to every channel. See below."""
    give_up: Annotated[float, msgspec.Meta(gt=0)] = 21_600.0
    """Seconds of failing after which a message goes to the dead letters."""
    failing_after: Annotated[float, msgspec.Meta(gt=0)] = 600.0
    """Seconds of failing after which a channel is an incident of its own."""


def all_routes(settings: AlertSettings) -> list[RouteSettings]:
    """The routes, each with a name; the one for everything where none is given."""
    if not settings.routes:
        return [RouteSettings(name="all", severity="warning", channels=sorted(settings.channels))]
    return [
        replace(route, name=route.name or f"route-{place}")
        for place, route in enumerate(settings.routes, 1)
    ]


def failing_rule(channel: str) -> str:
    """The rule of an incident that says of a channel that it fails."""
    return f"pipeline.alerts.{channel}"


def wrong(settings: AlertSettings) -> str:
    """What cannot be, with the key and how to mend it; "" if all is well."""
    for name, channel in settings.channels.items():
        for key in ("secret", "authorization"):
            if getattr(channel, key) and not getattr(channel, key).startswith(REFERENCES):
                return f"alerts.channels.{name}.{key}: write env:NAME or file:PATH, not the value"
        if channel.secret and channel.kind != "webhook":
            return f"alerts.channels.{name}.secret: only a webhook is signed; take it out"
    names = [route.name for route in all_routes(settings)]
    for route in all_routes(settings):
        if names.count(route.name) > 1:
            return f"alerts.routes: two are called {route.name!r}; give each a name of its own"
        for name in route.channels:
            if name not in settings.channels:
                known = ", ".join(settings.channels) or "none"
                return f"alerts.routes: {route.name} sends to {name!r}; channels are: {known}"
    return ""

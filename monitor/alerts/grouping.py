"""Which groups an incident is in, for every route and channel that it goes to. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.alerts.groups import Cause, Group, Member, Pace, Told
from monitor.alerts.routing import group_key, taking
from monitor.alerts.settings import (
    AlertSettings,
    ChannelSettings,
    RouteSettings,
    all_routes,
    failing_rule,
)
from monitor.incidents.incident import Incident

MOST = 5_000
"""Groups that are told apart; what is beyond is one more for each route and channel."""
_BEYOND = "beyond"
_AT_ONCE = 5.0

_Place = tuple[str, str, str]


class Grouping:
    """Groups as the settings have them; saved ones of routes that are no more are forgotten.

    Every call is given the time, in seconds since the epoch.
    """

    def __init__(self, settings: AlertSettings, saved: Iterable[Group] = ()) -> None:
        self._routes = all_routes(settings)
        self._pace = {
            (channel, route.name): pace(route, settings.channels[channel])
            for route in self._routes
            for channel in route.channels
        }
        self._keys = {
            name: "fingerprint" if channel.kind == "alertmanager" else ""
            for name, channel in settings.channels.items()
        }
        self._groups: dict[_Place, Group] = {}
        self._of: dict[str, set[_Place]] = {}
        for group in saved:
            if (group.channel, group.route) in self._pace:
                self._groups[_place(group)] = group
                self._index(group, group.members)

    @property
    def groups(self) -> list[Group]:
        """All of them, to be saved."""
        return list(self._groups.values())

    def pace(self, group: Group) -> Pace:
        """How long a group waits."""
        return self._pace[group.channel, group.route]

    def take(self, incident: Incident, *, now: float) -> None:
        """Take an incident as it is now; taking it twice changes nothing."""
        for place in list(self._of.get(incident.id, ())):
            self._put(self._groups[place], incident, now)
        if incident.status == "resolved":
            return
        for route in taking(self._routes, incident):
            for channel in route.channels:
                if incident.rule == failing_rule(channel):
                    continue  # it would only hear of its own trouble once that is over
                self._put(self._home(channel, route, incident, now), incident, now)

    def forget(self, incident_id: str, *, now: float) -> None:
        """Forget an incident that is no longer kept."""
        for place in list(self._of.get(incident_id, ())):
            self._take_out(self._groups[place], incident_id, now)

    def due(self, channel: str, *, now: float) -> list[tuple[Group, Cause]]:
        """The groups to tell on a channel now, those that wait longest first."""
        timed = [
            (*due, group)
            for group in self._groups.values()
            if group.channel == channel and (due := group.due_at(self.pace(group)))
        ]
        ready = sorted((each for each in timed if each[0] <= now), key=lambda each: each[0])
        return [(group, cause) for _, cause, group in ready]

    def waiting(self, channel: str) -> int:
        """How many groups have news that a channel was not told."""
        return sum(g.channel == channel and g.since is not None for g in self._groups.values())

    def tell(self, groups: Sequence[Group], *, now: float, but: frozenset[str]) -> None:
        """Note that these groups are told now, `but` some of their incidents."""
        for group in groups:
            before = set(group.members)
            group.tell(now=now, but=but)
            group.settle(now=now, pace=self.pace(group))
            self._unindex(group, before - set(group.members))

    def _home(self, channel: str, route: RouteSettings, incident: Incident, now: float) -> Group:
        """The group that an incident belongs to; from another of the same route it is moved."""
        key = (self._keys[channel] and incident.fingerprint) or group_key(route, incident)
        place = (channel, route.name, key)
        if place not in self._groups and len(self._groups) >= MOST:
            place = (channel, route.name, _BEYOND)
        group = self._groups.setdefault(place, Group(*place))
        for other in [p for p in self._of.get(incident.id, ()) if p[:2] == place[:2]]:
            if other != place:
                left = self._groups[other]
                told = left.members[incident.id].told
                group.sent = group.sent or left.sent
                self._take_out(left, incident.id, now)
                self._put(group, incident, now, told)
        return group

    def _put(self, group: Group, incident: Incident, now: float, told: Told = "") -> None:
        member = Member(incident.status, incident.severity, told)
        group.put(incident.id, member, now=now, pace=self.pace(group))
        if incident.id in group.members:
            self._index(group, [incident.id])
        else:
            self._unindex(group, [incident.id])

    def _take_out(self, group: Group, incident_id: str, now: float) -> None:
        group.members.pop(incident_id, None)
        group.settle(now=now, pace=self.pace(group))
        self._unindex(group, [incident_id])

    def _index(self, group: Group, ids: Iterable[str]) -> None:
        for name in ids:
            self._of.setdefault(name, set()).add(_place(group))

    def _unindex(self, group: Group, ids: Iterable[str]) -> None:
        for name in ids:
            places = self._of.get(name, set())
            places.discard(_place(group))
            if not places:
                self._of.pop(name, None)
        if not group.members:
            self._groups.pop(_place(group), None)


def pace(route: RouteSettings, channel: ChannelSettings) -> Pace:
    """How long groups of a route wait on a channel; an Alertmanager groups and repeats by itself."""
    if channel.kind == "alertmanager":
        return Pace(wait=0.0, interval=_AT_ONCE, repeat=channel.resend, each=True)
    return Pace(
        wait=route.group_wait,
        interval=route.group_interval,
        repeat=route.repeat_interval,
        resolved=route.resolved,
    )


def _place(group: Group) -> _Place:
    return group.channel, group.route, group.key

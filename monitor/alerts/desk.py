"""Makes a channel's next message: reads the incidents as they are, leaves out what is silenced."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.alerts.composing import compose, order
from monitor.alerts.grouping import Grouping
from monitor.alerts.groups import Cause, Group
from monitor.alerts.message import Message, MessageStatus, ToldIncident
from monitor.alerts.told import Facts, facts, told
from monitor.incidents.incident import Incident
from monitor.silences.silence import silenced

if TYPE_CHECKING:
    from monitor.store.base import Store

MOST = 500
"""Incidents that are read for one message, or those of one group."""
_AT_ONCE = 25
_NAMED = 20
_WITH_FACTS = 3
_KEPT_FACTS = 5_000
_HOLD = 30.0
_MOST_SILENCES = 1_000

Due = Sequence[tuple[Group, Cause]]


@dataclass(frozen=True, slots=True)
class Telling:
    """A message, the groups it tells of, and those of their incidents that are silenced."""

    message: Message
    groups: list[Group]
    silent: frozenset[str]


class Desk:
    """Reads from a store what messages say. `link` is `alerts.link`."""

    def __init__(self, store: Store, grouping: Grouping, *, link: str) -> None:
        self._store = store
        self._grouping = grouping
        self._link = link
        self._facts: dict[str, tuple[str, Facts]] = {}

    async def telling(self, due: Due, *, now: float, every: bool) -> Telling | None:
        """One message about groups that are due; None if nothing of them is to be told now.

        With `every` it has all of their incidents with what is known of each; else the first few.
        Groups of which all is silenced are looked at again half a minute later.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        chosen = _chosen(due)
        found = await self._read(chosen, now)
        silences = await self._store.silences(ending_after=now, limit=_MOST_SILENCES)
        silent = frozenset(n for n, each in found.items() if silenced(each, silences, now))
        speaking = [
            (group, cause)
            for group, cause in self._still(chosen, now)
            if self._speaks(group, cause, silent, now)
        ]
        if not speaking:
            return None
        message = await self._message(speaking, found, silent, now, every=every)
        return Telling(message, [group for group, _ in speaking], silent)

    async def _read(self, chosen: Due, now: float) -> dict[str, Incident]:
        """The incidents of these groups as they are now, which the groups then know."""
        names = list(dict.fromkeys(name for group, _ in chosen for name in group.members))
        found: dict[str, Incident] = {}
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            read = await asyncio.gather(*(self._store.get_incident(name) for name in some))
            for name, incident in zip(some, read, strict=True):
                if incident is None:
                    self._grouping.forget(name, now=now)
                else:
                    found[name] = incident
                    self._grouping.take(incident, now=now)
        return found

    def _still(self, chosen: Due, now: float) -> Iterable[tuple[Group, Cause]]:
        """Those that are due as their incidents are now."""
        for group, _ in chosen:
            due = group.due_at(self._grouping.pace(group))
            if due is not None and due[0] <= now:
                yield group, due[1]

    def _speaks(self, group: Group, cause: Cause, silent: frozenset[str], now: float) -> bool:
        causes = set(group.causes(cause, self._grouping.pace(group)))
        if causes <= silent and not (causes == set() and group.more):
            group.held = now + _HOLD
            return False
        return True

    async def _message(
        self,
        due: Due,
        found: Mapping[str, Incident],
        silent: frozenset[str],
        now: float,
        *,
        every: bool,
    ) -> Message:
        shown = sorted(self._shown(due, found, silent), key=order)
        named = shown if every else shown[:_NAMED]
        count = len(shown) + sum(group.more for group, _ in due)
        return compose(
            await self._with_facts(named, every=every),
            message_id=secrets.token_hex(12),
            at=now,
            status=_status(due, shown),
            route=due[0][0].route,
            key=_key(due),
            count=count,
            groups=len(due),
        )

    def _shown(
        self, due: Due, found: Mapping[str, Incident], silent: frozenset[str]
    ) -> Iterable[ToldIncident]:
        for group, _ in due:
            each = self._grouping.pace(group).each
            over = all(member.over for member in group.members.values())
            for name, member in group.members.items():
                if name in found and name not in silent and (each or over or not member.over):
                    yield told(found[name], link=self._link, was=member.told)

    async def _with_facts(
        self, incidents: Sequence[ToldIncident], *, every: bool
    ) -> list[ToldIncident]:
        last = len(incidents) if every else _WITH_FACTS
        return [await self._told_why(each) for each in incidents[:last]] + list(incidents[last:])

    async def _told_why(self, incident: ToldIncident) -> ToldIncident:
        """With its factors; they are read once for a severity, as an Alertmanager is told often."""
        severity, known = self._facts.get(incident.id, ("", None))
        if known is None or severity != incident.severity:
            bundle = await self._store.get_bundle(incident.id)
            known = facts(bundle, incident.detector) if bundle else Facts()
            if len(self._facts) >= _KEPT_FACTS:
                self._facts.clear()
            self._facts[incident.id] = (incident.severity, known)
        return replace(incident, why=known.why, first=known.first)


def _chosen(due: Due) -> Due:
    """As many groups as fit into one message, one at least."""
    chosen: list[tuple[Group, Cause]] = []
    members = 0
    for group, cause in due:
        members += len(group.members)
        if chosen and members > MOST:
            break
        chosen.append((group, cause))
    return chosen


def _status(due: Due, shown: Sequence[ToldIncident]) -> MessageStatus:
    if all(incident.status == "resolved" for incident in shown):
        return "resolved"
    return "repeated" if all(cause == "repeat" for _, cause in due) else "firing"


def _key(due: Due) -> str:
    """The same for the same group; one for all messages about several."""
    group = due[0][0]
    named = (group.channel, group.route, group.key) if len(due) == 1 else (group.channel,)
    return hashlib.sha256("\x1f".join(named).encode()).hexdigest()[:16]

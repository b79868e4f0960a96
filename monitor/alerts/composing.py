"""Messages for people, short: what, how bad, since when, why, what to do first, where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from monitor.alerts.message import Message, MessageStatus, ToldIncident
from monitor.alerts.wording import counted, marked, plain, when
from monitor.incidents.incident import RANK

_FULLY = 3
"""Incidents of a message that are told in full; of the others a line each."""
_LINES = 10


def compose(
    incidents: Sequence[ToldIncident],
    *,
    message_id: str,
    at: float,
    status: MessageStatus,
    route: str,
    key: str,
    count: int,
    groups: int = 1,
) -> Message:
    """A message about these incidents, as `order` has them, of `count` in `groups` groups.

    `at` is in seconds since the epoch. There is at least one incident.
    """
    worst = max((each.severity for each in incidents), key=RANK.__getitem__)
    bare = Message(
        id=message_id,
        at=at,
        status=status,
        severity=worst,
        title=_title(incidents[0], status, count),
        text="",
        markdown="",
        route=route,
        key=key,
        count=count,
        groups=groups,
        incidents=list(incidents),
    )
    lines = _lines(bare)
    return replace(bare, text=_text(lines), markdown=_markdown(lines))


def order(incident: ToldIncident) -> tuple[bool, bool, int, float]:
    """What comes first: what is open, then what is new or worse than was told, then the worst."""
    known = incident.was != "" and RANK[incident.was] >= RANK[incident.severity]
    return incident.status == "resolved", known, -RANK[incident.severity], -incident.last_seen


def trial(channel: str, *, message_id: str, at: float) -> Message:
    """A message that says of itself that it is a test."""
    text = f"This is a test of the channel {plain(channel)}. Nothing has happened; nothing is to be done."
    return Message(
        id=message_id,
        at=at,
        status="test",
        severity="info",
        title="[test] Sidewatch alerts",
        text=text,
        markdown=marked(text),
        route="test",
        key=f"test:{channel}",
    )


def _title(first: ToldIncident, status: MessageStatus, count: int) -> str:
    what = {"resolved": "resolved", "repeated": f"{first.severity}, still open"}
    more = f" and {counted(count - 1, 'other incident')}" if count > 1 else ""
    return f"[{what.get(status, first.severity)}] {plain(first.title)}{more}"


_Line = tuple[str, str, str]
"""Kind of line (head, fact, item, link), its name and its text."""


def _lines(message: Message) -> list[_Line]:
    lines: list[_Line] = []
    if message.count > 1:
        lines.append(("fact", "In all", _overview(message)))
    for incident in message.incidents[:_FULLY]:
        lines += _full(incident)
    rest = message.incidents[_FULLY : _FULLY + _LINES]
    lines += [
        ("item", each.severity, f"{plain(each.title)}{_tenant(each)}, {_times(each)}")
        for each in rest
    ]
    left = message.count - _FULLY - len(rest)
    if rest and left > 0:
        lines.append(("item", "and", counted(left, "more incident")))
    return lines


def _overview(message: Message) -> str:
    told = Counter(each.severity for each in message.incidents)
    listed = ", ".join(f"{told[s]} {s}" for s in reversed(RANK) if told[s])
    shown = (
        f" ({listed} of those named)" if message.count > len(message.incidents) else f" ({listed})"
    )
    groups = f" in {counted(message.groups, 'group')}" if message.groups > 1 else ""
    return f"{counted(message.count, 'incident')}{groups}{shown}"


def _full(incident: ToldIncident) -> list[_Line]:
    facts = [
        ("head", incident.severity, plain(incident.title)),
        ("fact", "Since", f"{when(incident.since)}, {_times(incident)}{_tenant(incident)}"),
        ("fact", "How bad", _reach(incident)),
        (
            "fact",
            "Status",
            incident.status + (f" by {plain(incident.owner)}" if incident.owner else ""),
        ),
        ("fact", "Why", "; ".join(incident.why)),
        ("fact", "First", incident.first if incident.status != "resolved" else ""),
        ("link", "Incident", incident.link or incident.id),
    ]
    return [fact for fact in facts if fact[2]]


def _reach(incident: ToldIncident) -> str:
    told = [
        plain(incident.reason),
        f"{incident.share:.1%} of the traffic" if incident.share else "",
        counted(incident.tenants, "tenant") if incident.tenants > 1 else "",
        counted(incident.users, "user") if incident.users > 1 else "",
    ]
    return "; ".join(each for each in told if each)


def _times(incident: ToldIncident) -> str:
    return f"{counted(incident.count, 'time')}, last {when(incident.last_seen)}"


def _tenant(incident: ToldIncident) -> str:
    return f", tenant {plain(incident.tenant)}" if incident.tenant else ""


def _text(lines: Sequence[_Line]) -> str:
    forms = {"head": "\n{0}: {1}", "fact": "{0}: {1}", "item": "- {0}: {1}", "link": "{0}: {1}"}
    return "\n".join(forms[kind].format(name, text) for kind, name, text in lines).strip()


def _markdown(lines: Sequence[_Line]) -> str:
    forms = {
        "head": "\n**{0}: {1}**",
        "fact": "- {0}: {1}",
        "item": "- {0}: {1}",
        "link": "- {0}: {1}",
    }
    return "\n".join(
        forms[kind].format(name, text if kind == "link" else marked(text))
        for kind, name, text in lines
    ).strip()

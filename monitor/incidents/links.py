"""Links of an incident: addresses of what belongs to it elsewhere, such as a ticket. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.errors import MonitorError
from monitor.incidents.incident import Incident

MOST = 20
LONGEST = 2_000


class LinkError(MonitorError):
    """It cannot be a link of an incident; the message says why."""


def with_links(incident: Incident, urls: Sequence[str], *, at: float) -> Incident:
    """The incident with exactly these links, each once.

    Raises
    ------
    LinkError
        One is no http or https address, or there are too many.
    """
    kept = list(dict.fromkeys(map(checked, urls)))
    if len(kept) > MOST:
        raise LinkError(f"an incident has at most {MOST} links")
    return replace(incident, links=kept, updated=max(incident.updated, at))


def linked(incident: Incident, urls: Sequence[str], *, at: float) -> Incident:
    """The incident with these links too; raises as `with_links`."""
    return with_links(incident, [*incident.links, *urls], at=at)


def unlinked(incident: Incident, urls: Sequence[str], *, at: float) -> Incident:
    """The incident without these links."""
    return with_links(incident, [each for each in incident.links if each not in urls], at=at)


def checked(url: str) -> str:
    """The address, if a person may safely be sent there.

    Raises
    ------
    LinkError
        It is no http or https address with a host, or holds a password, or is too long.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise LinkError(f"{url[:80]!r} is no address") from error
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise LinkError(f"{url[:80]!r} is no http or https address")
    if parts.username or parts.password:
        raise LinkError("a link must not hold a name or a password")
    if len(url) > LONGEST:
        raise LinkError(f"a link has at most {LONGEST} characters")
    return url

"""How the channels do, as whoever delivers has saved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.alerts.lines import Line
from monitor.alerts.settings import AlertSettings
from monitor.alerts.state import TASK, AlertState, decode_state

if TYPE_CHECKING:
    from monitor.store.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStanding:
    """One channel. Times are in seconds since the epoch, None where that never was.

    `failing_since` is when it began to fail, `trouble` what it said last; `delivered` is when it last
    took a message, `sending` the title of the one on its way, `waiting` how many groups of incidents
    have news that it was not told.
    """

    name: str
    kind: str
    failing_since: float | None = None
    trouble: str = ""
    delivered: float | None = None
    sending: str = ""
    waiting: int = 0


async def standings(store: Store, settings: AlertSettings) -> list[ChannelStanding]:
    """Every channel of the settings, by name."""
    kept = await store.load_checkpoint(TASK)
    state = decode_state(kept[1]) if kept else AlertState()
    return [
        _standing(name, channel.kind, state) for name, channel in sorted(settings.channels.items())
    ]


def _standing(name: str, kind: str, state: AlertState) -> ChannelStanding:
    line = state.lines.get(name) or Line(room=0.0)
    return ChannelStanding(
        name=name,
        kind=kind,
        failing_since=line.failing_since,
        trouble=line.trouble,
        delivered=line.delivered,
        sending=line.outgoing.message.title if line.outgoing else "",
        waiting=sum(g.channel == name and g.since is not None for g in state.groups),
    )

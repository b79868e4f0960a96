"""Whether the channels of alerts can be used, and take what they are sent; nothing is sent for it."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.channels.opening import open_channel
from monitor.alerts.errors import AlertError
from monitor.alerts.standing import ChannelStanding, standings
from monitor.connect import connected_store
from monitor.doctor.check import Check
from monitor.settings import Settings


async def look(settings: Settings) -> Sequence[Check]:
    """Every channel: its secrets, and what came of its last messages; then the dead letters."""
    if not settings.alerts.channels:
        found = "no channel is set up: nobody is told of incidents"
        return [Check("alerts", "absent", found, "add [alerts.channels.NAME]")]
    async with connected_store(settings.store) as store:
        channels = await standings(store, settings.alerts)
        dead = len(await store.dead_letters(limit=1))
    checks = [_channel(settings, each) for each in channels]
    if dead:
        mend = "sidewatch alerts dead list, then retry or drop"
        checks.append(Check("alerts", "warning", "messages were given up", mend))
    return checks


def _channel(settings: Settings, standing: ChannelStanding) -> Check:
    name = f"alerts {standing.name}"
    try:
        open_channel(standing.name, settings.alerts.channels[standing.name])
    except AlertError as error:
        return Check(name, "bad", str(error), "set it for the worker, which does not start without")
    mend = f"sidewatch alerts test {standing.name}"
    if standing.failing_since is not None:
        return Check(name, "bad", f"takes no message: {standing.trouble}", mend)
    if standing.delivered is None:
        return Check(name, "good", f"nothing was sent yet; {mend}")
    return Check(name, "good", "took its last message")

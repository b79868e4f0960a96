"""An incident of its own: a channel that has not taken a message for long, told on the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from detectors.base import Detection, Evidence
from monitor import version
from monitor.actions import recommend
from monitor.alerts.lines import Line
from monitor.alerts.settings import AlertSettings, failing_rule
from monitor.exchange.ident import derived
from monitor.incidents.bundle import Bundle
from monitor.incidents.changes import change_stored
from monitor.incidents.events import Signature, events_between
from monitor.incidents.incident import Incident, TransitionError, begin, fingerprint, recover
from monitor.store.base import ConflictError

if TYPE_CHECKING:
    from monitor.store.base import Store

KIND = "alerts_failing"


class FailingChannels:
    """Opens an incident for each channel that fails for long, and resolves it when it works again.

    `clock` gives seconds since the epoch.
    """

    def __init__(
        self, store: Store, settings: AlertSettings, *, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._after = settings.failing_after
        self._clock = clock
        self._told: dict[str, bool] = {}

    async def look(self, lines: Mapping[str, Line]) -> None:
        """Look at every channel once.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        now = self._clock()
        for name, line in lines.items():
            failing = line.failing_since is not None and now - line.failing_since >= self._after
            working = line.failing_since is None
            if failing and not self._told.get(name, False):
                await self._open(detection(name, line, now))
                self._told[name] = True
            elif working and self._told.get(name, True):
                await self._resolve(detection(name, line, now))
                self._told[name] = False

    async def _open(self, found: Detection) -> None:
        latest = await self._store.latest_incident(fingerprint(found))
        if latest is not None and latest.status != "resolved":
            return
        incident = begin(
            found,
            incident_id=derived(found.at, found.rule),
            policy_version="",
            after=latest.id if latest else "",
        )
        await self._store.put_bundle(_bundle(found, incident))
        with suppress(ConflictError):
            await self._store.save_incident(
                incident,
                expected_version=0,
                events=events_between(None, incident, Signature("", found.at)),
            )

    async def _resolve(self, was: Detection) -> None:
        latest = await self._store.latest_incident(fingerprint(was))
        if latest is None or latest.status == "resolved":
            return
        with suppress(TransitionError):
            await change_stored(
                self._store,
                latest.id,
                lambda it: recover(it, at=was.at, reason="It takes messages again."),
                Signature("", was.at),
            )


def detection(channel: str, line: Line, now: float) -> Detection:
    """The finding that a channel fails; `model` is the channel's name."""
    failing = now - line.failing_since if line.failing_since is not None else 0.0
    return Detection(
        rule=failing_rule(channel),
        detector="pipeline",
        detection_type=KIND,
        score=failing,
        threshold=0.0,
        evidence=(
            Evidence("failing for", round(failing), weight=3.0, unit="s"),
            Evidence("tries in a row", float(line.failures), weight=2.0),
            Evidence("trouble", line.trouble, weight=1.0),
        ),
        at=now,
        model=channel,
        severity="warning",
    )


def _bundle(found: Detection, incident: Incident) -> Bundle:
    return Bundle(
        incident_id=incident.id,
        created=found.at,
        severity=incident.severity,
        severity_reason="people are not told of incidents on this channel",
        category=KIND,
        summary=f"The alert channel {found.model} has not taken a message for {found.score:.0f} s.",
        contributing_factors=list(found.evidence),
        recommended_actions=recommend(found, incident.id),
        versions={"sidewatch": version()},
    )

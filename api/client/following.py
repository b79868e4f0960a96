"""Reads a stream of server-sent events (WHATWG HTML, 9.2), and goes on where one was cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from api.client.call import PREFIX
from api.client.errors import EventsMissedError
from monitor.incidents.events import EventKind, IncidentEvent

SILENCE = 45.0
"""Seconds without a word, not even of the stream's own beat, after which it counts as cut."""
PAUSE = 2.0
"""Seconds after which a stream that has ended is opened again."""

_decode = msgspec.json.Decoder(IncidentEvent).decode


class Following:
    """Which events are wanted, and the last one that was read."""

    def __init__(self, after: str, kinds: Sequence[EventKind], incidents: Sequence[str]) -> None:
        self._after = after
        self._params: list[tuple[str, str]] = [("kind", kind) for kind in kinds]
        self._params += [("incident", incident) for incident in incidents]
        self._kind = ""

    @property
    def request(self) -> dict[str, Any]:
        """What an HTTP client asks for the rest with."""
        params = [*self._params, *([("after", self._after)] if self._after else [])]
        return {"method": "GET", "url": f"{PREFIX}/events", "params": params}

    def take(self, line: str) -> IncidentEvent | None:
        """The event that a line of the stream holds, if it holds one.

        Raises
        ------
        EventsMissedError
            Events after the last one that was read are no longer kept.
        """
        name, _, value = line.partition(": ")
        if name == "id":
            self._after = value
        elif name == "event":
            self._kind = value
        elif name == "data" and self._kind == "gap":
            raise EventsMissedError(self._after)
        return _decode(value) if name == "data" else None

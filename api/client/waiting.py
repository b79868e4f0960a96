"""The client that waits for each answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx2

from api.client.call import Call
from api.client.endpoints import Endpoints
from api.client.errors import ApiError, problem_of
from api.client.filters import DetectionFilters, IncidentFilters
from api.client.following import PAUSE, SILENCE, Following
from api.client.patience import Trials
from api.client.settings import ATTEMPTS, TIMEOUT, options
from monitor.incidents.detections import KeptDetection
from monitor.incidents.events import EventKind, IncidentEvent
from monitor.incidents.incident import Incident

T = TypeVar("T")


class Client(Endpoints):
    """A client of the API at `url`, such as `http://127.0.0.1:8321`, with a key if it asks for one.

    What cannot be sent, or is answered with "not now" (429, 503), is sent again, `attempts` times in
    all; every POST has a key by which the API counts it once. Methods raise `ApiError` for what the
    API refuses and `UnreachableError` where no answer comes. May be used by several threads; close it, or
    use it in a `with` block.
    """

    def __init__(
        self, url: str, key: str = "", *, timeout: float = TIMEOUT, attempts: int = ATTEMPTS
    ) -> None:
        self._http = httpx2.Client(**options(url, key, timeout))
        self._attempts = attempts

    def incidents(self, **filters: Unpack[IncidentFilters]) -> Iterator[Incident]:
        """Every incident that passes the filters, read page by page as it is asked for."""
        cursor = None
        while cursor is None or cursor:
            page = self.incident_page(limit=200, cursor=cursor or "", **filters)
            yield from page.items
            cursor = page.cursor

    def detections(self, **filters: Unpack[DetectionFilters]) -> Iterator[KeptDetection]:
        """Every detection that passes the filters, read page by page as it is asked for."""
        cursor = None
        while cursor is None or cursor:
            page = self.detection_page(limit=200, cursor=cursor or "", **filters)
            yield from page.items
            cursor = page.cursor

    def events(
        self,
        *,
        after: str = "",
        kinds: Sequence[EventKind] = (),
        incidents: Sequence[str] = (),
    ) -> Iterator[IncidentEvent]:
        """Every change of an incident as it is made, without an end; those `after` the id of one first.

        Where the stream is cut it goes on behind the last event that was read. Raises
        `EventsMissedError` if some have gone meanwhile.
        """
        following = Following(after, kinds, incidents)
        trials = self._trials(repeatable=True)
        while True:
            try:
                with self._http.stream(**following.request, timeout=SILENCE) as answer:
                    pause = trials.answered(answer.status_code, answer.headers)
                    if pause is None and answer.is_error:
                        raise ApiError(problem_of(answer.status_code, answer.read()))
                    for line in answer.iter_lines():
                        if event := following.take(line):
                            trials = self._trials(repeatable=True)
                            yield event
            except httpx2.TransportError as error:
                pause = trials.failed(error, sent=False)
            time.sleep(PAUSE if pause is None else pause)

    def send(self, call: Call[T]) -> T:
        """What the answer to a request holds."""
        trials = self._trials(repeatable=call.is_repeatable)
        request = self._http.build_request(**call.parts)
        while True:
            try:
                answer = self._http.send(request)
            except httpx2.TransportError as error:
                pause = trials.failed(error, sent=not isinstance(error, httpx2.ConnectError))
            else:
                again = trials.answered(answer.status_code, answer.headers)
                if again is None:
                    return call.read(answer.status_code, answer.content)
                pause = again
            time.sleep(pause)

    def _trials(self, *, repeatable: bool) -> Trials:
        return Trials(str(self._http.base_url), self._attempts, repeatable=repeatable)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Itself, to be closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        self.close()

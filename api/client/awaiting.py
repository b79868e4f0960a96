"""The client that is awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
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


class AsyncClient(Endpoints):
    """As `Client`, for asyncio: every method is awaited, `incidents` is read by `async for`."""

    def __init__(
        self, url: str, key: str = "", *, timeout: float = TIMEOUT, attempts: int = ATTEMPTS
    ) -> None:
        self._http = httpx2.AsyncClient(**options(url, key, timeout))
        self._attempts = attempts

    async def incidents(self, **filters: Unpack[IncidentFilters]) -> AsyncIterator[Incident]:
        """Every incident that passes the filters, read page by page as it is asked for."""
        cursor = None
        while cursor is None or cursor:
            page = await self.incident_page(limit=200, cursor=cursor or "", **filters)
            for incident in page.items:
                yield incident
            cursor = page.cursor

    async def detections(self, **filters: Unpack[DetectionFilters]) -> AsyncIterator[KeptDetection]:
        """Every detection that passes the filters, read page by page as it is asked for."""
        cursor = None
        while cursor is None or cursor:
            page = await self.detection_page(limit=200, cursor=cursor or "", **filters)
            for detection in page.items:
                yield detection
            cursor = page.cursor

    async def events(
        self,
        *,
        after: str = "",
        kinds: Sequence[EventKind] = (),
        incidents: Sequence[str] = (),
    ) -> AsyncIterator[IncidentEvent]:
        """Every change of an incident as it is made, without an end; those `after` the id of one first.

        Where the stream is cut it goes on behind the last event that was read. Raises
        `EventsMissedError` if some have gone meanwhile.
        """
        following = Following(after, kinds, incidents)
        trials = self._trials(repeatable=True)
        while True:
            try:
                async with self._http.stream(**following.request, timeout=SILENCE) as answer:
                    pause = trials.answered(answer.status_code, answer.headers)
                    if pause is None and answer.is_error:
                        raise ApiError(problem_of(answer.status_code, await answer.aread()))
                    async for line in answer.aiter_lines():
                        if event := following.take(line):
                            trials = self._trials(repeatable=True)
                            yield event
            except httpx2.TransportError as error:
                pause = trials.failed(error, sent=False)
            await asyncio.sleep(PAUSE if pause is None else pause)

    async def send(self, call: Call[T]) -> T:
        """What the answer to a request holds."""
        trials = self._trials(repeatable=call.is_repeatable)
        request = self._http.build_request(**call.parts)
        while True:
            try:
                answer = await self._http.send(request)
            except httpx2.TransportError as error:
                pause = trials.failed(error, sent=not isinstance(error, httpx2.ConnectError))
            else:
                again = trials.answered(answer.status_code, answer.headers)
                if again is None:
                    return call.read(answer.status_code, answer.content)
                pause = again
            await asyncio.sleep(pause)

    def _trials(self, *, repeatable: bool) -> Trials:
        return Trials(str(self._http.base_url), self._attempts, repeatable=repeatable)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Itself, to be closed at the end of the block."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        await self.close()

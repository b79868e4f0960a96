"""Server-sent events: how many streams there may be, and how one is told to its reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.problems import ProblemError

MEDIA_TYPE = "text/event-stream"


class StreamDesk:
    """Counts the streams of this process, `room` of them at most, and ends them all on `close`."""

    def __init__(self, room: int = 64) -> None:
        self._most = self._room = room
        self._closing = asyncio.Event()

    @property
    def open(self) -> int:
        """How many streams there are."""
        return self._most - self._room

    def close(self) -> None:
        """End every stream: the process wants to end, and their readers will come again."""
        self._closing.set()

    async def closed(self) -> None:
        """Return once the streams are to end."""
        await self._closing.wait()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Room for one stream while this lasts.

        Raises
        ------
        ProblemError
            429: there is none.
        """
        if self._room == 0:
            raise ProblemError(
                429, "too many streams of events are open", headers={"Retry-After": "10"}
            )
        self._room -= 1
        try:
            yield
        finally:
            self._room += 1


class EventStream(Response):
    """Sends parts as they come, until there are no more, the reader leaves or the desk closes.

    A reader that takes nothing for `patience` seconds is cut off: it can come again and go on.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self, parts: AsyncGenerator[bytes], desk: StreamDesk, *, patience: float = 20.0
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._parts = parts
        self._desk = desk
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, then one part after another; 429 where there is no room."""
        with self._desk.place():
            ends = [self._tell(send), _left(receive), self._desk.closed()]
            tasks = [asyncio.create_task(end) for end in ends]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        if tasks[0] not in done and tasks[1] not in done:
            await send({"type": "http.response.body", "body": b""})

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        with suppress(TimeoutError):
            async with aclosing(self._parts):
                async for part in self._parts:
                    async with asyncio.timeout(self._patience):
                        await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    """Return once the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass

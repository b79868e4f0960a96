"""The recorder: bytes and times in, one `Exchange` out. No I/O, no clock, no exception.

A caller tells it what passed by; nothing is parsed then. The answer's bytes are kept with their
times until some kilobytes have come, and are then read together, so that what a relayed chunk
costs is one append. A body that cannot be read makes the exchange `unparsed`, with a reason.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from monitor.exchange.answer import Answer
from monitor.exchange.capture.naming import NO_FIELDS, BodyFields
from monitor.exchange.capture.request import RequestCapture
from monitor.exchange.capture.splitters import splitter_for
from monitor.exchange.capture.stream import StreamCapture
from monitor.exchange.capture.whole import WholeCapture
from monitor.exchange.model import Exchange, Response, Timing
from monitor.exchange.protocols import find_dialect
from monitor.exchange.protocols.base import Dialect


class Origin(NamedTuple):
    """What the head of a request says of an exchange: `route` is the path without its query.

    `tenant`, `user` and `conversation`, where given, win over what the body says of them, in `fields`
    first. `key` is a keyed
    hash of the API key, never the key.
    """

    route: str
    tenant: str = ""
    content_encoding: str = ""
    user: str = ""
    conversation: str = ""
    key: str = ""
    fields: BodyFields = NO_FIELDS


class Recorder:
    """Records one exchange. Times are in monotonic seconds; `ts` alone is the wall clock.

    At most `limit` bytes of each body are kept.
    """

    __slots__ = (
        *("answer", "dialect", "error", "ident", "origin"),
        *("_asked_at", "_connect", "_ended_at", "_limit", "_own"),
        *("_request", "_response", "_status", "_ts", "_upstream"),
    )

    def __init__(self, ident: str, origin: Origin, *, limit: int) -> None:
        self.ident = ident
        self.origin = origin
        self.dialect: Dialect | None = find_dialect(origin.route)
        self.answer = Answer(limit)
        self.error: str | None = None
        self._limit = limit
        self._ts = 0.0
        self._asked_at: float | None = None
        self._connect: float | None = None
        self._own: float | None = None
        self._upstream = ""
        self._ended_at: float | None = None
        self._status: int | None = None
        self._request = RequestCapture(
            self.dialect, encoding=origin.content_encoding, fields=origin.fields, limit=limit
        )
        self._response: StreamCapture | WholeCapture | None = None

    def request_body(self, data: bytes) -> None:
        """More of the request's body."""
        if self.dialect is not None:
            self._request.feed(data)

    def request_ended(self, *, ts: float, at: float) -> None:
        """The request's last byte came: `ts` on the wall clock, `at` on the monotonic one."""
        self._ts, self._asked_at = ts, at
        self._request.complete = True

    def connected(self, seconds: float, upstream: str = "") -> None:
        """A connection to `upstream` was open after `seconds`; zero for one kept alive."""
        self._connect = seconds
        self._upstream = upstream

    def sent(self, at: float) -> None:
        """All of the request that has come is on its way to the upstream."""
        if self._asked_at is not None:
            self.took(max(0.0, at - self._asked_at - (self._connect or 0.0)))

    def took(self, seconds: float) -> None:
        """Sidewatch itself took so long, and the client waited."""
        self._own = seconds + (self._own or 0.0)

    def answered_by(self, upstream: str) -> None:
        """What the upstream says of itself, instead of its address."""
        self._upstream = upstream

    def response_began(
        self, status: int, *, content_type: str = "", content_encoding: str = ""
    ) -> None:
        """The response's head came. The body of an error is not an answer, and is not read."""
        self._status = status
        dialect = self.dialect
        if dialect is None or status >= 400:
            return
        events = splitter_for(content_type, self._limit)
        self._response = (
            WholeCapture(dialect, self.answer, encoding=content_encoding, limit=self._limit)
            if events is None
            else StreamCapture(
                dialect, self.answer, events, encoding=content_encoding, limit=self._limit
            )
        )

    def response_body(self, content: list[bytes], at: float) -> None:
        """More of the response's body, which came at `at`."""
        if self._response is not None:
            self._response.feed(content, at)

    def ended(self, *, ts: float, at: float, error: str | None = None) -> None:
        """Nothing more will come; `error` says why, if it is not the answer's proper end."""
        if not self._request.complete:
            self.request_ended(ts=ts, at=at)
        self._ended_at = at
        self.error = error

    @property
    def status(self) -> int | None:
        """The status of the answer; None as long as none came."""
        return self._status

    @property
    def streamed(self) -> bool:
        """Whether the answer comes as a stream, or was asked for as one and has not begun."""
        if self._response is not None:
            return self._response.streamed
        return self._status is None and self._request.read().request.stream

    @property
    def unparsed(self) -> str | None:
        """Why a body was not understood."""
        if self.dialect is None:
            return "dialect"
        response = self._response.unparsed if self._response is not None else None
        return self._request.unparsed or response

    def silence(self, now: float) -> float:
        """Seconds since content last came, or since the request if none has."""
        if self._response is not None:
            self._response.read_batch()
        last = self.answer.last_at if self.answer.last_at is not None else self._asked_at
        return 0.0 if last is None else now - last

    def stalled(self, now: float) -> Exchange:
        """The notice that the stream, still under way, is silent."""
        idle = self.silence(now)
        exchange = self._exchange()
        return replace(exchange, state="stalled", timing=replace(exchange.timing, idle=idle))

    def running(self, now: float) -> Exchange:
        """The notice that the stream, still under way, should be looked at already."""
        exchange = self._exchange()
        so_far = replace(exchange.timing, duration=self._since_asked(now))
        return replace(exchange, state="running", timing=so_far)

    def finish(self) -> Exchange:
        """The whole exchange. Nothing more may be told to the recorder."""
        if self._response is not None:
            self._response.read_rest(self._ended_at or 0.0)
        return self._exchange()

    def _exchange(self) -> Exchange:
        asked = self._request.read()
        return Exchange(
            id=self.ident,
            ts=self._ts,
            model=asked.model or self.answer.model,
            route=self.origin.route,
            tenant=self.origin.tenant or asked.tenant,
            user=self.origin.user or asked.user,
            conversation=self.origin.conversation or asked.conversation,
            key=self.origin.key,
            upstream=self._upstream,
            dialect=self.dialect.name if self.dialect else "",
            request=asked.request,
            response=self._answered(),
            usage=self.answer.usage,
            timing=self._timing(),
            error=self.error or self._upstream_error(),
            unparsed=self.unparsed,
            truncated=self._truncated(),
        )

    def _answered(self) -> Response | None:
        return None if self._status is None else self.answer.response(self._status)

    def _upstream_error(self) -> str | None:
        failed = self.answer.error or (self._status is not None and self._status >= 400)
        return "upstream_error" if failed else None

    def _truncated(self) -> list[str]:
        response = self._response is not None and self._response.truncated
        sides = ["request"] if self._request.truncated else []
        return [*sides, "response"] if response or self.answer.truncated else sides

    def _timing(self) -> Timing:
        answer = self.answer
        return Timing(
            ttft=self._since_asked(answer.first_at),
            duration=self._since_asked(self._ended_at),
            max_gap=answer.max_gap,
            gap_p99=answer.gap_p99,
            own=self._own,
            connect=self._connect,
            chunks=answer.chunks,
        )

    def _since_asked(self, at: float | None) -> float | None:
        if at is None or self._asked_at is None:
            return None
        return max(0.0, at - self._asked_at)

"""Changes that may be sent again: with the same `Idempotency-Key` they are made once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.guard.callers import STATE, Caller
from api.problems import FieldError, ProblemError, respond
from monitor.replies import Reply
from monitor.store.base import StoreError

HEADER = "Idempotency-Key"
KEPT = 86_400.0
"""Seconds for which the answer to a change is kept."""
CHANGES_NOTHING = frozenset({"/api/v1/score", "/api/v1/text/contents"})
"""Posted to, but as often as one likes: their answers, which may hold texts, are not kept."""
SHOWS_A_SECRET = frozenset({"/api/v1/keys"})
"""Answers that are not kept, as nobody shall find a key in the store."""
_UNDER_WAY = 300.0
_KEY = re.compile("[!-~]{1,255}")
_KEPT_HEADERS = ("content-type", "etag", "location")


class Replies(Protocol):
    """Where answers are kept."""

    async def claim_reply(self, name: str, reply: Reply, *, ttl: float) -> Reply | None:
        """Keep a reply unless there is one of this name: that one, or None."""
        ...

    async def put_reply(self, name: str, reply: Reply, *, ttl: float) -> None:
        """Keep a reply; overwrites."""
        ...

    async def delete_reply(self, name: str) -> None:
        """Forget a reply."""
        ...


class Idempotent:
    """Answers a POST with a key that was seen before as it was answered then, for a day.

    The key is the caller's own: others may use the same. What was refused changed nothing, so it is
    not kept. Behind the guard, which says who calls.
    """

    def __init__(self, app: ASGIApp, *, replies: Replies) -> None:
        self._app = app
        self._replies = replies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has no key, and the first request of each; answer the others."""
        key = _key_of(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(scope, key, receive)
            name, digest = _digests(scope, key, body)
            before = await self._replies.claim_reply(name, Reply(digest), ttl=_UNDER_WAY)
            if before is not None:
                await _again(before, digest)(scope, receive, send)
                return
        except ProblemError as error:
            await respond(scope["path"], error)(scope, receive, send)
            return
        except StoreError as error:
            away = ProblemError(503, str(error), headers={"Retry-After": "1"})
            await respond(scope["path"], away)(scope, receive, send)
            return
        await self._answer(scope, _given(body, receive), send, name, digest)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, name: str, digest: str
    ) -> None:
        held = _Held()
        try:
            await self._app(scope, receive, held.take)
        finally:
            # The answer is kept before it is sent: whoever got one will get the same again.
            with suppress(StoreError):
                if held.is_good:
                    await self._replies.put_reply(name, held.reply(digest), ttl=KEPT)
                else:
                    await self._replies.delete_reply(name)
        for message in held.messages:
            await send(message)


@dataclass(slots=True)
class _Held:
    """An answer on its way."""

    messages: list[Message] = field(default_factory=list)

    async def take(self, message: Message) -> None:
        """As a server takes it."""
        self.messages.append(message)

    @property
    def is_good(self) -> bool:
        """Whether it is whole and says that the change was made."""
        whole = bool(self.messages) and not self.messages[-1].get("more_body", False)
        return whole and len(self.messages) > 1 and self.messages[0]["status"] < 400

    def reply(self, digest: str) -> Reply:
        """As it is kept."""
        start, *parts = self.messages
        headers = Headers(raw=start["headers"])
        return Reply(
            digest,
            start["status"],
            {name: headers[name] for name in _KEPT_HEADERS if name in headers},
            b"".join(part.get("body", b"") for part in parts),
        )


def _key_of(scope: Mapping[str, Any]) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] in CHANGES_NOTHING:
        return None
    return Headers(raw=scope["headers"]).get(HEADER)


async def _read(scope: Scope, key: str, receive: Receive) -> bytes:
    if scope["path"] in SHOWS_A_SECRET:
        raise _wrong("an answer that shows a key is not kept, so send this without the header")
    if not _KEY.fullmatch(key):
        raise _wrong("1 to 255 printable characters of ASCII, without spaces")
    body, more = b"", True
    while more:
        try:
            message = await receive()
        except HTTPException as error:
            raise ProblemError(error.status_code, error.detail) from error
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _digests(scope: Scope, key: str, body: bytes) -> tuple[str, str]:
    """Under which name the answer is kept, and what tells the request from others."""
    caller: Caller = scope["state"][STATE]
    who = (caller.key, caller.subject, caller.tenant, caller.scope, key)
    what = (scope["path"].encode(), scope["query_string"], body)
    return _digest(*(each.encode() for each in who)), _digest(*what)


def _digest(*parts: bytes) -> str:
    told = b"".join(b"%d:%b" % (len(part), part) for part in parts)
    return hashlib.sha256(told).hexdigest()


def _again(before: Reply, digest: str) -> Response:
    if before.digest != digest:
        raise _wrong("this key was sent with another request; a new change needs a new key")
    if not before.status:
        raise ProblemError(
            409, "the request with this key is being answered", headers={"Retry-After": "1"}
        )
    headers = {**before.headers, "Idempotency-Replayed": "true"}
    return Response(before.body, before.status, headers)


def _given(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what comes after it."""
    left = [body]

    async def given() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return given


def _wrong(told: str) -> ProblemError:
    errors = [FieldError(HEADER, told)]
    return ProblemError(422, f"the request is not valid: {HEADER}", errors=errors)

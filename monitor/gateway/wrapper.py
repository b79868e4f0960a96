"""Sidewatch around a Python callable that answers prompts: a function, a pipeline, `model.generate`.

    generate = watch(pipeline("text-generation"), store="redis://127.0.0.1:6379/0")

The callable is called as before and returns, yields or raises as before; each call is recorded as
one exchange on a background thread.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

from monitor.exchange.call import CallRecorder, Tokenizer
from monitor.exchange.ident import ulid
from monitor.gateway.recording.background import BackgroundTap
from monitor.journal.base import Journal
from monitor.settings import GatewaySettings

_ERROR = "upstream_error"
_LEFT = "client_closed"


def watch(
    function: Callable[..., Any],
    *,
    journal: Journal | None = None,
    store: str = "",
    model: str = "",
    tokenizer: Tokenizer | None = None,
    settings: GatewaySettings | None = None,
) -> Watched:
    """`function`, recorded: plain or generator, sync or async.

    The prompt is its first argument, or one named prompt, messages, inputs or the like: a string,
    a list of strings, a chat message list, or, with a `tokenizer`, a tensor of token ids. Give a
    `journal`, or the URL of a `store`. `model` names the model where the callable does not say.
    """
    if (journal is None) == (not store):
        raise ValueError("give either journal= or store=, such as redis://127.0.0.1:6379/0")
    chosen = settings or GatewaySettings()
    opener = partial(_open, store) if journal is None else lambda: journal
    tap = BackgroundTap(opener, bound=chosen.queue_size)
    return Watched(
        function,
        tap,
        model=model or _model_of(function),
        tokenizer=tokenizer,
        limit=chosen.max_capture_bytes,
    )


class Watched:
    """A recorded callable; every attribute but its own is the callable's."""

    def __init__(
        self,
        function: Callable[..., Any],
        tap: BackgroundTap,
        *,
        model: str,
        tokenizer: Tokenizer | None,
        limit: int,
    ) -> None:
        self._function = function
        self._tap = tap
        self._model = model
        self._tokenizer = tokenizer
        self._limit = limit
        self.metrics = tap.metrics

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it; what comes back is recorded as it passes."""
        recorder = self._recorder(args, kwargs)
        try:
            result = self._function(*args, **kwargs)
        except BaseException:
            self._end(recorder, _ERROR)
            raise
        if inspect.isawaitable(result):
            return self._awaited(result, recorder)
        if isinstance(result, AsyncIterator):
            return self._async_stream(result, recorder)
        if isinstance(result, Iterator):
            return self._stream(result, recorder)
        recorder.answered(result)
        self._end(recorder, None)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def close(self) -> None:
        """Hand over what is recorded; also done when the program ends."""
        self._tap.close()

    async def _awaited(self, result: Any, recorder: CallRecorder) -> Any:
        error: str | None = _ERROR
        try:
            answer = await result
            if isinstance(answer, AsyncIterator):
                error = None
                return self._async_stream(answer, recorder)
            recorder.answered(answer)
            self._end(recorder, None)
            error = None
            return answer
        finally:
            if error is not None:
                self._end(recorder, error)

    def _stream(self, pieces: Iterator[Any], recorder: CallRecorder) -> Iterator[Any]:
        error: str | None = _ERROR
        try:
            for piece in pieces:
                recorder.chunk(piece, time.monotonic())
                error = _LEFT
                yield piece
                error = _ERROR
            error = None
        finally:
            self._end(recorder, error)

    async def _async_stream(
        self, pieces: AsyncIterator[Any], recorder: CallRecorder
    ) -> AsyncIterator[Any]:
        error: str | None = _ERROR
        try:
            async for piece in pieces:
                recorder.chunk(piece, time.monotonic())
                error = _LEFT
                yield piece
                error = _ERROR
            error = None
        finally:
            self._end(recorder, error)

    def _recorder(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> CallRecorder:
        ts = time.time()
        recorder = CallRecorder(
            ulid(ts),
            route=getattr(self._function, "__name__", type(self._function).__name__),
            model=self._model,
            limit=self._limit,
            tokenizer=self._tokenizer,
        )
        recorder.asked(args, kwargs, ts=ts, at=time.monotonic())
        return recorder

    def _end(self, recorder: CallRecorder, error: str | None) -> None:
        recorder.ended(time.monotonic(), error=error)
        self._tap.put(recorder)


def _model_of(function: Callable[..., Any]) -> str:
    """The name of the model behind a pipeline or a bound `generate`, as far as it tells."""
    owner = getattr(function, "__self__", None) or getattr(function, "model", None)
    return str(getattr(owner, "name_or_path", ""))


def _open(url: str) -> Journal:
    from monitor.journal.redis import RedisJournal  # noqa: PLC0415 - not for a journal given

    return RedisJournal(url)

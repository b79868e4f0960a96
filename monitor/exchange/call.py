"""Records a call of a Python function that answers prompts, as the same exchange. Sans I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from monitor.exchange.answer import Answer
from monitor.exchange.model import Exchange, Message, Request, Timing
from monitor.exchange.protocols.content import content_of

DIALECT = "python"
_PROMPT_NAMES = ("messages", "prompt", "text_inputs", "inputs", "input_ids", "input", "text")
_TEXT_NAMES = ("generated_text", "text", "content", "response", "output")


class Tokenizer(Protocol):
    """What of a tokenizer is needed to read token ids."""

    def decode(self, token_ids: Any, *, skip_special_tokens: bool = False) -> str:
        """The text of one sequence of ids."""
        ...


class CallRecorder:
    """Records one call. Times are in monotonic seconds; `ts` is the wall clock when it began."""

    __slots__ = (
        *("answer", "_asked_at", "_ended_at", "_error", "_ids", "_messages", "_model", "_origin"),
        *("_prompt", "_route", "_stream", "_tokenizer", "_ts", "_unparsed"),
    )

    def __init__(
        self,
        ident: str,
        *,
        route: str,
        model: str,
        limit: int,
        tokenizer: Tokenizer | None = None,
    ) -> None:
        self.answer = Answer(limit)
        self._origin = ident
        self._route = route
        self._model = model
        self._tokenizer = tokenizer
        self._stream = False
        self._ids = 0
        self._messages: list[Message] = []
        self._prompt = ""
        self._ts = self._asked_at = 0.0
        self._ended_at: float | None = None
        self._error: str | None = None
        self._unparsed: str | None = None

    def asked(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], *, ts: float, at: float
    ) -> None:
        """The call began with these arguments: the first, or one of a known name, is the prompt."""
        self._ts, self._asked_at = ts, at
        named = (kwargs[name] for name in _PROMPT_NAMES if name in kwargs)
        self._read_safely(self._read_prompt, args[0] if args else next(named, None))

    def chunk(self, value: Any, at: float) -> None:
        """A piece of the answer came."""
        self._stream = True
        self._read_safely(self._read_answer, value)
        if value is not None and not (isinstance(value, str) and not value):
            self.answer.arrived(at)

    def answered(self, value: Any) -> None:
        """The whole answer came."""
        self._read_safely(self._read_answer, value)

    def ended(self, at: float, *, error: str | None = None) -> None:
        """The call is over; `error` if it raised or was given up."""
        self._ended_at = at
        self._error = error

    def finish(self) -> Exchange:
        """The exchange."""
        answer = self.answer
        response = answer.response(200) if self._error is None or answer.chunks else None
        return Exchange(
            id=self._origin,
            ts=self._ts,
            model=self._model,
            route=self._route,
            dialect=DIALECT,
            request=Request(messages=self._messages, stream=self._stream),
            response=response,
            usage=answer.usage,
            timing=self._timing(),
            error=self._error,
            unparsed=self._unparsed,
            truncated=["response"] if answer.truncated else [],
        )

    def _timing(self) -> Timing:
        answer = self.answer
        first, ended = answer.first_at, self._ended_at
        return Timing(
            ttft=None if first is None else first - self._asked_at,
            duration=None if ended is None else ended - self._asked_at,
            max_gap=answer.max_gap,
            chunks=answer.chunks,
        )

    def _read_safely(self, read: Callable[[Any], bool], value: Any) -> None:
        """Whatever a caller's objects do when they are looked at, the call itself goes on."""
        try:
            reason = None if read(value) else "token_ids" if _is_tensor(value) else "shape"
        except Exception:  # noqa: BLE001 - their code, not ours
            reason = "shape"
        self._unparsed = self._unparsed or reason

    def _read_prompt(self, value: Any) -> bool:
        if isinstance(value, str):
            self._messages, self._prompt = [Message(role="user", content=value)], value
            return True
        if _is_tensor(value) and self._tokenizer is not None:
            self._ids = int(value.shape[-1])
            self.answer.count_tokens(given=self._ids, generated=None)
            text = self._tokenizer.decode(value.reshape(-1)[-self._ids :], skip_special_tokens=True)
            self._messages = [Message(role="user", content=text)]
            return True
        if isinstance(value, list | tuple) and value:
            self._messages = [_message(turn) for turn in value]
            return True
        return False

    def _read_answer(self, value: Any) -> bool:
        if _is_tensor(value) and self._tokenizer is not None:
            new = value.reshape(-1, value.shape[-1])[0][self._ids :]
            self.answer.count_tokens(given=None, generated=int(new.shape[-1]))
            self.answer.text(0, self._tokenizer.decode(new, skip_special_tokens=True))
            return True
        text = _text_of(value)
        if text is None:
            return False
        echoed = self._prompt and not self._stream
        self.answer.text(0, text.removeprefix(self._prompt) if echoed else text)
        return True


def _message(turn: Any) -> Message:
    if isinstance(turn, str):
        return Message(role="user", content=turn)
    return Message(role=str(turn["role"]), content=content_of(turn.get("content")))


def _text_of(value: Any) -> str | None:
    """The text in an answer: a string, a pipeline's records, or the last turn of a chat."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        found = (value[name] for name in _TEXT_NAMES if name in value)
        return _text_of(next(found, None))
    if isinstance(value, list | tuple) and value:
        if isinstance(value[-1], Mapping) and "role" in value[-1]:
            return _text_of(value[-1].get("content"))
        texts = [text for text in map(_text_of, value) if text is not None]
        return "\n".join(texts) if texts else None
    return None


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "reshape")

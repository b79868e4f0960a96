"""The answer as it grows: what a dialect reads out of the bytes, and when it came."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import sub
from typing import Any

from monitor.exchange.edges import INTER_CHUNK
from monitor.exchange.model import Response, Usage


@dataclass(slots=True)
class _Choice:
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    finish_reason: str | None = None


@dataclass(slots=True)
class _ToolCall:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "arguments": "".join(self.arguments)}


class Answer:
    """Collects one answer, at most `limit` characters of it.

    A dialect calls `text`, `reasoning` and `tool_call` for content, then `arrived` once for each
    chunk that bore some. Beyond the limit content is timed and not kept, and `truncated` is set.
    `textless` is set for an answer that never has text, such as one of vectors.
    `gap_counts` counts the silences between content chunks by the edges of `INTER_CHUNK`.
    """

    __slots__ = (
        *("chunks", "error", "first_at", "gap_counts", "gap_sum", "last_at", "max_gap", "model"),
        *(
            "textless",
            "truncated",
            "_choices",
            "_generated",
            "_given",
            "_left",
            "_limit",
            "_places",
            "_tool_calls",
        ),
    )

    def __init__(self, limit: int) -> None:
        self.model = ""
        self._given: int | None = None
        self._generated: int | None = None
        self.error = False
        self.textless = False
        self.truncated = False
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.max_gap: float | None = None
        self.chunks = 0
        self.gap_counts: list[int] = []
        self.gap_sum = 0.0
        self._left = self._limit = limit
        self._choices: dict[int, _Choice] = {}
        self._places: dict[str, int] = {}
        self._tool_calls: dict[tuple[int, int], _ToolCall] = {}

    def text(self, choice: int, text: str) -> None:
        """More text of a choice."""
        if kept := self._within_limit(text):
            self._choice(choice).text.append(kept)

    def reasoning(self, choice: int, text: str) -> None:
        """More of the text a reasoning model thinks aloud."""
        if kept := self._within_limit(text):
            self._choice(choice).reasoning.append(kept)

    def tool_call(
        self, choice: int, index: int, *, ident: str = "", name: str = "", arguments: str = ""
    ) -> None:
        """More of a tool call: its id and name come once, its arguments in pieces."""
        call = self._tool_calls.get((choice, index))
        if call is None:
            call = self._tool_calls[choice, index] = _ToolCall()
        call.id = ident or call.id
        call.name = name or call.name
        if kept := self._within_limit(arguments):
            call.arguments.append(kept)

    def whole_tool_call(self, choice: int, *, name: str, arguments: str, ident: str = "") -> None:
        """A tool call in one piece, the next one of its choice."""
        index = len(self._tool_calls)
        self.tool_call(choice, index, ident=ident, name=name, arguments=arguments)

    @property
    def kept(self) -> int:
        """Characters of the answer that are kept so far."""
        return self._limit - self._left

    def tails(self, count: int) -> list[str]:
        """The last `count` characters that each choice has said aloud, or fewer."""
        return [_tail(choice.text, count) for choice in self._choices.values() if choice.text]

    def place_of(self, ident: str) -> int:
        """A number for a part that has an id alone: parts are counted as they come."""
        return self._places.setdefault(ident, len(self._places))

    def finish(self, choice: int, reason: str) -> None:
        """Why a choice ended, in the dialect's own word."""
        self._choice(choice).finish_reason = reason

    def count_tokens(self, *, given: int | None, generated: int | None) -> None:
        """Usage as the upstream counted it; None leaves what is known."""
        self._given = self._given if given is None else given
        self._generated = self._generated if generated is None else generated

    @property
    def usage(self) -> Usage:
        """Tokens as counted so far."""
        return Usage(input_tokens=self._given, output_tokens=self._generated)

    @property
    def gap_p99(self) -> float | None:
        """The silence that 99% of all between content chunks keep within, at most an edge too long."""
        beyond = sum(self.gap_counts) // 100
        for place in reversed(range(len(self.gap_counts))):
            beyond -= self.gap_counts[place]
            if beyond < 0:
                edge = INTER_CHUNK[place] if place < len(INTER_CHUNK) else math.inf
                return self.max_gap if self.max_gap is None else min(edge, self.max_gap)
        return self.max_gap

    def arrived(self, at: float) -> None:
        """A chunk with content came at `at`, in monotonic seconds."""
        self.chunks += 1
        last = self.last_at
        self.last_at = at
        if last is None:
            self.first_at = at
            self.gap_counts = [0] * (len(INTER_CHUNK) + 1)
            return
        gap = at - last
        if self.max_gap is None or gap > self.max_gap:
            self.max_gap = gap
        self.gap_sum += gap
        self.gap_counts[bisect_left(INTER_CHUNK, gap)] += 1

    def arrived_in_turn(self, times: list[float]) -> None:
        """Chunks with content came at these times, one each."""
        if self.last_at is None:
            self.arrived(times[0])
            times = times[1:]
            if not times:
                return
        gaps = list(map(sub, times, [self.last_at, *times[:-1]]))
        self.chunks += len(times)
        self.last_at = times[-1]
        shortest, longest = min(gaps), max(gaps)
        if self.max_gap is None or longest > self.max_gap:
            self.max_gap = longest
        self.gap_sum += sum(gaps)
        bucket = bisect_left(INTER_CHUNK, shortest)
        if bucket == bisect_left(INTER_CHUNK, longest):
            self.gap_counts[bucket] += len(gaps)
            return
        for gap in gaps:
            self.gap_counts[bisect_left(INTER_CHUNK, gap)] += 1

    def sibling(self) -> Answer:
        """An empty answer in which what has a place here has the same place."""
        other = Answer(self._left)
        other._places = dict(self._places)
        return other

    def only_text(self) -> tuple[int, bool, str] | None:
        """A choice, whether it was said aloud, and the text, if that is all there is; else None."""
        if len(self._choices) != 1 or self._tool_calls or self.error or self.truncated:
            return None
        if (self._given, self._generated) != (None, None):
            return None
        ((index, choice),) = self._choices.items()
        if choice.finish_reason is not None or len(choice.text) + len(choice.reasoning) != 1:
            return None
        return index, bool(choice.text), (choice.text or choice.reasoning)[0]

    def compact(self) -> None:
        """Join the pieces collected so far: many short strings take several times their text."""
        for choice in self._choices.values():
            _join(choice.text)
            _join(choice.reasoning)
        for call in self._tool_calls.values():
            _join(call.arguments)

    def response(self, status: int) -> Response:
        """What was answered so far."""
        if self.textless and status < 400:
            return Response(finish_reason=self._finish_reason(), status=status)
        if list(self._choices) == [0] and not self._tool_calls:
            return self._only_choice(self._choices[0], status)
        choices = [self._choices[index] for index in sorted(self._choices)]
        thoughts = ["".join(choice.reasoning) for choice in choices if choice.reasoning]
        return Response(
            text="\n".join(["".join(choice.text) for choice in choices if choice.text]),
            reasoning="\n".join(thoughts),
            finish_reason=self._finish_reason(),
            status=status,
            tool_calls=[self._tool_calls[key].record() for key in sorted(self._tool_calls)],
        )

    @staticmethod
    def _only_choice(choice: _Choice, status: int) -> Response:
        """What nearly every answer is, three times as fast."""
        return Response(
            text="".join(choice.text),
            reasoning="".join(choice.reasoning),
            finish_reason=choice.finish_reason or None,
            status=status,
        )

    def _finish_reason(self) -> str | None:
        """Of the first choice that has one."""
        found = (self._choices[index].finish_reason for index in sorted(self._choices))
        return next(filter(None, found), None)

    def _choice(self, index: int) -> _Choice:
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice()
        return choice

    def _within_limit(self, text: str) -> str:
        if len(text) <= self._left:
            self._left -= len(text)
            return text
        self.truncated = True
        kept, self._left = text[: self._left], 0
        return kept


def _tail(pieces: list[str], count: int) -> str:
    last = pieces[-1][-count:]
    for piece in reversed(pieces[:-1]):
        if len(last) >= count:
            break
        last = piece[len(last) - count :] + last
    return last


def _join(pieces: list[str]) -> None:
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]

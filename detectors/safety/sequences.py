"""What the encoder reads: token ids in segments, and windows over what is too long for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTH = 192
"""Most tokens in one sequence, marks included."""

CONTEXT = 48
"""Most tokens of the prompt that a response is read with."""

_START, _END = 101, 102
_PROMPT_ROOM = LENGTH - 2
_RESPONSE_ROOM = LENGTH - CONTEXT - 3


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """Token ids; those from `second` on are of the second segment."""

    ids: list[int]
    second: int

    @property
    def judged(self) -> int:
        """Where the judged text begins: the second segment, else the whole."""
        return self.second if self.second < len(self.ids) else 0


def prompt_sequence(ids: Sequence[int]) -> TokenSequence:
    """Put a prompt, at most `room('prompt')` tokens of it, into the first segment."""
    found = [_START, *ids[:_PROMPT_ROOM], _END]
    return TokenSequence(found, len(found))


def response_sequence(ids: Sequence[int], context: Sequence[int]) -> TokenSequence:
    """Put a response into the second segment, behind what is kept of its prompt."""
    first = [_START, *abridged(context), _END]
    return TokenSequence([*first, *ids[:_RESPONSE_ROOM], _END], len(first))


def abridged(context: Sequence[int]) -> list[int]:
    """Keep the first and the last half of the room: the question is at one end or the other."""
    if len(context) <= CONTEXT:
        return list(context)
    half = CONTEXT // 2
    return [*context[:half], *context[-half:]]


def fitting(prompt: Sequence[int], before: Sequence[int]) -> list[int]:
    """Put in front of a short prompt what fits of the end of what was said before it."""
    left = CONTEXT - len(prompt)
    return [*before[-left:], *prompt] if left > 0 else list(prompt)


def room(side: str) -> int:
    """Tokens of the judged text that one sequence holds."""
    return _PROMPT_ROOM if side == "prompt" else _RESPONSE_ROOM


def spans(count: int, side: str) -> list[tuple[int, int]]:
    """Windows over `count` tokens, each of one sequence's room, overlapping by a quarter."""
    size = room(side)
    if count <= size:
        return [(0, count)]
    step = size * 3 // 4
    starts = [*range(0, count - size, step), count - size]
    return [(start, start + size) for start in starts]

"""What was said before a text: the user's last turns together, and what a response answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARACTERS = 360
"""Of a user's turns that are read together: about what the encoder reads at once."""

LEAST_CHARACTERS = 60
"""A turn is cut to no less; where there is less room it is left out."""

_LONGEST_BEFORE = 2_000


class Context(str):
    """What a response answers, as text: earlier turns, most recent last, then the prompt.

    `prompt` is its last part. Who reads only a little reads that first, and of what stands before it
    the end.
    """

    __slots__ = ("prompt",)
    prompt: str

    @classmethod
    def of(cls, prompt: str, before: Sequence[str] = ()) -> Context:
        """Put turns before a prompt; of long ones their last 2,000 characters."""
        earlier = "\n".join(before)[-_LONGEST_BEFORE:]
        made = cls(f"{earlier}\n{prompt}" if earlier else prompt)
        made.prompt = prompt
        return made

    @property
    def before(self) -> str:
        """What stands before the prompt."""
        return self[: len(self) - len(self.prompt)]


def last_turns(turns: Sequence[str]) -> list[str]:
    """The user's last turns that are read together, oldest first; long ones without their middle.

    The last turn is given three quarters of the room if it needs them; it alone is given where
    there is no room for another.
    """
    left = MOST_CHARACTERS
    kept: list[str] = []
    for place, turn in enumerate(reversed(turns)):
        if left < LEAST_CHARACTERS:
            break
        room = left if place else left * 3 // 4
        kept.append(_ends(turn.strip(), room))
        left -= len(kept[-1]) + 1
    return kept[::-1]


def _ends(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    half = room // 2 - 1
    return f"{text[:half]} {text[-half:]}"

"""What stands beside a user's last words: texts that were given, and the turns before."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Given:
    """A text that a tool or a document gave, and what was made of it.

    `source` names the tool or the document, never by words of the text. `pasted` says that it stands
    in the user's own text, and only marks there make it a document. `places` has the character
    offsets of the passage that a category's score is from, where the text is longer than one.
    """

    source: str
    text: str
    pasted: bool = False
    scores: dict[str, float] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The user's last turns, read together: how many, and the category that stands out.

    `adds` says for each turn, oldest first, how much lower the category's log-odds would be
    without it.
    """

    turns: int
    category: str
    adds: tuple[float, ...]

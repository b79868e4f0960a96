"""The shape of a recogniser, and what must be in a text before it is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from detectors.safety.recognisers.finding import Finding

_BEFORE, _AFTER = 48, 24


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Finds data of one or several kinds.

    It is asked only for a text with that many ASCII `digits` and, where there are `signs`, one of
    them: what costs nothing to know keeps most texts away from it.
    """

    find: Callable[[str], Iterable[Finding]]
    digits: int = 0
    signs: tuple[str, ...] = ()

    def may_match(self, text: str) -> bool:
        """Whether the text holds one of the signs."""
        return not self.signs or any(sign in text for sign in self.signs)


def words(*alternatives: str) -> re.Pattern[str]:
    """A pattern of whole words in any case; `_` and digits end a word too."""
    listed = "|".join(alternatives)
    return re.compile(rf"(?<![^\W\d_])(?:{listed})(?![^\W\d_])", re.IGNORECASE)


def near(text: str, start: int, end: int, context: re.Pattern[str]) -> bool:
    """Whether one of the context's words stands shortly before the place, or right after it."""
    before = text[max(0, start - _BEFORE) : start]
    return bool(context.search(before) or context.search(text[end : end + _AFTER]))

"""Two channels of our own: how often an answer says sorry, and how it greets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from detectors.observation import Observation

_SORRY = re.compile(r"\b(?:sorry|apologi[sz]e|apologies|my mistake)\b", re.IGNORECASE)
_READ_CHARACTERS = 4_000


class Apologies:
    """Apologies for each hundred words of an answer."""

    name = "apologies"
    about: Literal["response"] = "response"
    nominal = False
    microseconds = 5.0

    def read(self, x: Observation) -> float | None:
        """Give None for an answer without words: nothing is not polite."""
        words = (x.response or "")[:_READ_CHARACTERS].split()
        if not words:
            return None
        return 100 * len(_SORRY.findall(" ".join(words))) / len(words)


class Greeting:
    """How an answer begins: `dear`, `hello` or `none`, never its own words."""

    name = "greeting"
    about: Literal["response"] = "response"
    nominal = True
    microseconds = 1.0

    _kinds: ClassVar[dict[str, str]] = {"dear": "dear", "hello": "hello", "hi": "hello"}

    def read(self, x: Observation) -> str | None:
        """Give None where there is no answer."""
        if x.response is None:
            return None
        first = x.response.lstrip()[:20].split(maxsplit=1)
        return self._kinds.get(first[0].strip(",!").lower(), "none") if first else "none"

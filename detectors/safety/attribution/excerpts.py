"""How a part of a text is shown: short, with personal data and secrets masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.safety.ciphers import deciphered
from detectors.safety.normalise import normalise, words
from detectors.safety.recognisers import Find, find, mask

if TYPE_CHECKING:
    from detectors.safety.attribution.parts import Part
    from detectors.safety.classifier import Passage

MASKED = "[MASKED]"
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What may be shown of a part, and where it stands in the text."""

    text: str
    start: int
    end: int


class Excerpts:
    """Shows parts of one passage of a text as the text has them.

    Where undoing a disguise moved letters, what it undid is shown, in lower case, with the place of
    the whole passage. Words that stand only inside of personal data or secrets are never shown, nor
    what `more` finds.
    """

    def __init__(self, text: str, passage: Passage, more: Find | None = None) -> None:
        self._text = text
        self._passage = passage
        content = text[passage.window.start : passage.window.end]
        self._same = passage.plain == content.lower()
        self._findings = (more or find)(text)
        sources = [text, *(plain for _, plain in deciphered(text))]
        self._open = {word for x in sources for word in words(normalise(mask(x, more)[0]))}

    def of(self, part: Part) -> Excerpt:
        """Give the excerpt of a part of the passage."""
        window = self._passage.window
        if not self._same:
            return Excerpt(self._shown(part.plain), window.start, window.end)
        start, end = window.start + part.start, window.start + part.end
        return Excerpt(self._shown(self._masked(start, end)), start, end)

    def _masked(self, start: int, end: int) -> str:
        """Put a token in the place of each finding that reaches into the part."""
        told, done = [], start
        for finding in self._findings:
            if finding.start < end and finding.end > done:
                told += [self._text[done : max(done, finding.start)], finding.token]
                done = finding.end
        return "".join(told) + self._text[done:end]

    def _shown(self, excerpt: str) -> str:
        """Shorten; what masking the whole text would take out as well is not shown."""
        if not self._open.issuperset(words(normalise(excerpt))):
            return MASKED
        return excerpt if len(excerpt) <= _LONGEST else f"{excerpt[: _LONGEST - 1]}…"

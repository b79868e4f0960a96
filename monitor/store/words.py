"""Words by which incidents are searched: the same for every store."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.incidents.bundle import Bundle
    from monitor.incidents.incident import Incident

MOST_WORDS = 120
"""Different words that are kept of one source: an incident, its notes, its bundle."""
MOST_ASKED = 12
"""Words of a search that count; further ones are left out."""
_LONGEST = 40

_ASCII = re.compile(r"[a-z0-9]+")
# Scripts that put no spaces between words: each letter stands for itself.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for: every one of `words`, and a word that begins with `prefix`."""

    words: tuple[str, ...]
    prefix: str

    @classmethod
    def of(cls, text: str) -> Wanted | None:
        """What somebody typed, whose last word may be unfinished; None if there is no word in it."""
        asked = list(_split(text))[:MOST_ASKED]
        return cls(tuple(dict.fromkeys(asked[:-1])), asked[-1]) if asked else None

    def found_in(self, there: Iterable[str]) -> bool:
        """Whether these words are what was asked for."""
        known = set(there)
        return known.issuperset(self.words) and any(word.startswith(self.prefix) for word in known)


def words(*texts: str) -> list[str]:
    """The different words of texts: without case, compatible letters as one, at most `MOST_WORDS`.

    Words are runs of letters, digits and marks in any script; in scripts without spaces, letters.
    """
    found = dict.fromkeys(word for text in texts for word in _split(text))
    return list(found)[:MOST_WORDS]


def words_of_incident(incident: Incident) -> list[str]:
    """The words that an incident is found by itself."""
    return words(
        incident.title,
        incident.kind,
        incident.rule,
        incident.model,
        incident.tenant,
        incident.owner,
        incident.note,
    )


def words_of_bundle(bundle: Bundle) -> list[str]:
    """The words of what the bundle says of an incident, which is redacted as the policy says."""
    factors = (
        part
        for factor in bundle.contributing_factors
        for part in (factor.name, factor.value)
        if isinstance(part, str)
    )
    return words(bundle.category, bundle.summary, *factors)


def _split(text: str) -> Iterator[str]:
    folded = text.casefold()
    if folded.isascii():
        return (word[:_LONGEST] for word in _ASCII.findall(folded))
    folded = unicodedata.normalize("NFKC", folded).casefold()
    parted = "".join(c if _is_of_word(c) else " " for c in folded)
    return (word[:_LONGEST] for word in _UNSPACED.sub(r" \1 ", parted).split())


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")

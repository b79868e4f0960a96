"""Undo the cheap disguises of text before it is scored.

Letter case, compatibility forms, accents, look-alike letters of other scripts, invisible
characters, digits that stand for letters, letters spaced out and letters drawn out are all taken
back to the plain word. The result is for scoring only and is never shown or stored.
"""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    "аеорсухкмтвнієѕјԁһӏԛԝ" + "αβεικνορτυχωη",
    "aeopcyxkmtbhiesjdhlqw" + "abeiknoptuxwn",
)
_LEET = str.maketrans("0134578@$!", "oieastbasi")

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_MARK = re.compile("[\u0300-\u036f]")
_OTHER_SCRIPT = re.compile(r"\w*[\u0370-\u03ff\u0400-\u052f]\w*")
_LEET_RUN = re.compile(r"(?<=[a-z])[01345$]{2}(?=[a-z])")
_LEET_LETTER = re.compile(
    r"(?<=[a-z])(?:[0134578$!]|@(?![a-z0-9\-]+\.[a-z]))(?=[a-z])|(?<![^\W_])\$(?=[a-z]{2})"
)
_SPACED = re.compile(r"(?<![^\W_])[a-z](?:([ .\-_*])[a-z])(?:\1[a-z])+(?![^\W_])")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['\u2019][^\W_]{1,2}(?![^\W_]))?|[?!]"
)


def normalise(text: str) -> str:
    """Give `text` in its plain, case-folded form, without accents; the length may change."""
    return unaccented(undisguise(text))


def undisguise(text: str) -> str:
    """Take back the disguises only, and the case: what is spelt as its language spells it stays."""
    text = text.lower() if text.isascii() else _unicode(text)
    text = _LEET_RUN.sub(_plain, text)
    text = _LEET_LETTER.sub(_plain, text)
    text = _SPACED.sub(_joined, text)
    return _DRAWN_OUT.sub(r"\1\1", text)


def unaccented(text: str) -> str:
    """Replace accented letters by their plain forms."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _MARK.sub("", decomposed))


def words(text: str) -> list[str]:
    """Split normalised text into words; `?` and `!` and each ideograph are words of their own."""
    return _WORD.findall(text)


def word_starts(text: str) -> list[int]:
    """Say where the words of normalised text begin."""
    return [match.start() for match in _WORD.finditer(text)]


def _unicode(text: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    # What is left of combining marks after composition belongs to no letter of a language.
    text = _MARK.sub("", unicodedata.normalize("NFC", text))
    return _OTHER_SCRIPT.sub(_latin, text) if _mostly_latin(text) else text


def _mostly_latin(text: str) -> bool:
    latin = sum("a" <= c <= "z" for c in text)
    return latin * 2 > sum(map(str.isalpha, text))


def _latin(match: re.Match[str]) -> str:
    plain = match[0].translate(_LOOKALIKES)
    return plain if plain.isascii() else match[0]


def _plain(match: re.Match[str]) -> str:
    return match[0].translate(_LEET)


def _joined(match: re.Match[str]) -> str:
    return match[0].replace(match[1], "")

"""Every language of a text: what stands in the middle of a long one counts as much as its start."""

from __future__ import annotations

from collections import Counter

from detectors.text.embedding import words
from detectors.text.language import FEW_WORDS, LANGUAGE_OF_SCRIPT, UNKNOWN, language_of_words, voted
from detectors.text.scripts import letters_by_script, script

_PIECE = 300
_STEP = 150
_MOST_PIECES = 200
# A window of running text has twenty function words or so. A list of names may have one or two,
# and is no text in another language.
_LEAST_VOTES = 5
# So many letters with marks are running text: Vietnamese has a third, Polish a tenth.
_ACCENTED = 0.08
# Letters of another script, a Han character being three: more than a quoted word.
_PASSAGE = 20

_SHARED = {"arabic": "Arab", "cyrillic": "Cyrl", "devanagari": "Deva"}
"""Scripts of several languages, and their ISO 15924 codes."""


def languages(text: str) -> tuple[str, ...]:
    """ISO 639 codes of the languages of a text, that of most windows first; none without a letter.

    Windows of 300 characters, one starting every 150, are looked at, all of them up to 200, and a
    passage of another script in a window. `und` stands where no window says which language of Latin script it is; `und-Cyrl`
    and its like where it is one of another script. Behind the first window function words,
    letters with marks and scripts speak, and of fewer than five words function words and scripts:
    names are not taken for a language.
    """
    found: Counter[str] = Counter()
    for number, piece in enumerate(_pieces(text)):
        found.update(_of_piece(piece, first=number == 0))
    if len(found) > 1:
        found.pop(UNKNOWN, None)
    return tuple(code for code, _ in found.most_common())


def _pieces(text: str) -> list[str]:
    """Cut a text into windows; of a very long one take some evenly, the first and the last too."""
    if len(text) <= _PIECE:
        return [text]
    last = len(text) - _PIECE
    starts = [*range(0, last, _STEP), last]
    if len(starts) > _MOST_PIECES:
        starts = [last * i // (_MOST_PIECES - 1) for i in range(_MOST_PIECES)]
    return [text[start : start + _PIECE] for start in starts]


def _of_piece(piece: str, *, first: bool) -> list[str]:
    main = script(piece)
    found = [_language(piece, main, first=first)]
    if not piece.isascii():
        passages = letters_by_script(piece)
        found += [
            LANGUAGE_OF_SCRIPT.get(name) or f"{UNKNOWN}-{_SHARED[name]}"
            for name in sorted(passages)
            if name not in {main, "latin"} and passages[name] >= _PASSAGE
        ]
    return [code for code in found if code]


def _language(piece: str, main: str, *, first: bool) -> str:
    if main == "none":
        return ""
    split = words(piece)
    if main == "latin" and first and len(split) < FEW_WORDS:
        return voted(split) or UNKNOWN
    if main == "latin" and not first and not _accented(piece):
        return voted(split, least=_LEAST_VOTES) or ""
    told = language_of_words(piece, split, main)
    return f"{UNKNOWN}-{_SHARED[main]}" if told == UNKNOWN and main in _SHARED else told


def _accented(piece: str) -> bool:
    return sum(map(str.isalpha, piece.encode("ascii", "ignore").decode())) < (
        (1.0 - _ACCENTED) * sum(map(str.isalpha, piece))
    )

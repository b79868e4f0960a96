"""Which writing system a text is in, by its code points."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter

_READ_CHARACTERS = 400
_ASCII_LETTER = re.compile("[A-Za-z]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")

# First code point of each block, and the script from there up to the next entry. Blocks are those
# of the Unicode standard (Blocks.txt); "" is no letter, or a script that is not told apart.
_BLOCKS = (
    (0x0000, ""),
    (0x00C0, "latin"),
    (0x0250, ""),
    (0x0370, "greek"),
    (0x0400, "cyrillic"),
    (0x0530, "armenian"),
    (0x0590, "hebrew"),
    (0x0600, "arabic"),
    (0x0700, ""),
    (0x0750, "arabic"),
    (0x0780, ""),
    (0x0900, "devanagari"),
    (0x0980, "bengali"),
    (0x0A00, "gurmukhi"),
    (0x0A80, "gujarati"),
    (0x0B00, ""),
    (0x0B80, "tamil"),
    (0x0C00, "telugu"),
    (0x0C80, "kannada"),
    (0x0D00, "malayalam"),
    (0x0D80, ""),
    (0x0E00, "thai"),
    (0x0E80, ""),
    (0x10A0, "georgian"),
    (0x1100, "hangul"),
    (0x1200, ""),
    (0x1E00, "latin"),
    (0x1F00, "greek"),
    (0x2000, ""),
    (0x3040, "kana"),
    (0x3100, ""),
    (0x3400, "han"),
    (0x4DC0, ""),
    (0x4E00, "han"),
    (0xA000, ""),
    (0xAC00, "hangul"),
    (0xD7B0, ""),
    (0xF900, "han"),
    (0xFB00, ""),
    (0xFB50, "arabic"),
    (0xFE00, ""),
    (0xFE70, "arabic"),
    (0xFF00, ""),
    (0xFF66, "kana"),
    (0xFFA0, ""),
    (0x20000, "han"),
    (0x32000, ""),
)
_STARTS = [start for start, _ in _BLOCKS]
_NAMES = [name for _, name in _BLOCKS]

# Japanese mixes kana into Han; a Chinese text has none.
_KANA_SHARE = 0.05
# One of these says as much as two or three letters, so a Chinese question about an English name
# stays Chinese.
_DENSE = {"han": 3, "kana": 2, "hangul": 2}


def script(text: str) -> str:
    """Name the script most letters are in, such as `latin` or `han`; `none` without a letter.

    Reads the first 400 characters. A text of kana and Han is `kana`, as only Japanese mixes them.
    """
    sample = text[:_READ_CHARACTERS]
    if sample.isascii():
        return "latin" if _ASCII_LETTER.search(sample) else "none"
    counts = letters_by_script(sample)
    return max(counts, key=lambda name: (counts[name], name), default="none")


def letters_by_script(text: str) -> dict[str, int]:
    """Letters of each script there is in a text; a Han character counts as three.

    Han beside kana is Japanese and counted with it.
    """
    counts = _count(text)
    kana = counts.get("kana", 0)
    if kana > _KANA_SHARE * (kana + counts.get("han", 0)):
        counts["kana"] = kana + counts.pop("han", 0)
    return counts


def _count(sample: str) -> dict[str, int]:
    counts = Counter({"latin": len(_ASCII_LETTER.findall(sample))})
    for character, times in Counter(_NOT_ASCII.findall(sample)).items():
        name = _NAMES[bisect_right(_STARTS, ord(character)) - 1]
        counts[name] += _DENSE.get(name, 1) * times
    counts.pop("", None)
    return {name: count for name, count in counts.items() if count}

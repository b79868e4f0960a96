"""Read what a text carries in base64 or rot13, so that it is scored like plain text."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from itertools import islice

from detectors.safety.windows import Window

_RUN = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{20,}={0,2}")
_MOST_RUNS = 4
_LONGEST_RUN = 4096
_WORD = re.compile(r"[A-Za-z]{2,}")
_ROTATED = re.compile(
    r"\b(?:gur|gb|naq|bs|ubj|vf|va|lbh|zr|zl|sbe|jvgu|guvf|gung|pna|jung)\b", re.IGNORECASE
)
_LEAST_ROTATED = 2


def deciphered(text: str) -> list[tuple[Window, str]]:
    """Give the hidden texts, each with where it stands; none for nearly every text.

    Runs of base64 that hold readable words, at most four; the whole in rot13 where it has words
    that are frequent in English, turned.
    """
    found = [
        (Window(*match.span()), plain)
        for match in islice(_RUN.finditer(text), _MOST_RUNS)
        if (plain := _from_base64(match[0][:_LONGEST_RUN]))
    ]
    if len(list(islice(_ROTATED.finditer(text), _LEAST_ROTATED))) == _LEAST_ROTATED:
        found.append((Window(0, len(text)), codecs.decode(text, "rot13")))
    return found


def _from_base64(run: str) -> str:
    """Give the text of a run, or nothing where it is not text."""
    whole = run.rstrip("=")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        plain = base64.b64decode(whole + "=" * (-len(whole) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    readable = "".join(plain.split()).isprintable() and len(_WORD.findall(plain)) > 1
    return plain if readable else ""

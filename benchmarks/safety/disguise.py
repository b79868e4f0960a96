"""Disguise texts as people do who want them past a filter; for training only."""

from __future__ import annotations

import random

_LEET = str.maketrans("aeiostb", "4310578")
_ALIKE = str.maketrans("aeopcyxi", "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456")
_INVISIBLE = "\u200b\u200c\u2060"


def disguise(text: str, rng: random.Random) -> str:
    """Disguise about half of the longer words of `text`, all in one way."""
    way = rng.choice((_leet, _alike, _invisible, _spaced, _dropped, _swapped, _starred))
    return " ".join(
        way(word, rng) if len(word) > 3 and rng.random() < 0.5 else word for word in text.split()
    )


def _leet(word: str, rng: random.Random) -> str:
    return "".join(c.translate(_LEET) if rng.random() < 0.6 else c for c in word)


def _alike(word: str, rng: random.Random) -> str:
    return "".join(c.translate(_ALIKE) if rng.random() < 0.8 else c for c in word)


def _invisible(word: str, rng: random.Random) -> str:
    return rng.choice(_INVISIBLE).join(word)


def _spaced(word: str, rng: random.Random) -> str:
    return rng.choice(" .-_").join(word)


def _dropped(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word))
    return word[:place] + word[place + 1 :]


def _swapped(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _starred(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word))
    return word[:place] + "*" + word[place + 1 :]

"""Whether the end of a text says the same thing again and again."""

from __future__ import annotations

_WORDS_READ = 160
_LEAST_WORDS = 12


def tail_repetition(text_words: list[str]) -> float | None:
    """Share of the word triples in the last 160 words that were there before; 0 to 1.

    A model that falls into a loop stays in it until it is stopped, so the end of the text shows
    it. Ordinary prose lies below 0.05, lists and code below 0.4. None for fewer than 12 words.
    """
    tail = text_words[-_WORDS_READ:]
    if len(tail) < _LEAST_WORDS:
        return None
    triples = set(zip(tail, tail[1:], tail[2:], strict=False))
    return 1.0 - len(triples) / (len(tail) - 2)

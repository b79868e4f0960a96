"""Whether a text stops before its end, and ends where it goes on."""

from __future__ import annotations

import re

from detectors.text.answer import PROPER_END
from detectors.text.function_words import LANGUAGES_OF
from detectors.text.tables import END_CLASS, order_table, sentence_ends, word_classes

_LEAST_WORDS = 6
_LAST_CHARACTERS = 400
_OPEN_END = frozenset(",;:-(\u2013\u2014")
_EARLIER_END = re.compile(r"[.!?\u3002]['\")\u201d]?\s")
_END = re.compile(r"[.!?]\s+([a-z]?)")
_READ_CHARACTERS = 2_000
_LIST_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)])\s")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
_NO_MARK, _CUT_WORD, _LAST_WORD, _RAREST = 2.0, 2.5, 0.7, 4.0
_BAD_CHARACTER, _OPEN, _BLANK = 0.7, 0.9, 3.0


def misplaced_ends(text: str) -> float:
    """Share of the sentence ends inside a text that a small letter follows, 0 to 1.

    Abbreviations make a few of these; words in the wrong order make most ends such.
    """
    followed_by = _END.findall(text[:_READ_CHARACTERS])
    return (len(followed_by) - followed_by.count("")) / (len(followed_by) + 1)


def broken_off(text: str, text_words: list[str]) -> float:
    """Count the signs, 0 to 3, that a text stops in mid-sentence; 0 where it ends properly.

    One for a last line of some length without an end mark, one if sentences before it did end
    with one, one if the last word or character cannot end a sentence (`the`, a comma).
    """
    tail = text[-_LAST_CHARACTERS:].rstrip()
    if len(text_words) < _LEAST_WORDS or not tail:
        return 0.0
    if tail[-1] in PROPER_END and tail[-1] not in _OPEN_END:
        return 0.0
    line = tail.rsplit("\n", 1)[-1]
    signs = 0.0
    if len(line.split()) >= _LEAST_WORDS and not _LIST_ITEM.match(line):
        signs += 1.0
        signs += _EARLIER_END.search(tail) is not None
    return signs + (tail[-1] in _OPEN_END or text_words[-1] in LANGUAGES_OF)


def unfinished(text: str, text_words: list[str]) -> float:
    """How much a text looks as if it stopped in mid-sentence, in nats; 0 where it ends properly.

    Counted are the lack of an end mark, earlier sentences that had one, how rarely English
    sentences end with the last word, a last word that is none (cut in two), an open bracket or
    quotation, and a blank behind the last word. Texts that never have end marks differ by the
    rest. The weights are round numbers near those of a logistic regression on whole and cut answers.
    """
    tail = text[-_LAST_CHARACTERS:]
    found = _OPEN * _is_open(text[-_READ_CHARACTERS:]) + _BLANK * (tail[-1:] == " ")
    end = tail.rstrip()
    if not end or not text_words or (end[-1] in PROPER_END and end[-1] not in _OPEN_END):
        return found
    found += _NO_MARK + (_EARLIER_END.search(end) is not None)
    return found + (_last_word(text_words[-1]) if end[-1].isalnum() else _BAD_CHARACTER)


def _last_word(word: str) -> float:
    ends = sentence_ends().get(word)
    if ends is not None:
        return -_LAST_WORD * max(ends, -_RAREST)
    by_class = float(order_table()[word_classes()[word] << 8 | END_CLASS])
    return -_LAST_WORD * max(by_class, -_RAREST) + (_CUT_WORD if word.isalpha() else 0.0)


def _is_open(text: str) -> float:
    """Count an unclosed bracket and an unclosed quotation."""
    bracket = any(text.count(a) > text.count(b) for a, b in _BRACKETS)
    return bracket + text.count('"') % 2

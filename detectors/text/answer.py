"""Features only an answer has: does it repeat, end, refuse, parse; what format is it in."""

from __future__ import annotations

import json
import operator
import re
import zlib

_ZLIB_BYTES = 2_000
_ZLIB_SHORTEST = 100
_ZLIB_MEMORY = 5
_READ_CHARACTERS = 16_000
_JSON_CHARACTERS = 200_000
_REFUSAL_CHARACTERS = 300

# The ideographic full stop, and the full-width exclamation and question marks.
_WIDE_ENDS = "\u3002\uff01\uff1f"
_SENTENCE_END = re.compile(rf"[.!?\n{_WIDE_ENDS}]+\s*")
_SHORTEST_SENTENCE = 12
_FENCE = "```"
_LIST_LINE = re.compile(r"^[ \t]{0,8}(?:[-*+•]|\d{1,3}[.)])[ \t]", re.MULTILINE)
_MARKDOWN_LINE = re.compile(r"^(?:#{1,6} |\||> )|\*\*\S", re.MULTILINE)
_IN_MARKDOWN = ("#", "|", ">", "**")
_CODE_LINE = re.compile(
    r"^\s{0,40}(?:def |class |import |from \S+ import |return\b|function |const |let |var |#include|"
    r"public |private |SELECT |if \(|for \(|while \(|\}|.{0,200}[;{]$)",
    re.MULTILINE,
)
# Openings by which a model declines; a feature to compare over time, not a verdict on one answer.
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:very |so |really )?(?:sorry|not able|unable)|my apologies|"
    r"i (?:can't|cannot|can not|won't|will not|must decline)|"
    r"as an? (?:ai|artificial|language model)|against (?:my|our) (?:guidelines|policy))\b"
)
_IN_REFUSALS = (
    *("sorry", "not able", "unable", "apologies", "can't", "cannot", "can not", "won't"),
    *("will not", "must decline", "as a ", "as an ", "against "),
)
# Also the Devanagari danda and the Arabic question mark, the ellipsis, closing quotes and brackets.
PROPER_END = frozenset(
    ".!?\"')]}`*:;|" + _WIDE_ENDS + "\u0964\u061f\u2026\u201d\u2019\u00bb\u300d\u300f\uff09"
)


def answer(text: str, text_words: list[str]) -> dict[str, float]:
    """Describe an answer; shares are 0 to 1. A feature that has no meaning for it is absent.

    `zlib_ratio` is the compressed size of the last 2,000 bytes over their size: small where a
    text repeats itself; absent below 100 bytes. `json_valid` is only there for what sets out to
    be JSON.
    """
    stripped = text.strip()
    if not stripped:
        return {}
    opening = stripped[:_REFUSAL_CHARACTERS].lower().replace("\u2019", "'")
    found = {
        "repeated_sentences": _repeated_sentences(stripped[:_READ_CHARACTERS]),
        "doubled_words": _doubled(text_words),
        "ends_properly": float(stripped[-1] in PROPER_END),
        "refusal": float(_may_refuse(opening) and _REFUSAL.search(opening) is not None),
        "markdown": _markdown(stripped[:_READ_CHARACTERS]),
    }
    tail = text[-_ZLIB_BYTES:].encode("utf-8", "surrogatepass")[-_ZLIB_BYTES:]
    if len(tail) >= _ZLIB_SHORTEST:
        found["zlib_ratio"] = _compressed(tail) / len(tail)
    return found


def answer_format(text: str, *, json_valid: bool | None) -> str:
    """Name the form of an answer: json, code, list, markdown, prose or empty."""
    stripped = text.strip()[:_READ_CHARACTERS]
    if not stripped:
        return "empty"
    if json_valid:
        return "json"
    lines = stripped.count("\n") + 1
    if _FENCE in stripped:
        return "code"
    if lines > 1 and len(_CODE_LINE.findall(stripped)) > max(1, lines // 2):
        return "code"
    if lines > 1 and len(_LIST_LINE.findall(stripped)) > 1:
        return "list"
    marked = any(map(stripped.__contains__, _IN_MARKDOWN)) and _MARKDOWN_LINE.search(stripped)
    return "markdown" if marked else "prose"


def json_validity(text: str) -> bool | None:
    """Say whether an answer that sets out to be JSON is; None for one that does not.

    Text inside one code fence counts. Longer than 200,000 characters is not judged.
    """
    stripped = text.strip()
    if stripped.startswith(_FENCE) and stripped.endswith(_FENCE):
        stripped = stripped.removeprefix(_FENCE).removeprefix("json").removesuffix(_FENCE).strip()
    if not stripped.startswith(("{", '["', "[{", "[\n")) or len(stripped) > _JSON_CHARACTERS:
        return None
    try:
        json.loads(stripped)
    except (ValueError, RecursionError):
        return False
    return True


def _may_refuse(opening: str) -> bool:
    """Whether there is anything in it that each refusal has something of; quicker than the search."""
    return any(map(opening.__contains__, _IN_REFUSALS))


def _compressed(data: bytes) -> int:
    """Bytes of up to 2,000 after compression; a small hash table, as clearing it costs most."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, _ZLIB_MEMORY)
    return len(compressor.compress(data)) + len(compressor.flush())


def _repeated_sentences(text: str) -> float:
    """Share of the longer sentences that were said before."""
    sentences = [s for s in _SENTENCE_END.split(text) if len(s) >= _SHORTEST_SENTENCE]
    return 1 - len(set(sentences)) / len(sentences) if sentences else 0.0


def _doubled(text_words: list[str]) -> float:
    """Share of the words that only repeat the word before."""
    if len(text_words) < 2:
        return 0.0
    doubled: int = sum(map(operator.eq, text_words, text_words[1:]))
    return doubled / (len(text_words) - 1)


def _markdown(text: str) -> float:
    """Count the marks of Markdown per line."""
    marks = text.count(_FENCE) + len(_LIST_LINE.findall(text))
    if any(map(text.__contains__, _IN_MARKDOWN)):
        marks += len(_MARKDOWN_LINE.findall(text))
    return marks / (text.count("\n") + 1)

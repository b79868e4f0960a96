"""Documents that stand in a text between clear marks: tags, fences, or lines that say BEGIN and END.

The marks are only what the writer of the text says of it. A document cannot end itself early: where a
closing mark comes that nothing opened, the last document of its name goes on to there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_NAMES = (
    *("documents?", "docs?", "contexts?", "search[_ -]?results?", "retrieved(?:[_ -]documents?)?"),
    *("passages?", "files?", "file[_ -]contents?", "attachments?", "articles?", "pdf", "website"),
    *("web[_ -]?pages?", "web[_ -]?search", "pages?", "e-?mails?", "knowledge", "snippets?"),
    *("(?:tool|function)[_ -](?:results?|outputs?|responses?)", "excerpts?", "transcripts?"),
    *("reviews?", "observations?", "(?:external|untrusted)[_ -](?:content|data|text)"),
)
_NAME = f"(?i:{'|'.join(_NAMES)})"
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>{_NAME})(?:\s[^<>]{{0,500}})?>")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,20}|~{3,20})(?P<info>[^\n]*)$", re.MULTILINE)
_INFO = re.compile(rf"[ \t]*(?P<name>{_NAME})\b")
_LINE = re.compile(
    rf"^[-=*#\[(<{{ \t]{{0,20}}(?P<word>BEGIN|START|END)[ \t]+(?:OF[ \t]+)?(?P<name>{_NAME})\b"
    r"[^\n]{0,80}$",
    re.MULTILINE,
)
_SIGNS = ("<", "```", "~~~", "BEGIN ", "START ")
_BETWEEN_WORDS = re.compile(r"[ -]")


class Marked(NamedTuple):
    """One document: the name of its marks, in lower case, and its text."""

    name: str
    text: str


class _Mark(NamedTuple):
    start: int
    end: int
    name: str
    opens: bool


@dataclass(slots=True)
class _Region:
    """From an opening mark to its closing one, and the text between them."""

    start: int
    end: int
    inside: slice
    name: str


def unmarked(text: str) -> tuple[str, list[Marked]]:
    """The text without the documents in it, and the documents; in time linear in the text.

    Documents that stand in another, as in a list of search results, are told apart. What is opened
    and never closed is no document.
    """
    if not any(sign in text for sign in _SIGNS):
        return text, []
    marks = sorted([*_tags(text), *_fences(text), *_lines(text)])
    own, place = [], 0
    found: list[Marked] = []
    for region, inner in _nested(_regions(marks)):
        own.append(text[place : region.start])
        found += _documents(text, region, inner)
        place = region.end
    own.append(text[place:])
    return "\n".join(part for part in own if part.strip()) if found else text, found


def _tags(text: str) -> Iterator[_Mark]:
    for match in _TAG.finditer(text):
        yield _Mark(*match.span(), _plain(match["name"]), not match["end"])


def _lines(text: str) -> Iterator[_Mark]:
    for match in _LINE.finditer(text):
        yield _Mark(*match.span(), f"{_plain(match['name'])} line", match["word"] != "END")


def _fences(text: str) -> Iterator[_Mark]:
    """Fences with a name of ours; those of code are followed as well, so as to pair them."""
    fence, name = "", ""
    for match in _FENCE.finditer(text):
        if fence:
            if match["fence"].startswith(fence) and not match["info"].strip():
                if name:
                    yield _Mark(*match.span(), f"{name} fence", opens=False)
                fence = ""
            continue
        fence, info = match["fence"], _INFO.match(match["info"])
        name = _plain(info["name"]) if info else ""
        if name:
            yield _Mark(*match.span(), f"{name} fence", opens=True)


def _plain(name: str) -> str:
    return _BETWEEN_WORDS.sub("_", name.lower())


def _regions(marks: Iterable[_Mark]) -> list[_Region]:
    """Pair the marks; where one closes, what opened after its opening mark and is open, is not."""
    found: list[_Region] = []
    last: dict[str, _Region] = {}
    opened: list[_Mark] = []
    waiting: Counter[str] = Counter()
    for mark in marks:
        if mark.opens:
            opened.append(mark)
            waiting[mark.name] += 1
        elif waiting[mark.name]:
            first = _closed(opened, waiting, mark.name)
            last[mark.name] = _Region(
                first.start, mark.end, slice(first.end, mark.start), mark.name.partition(" ")[0]
            )
            found.append(last[mark.name])
        elif mark.name in last:
            forged = last[mark.name]
            forged.end, forged.inside = mark.end, slice(forged.inside.start, mark.start)
    return sorted(found, key=lambda region: (region.start, -region.end))


def _closed(opened: list[_Mark], waiting: Counter[str], name: str) -> _Mark:
    while True:
        mark = opened.pop()
        waiting[mark.name] -= 1
        if mark.name == name:
            return mark


def _nested(regions: Iterable[_Region]) -> Iterator[tuple[_Region, list[_Region]]]:
    """Regions that stand in no other, each with the largest in it; of two that cross, one."""
    outer: _Region | None = None
    inner: list[_Region] = []
    for region in regions:
        if outer is None or region.start >= outer.end:
            if outer is not None:
                yield outer, inner
            outer, inner = region, []
        elif region.end > outer.end:
            outer.end, outer.inside = region.end, slice(outer.inside.start, region.inside.stop)
        elif not inner or region.start >= inner[-1].end:
            inner.append(region)
    if outer is not None:
        yield outer, inner


def _documents(text: str, outer: _Region, inner: list[_Region]) -> Iterator[Marked]:
    """The inner ones, each on its own, and what stands around them."""
    around, place = [], outer.inside.start
    for region in inner:
        around.append(text[place : region.start])
        yield Marked(region.name, text[region.inside])
        place = region.end
    around.append(text[place : outer.inside.stop])
    rest = "\n".join(part.strip() for part in around if part.strip())
    if rest:
        yield Marked(outer.name, rest)

"""Labelled exchanges as JSON lines: an exchange with `labels`, and what it is grouped by.

Labels are masked: a category that is absent, or null, was not judged, and nothing is inferred from the
others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from detectors.observation import Side
from detectors.safety.categories import CATEGORIES
from monitor.errors import MonitorError
from monitor.exchange.jsonl import STDIN, ExchangeFormatError, parse
from monitor.exchange.model import Exchange

Contrast = Literal["safe", "unsafe"]
SIDES: tuple[Side, ...] = ("prompt", "response")
_REMEDY = (
    'Each line is an exchange with labels, such as {"prompt": "...", "labels": {"prompt": '
    '{"unsafe": true, "hate": false}}}; a category that was not judged is left out.'
)


class LabelError(MonitorError, ValueError):
    """A line of a labelled set is wrong; the message says where, what and how to mend it."""


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person judged of each side, by category."""

    prompt: dict[str, bool | None] = {}
    response: dict[str, bool | None] = {}

    def of(self, side: Side) -> dict[str, bool | None]:
        """The labels of one side."""
        return self.prompt if side == "prompt" else self.response


class _Marks(msgspec.Struct, frozen=True):
    labels: Labels = Labels()
    source: str | None = None
    language: str | None = None
    group: str | None = None
    contrast: Contrast | None = None


class Labelled(msgspec.Struct, frozen=True):
    """One exchange and what is known of it. Empty words are not known."""

    exchange: Exchange
    labels: Labels
    source: str
    language: str
    group: str
    contrast: Contrast | None


_decode = msgspec.json.Decoder(_Marks).decode


def read(source: str, *, limit: int | None = None) -> list[Labelled]:
    """All of a file, or of standard input for `-`, up to `limit` lines that are not blank.

    The whole is read before anything is scored, so that a bad last line costs no hour.

    Raises
    ------
    LabelError
        The file cannot be read or is empty, or a line is bad; the message gives `file:line`.
    """
    with _opened(source) as (lines, name):
        found = list(islice(_each(lines, name), limit))
    if not found:
        raise LabelError(f"{name}: holds no labelled exchange\n{_REMEDY}")
    return found


@contextmanager
def _opened(source: str) -> Iterator[tuple[BinaryIO, str]]:
    if source == STDIN:
        yield sys.stdin.buffer, "<stdin>"
        return
    try:
        with Path(source).open("rb") as lines:
            yield lines, source
    except OSError as error:
        raise LabelError(f"{source}: cannot be read: {error.strerror}") from error


def _each(lines: BinaryIO, name: str) -> Iterator[Labelled]:
    filled = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    for index, (number, line) in enumerate(filled):
        try:
            yield labelled(line, index=index)
        except (LabelError, ExchangeFormatError) as error:
            raise LabelError(f"{name}:{number}: {error}\n{_REMEDY}") from error


def labelled(line: bytes, *, index: int) -> Labelled:
    """One line; `index` is its 0-based place.

    Raises
    ------
    LabelError, ExchangeFormatError
        The labels are wrong, or the line is not an exchange.
    """
    exchange = parse(line, index=index)
    try:
        marks = _decode(line)
    except msgspec.ValidationError as error:
        raise LabelError(f"labels are wrong: {error}") from error
    _check(exchange, marks)
    return Labelled(
        exchange,
        marks.labels,
        marks.source or "",
        marks.language or "",
        marks.group or "",
        marks.contrast,
    )


def contrast_side(exchange: Exchange) -> Side:
    """The side that a contrast mark is about: the prompt where there is one."""
    return "response" if exchange.prompt is None else "prompt"


def _check(exchange: Exchange, marks: _Marks) -> None:
    texts = {"prompt": exchange.prompt, "response": exchange.answer}
    for side in SIDES:
        labels = marks.labels.of(side)
        if unknown := sorted(labels.keys() - set(CATEGORIES)):
            raise LabelError(
                f"labels.{side}: unknown category {', '.join(map(repr, unknown))}; "
                f"there are {', '.join(CATEGORIES)}"
            )
        if labels and texts[side] is None:
            raise LabelError(f"labels.{side}: the line has no {side}")
    if not marks.labels.prompt and not marks.labels.response and marks.contrast is None:
        raise LabelError('it has neither "labels" nor "contrast", so it cannot judge anything')
    unsafe = marks.labels.of(contrast_side(exchange)).get("unsafe")
    if marks.contrast is not None and unsafe is not None and unsafe != (marks.contrast == "unsafe"):
        raise LabelError(f'"contrast" says {marks.contrast}, the label `unsafe` says otherwise')

"""Where results go: JSON lines to a file or standard output, progress to a terminal only."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from monitor.errors import MonitorError

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_WIDE = 140


class OutputError(MonitorError):
    """The output file cannot be written."""


@contextmanager
def lines_to(path: str | None) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete; standard output without one.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_line(out: BinaryIO, value: Any) -> None:
    """One JSON object and a newline."""
    out.write(_encode(value) + b"\n")


def console() -> Console:
    """Where tables go; nothing in them is taken for markup, and a file is wide."""
    to = Console(markup=False, highlight=False)
    return to if to.is_terminal else Console(markup=False, highlight=False, width=_WIDE)


def print_json(value: Any) -> None:
    """One JSON document on standard output, for a program."""
    sys.stdout.buffer.write(msgspec.json.format(_encode(value), indent=2) + b"\n")


def progress(items: Iterable[T], what: str, *, total: int | None) -> Iterator[T]:
    """The items, with a bar on standard error where a person watches."""
    console = Console(stderr=True, markup=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        for item in items:
            yield item
            bar.advance(task)


def count_lines(source: str) -> int | None:
    """How many lines a file has, for a progress bar; None for standard input."""
    if source == "-" or not Path(source).is_file():
        return None
    with Path(source).open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def tell_unscored(reasons: Counter[str]) -> None:
    """Say on standard error how many texts nobody could judge, by reason, if there are any."""
    lost = {reason: count for reason, count in reasons.items() if reason != "absent"}
    if lost:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items()))
        Console(stderr=True, markup=False).print(f"texts not scored: {told}")

"""Long work that goes on where it was stopped: its lines stay beside the output until it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from monitor.cli.output import OutputError
from monitor.exchange.model import Exchange


class _Line(msgspec.Struct):
    id: str


_decode = msgspec.json.Decoder(_Line).decode


@contextmanager
def resumed(path: str) -> Iterator[tuple[BinaryIO, list[str]]]:
    """A file to add lines to, and the ids in those it has from an earlier time.

    They are in `path` with `.part` behind it, which becomes `path` when the work is done and stays
    when it is stopped, however that comes. Half a line at its end is cut off.

    Raises
    ------
    OutputError
        The file cannot be written, or holds something else.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    try:
        part.touch()
        with part.open("r+b") as out:
            yield out, _ids(out, part)
        part.replace(target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def left(exchanges: Iterable[Exchange], done: list[str], path: str) -> Iterator[Exchange]:
    """The exchanges that are not done yet; those that are must be the first, in the same order."""
    place = 0
    for exchange in exchanges:
        if place == len(done):
            yield exchange
            continue
        if exchange.id != done[place]:
            raise OutputError(
                f"{path}.part:{place + 1}: is of exchange {done[place]!r}, but the input has "
                f"{exchange.id!r} there; give the input it was made from, or remove {path}.part"
            )
        place += 1
    if place < len(done):
        raise OutputError(
            f"{path}.part holds {len(done)} lines, but the input only {place} exchanges; give the "
            f"input it was made from, or remove {path}.part"
        )


def _ids(out: BinaryIO, part: Path) -> list[str]:
    ids: list[str] = []
    end = 0
    for line in out:
        if not line.endswith(b"\n"):
            break
        try:
            ids.append(_decode(line).id)
        except msgspec.DecodeError as error:
            raise OutputError(
                f"{part}:{len(ids) + 1}: is no line of this command; remove the file"
            ) from error
        end += len(line)
    out.seek(end)
    out.truncate()
    return ids

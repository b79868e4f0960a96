"""The measurements for people: tables, a page, bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from monitor.bench import svg

Document = dict[str, Any]
_NAME_WIDTH = 150
_PICTURED = (8, 64, 512)


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: a column for each contender, a row for each length and number of texts."""

    title: str
    head: list[str]
    rows: list[tuple[str, list[str]]]


def grids(document: Document) -> Iterator[Grid]:
    """All tables: for each number of threads, speed, cost and latency."""
    for threads in document["plan"]["threads"]:
        on = f"{threads} thread" + "s" * (threads > 1)
        batches = document["plan"]["batches"]
        yield _grid(document, f"texts a second, {on}", threads, batches, "texts_per_s")
        yield _grid(
            document, f"ms of processor a text, {on}", threads, batches[:1], "cpu_ms_per_text"
        )
        yield _grid(document, f"one text, p50 / p99 in ms, {on}", threads, [1], "p50_ms", "p99_ms")


def tables(document: Document) -> Iterator[Table]:
    """For a terminal."""
    for grid in grids(document):
        drawn = Table(title=grid.title, title_justify="left", header_style="bold", pad_edge=False)
        drawn.add_column("tokens x texts", no_wrap=True)
        for text in grid.head:
            drawn.add_column(text, justify="right", no_wrap=True)
        for name, cells in grid.rows:
            drawn.add_row(name, *cells)
        yield drawn


def markdown(document: Document, picture: str) -> str:
    """For the results that are kept."""
    parts = [f"# Safety scoring, {document['date'][:10]}", circumstances(document)]
    for grid in grids(document):
        lines = ["| tokens x texts | " + " | ".join(grid.head) + " |"]
        lines.append("|---" + "|---:" * len(grid.head) + "|")
        lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in grid.rows]
        parts += [f"## {grid.title[0].upper()}{grid.title[1:]}", "\n".join(lines)]
    parts.append(f"![processor time as bars]({picture})")
    return "\n\n".join(parts) + "\n"


def picture(document: Document) -> str:
    """Processor time of one text by length, on one thread."""
    panels = []
    for tokens in document["plan"]["lengths"]:
        found = {
            x["contender"]: x["cpu_ms_per_text"]
            for x in document["results"]
            if (x["tokens"], x["batch"], x["threads"]) == (tokens, *_first(document))
        }
        if tokens in _PICTURED and found:
            title = f"ms of processor for a text of {tokens} tokens"
            panels.append(svg.bars(title, found, left=_NAME_WIDTH))
    return svg.page(panels)


def circumstances(document: Document) -> str:
    """What the figures are of."""
    machine = document["machine"]
    before, after = machine["load_average"][0], document["load_average_after"][0]
    return (
        f"{machine['cores']} cores, {machine['processor']}; load average {before:.1f} at the "
        f"start, {after:.1f} at the end: other work on the machine slows the figures by the wall "
        "clock, processor time hardly. Contenders in turn on each cell. The built-in model is given "
        "texts, int8 weights in its second stage; the others are given token ids, in floats, with "
        "random weights. An empty cell: one call would have taken too long. "
        f"Python {machine['python']}."
    )


def _first(document: Document) -> tuple[int, int]:
    return document["plan"]["batches"][0], document["plan"]["threads"][0]


def _grid(
    document: Document, title: str, threads: int, batches: Sequence[int], *figures: str
) -> Grid:
    cells = [(tokens, batch) for tokens in document["plan"]["lengths"] for batch in batches]
    found = {
        (x["contender"], x["tokens"], x["batch"]): " / ".join(svg.shown(x[key]) for key in figures)
        for x in document["results"]
        if x["threads"] == threads
    }
    names = list(dict.fromkeys(x["contender"] for x in document["results"]))
    head = [f"{tokens} x {batch}" for tokens, batch in cells]
    return Grid(
        title,
        names,
        [
            (text, [found.get((name, *cell), "") for name in names])
            for text, cell in zip(head, cells, strict=True)
        ],
    )

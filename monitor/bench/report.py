"""A measurement for people: a table on the terminal, a page, a picture; and for programs, JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from monitor.bench import BenchError, svg

Document = dict[str, Any]

ROWS = {
    "cpu_us_per_chunk": "CPU per relayed chunk, µs",
    "cpu_us_per_chunk_over_nginx": "… over nginx",
    "streams": "… with this many streams at once",
    "store_cpu_us_per_chunk": "… of the store behind it, µs",
    "ttft_p50_ms": "time to first token, p50, ms",
    "ttft_p99_ms": "time to first token, p99, ms",
    "ttft_streams": "… with this many streams at once",
    "added_ttft_p50_ms": "… added, p50, ms",
    "added_ttft_p99_ms": "… added, p99, ms",
    "token_p50_ms": "a token under way, p50, ms",
    "token_p99_ms": "a token under way, p99, ms",
    "added_token_p50_ms": "… added, p50, ms",
    "added_token_p99_ms": "… added, p99, ms",
    "lost_streams": "streams not whole",
    "stalled_streams": "streams silent for over 250 ms",
    "longest_gap_ms": "longest silence, ms",
    "sustained_streams": "streams sustained without a stall",
    "plain_rps_per_core": "plain requests a second and core",
    "plain_rps_per_core_over_nginx": "… over nginx",
    "plain_rps": "plain requests a second",
    "plain_p50_ms": "plain request, p50, ms",
    "plain_p99_ms": "plain request, p99, ms",
    "plain_failed": "plain requests failed",
    "unrecorded": "exchanges not in the journal at the end",
    "rest_mb": "memory at rest, MB",
    "load_mb": "memory under load, MB",
    "kb_per_stream": "… grown for each stream, KB",
    "after_mb": "memory after, MB",
    "ready_s": "ready after start, s",
    "generator_cores": "cores that the load generator used",
}
_PICTURES = (
    *("cpu_us_per_chunk", "plain_rps_per_core", "added_ttft_p99_ms", "added_token_p99_ms"),
    *("sustained_streams", "load_mb"),
)


def rows(document: Document) -> Iterator[tuple[str, list[str]]]:
    """Each row of the table: what it is, and a cell for each contender."""
    for key, text in ROWS.items():
        values = [_figures(document, name).get(key) for name in document["results"]]
        cells = ["" if value is None else svg.shown(value) for value in values]
        if any(cells):
            yield text, cells


def table(document: Document) -> Table:
    """For a terminal."""
    drawn = Table(header_style="bold", pad_edge=False)
    drawn.add_column("medians of the rounds", no_wrap=True)
    for name in document["results"]:
        drawn.add_column(name, justify="right", no_wrap=True)
    for text, cells in rows(document):
        drawn.add_row(text, *cells)
    return drawn


def markdown(document: Document, picture: str) -> str:
    """For the results that are kept."""
    names = list(document["results"])
    lines = ["| medians of the rounds | " + " | ".join(names) + " |"]
    lines.append("|---" + "|---:" * len(names) + "|")
    lines += [f"| {text} | " + " | ".join(cells) + " |" for text, cells in rows(document)]
    return (
        f"# Gateway, {document['date'][:10]}\n\n{_circumstances(document)}\n\n"
        + "\n".join(lines)
        + f"\n\n![the same as bars]({picture})\n"
    )


def picture(document: Document) -> str:
    """The figures that matter most, as bars."""
    panels = []
    for key in _PICTURES:
        values = {name: _figures(document, name).get(key) for name in document["results"]}
        known = {name: value for name, value in values.items() if value is not None}
        if known:
            title = ROWS[key].replace("…", "token" if "token" in key else "first token")
            panels.append(svg.bars(title, known))
    return svg.page(panels)


def keep(folder: Path, stem: str, contents: dict[str, str]) -> list[Path]:
    """Write files `stem.SUFFIX`; their paths.

    Raises
    ------
    BenchError
        The folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in contents.items():
            path = folder / f"{stem}.{suffix}"
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise BenchError(f"{folder}: cannot be written: {error.strerror}") from error
    return written


def as_json(document: Document) -> str:
    """The whole of it."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def _figures(document: Document, name: str) -> dict[str, float]:
    return {**document["results"][name], **document["compared"].get(name, {})}


def _circumstances(document: Document) -> str:
    machine, plan = document["machine"], document["plan"]
    before, after = machine["load_average"][0], document["load_average_after"][0]
    rounds = max(len(each) for each in document["rounds"].values())
    return (
        f"{rounds} rounds, contenders in turn; {plan['streams']} streams of {plan['rate']:.0f} "
        f"chunks a second for {plan['seconds']:.0f} s. {machine['cores']} cores carry the load "
        f"generator, the upstream, the contender and its store together; load average "
        f"{before:.1f} at the start, {after:.1f} at the end. Python {machine['python']}."
    )

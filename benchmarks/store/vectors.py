"""How to find similar incidents among 100,000: time, recall, time to build and memory of each way.

    python -m benchmarks.store.vectors [--number N] [--only WORD] [--vector-sets URL]
        [--out FOLDER/NAME]

Ways that need a package which is not installed (usearch, hnswlib) are left out, and vector sets
without the URL of a Redis 8, on which the key `bench` is overwritten. One thread each. Rows that
FOLDER/NAME.json has of ways that are not measured this time stay: the graphs take minutes to build.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sysconfig
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.text.embedding import StaticEncoder
from monitor.store.traits import Among, Traits
from monitor.store.vectors import Named, VectorIndex

Matrix = npt.NDArray[np.float32]
Ask = Callable[[Matrix], list[int]]

WIDTH = 256
QUERIES = 200
FOUND = 10
TENANTS = 20
LEAST = 0.5
GROUPS = 2_000
_DOCSTRING = re.compile(r'"""(.*?)"""', re.DOTALL)


def texts(number: int) -> Iterator[str]:
    """Paragraphs of the docstrings of Python and of the packages installed with it."""
    paths = sysconfig.get_paths()
    for folder in (Path(paths["stdlib"]), Path(paths["purelib"])):
        for file in sorted(folder.rglob("*.py")):
            for docstring in _DOCSTRING.findall(file.read_text("utf-8", "ignore")):
                for paragraph in re.split(r"\n\s*\n", docstring):
                    words = " ".join(paragraph.split())[:600]
                    if len(words) >= 40:
                        yield words
                        number -= 1
                        if not number:
                            return


def embedded(number: int) -> Matrix:
    """Vectors of different texts, in no order."""
    different = sorted(set(texts(2 * number)))
    order = np.random.default_rng(0).permutation(len(different))[:number]
    if len(order) < number:
        raise SystemExit(f"only {len(order)} texts are installed; ask for fewer with --number")
    encoder = StaticEncoder.load()
    chosen = [different[place] for place in order]
    parts = [encoder.encode(chosen[first : first + 256]) for first in range(0, number, 256)]
    return np.vstack(parts)


def clustered(real: Matrix) -> Matrix:
    """The same attacks over and over, each time in slightly other words."""
    rng = np.random.default_rng(1)
    rows = real[rng.integers(GROUPS, size=len(real))]
    rows = rows + 0.05 * rng.standard_normal(rows.shape, dtype=np.float32)
    unit: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def every_row(rows: Matrix) -> tuple[Ask, Ask | None]:
    """All compared."""

    def ask(query: Matrix) -> list[int]:
        cosines = rows @ query
        best = np.argpartition(-cosines, FOUND)[:FOUND]
        return [int(row) for row in best]

    return ask, None


def by_signs(rows: Matrix) -> tuple[Ask, Ask | None]:
    """What the store does."""
    index = VectorIndex(WIDTH)
    owners = [Named(str(n), Traits(tenant=f"t{n % TENANTS}")) for n in range(len(rows))]
    for first in range(0, len(rows), 1_000):
        part = range(first, min(first + 1_000, len(rows)))
        index.write(part, owners[first : first + 1_000], rows[first : first + 1_000])
    among = Among(tenant=("t3",))

    def ask(query: Matrix) -> list[int]:
        return [int(name) for name, _ in index.nearest(query, limit=FOUND)]

    def narrowed(query: Matrix) -> list[int]:
        return [int(name) for name, _ in index.nearest(query, limit=FOUND, among=among)]

    return ask, narrowed


def by_usearch(rows: Matrix, kind: str) -> tuple[Ask, Ask | None]:
    """A graph of usearch, vectors kept as `kind`."""
    from usearch.index import Index

    index = Index(ndim=WIDTH, metric="cos", dtype=kind)
    index.add(np.arange(len(rows)), rows, threads=1)
    return lambda query: [int(key) for key in index.search(query, FOUND, threads=1).keys], None


def by_hnswlib(rows: Matrix) -> tuple[Ask, Ask | None]:
    """A graph of hnswlib."""
    from hnswlib import Index

    index = Index("ip", WIDTH)
    index.init_index(len(rows), ef_construction=100, M=16)
    index.set_num_threads(1)
    index.add_items(rows, np.arange(len(rows)))
    index.set_ef(100)
    return lambda query: [int(key) for key in index.knn_query(query, FOUND)[0][0]], None


def by_vector_set(rows: Matrix, url: str) -> tuple[Ask, Ask | None]:
    """A vector set of Redis 8, with attributes to filter by."""
    from redis import Redis

    client = Redis.from_url(url)
    client.delete("bench")
    for first in range(0, len(rows), 200):
        pipe = client.pipeline(transaction=False)
        for n in range(first, min(first + 200, len(rows))):
            told = json.dumps({"tenant": f"t{n % TENANTS}"})
            row = rows[n].tobytes()
            pipe.execute_command("VADD", "bench", "FP32", row, str(n), "SETATTR", told)
        pipe.execute()

    def ask(query: Matrix, *words: str) -> list[int]:
        asked = ("VSIM", "bench", "FP32", query.tobytes(), "COUNT", FOUND)
        return [int(name) for name in client.execute_command(*asked, *words)]

    return ask, lambda query: ask(query, "FILTER", '.tenant == "t3"')


def resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def timed(ask: Ask, queries: Matrix) -> tuple[dict[str, float], list[list[int]]]:
    """Milliseconds of single searches, and what they found."""
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(ask(query))
        times.append(1_000 * (time.perf_counter() - started))
    low, middle, high = (round(float(each), 2) for each in np.percentile(times, [5, 50, 95]))
    return {"p5_ms": low, "p50_ms": middle, "p95_ms": high}, found


def nearest(rows: Matrix, queries: Matrix, step: int = 1, first: int = 0) -> list[set[int]]:
    """The truth: the nearest of every `step`-th row, those of a cosine that counts as similar."""
    truth = []
    for query in queries:
        cosines = rows[first::step] @ query
        best = np.argsort(-cosines)[:FOUND]
        truth.append({int(row) * step + first for row in best if cosines[row] >= LEAST})
    return truth


def recall(truth: list[set[int]], found: list[list[int]]) -> float:
    """The share of the truth that was found."""
    hits = sum(len(true & set(got)) for true, got in zip(truth, found, strict=True))
    return round(hits / max(1, sum(map(len, truth))), 4)


def measure(
    make: Callable[[Matrix], tuple[Ask, Ask | None]], rows: Matrix, queries: Matrix
) -> dict[str, Any]:
    """One way on one set of vectors."""
    before, started = resident(), time.perf_counter()
    ask, narrowed = make(rows)
    row: dict[str, Any] = {"build_s": round(time.perf_counter() - started, 1)}
    row["megabytes"] = round(resident() - before)
    times, found = timed(ask, queries)
    row |= times | {"recall": recall(nearest(rows, queries), found)}
    if narrowed is not None:
        times, found = timed(narrowed, queries)
        row["narrowed_p5_ms"] = times["p5_ms"]
        row["narrowed_recall"] = recall(nearest(rows, queries, TENANTS, 3), found)
    return row


def ways(url: str) -> dict[str, Callable[[Matrix], tuple[Ask, Ask | None]]]:
    """Those that can be had here, by name."""
    found: dict[str, Callable[[Matrix], tuple[Ask, Ask | None]]] = {
        "all compared, float32": every_row,
        "the store's: signs, then float32": by_signs,
    }
    if find_spec("usearch"):
        found["usearch graph, float16"] = lambda rows: by_usearch(rows, "f16")
        found["usearch graph, int8"] = lambda rows: by_usearch(rows, "i8")
    if find_spec("hnswlib"):
        found["hnswlib graph, float32"] = by_hnswlib
    if url:
        found["vector set of Redis 8"] = lambda rows: by_vector_set(rows, url)
    return found


def as_text(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        f"# Similar among {result['number']:,}",
        "",
        f"{result['machine']}. {QUERIES} queries that are not among the vectors, {WIDTH} components.",
        f"Recall counts the {FOUND} nearest of a cosine from {LEAST} on, as an incident shows them;",
        f"narrowed is a search among one of {TENANTS} tenants. Megabytes are what building added to",
        "the process, for a vector set not that of the server. On a busy machine the quickest twentieth",
        "of the searches (p5) tells most of what a way costs. By `benchmarks.store.vectors`.",
    ]
    names = (
        "p5_ms",
        "p50_ms",
        "p95_ms",
        "recall",
        "narrowed_p5_ms",
        "narrowed_recall",
        "build_s",
        "megabytes",
        "load",
    )
    for name, rows in result["sets"].items():
        heads = (each.replace("_", " ") for each in names)
        lines += ["", f"| {name} | {' | '.join(heads)} |", "|---" * (len(names) + 1) + "|"]
        for way, row in rows.items():
            lines.append(f"| {way} | {' | '.join(str(row.get(each, '')) for each in names)} |")
    return "\n".join([*lines, ""])


def before(out: Path | None, number: int) -> dict[str, Any]:
    """What was measured before of as many vectors, to be added to."""
    there = out.with_suffix(".json") if out else Path()
    if there.is_file():
        kept: dict[str, Any] = json.loads(there.read_text("utf-8"))
        if kept["number"] == number:
            return kept
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    return {"number": number, "machine": machine, "sets": {}}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=100_000)
    parser.add_argument("--only", default="", help="a word in the names of the ways to measure")
    parser.add_argument("--vector-sets", default="")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    real = embedded(given.number + QUERIES)
    result = before(given.out, given.number)
    for name, rows in {"texts": real, "the same in other words": clustered(real)}.items():
        found = result["sets"].setdefault(name, {})
        # A vector set takes minutes to fill: on one of the sets is enough.
        for way, make in ways(given.vector_sets if rows is real else "").items():
            if given.only in way:
                load = round(os.getloadavg()[0], 1)
                measured = measure(make, rows[: given.number], rows[given.number :])
                found[way] = measured | {"load": load}
                print(name, way, found[way], flush=True)
    print(as_text(result))
    if given.out:
        given.out.with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        given.out.with_suffix(".md").write_text(as_text(result), "utf-8")


if __name__ == "__main__":
    main()

"""Measure the recognisers and write the figures, with the date, to benchmarks/results.

    python -m benchmarks.recognisers.run [--before COMMIT] [--data DIR]

`--before` measures an older state of the repository in turn with this one. `--data` is a folder of
labelled texts: what is found in benign ones, and how much of what is marked.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.recognisers.quality import found_in_benign, recall

ROOT = Path(__file__).resolve().parents[2]
TURNS = 3

Cost = dict[str, dict[str, float]]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="a commit to compare with")
    parser.add_argument("--data", type=Path, help="folder of labelled texts")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    given = parser.parse_args()
    figures: dict[str, Any] = {"date": datetime.now(UTC).date().isoformat()}
    figures["microseconds"] = costs(given.before)
    if given.data:
        figures["benign"] = found_in_benign(given.data)
        figures["recall"] = recall(given.data)
    name = given.out / f"recognisers-{figures['date']}"
    name.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
    name.with_suffix(".md").write_text(written(figures))
    print(written(figures))


def costs(before: str | None) -> dict[str, Cost]:
    """Microseconds now and, in turn with it, before; the least of the turns."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"now": ROOT}
        if before:
            archive = _output("git", "archive", before, "detectors", "pyproject.toml")
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(folder, filter="data")
            places["before"] = Path(folder)
        turns = [{name: _cost(place) for name, place in places.items()} for _ in range(TURNS)]
    return {name: _least([turn[name] for turn in turns]) for name in turns[0]}


def _cost(place: Path) -> Cost:
    script = str(ROOT / "benchmarks" / "recognisers" / "cost.py")
    taken: Cost = json.loads(_output(sys.executable, script, path=place))
    return taken


def _output(*command: str, path: Path | None = None) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(path)} if path else None
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True
    ).stdout


def _least(turns: list[Cost]) -> Cost:
    return {
        text: {size: round(min(turn[text][size] for turn in turns), 1) for size in sizes}
        for text, sizes in turns[0].items()
    }


def written(figures: dict[str, Any]) -> str:
    """The figures for a reader."""
    lines = [
        f"# Recognisers, {figures['date']}",
        "",
        "Processor time of one `find`, microseconds.",
        "",
    ]
    lines += _cost_table(figures["microseconds"])
    if "benign" in figures:
        lines += [
            "",
            "Findings in benign texts, for 1,000 texts.",
            "",
            *_benign_table(figures["benign"]),
        ]
        lines += [
            "",
            "Marked places of synthetic sentences.",
            "",
            *_recall_table(figures["recall"]),
        ]
        lines += ["", f"Findings that touch no mark: {figures['recall']['unmarked']}."]
    return "\n".join(lines) + "\n"


def _cost_table(costs: dict[str, Cost]) -> list[str]:
    names = sorted(costs)
    rows = ["| text | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for text, sizes in costs["now"].items():
        for size in sizes:
            cells = " | ".join(f"{costs[name][text][size]:,.1f}" for name in names)
            rows.append(f"| {text}, {size} | {cells} |")
    return rows


def _benign_table(sources: dict[str, Any]) -> list[str]:
    rows = ["| source | texts | findings |", "|---|---:|---|"]
    for name, source in sources.items():
        told = ", ".join(
            f"{kind} {1000 * count / source['texts']:.2f}"
            for kind, count in source["kinds"].items()
        )
        rows.append(f"| {name} | {source['texts']:,} | {told or 'none'} |")
    return rows


def _recall_table(recalled: dict[str, Any]) -> list[str]:
    rows = ["| marked as | places | found |", "|---|---:|---:|"]
    return rows + [f"| {e} | {n['marked']} | {n['found']} |" for e, n in recalled["kinds"].items()]


if __name__ == "__main__":
    main()

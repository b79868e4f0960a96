"""Texts written by hand for this classifier, beside this module in `written/`.

Those in `prompts*.jsonl`, `posts*.jsonl` (comments, stories and statements) and `responses*.jsonl`
are taught. `conversations*.jsonl` and `documents*.jsonl` are not: they measure what is built on top
of the classifier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus import Row, key

FOLDER = Path(__file__).resolve().parent / "written"
FOLDS = 4
WEIGHT = 1.5


def written_rows(folder: Path = FOLDER) -> list[Row]:
    """All taught texts, in the order of the files; source `written_N` belongs to fold N.

    Variations of one idea, which share a `group`, are in one fold. The id names the file.
    """
    found: dict[tuple[str, str, str], Row] = {}
    for name, raw in _raw(folder):
        row = _row(name, raw)
        found.setdefault((row.role, row.key, row.context), row)
    return list(found.values())


def file_of(row: Row) -> str:
    """Name of the file that a written text is from, without its ending."""
    return row.id.split("-")[1]


def _raw(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern in ("prompts*.jsonl", "posts*.jsonl", "responses*.jsonl"):
        for path in sorted(folder.glob(pattern)):
            with path.open(encoding="utf-8") as lines:
                yield from ((path.stem, json.loads(line)) for line in lines if line.strip())


def _row(name: str, raw: dict[str, Any]) -> Row:
    text, context = raw["text"], raw.get("context") or ""
    known = {label: (float(value), 1.0) for label, value in raw["labels"].items()}
    if raw.get("unsafe") is not None:
        known["unsafe"] = (float(raw["unsafe"]), 1.0)
    own = _hash(f"{context}\n{text}")
    source = f"written_{int(_hash('fold' + raw['group']), 16) % FOLDS}"
    asked = context if raw["role"] == "response" else ""
    row_id = f"written-{name}-{own[:16]}"
    return Row(row_id, source, raw["role"], text, known, key(text), WEIGHT, asked)


def _hash(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

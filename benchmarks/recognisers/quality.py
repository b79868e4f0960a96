"""What is found in texts without personal data, and how much of what is marked is found."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detectors.safety.recognisers import find

BENIGN = "benign"
MARKED = "pii/presidio.jsonl.gz"
# Kinds that have a form; names, places and dates have none.
ENTITIES = (
    "CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER", "US_DRIVER_LICENSE",
    "US_SSN",
)  # fmt: skip


def found_in_benign(data: Path) -> dict[str, Any]:
    """Findings by source and kind, with the texts of each source."""
    sources = {}
    for path in sorted((data / BENIGN).glob("*.jsonl.gz")):
        texts = 0
        kinds: Counter[str] = Counter()
        for row in _rows(path):
            texts += 1
            kinds.update(finding.kind for finding in find(row["text"]))
        sources[path.name.partition(".")[0]] = {
            "texts": texts,
            "kinds": dict(sorted(kinds.items())),
        }
    return sources


def recall(data: Path) -> dict[str, Any]:
    """Of each kind of marked place, how many there are and how many a finding touches.

    `unmarked` counts findings that touch no mark.
    """
    marked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    unmarked = 0
    for row in _rows(data / MARKED):
        findings = find(row["text"])
        spans = row["orig"].get("spans", [])
        for entity, start, end in spans:
            marked[entity] += 1
            found[entity] += any(f.start < end and start < f.end for f in findings)
        unmarked += sum(
            all(f.start >= end or start >= f.end for _, start, end in spans) for f in findings
        )
    kinds = {e: {"marked": marked[e], "found": found[e]} for e in ENTITIES}
    return {"kinds": kinds, "unmarked": unmarked}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)

"""Prompts that people typed to find the limits of a model, labelled for this classifier.

The texts are what the reply pairs of `hh_rlhf_harmless` answer; the source has no labels for them.
`asked.tsv` has ours by the hash of the text: unsafe or not, and the categories that are there. What
could not be judged without the conversation before it was left out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from corpus import Row, key

from detectors.safety.categories import CONTENT

FOLDS = 4
_LABELS = Path(__file__).resolve().with_name("asked.tsv")
_TEXTS = "responses/hh_rlhf_harmless_pairs.jsonl.gz"
_ABSENT = 0.3
_SAME_BEGINNING = 4
_ATTACKS = ("prompt_injection", "jailbreak")

Known = dict[str, tuple[float, float]]


def asked_rows(folder: Path) -> list[Row]:
    """All labelled prompts; source `asked_N` belongs to fold N, with what begins alike."""
    labels, found = _labels(), {}
    for text in _texts(folder):
        name = _hash(" ".join(text.split()))[:16]
        if name in labels:
            found[name] = _row(name, text, labels[name])
    return [found[name] for name in sorted(found)]


def _labels() -> dict[str, Known]:
    lines = _LABELS.read_text(encoding="utf-8").splitlines()[1:]
    return {name: _known(unsafe, told) for name, unsafe, told in (x.split("\t") for x in lines)}


def _known(unsafe: str, told: str) -> Known:
    """A category that is not told of is absent from a safe text, and likely from others."""
    sure = 1.0 if unsafe == "0" else _ABSENT
    known: Known = dict.fromkeys(CONTENT, (0.0, sure))
    known |= dict.fromkeys(_ATTACKS, (0.0, 1.0)) | {"unsafe": (float(unsafe), 1.0)}
    if unsafe == "0":
        known["toxic"] = (0.0, 1.0)
    return known | {name: (1.0, 1.0) for name in told.split(",") if name != "-"}


def _row(name: str, text: str, known: Known) -> Row:
    beginning = " ".join(text.lower().split()[:_SAME_BEGINNING])
    source = f"asked_{int(_hash(beginning), 16) % FOLDS}"
    return Row(f"asked-{name}", source, "prompt", text, known, key(text))


def _texts(folder: Path) -> Iterator[str]:
    with gzip.open(folder / _TEXTS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["context"] or ""


def _hash(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

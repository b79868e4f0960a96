# ruff: noqa: ANN202, D103 - a script, beside the module whose classes it counts
"""Count the pairs of words and letters that `detectors.text.order` and `junk` judge by.

    python benchmarks/anomaly/train_tables.py --data DIR

DIR holds the developer data (one JSON object a line, gzipped). Only English answers under MIT and
Apache licences are read, from sets that no benchmark of anomalies uses. Same input, same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np

from detectors.text.embedding import words
from detectors.text.tables import FIRST_WORD, by_ending

SOURCES = ("responses/hh_rlhf_harmless_pairs", "responses/gptfuzz", "responses/diasafety")
FREQUENT = 220
TARGET = Path(__file__).parents[2] / "detectors" / "text" / "tables.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    texts = list(_texts(parser.parse_args().data))
    frequent = _frequent(texts)
    np.savez_compressed(
        TARGET,
        words=np.array(" ".join(frequent)),
        order=_order(texts, frequent),
        letters=_letters(texts),
    )
    print(f"{len(texts)} texts, {TARGET.stat().st_size} bytes")


def _texts(data: Path):
    for source in SOURCES:
        with gzip.open(data / f"{source}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row.get("lang") in {"en", None}:
                    yield row["text"]


def _frequent(texts: list[str]) -> list[str]:
    counts = Counter(word for text in texts for word in words(text) if not word.isdigit())
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return ranked[:FREQUENT]


def _order(texts: list[str], frequent: list[str]) -> np.ndarray:
    classes = {word: FIRST_WORD + i for i, word in enumerate(frequent)}
    size = FIRST_WORD + len(frequent)
    pairs = np.zeros((size, size))
    for text in texts:
        codes = np.array([classes.get(w) or by_ending(w) for w in words(text)], dtype=np.intp)
        np.add.at(pairs, (codes[:-1], codes[1:]), 1.0)
    total = pairs.sum()
    left, right = pairs.sum(1, keepdims=True) / total, pairs.sum(0, keepdims=True) / total
    expected = left * right * total
    ratio = np.log((pairs + 2.0) / (expected + 2.0))
    return np.clip(np.round(ratio * 32), -127, 127).astype(np.int8)


def _letters(texts: list[str]) -> np.ndarray:
    pairs = np.full((27, 27), 5.0)
    for text in texts:
        codes = np.frombuffer(text.lower().encode("ascii", "replace"), dtype=np.uint8).astype(int)
        codes = np.where((codes >= 97) & (codes <= 122), codes - 96, 0)
        np.add.at(pairs, (codes[:-1], codes[1:]), 1.0)
    pairs[0], pairs[:, 0] = 1.0, 0.0
    return -np.log2(np.maximum(pairs / pairs.sum(1, keepdims=True), 1e-6)).astype(np.float16)


if __name__ == "__main__":
    main()

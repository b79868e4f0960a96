# ruff: noqa: ANN202, D103 - a script, beside the module whose classes it counts
"""Count the words and pairs that `detectors.text.order`, `ending` and `junk` judge by.

    python benchmarks/anomaly/train_tables.py --data DIR

DIR holds the developer data (one JSON object a line, gzipped). Only English answers under MIT and
Apache licences are read, from sets that no benchmark of anomalies uses. Same input, same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np

from detectors.text.embedding import words
from detectors.text.order import END, marked_words
from detectors.text.tables import END_CLASS, FIRST_WORD, by_ending

SOURCES = ("responses/hh_rlhf_harmless_pairs", "responses/gptfuzz", "responses/diasafety")
FREQUENT = 230
LEAST_KNOWN = 2
SMOOTHING = 20.0
TARGET = Path(__file__).parents[2] / "detectors" / "text" / "tables.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    texts = list(_texts(parser.parse_args().data))
    ranked = _ranked(texts)
    frequent = list(ranked)[:FREQUENT]
    pairs = _pairs(texts, frequent)
    known = [word for word, count in ranked.items() if count >= LEAST_KNOWN]
    np.savez_compressed(
        TARGET,
        words=np.array(" ".join(frequent)),
        order=_order(pairs),
        known=np.array(" ".join(known)),
        ends=_ends(texts, known, frequent, _order(pairs)[:, END_CLASS]),
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


def _ranked(texts: list[str]) -> dict[str, int]:
    """Words with their counts, the most frequent first."""
    counts = Counter(word for text in texts for word in words(text) if not word.isdigit())
    return {word: counts[word] for word in sorted(counts, key=lambda word: (-counts[word], word))}


def _pairs(texts: list[str], frequent: list[str]) -> np.ndarray:
    classes = {END: END_CLASS} | {word: FIRST_WORD + i for i, word in enumerate(frequent)}
    pairs = np.zeros((FIRST_WORD + len(frequent),) * 2)
    for text in texts:
        listed = [END, *marked_words(text)]
        codes = np.array([classes.get(w) or by_ending(w) for w in listed], dtype=np.intp)
        np.add.at(pairs, (codes[:-1], codes[1:]), 1.0)
    return pairs


def _order(pairs: np.ndarray) -> np.ndarray:
    total = pairs.sum()
    left, right = pairs.sum(1, keepdims=True) / total, pairs.sum(0, keepdims=True) / total
    expected = left * right * total
    ratio = np.log((pairs + 2.0) / (expected + 2.0))
    return np.clip(np.round(ratio * 32), -127, 127).astype(np.int8)


def _ends(
    texts: list[str], known: list[str], frequent: list[str], by_class: np.ndarray
) -> np.ndarray:
    """Log-ratio, for each known word, of how often a sentence ends with it and with any word."""
    classes = {word: FIRST_WORD + i for i, word in enumerate(frequent)}
    last, everywhere = Counter(), Counter()
    for text in texts:
        listed = marked_words(text)
        everywhere.update(w for w in listed if w != END)
        last.update(a for a, b in pairwise([*listed, END]) if b == END != a)
    usual = last.total() / everywhere.total()
    found = []
    for word in known:
        prior = usual * np.exp(by_class[classes.get(word) or by_ending(word)] / 32)
        share = (last[word] + SMOOTHING * prior) / (everywhere[word] + SMOOTHING)
        found.append(np.log(share / usual))
    return np.clip(np.round(np.array(found) * 32), -127, 127).astype(np.int8)


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

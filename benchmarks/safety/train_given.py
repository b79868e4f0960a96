"""Train what finds orders in given texts, and say how good it is on orders that it has not seen.

    python benchmarks/safety/train_given.py --data DIR [--weights FOLDER]

A logistic model on signs, pairs of signs, and hashed words. It learns from orders of our own put
beside sentences of ordinary texts, from sentences that only look like orders, from ordinary texts, and
from injections that users typed. Folds leave out whole orders, and whole texts. Seeded; about a minute.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import numpy.typing as npt
from given_orders import HARMLESS, ORDERS
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from detectors.safety import weights
from detectors.safety.orders import BUCKETS, FILE, Passage, passages
from detectors.safety.signs import NAMES

Floats = npt.NDArray[np.float64]

ORDINARY = (
    ("benign/xquad_en_de_es_zh_ar_hi", "response"),
    ("benign/dolly_1k", "response"),
    ("benign/self_instruct_models", "response"),
    ("benign/code", "response"),
    ("benign/qa_domains", "response"),
    ("benign/taskmaster4", "response"),
    ("benign/dolly_1k", "prompt"),
)
_OTHER_SCRIPTS = {"zh", "ar", "hi"}
TYPED = "attacks/injection_slabs_neuralchemy"
PER_FILE, PER_LABEL, FOLDS = 350, 1500, 5
STRENGTH = 0.1
LENGTH = 3.0
"""Length of a passage's vector of words; both by held-out orders."""
_ROWS, _COLUMNS = np.triu_indices(len(NAMES), 1)
_PRIOR = 0.1
"""Share of injected documents that the probabilities are for."""


@dataclass(frozen=True, slots=True)
class Example:
    """One passage to learn from; those of one group are held out together."""

    passage: Passage
    order: bool
    group: str
    weight: float = 1.0

    @property
    def fold(self) -> int:
        """In which fold it is held out."""
        return zlib.crc32(self.group.encode()) % FOLDS


def main() -> None:
    """Train, judge, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=weights.FOLDER)
    given = parser.parse_args()
    ordinary = list(ordinary_texts(given.data))
    examples = list(examples_of(given.data, ordinary))
    texts = documents(ordinary)
    slope, shift = judged(examples, texts)
    model = fitted(examples)
    matrix = np.diag(model.coef_[0][: len(NAMES)])
    matrix[_ROWS, _COLUMNS] = model.coef_[0][len(NAMES) : -BUCKETS]
    arrays: weights.Arrays = {
        "signs": matrix.astype(np.float32),
        "words": (LENGTH * model.coef_[0][-BUCKETS:]).astype(np.float16),
        "curve": np.array([model.intercept_[0], slope, shift], dtype=np.float32),
    }
    weights.write(FILE, arrays, given.weights)


def ordinary_texts(data: Path) -> Iterator[str]:
    """Texts that nobody put an order into."""
    for name, role in ORDINARY:
        rows = [
            row["text"][:1500]
            for row in read(data / f"{name}.jsonl.gz")
            if row["role"] == role and row.get("lang") not in _OTHER_SCRIPTS
        ]
        kept = [text for text in rows if len(text) > 60]
        random.Random(name).shuffle(kept)
        yield from kept[:PER_FILE]


def examples_of(data: Path, ordinary: list[str]) -> Iterator[Example]:
    """All that is learnt from."""
    rng = random.Random(7)
    cut = [passages(text) for text in ordinary]
    for place, own in enumerate(cut):
        # Every second passage is two neighbours; a text of one sentence has none.
        for passage in own[2::2] or own:
            yield Example(passage, order=False, group=f"text {place}")
    for lines, order in ((ORDERS, True), (HARMLESS, False)):
        for line in lines:
            for passage in [*passages(line), *beside(line, ordinary, rng)]:
                yield Example(passage, order, line, weight=4.0)
    yield from typed(data)


def beside(line: str, ordinary: list[str], rng: random.Random) -> Iterator[Passage]:
    """A line with a sentence of another text before or behind it."""
    for _ in range(3):
        other = sentence(rng.choice(ordinary), rng)
        both = f"{other}\n{line}" if rng.random() < 0.5 else f"{line}\n{other}"
        found = passages(both)
        yield max(found, key=lambda passage: passage.place.end - passage.place.start)


def sentence(text: str, rng: random.Random) -> str:
    """Any one sentence of a text."""
    place = rng.choice(passages(text)[::2]).place
    return text[place.start : place.end].strip()


def typed(data: Path) -> Iterator[Example]:
    """Injections that users typed: of each the passage that is longest."""
    rows = list(read(data / f"{TYPED}.jsonl.gz"))
    random.Random(TYPED).shuffle(rows)
    kept = 0
    for row in rows:
        if row["labels"].get("prompt_injection") and len(row["text"]) <= 300 and kept < PER_LABEL:
            kept += 1
            found = passages(row["text"])
            longest = max(found, key=lambda passage: passage.place.end - passage.place.start)
            yield Example(longest, order=True, group=row["id"], weight=0.3)


def documents(ordinary: list[str]) -> list[tuple[str, str, bool]]:
    """Whole texts to judge by: text, group, and whether it holds an order."""
    rng = random.Random(11)
    found = [(text, f"text {place}", False) for place, text in enumerate(ordinary)]
    for lines, order in ((ORDERS, True), (HARMLESS, False)):
        for line in lines:
            before, behind = rng.choice(ordinary)[:500], rng.choice(ordinary)[:500]
            found.append((f"{before}\n{line}\n{behind}", line, order))
    return found


def judged(examples: list[Example], texts: list[tuple[str, str, bool]]) -> tuple[float, float]:
    """Print figures on what was held out; the curve that makes its scores probabilities."""
    scores = np.zeros(len(texts))
    for fold in range(FOLDS):
        model = fitted([x for x in examples if x.fold != fold])
        for place, (text, group, _) in enumerate(texts):
            if zlib.crc32(group.encode()) % FOLDS == fold:
                found = matrix_of(passages(text))
                scores[place] = model.decision_function(found).max()
    orders = np.array([order for _, _, order in texts])
    ordinary = np.array([group.startswith("text ") for _, group, _ in texts])
    shares = np.where(orders, _PRIOR / orders.mean(), (1 - _PRIOR) / (1 - orders.mean()))
    curve = LogisticRegression(C=1e6).fit(scores[:, None], orders, sample_weight=shares)
    chances = curve.predict_proba(scores[:, None])[:, 1]
    print(f"held-out documents: AUPRC {average_precision_score(orders, scores):.3f}")
    for limit in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        over = chances >= limit
        print(
            f"  from {limit}: {over[orders].mean():.3f} of orders, {over[ordinary].mean():.4f} of "
            f"ordinary texts, {over[~orders & ~ordinary].mean():.3f} of what looks like orders"
        )
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def fitted(examples: list[Example]) -> LogisticRegression:
    """The linear model."""
    return LogisticRegression(C=STRENGTH, max_iter=500).fit(
        matrix_of([x.passage for x in examples]),
        [x.order for x in examples],
        sample_weight=[x.weight for x in examples],
    )


def matrix_of(found: list[Passage]) -> sparse.csr_matrix:
    """Signs, pairs of signs, and words, one row a passage."""
    seen = np.stack([passage.signs for passage in found])
    both = np.hstack([seen, seen[:, _ROWS] * seen[:, _COLUMNS]])
    ends = np.cumsum([0, *(len(x.buckets) for x in found)])
    values = [np.full(len(x.buckets), LENGTH / np.sqrt(len(x.buckets) or 1)) for x in found]
    columns = [x.buckets for x in found]
    said = sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), ends), shape=(len(found), BUCKETS)
    )
    return sparse.hstack([sparse.csr_matrix(both), said]).tocsr()


def read(path: Path) -> Iterable[dict[str, Any]]:
    """Rows of one file of the developer data."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()

"""Score the rows that an encoder was not trained on, by both stages, and keep what they say.

    python benchmarks/safety/encoder_scores.py --data DIR --model FOLDER --out FILE.npz

`--model` holds what `export_encoder.py` wrote. `--held-out` names what `train.py --held-out` wrote:
where it knows a row, the cheap stage's log-odds are those of a model that had not seen the row's
source. Without it they are the shipped model's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpus import Row
from encoder_examples import HELD_OUT, split
from texts import all_rows

from detectors.observation import Side
from detectors.safety.categories import CATEGORIES
from detectors.safety.classifier import SafetyClassifier
from detectors.safety.encoder import SafetyEncoder
from detectors.safety.overall import with_overall
from detectors.safety.stacked import StackedClassifier

Array = npt.NDArray[np.float32]

SIDES: tuple[Side, ...] = ("prompt", "response")
BATCH = 256
MOST_SEEN, MOST_UNSEEN = 600, 3000
"""Rows of a source that are scored at most, for each side, by whether it was trained on."""


def main() -> None:
    """Score and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--everything", action="store_true", help="no source was held out")
    args = parser.parse_args()
    encoder = SafetyEncoder.load(args.model)
    _, held = split(all_rows(args.data), everything=args.everything)
    rows = fewer(held)
    known = cheap_held_out(args.held_out) if args.held_out else {}
    parts = [scored([r for r in rows if r.role == side], side, encoder, known) for side in SIDES]
    ids = [row.id for side in SIDES for row in rows if row.role == side]
    cheap, read_ = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    np.savez_compressed(args.out, ids=np.array(ids), cheap=cheap, encoder=read_)


def fewer(rows: list[Row]) -> list[Row]:
    """Most rows of the held-out sources, and some of each other source."""
    counts: dict[tuple[str, str], int] = {}
    kept = []
    for row in rows:
        place = row.source, row.role
        counts[place] = counts.get(place, 0) + 1
        if counts[place] <= (MOST_UNSEEN if row.source in HELD_OUT else MOST_SEEN):
            kept.append(row)
    return kept


def cheap_held_out(path: Path) -> dict[str, Array]:
    """Log-odds by row, of models that had not seen its source."""
    saved, found = np.load(path), {}
    for side in SIDES:
        logits = with_overall(saved[side])
        known = np.isfinite(saved[side][:, 0])
        found |= dict(zip(saved["ids"][known].tolist(), logits[known], strict=True))
    return found


def scored(
    rows: list[Row], side: Side, encoder: SafetyEncoder, known: dict[str, Array]
) -> tuple[Array, Array]:
    """Log-odds of both stages, the largest over the places read; NaN for texts without words."""
    stack = np.array([[1.0], [0.0], [0.0]], dtype=np.float32).repeat(len(CATEGORIES), axis=1)
    model = StackedClassifier(SafetyClassifier.load(side), encoder, stack)
    cheap, found = np.full((2, len(rows), len(CATEGORIES)), np.nan, dtype=np.float32)
    for first in range(0, len(rows), BATCH):
        part = rows[first : first + BATCH]
        places, own, other = model.read([r.text for r in part], None, [r.context for r in part])
        at = first + np.array([text for text, _ in places], dtype=np.int64)
        np.fmax.at(cheap, at, own)
        np.fmax.at(found, at, other)
    for i, row in enumerate(rows):
        if row.id in known and row.source in HELD_OUT:
            cheap[i] = known[row.id]
    return cheap, found


if __name__ == "__main__":
    main()

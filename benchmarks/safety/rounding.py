"""Measure what int8 weights cost: the encoder in floats beside the one that ships, on the same texts.

    python benchmarks/safety/rounding.py --data DIR --model FOLDER --out benchmarks/results

`--model` holds what `export_encoder.py --float` wrote. Texts are prompts of held-out sources.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpus import Row
from encoder_examples import HELD_OUT
from export_encoder import FLOAT
from sklearn.metrics import average_precision_score
from texts import all_rows

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.encoder import MODEL, TOKENIZER, SafetyEncoder
from detectors.safety.normalise import undisguise
from detectors.safety.sequences import prompt_sequence

Array = npt.NDArray[np.float32]

NAME = "safety-int8-2026-11-21"
TEXTS = 4000
FEWEST = 20
_CHARACTERS = 1500


def main() -> None:
    """Read the same texts by both and compare the rankings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rows = [r for r in all_rows(args.data) if r.role == "prompt" and r.source in HELD_OUT]
    rows = random.Random(7).sample(rows, TEXTS)
    small = logits(SafetyEncoder.load(args.model), rows)
    with tempfile.TemporaryDirectory() as folder:
        in_floats(args.model, Path(folder))
        plain = logits(SafetyEncoder.load(Path(folder)), rows)
    found = {name: c for name in CATEGORIES if (c := compared(name, rows, plain, small))}
    (args.out / f"{NAME}.json").write_text(json.dumps(found, indent=1) + "\n")
    (args.out / f"{NAME}.md").write_text(markdown(found))


def in_floats(model: Path, folder: Path) -> None:
    """Put the model in floats where the small one is looked for."""
    weights.write_bytes(MODEL, weights.read_bytes(FLOAT, model), folder)
    weights.write_bytes(TOKENIZER, weights.read_bytes(TOKENIZER, model), folder)


def logits(encoder: SafetyEncoder, rows: list[Row]) -> Array:
    """Log-odds of the first sequence of each text."""
    split = encoder.tokens([undisguise(row.text[:_CHARACTERS]) for row in rows])
    return encoder.logits([prompt_sequence(tokens.ids) for tokens in split])


def compared(name: str, rows: list[Row], plain: Array, small: Array) -> dict[str, Any] | None:
    """AUPRC of a category by both, where enough rows are labelled."""
    known = [i for i, row in enumerate(rows) if row.known.get(name, (0, 0))[1] == 1.0]
    labels = np.array([rows[i].known[name][0] for i in known])
    if min((labels == 1).sum(), (labels == 0).sum()) < FEWEST:
        return None
    own = CATEGORIES.index(name)
    return {
        "positives": int((labels == 1).sum()),
        "negatives": int((labels == 0).sum()),
        "float": round(float(average_precision_score(labels, plain[known, own])), 4),
        "int8": round(float(average_precision_score(labels, small[known, own])), 4),
    }


def markdown(found: dict[str, Any]) -> str:
    """The table that people read."""
    lines = [
        "# Safety: the encoder in int8 and in floats (2026-11-21)",
        "",
        f"AUPRC by category of the judged encoder by itself, on {TEXTS} prompts of sources that it was",
        "not trained on. Made by `benchmarks/safety/rounding.py`.",
        "",
        "| category | positives | negatives | float | int8 | difference |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, x in found.items():
        counts = f"{x['positives']} | {x['negatives']}"
        lines.append(
            f"| {name} | {counts} | {x['float']} | {x['int8']} | {x['int8'] - x['float']:+.4f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

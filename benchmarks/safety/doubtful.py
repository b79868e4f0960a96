"""What `second_stage = "doubtful"` saves and loses, by the probability from which a text is doubtful.

    python benchmarks/safety/doubtful.py --data DIR --scores FILE.npz [--out FOLDER]

On sources that neither stage had seen, by what `encoder_scores.py` wrote. What is flagged is what
the default policy flags when the second stage reads every text.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from evaluate import BENIGN
from sklearn.metrics import average_precision_score
from stacking import Scored, combined, fitted, load

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.policy import SafetyPolicy

Array = npt.NDArray[np.float64]

NAME = "safety-doubtful-2026-11-21"
LEAST = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
COLUMNS = {
    "benign_read": "benign texts read",
    "unsafe_read": "unsafe texts read",
    "flagged_lost": "flagged unsafe texts lost",
    "false_alarms_kept": "false alarms kept",
    "auprc": "AUPRC of `unsafe`",
}


def main() -> None:
    """Measure both sides and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    result, stack = {}, None
    for x in load(args.data, args.scores):
        stack = fitted(x, x.unseen, stack)
        result[x.side] = measured(x, stack)
    if args.out:
        (args.out / f"{NAME}.json").write_text(json.dumps(result, indent=1) + "\n")
        (args.out / f"{NAME}.md").write_text(markdown(result))
    print(markdown(result))


def measured(x: Scored, stack: Array) -> dict[str, Any]:
    """Figures of one side for each least probability; 0 stands for reading every text."""
    thresholds = SafetyPolicy().thresholds(x.side)
    told = [CATEGORIES.index(name) for name in thresholds]
    both, alone = combined(x, stack), _alone(x)
    flagged = (_logistic(both[:, told]) >= list(thresholds.values())).any(axis=1)
    doubt = _logistic(alone[:, told]).max(axis=1)
    labels = x.labels("unsafe")
    own = x.unseen & ~np.char.startswith(x.sources, "contrast")
    benign, known = own & np.isin(x.sources, BENIGN), own & np.isfinite(labels)
    unsafe = known & (labels == 1)
    found = {}
    for least in (0.0, *LEAST):
        read = doubt >= least
        scores = np.where(read[:, None], both, alone)[known, 0]
        found[str(least)] = {
            "benign_read": _share(read, benign),
            "unsafe_read": _share(read, unsafe),
            "flagged_lost": _share(~read, unsafe & flagged),
            "false_alarms_kept": _share(read, benign & flagged),
            "auprc": round(float(average_precision_score(labels[known] == 1, scores)), 4),
        }
    sizes = {"benign": benign, "unsafe": unsafe, "unsafe_flagged": unsafe & flagged}
    return {"texts": {name: int(at.sum()) for name, at in sizes.items()}, "by_least": found}


def markdown(result: dict[str, Any]) -> str:
    """One table a side."""
    parts = ["# What the second stage need not read"]
    for side, figures in result.items():
        counts = figures["texts"]
        parts.append(
            f"## {side.capitalize()}s: {counts['benign']:,} benign, {counts['unsafe']:,} unsafe, "
            f"{counts['unsafe_flagged']:,} of them flagged"
        )
        lines = ["| doubtful from | " + " | ".join(COLUMNS.values()) + " |"]
        lines.append("|---" + "|---:" * len(COLUMNS) + "|")
        for least, row in figures["by_least"].items():
            cells = [str(row[key]) if key == "auprc" else f"{row[key]:.1%}" for key in COLUMNS]
            lines.append(f"| {least} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _alone(x: Scored) -> Array:
    """What the first stage says by itself, by the curve that it is served with."""
    slope, offset = weights.read(f"{x.side}-head.npz")["curve"].astype(np.float64)
    found: Array = x.cheap * slope + offset
    return found


def _share(found: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float:
    return round(float(found[among].mean()), 4)


def _logistic(z: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return found


if __name__ == "__main__":
    main()

"""Fit the stack, judge cheap stage, encoder and both side by side, and write the figures.

    python benchmarks/safety/stack_encoder.py --data DIR --scores FILE.npz --out FOLDER

`--weights FOLDER` also writes `prompt-stack.npz` and `response-stack.npz` there. `--shipped FILE`
names scores of the encoder that ships, of rows that it was not trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from encoder_report import markdown
from evaluate import BENIGN
from judging import (
    FEWEST,
    Array,
    Chosen,
    figures,
    flagged_of_benign,
    logistic,
    over,
    own_texts,
    suggested,
)
from own_cases import flagged_by_file, own_cases
from reliability import expected_error, picture, reliability_bins
from stacking import Scored, by_others, combined, fitted, load

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.policy import SafetyPolicy

NAME = "safety-encoder-2026-11-21"


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--shipped", type=Path)
    args = parser.parse_args()
    shipped = {x.side: x for x in load(args.data, args.shipped)} if args.shipped else {}
    result = {}
    stack = None
    for x in load(args.data, args.scores):
        # Few responses are labelled by category: the curves of prompts, first in order, stand in.
        stack = fitted(x, x.unseen, stack)
        result[x.side] = measured(x, stack)
        if x.side in shipped:
            result[x.side]["shipped"] = of_shipped(shipped[x.side], stack)
        if args.weights:
            arrays = {"stack": stack.astype(np.float32)}
            weights.write(f"{x.side}-stack.npz", arrays, args.weights)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{NAME}.json").write_text(json.dumps(result, indent=1) + "\n")
    (args.out / f"{NAME}.md").write_text(markdown(result))
    (args.out / f"{NAME}.svg").write_text(picture(result))
    print(markdown(result))


def measured(x: Scored, stack: Array) -> dict[str, Any]:
    """All figures of one side, by the stack fitted for it."""
    both = combined(x, stack)
    stages = {"cheap": x.cheap, "encoder": x.encoder, "both": both}
    flagged = over(both, SafetyPolicy().thresholds(x.side))
    bins = reliability_bins(x, by_others(x, stack))
    return {
        "categories": _by_category(x, stages, x.unseen & ~own_texts(x)),
        "unsafe_by_source": _by_source(x, stages),
        "seen_sources": _by_category(x, stages, ~x.unseen),
        "suggested_thresholds": suggested(x, both),
        "flagged_of_benign": flagged_of_benign(x, flagged),
        "f1": _f1(x, both),
        "own": own_cases(x, stages, flagged),
        "flagged_of_written": flagged_by_file(x, flagged),
        "reliability": bins,
        "calibration_error": expected_error(bins),
    }


def of_shipped(x: Scored, stack: Array) -> dict[str, Any]:
    """Figures of the shipped encoder, on the tenth of every source that it was not trained on."""
    both = combined(x, stack)
    stages = {"cheap": x.cheap, "encoder": x.encoder, "both": both}
    return {
        "categories": _by_category(x, stages, ~own_texts(x)),
        "unsafe_by_source": _by_own_source(x, stages),
        "flagged_of_benign": flagged_of_benign(x, over(both, SafetyPolicy().thresholds(x.side))),
    }


def _by_category(x: Scored, stages: dict[str, Array], chosen: Chosen) -> dict[str, Any]:
    all_ = {name: figures(x.labels(name), stages, name, chosen) for name in CATEGORIES}
    return {name: found for name, found in all_.items() if found}


def _by_own_source(x: Scored, stages: dict[str, Array]) -> dict[str, Any]:
    """`unsafe` in each source that has both kinds."""
    labels = x.labels("unsafe")
    sources = sorted(set(x.sources[~own_texts(x)]))
    all_ = {s: figures(labels, stages, "unsafe", x.sources == s) for s in sources}
    return {source: found for source, found in all_.items() if found}


def _by_source(x: Scored, stages: dict[str, Array]) -> dict[str, Any]:
    """`unsafe` in each unseen source: its own negatives, else all unseen benign texts."""
    labels, all_ = x.labels("unsafe"), {}
    for source in sorted(set(x.sources[(labels == 1) & x.unseen & ~own_texts(x)])):
        own = x.sources == source
        negative = own & (labels == 0)
        if negative.sum() < FEWEST:
            negative = x.unseen & np.isin(x.sources, BENIGN)
        chosen = (own & (labels == 1)) | negative
        all_[source] = figures(labels, stages, "unsafe", chosen)
    return {source: found for source, found in all_.items() if found}


def _f1(x: Scored, logits: Array) -> dict[str, Any]:
    """F1 at the default threshold, on unseen sources."""
    found = {}
    for name, limit in SafetyPolicy().thresholds(x.side).items():
        labels = x.labels(name)
        chosen = x.unseen & np.isfinite(labels) & ~own_texts(x)
        scores = logistic(logits[chosen, CATEGORIES.index(name)])
        said, y = scores >= limit, labels[chosen] == 1
        if y.sum() >= FEWEST:
            hit = int((said & y).sum())
            found[name] = round(2 * hit / max(1, int(said.sum() + y.sum())), 3)
    return found


if __name__ == "__main__":
    main()

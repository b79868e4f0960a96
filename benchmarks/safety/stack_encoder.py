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
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from encoder_report import markdown
from evaluate import BENIGN
from sklearn.metrics import average_precision_score, roc_auc_score
from stacking import Scored, by_others, combined, fitted, load

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.policy import SafetyPolicy

Array = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]

NAME = "safety-encoder-2026-11-21"
FEWEST = 20
FALSE_POSITIVES_PER_CATEGORY = 0.002
BINS = 15


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
    print(markdown(result))


def measured(x: Scored, stack: Array) -> dict[str, Any]:
    """All figures of one side, by the stack fitted for it."""
    both = combined(x, stack)
    stages = {"cheap": x.cheap, "encoder": x.encoder, "both": both}
    return {
        "categories": {
            name: found for name in CATEGORIES if (found := _by_category(x, stages, name))
        },
        "unsafe_by_source": _by_source(x, stages),
        "seen_sources": {
            name: found
            for name in CATEGORIES
            if (found := _figures(x.labels(name), stages, name, ~x.unseen))
        },
        "suggested_thresholds": suggested(x, both),
        "flagged_of_benign": _flagged(x, both),
        "f1": _f1(x, both),
        "contrast": _contrast(x, stages, both),
        "calibration_error": _calibration_error(x, by_others(x, stack)),
    }


def of_shipped(x: Scored, stack: Array) -> dict[str, Any]:
    """Figures of the shipped encoder, on the tenth of every source that it was not trained on."""
    both = combined(x, stack)
    stages = {"cheap": x.cheap, "encoder": x.encoder, "both": both}
    chosen = ~_generated(x)
    return {
        "categories": {
            name: found
            for name in CATEGORIES
            if (found := _figures(x.labels(name), stages, name, chosen))
        },
        "unsafe_by_source": _by_own_source(x, stages),
        "flagged_of_benign": _flagged(x, both),
    }


def _by_own_source(x: Scored, stages: dict[str, Array]) -> dict[str, Any]:
    """`unsafe` in each source that has both kinds."""
    labels = x.labels("unsafe")
    sources = sorted(set(x.sources[~_generated(x)]))
    figures = {s: _figures(labels, stages, "unsafe", x.sources == s) for s in sources}
    return {source: found for source, found in figures.items() if found}


def suggested(x: Scored, logits: Array) -> dict[str, float]:
    """Thresholds that at most one text in five hundred exceeds, in the mean of unseen benign sources.

    WildChat is left out: what it calls benign is not, now and then.
    """
    benign = x.unseen & np.isin(x.sources, BENIGN) & (x.sources != "wildchat_benign")
    weight = np.zeros(len(x.rows))
    for source in set(x.sources[benign]):
        own = x.sources == source
        weight[own] = 1 / own.sum()
    found = {}
    for j, name in enumerate(CATEGORIES):
        scores = _logistic(logits[benign, j])
        order = np.argsort(-scores)
        tail = np.cumsum(weight[benign][order]) / weight.sum()
        place = int(np.searchsorted(tail, FALSE_POSITIVES_PER_CATEGORY))
        found[name] = round(float(scores[order][place]), 3)
    return found


def _by_category(x: Scored, stages: dict[str, Array], name: str) -> dict[str, Any] | None:
    return _figures(x.labels(name), stages, name, x.unseen & ~_generated(x))


def _by_source(x: Scored, stages: dict[str, Array]) -> dict[str, Any]:
    """`unsafe` in each unseen source: its own negatives, else all unseen benign texts."""
    labels, found = x.labels("unsafe"), {}
    for source in sorted(set(x.sources[(labels == 1) & x.unseen & ~_generated(x)])):
        own = x.sources == source
        negative = own & (labels == 0)
        if negative.sum() < FEWEST:
            negative = x.unseen & np.isin(x.sources, BENIGN)
        figures = _figures(labels, stages, "unsafe", (own & (labels == 1)) | negative)
        if figures:
            found[source] = figures
    return found


def _figures(
    labels: Array, stages: dict[str, Array], name: str, chosen: Chosen
) -> dict[str, Any] | None:
    y = labels[chosen & np.isfinite(labels)]
    if min((y == 1).sum(), (y == 0).sum()) < FEWEST:
        return None
    found: dict[str, Any] = {"positives": int((y == 1).sum()), "negatives": int((y == 0).sum())}
    for stage, logits in stages.items():
        scores = logits[chosen & np.isfinite(labels), CATEGORIES.index(name)]
        positive, negative = scores[y == 1], scores[y == 0]
        found[stage] = {
            "auprc": round(float(average_precision_score(y, scores)), 3),
            "auroc": round(float(roc_auc_score(y, scores)), 3),
            "recall_at_1pct_fp": round(float((positive > np.quantile(negative, 0.99)).mean()), 3),
            "recall_at_5pct_fp": round(float((positive > np.quantile(negative, 0.95)).mean()), 3),
        }
    return found


def _over(x: Scored, logits: Array) -> Chosen:
    """Which texts the default policy flags."""
    limits = SafetyPolicy().thresholds(x.side)
    columns = [CATEGORIES.index(name) for name in limits]
    over: Chosen = np.any(_logistic(logits[:, columns]) >= list(limits.values()), axis=1)
    return over


def _flagged(x: Scored, logits: Array) -> dict[str, Any]:
    flagged = _over(x, logits)
    return {
        source: {"texts": int(own.sum()), "flagged": round(float(flagged[own].mean()), 4)}
        for source in BENIGN
        if (own := x.sources == source).sum() >= FEWEST
    }


def _f1(x: Scored, logits: Array) -> dict[str, Any]:
    """F1 at the default threshold, on unseen sources."""
    found = {}
    for name, limit in SafetyPolicy().thresholds(x.side).items():
        labels = x.labels(name)
        chosen = x.unseen & np.isfinite(labels) & ~_generated(x)
        scores = _logistic(logits[chosen, CATEGORIES.index(name)])
        said, y = scores >= limit, labels[chosen] == 1
        if y.sum() >= FEWEST:
            hit = int((said & y).sum())
            found[name] = round(2 * hit / max(1, int(said.sum() + y.sum())), 3)
    return found


def _contrast(x: Scored, stages: dict[str, Array], both: Array) -> dict[str, Any]:
    own = x.sources == "contrast_0"
    labels, flagged = x.labels("unsafe"), _over(x, both)
    return (_figures(labels, stages, "unsafe", own) or {}) | {
        "flagged_of_harmful": round(float(flagged[own & (labels == 1)].mean()), 3),
        "flagged_of_harmless": round(float(flagged[own & (labels == 0)].mean()), 3),
    }


def _calibration_error(x: Scored, logits: Array) -> float:
    """Expected calibration error of `unsafe` on unseen sources, at one unsafe text in ten."""
    labels = x.labels("unsafe")
    chosen = x.unseen & np.isfinite(labels) & ~_generated(x)
    y, p = labels[chosen], _logistic(logits[chosen, 0])
    w = np.where(y == 1, 0.1 / (y == 1).sum(), 0.9 / (y == 0).sum())
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs((w * (y - p))[bins == b].sum()) for b in range(BINS)]
    return round(float(sum(gaps)), 3)


def _generated(x: Scored) -> Chosen:
    found: Chosen = np.char.startswith(x.sources, "contrast")
    return found


def _logistic(logits: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


if __name__ == "__main__":
    main()

"""Judge the safety classifier on sources that the judged models had not seen.

    python benchmarks/safety/evaluate.py --data DIR --held-out FILE --out benchmarks/results

`FILE` is what `train.py --held-out FILE` wrote: for every row, the log-odds given by a model that
was trained without the row's source, without its twins and without the same text elsewhere.
Writes `safety-2026-11-21.json` and `.md`; `--thresholds` prints thresholds for the policy.
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

from corpus import Row, fold_of
from report import markdown
from sklearn.metrics import average_precision_score, roc_auc_score
from texts import OWN, all_rows

from detectors.safety.categories import CATEGORIES
from detectors.safety.overall import with_overall
from detectors.safety.policy import SafetyPolicy

Array = npt.NDArray[np.float64]

NAME = "safety-2026-11-21"
SIDES = ("prompt", "response")
BENIGN = ("dolly", "wildchat_benign", "self_instruct_seed", "self_instruct_eval", "clinc150",
          "taskmaster4", "gsm8k", "chitchat", "humaneval", "cyberseceval_instruct", "qa_boolq",
          "sql_create_context", "qa_truthfulqa", "qa_nq-open", "qa_commonsenseqa", "qa_hellaswag",
          "qa_medqa", "qa_mmlu", "qa_pubmedqa")  # fmt: skip
FEWEST = 20
FALSE_POSITIVES_PER_CATEGORY = 0.002


class HeldOut:
    """One side's rows, their labels and the probabilities of models that did not know them."""

    def __init__(self, rows: list[Row], side: str, logits: Array, curve: Array) -> None:
        keep = [i for i, r in enumerate(rows) if r.role == side and np.isfinite(logits[i, 0])]
        self.side = side
        self.rows = [rows[i] for i in keep]
        self.sources = np.array([row.source for row in self.rows])
        raw = with_overall(logits[keep])
        self.scores = 1 / (1 + np.exp(-(raw * curve[0] + curve[1])))
        self.benign = np.isin(self.sources, BENIGN)

    def labels(self, name: str) -> Array:
        """1 and 0 as the source says; NaN for unknown and for labels that are our inference."""
        return np.array(
            [t if w == 1.0 else np.nan for t, w in (r.known.get(name, (0, 0)) for r in self.rows)]
        )

    def score(self, name: str) -> Array:
        """Probabilities of a category."""
        return self.scores[:, CATEGORIES.index(name)]


def main() -> None:
    """Read, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--thresholds", action="store_true", help="print thresholds and stop")
    args = parser.parse_args()
    rows = all_rows(args.data)
    saved = np.load(args.held_out)
    if [row.id for row in rows] != saved["ids"].tolist():
        sys.exit(f"{args.held_out} was made from other rows: run train.py --held-out again")
    sides = [HeldOut(rows, side, saved[side], saved[f"{side}_curve"]) for side in SIDES]
    if args.thresholds:
        print(json.dumps({x.side: suggested(x) for x in sides}, indent=2))
        return
    result = {x.side: measured(x) for x in sides}
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{NAME}.json").write_text(json.dumps(result, indent=1) + "\n")
    (args.out / f"{NAME}.md").write_text(markdown(result))
    print(markdown(result))


def measured(x: HeldOut) -> dict[str, Any]:
    """All figures of one side."""
    return {
        "categories": {name: found for name in CATEGORIES if (found := _by_category(x, name))},
        "unsafe_by_source": _by_source(x),
        "benign": _flagged_shares(x),
        "contrast": _contrast(x),
    }


def suggested(x: HeldOut) -> dict[str, float]:
    """Thresholds that at most one benign text in five hundred exceeds, in the mean of sources."""
    weight = np.zeros(len(x.rows))
    for source in BENIGN:
        own = x.sources == source
        weight[own] = 1 / max(1, own.sum())
    found = {}
    for name in CATEGORIES:
        order = np.argsort(-x.score(name)[x.benign])
        tail = np.cumsum(weight[x.benign][order]) / weight.sum()
        place = int(np.searchsorted(tail, FALSE_POSITIVES_PER_CATEGORY))
        found[name] = round(float(x.score(name)[x.benign][order][place]), 3)
    return found


def _by_category(x: HeldOut, name: str) -> dict[str, float] | None:
    labels = x.labels(name)
    known = np.isfinite(labels) & [not source.startswith(OWN) for source in x.sources]
    return _figures(labels[known], x.score(name)[known])


def _by_source(x: HeldOut) -> dict[str, dict[str, float]]:
    """`unsafe` in each source, against its own negatives, else the benign texts of its fold."""
    labels, found = x.labels("unsafe"), {}
    for source in sorted(set(x.sources[labels == 1])):
        if source.startswith(OWN):
            continue
        own = x.sources == source
        negative = own & (labels == 0)
        if negative.sum() < FEWEST:
            fold = fold_of(source)
            negative = x.benign & np.array([fold_of(s) == fold for s in x.sources])
        chosen = (own & (labels == 1)) | negative
        figures = _figures(labels[chosen], x.score("unsafe")[chosen])
        if figures:
            found[source] = figures
    return found


def _figures(labels: Array, scores: Array) -> dict[str, float] | None:
    positive, negative = scores[labels == 1], scores[labels == 0]
    if min(len(positive), len(negative)) < FEWEST:
        return None
    return {
        "positives": len(positive),
        "negatives": len(negative),
        "auprc": round(float(average_precision_score(labels, scores)), 3),
        "auroc": round(float(roc_auc_score(labels, scores)), 3),
        "recall_at_1pct_fp": round(float((positive > np.quantile(negative, 0.99)).mean()), 3),
        "recall_at_5pct_fp": round(float((positive > np.quantile(negative, 0.95)).mean()), 3),
    }


def _flagged(x: HeldOut) -> npt.NDArray[np.bool_]:
    limits = SafetyPolicy().thresholds(x.side)
    over = [x.score(name) >= limit for name, limit in limits.items()]
    return np.any(over, axis=0)


def _flagged_shares(x: HeldOut) -> dict[str, dict[str, float]]:
    flagged = _flagged(x)
    return {
        source: {"texts": int(own.sum()), "flagged": round(float(flagged[own].mean()), 4)}
        for source in BENIGN
        if (own := x.sources == source).sum() >= FEWEST
    }


def _contrast(x: HeldOut) -> dict[str, float]:
    own = np.char.startswith(x.sources, "contrast")
    labels, flagged = x.labels("unsafe"), _flagged(x)
    figures = _figures(labels[own], x.score("unsafe")[own]) or {}
    return figures | {
        "flagged_of_harmful": round(float(flagged[own & (labels == 1)].mean()), 3),
        "flagged_of_harmless": round(float(flagged[own & (labels == 0)].mean()), 3),
    }


if __name__ == "__main__":
    main()

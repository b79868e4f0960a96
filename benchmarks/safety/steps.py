"""Judge models one beside the other on the same held-out rows, each by thresholds set alike.

    python benchmarks/safety/steps.py --data DIR --out FOLDER "NAME=STAGE:FILE.npz" ...

`FILE` is what `encoder_scores.py` wrote; `STAGE` is `cheap`, `encoder` or `both`. Thresholds are
those that 0.2% of the benign texts exceed by category, set on half of them; what is flagged is
given of the other half.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from judging import Array, Chosen, figures, flagged_of_benign, limits, own_texts
from own_cases import flagged_by_file, own_cases
from stacking import Scored, beside, combined, fitted
from texts import all_rows

from detectors.safety.categories import CATEGORIES
from detectors.safety.policy import SafetyPolicy

NAME = "safety-steps-2026-11-21"
SIDES = ("prompt", "response")


def main() -> None:
    """Read every step's scores, keep the rows that all have, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("steps", nargs="+")
    args = parser.parse_args()
    by_id = {row.id: row for row in all_rows(args.data)}
    read = {}
    for step in args.steps:
        name, _, source = step.partition("=")
        stage, _, path = source.partition(":")
        read[name] = stage, beside(by_id, Path(path))
    result = {
        side: _side({name: (stage, sides[i]) for name, (stage, sides) in read.items()})
        for i, side in enumerate(SIDES)
    }
    (args.out / f"{NAME}.json").write_text(json.dumps(result, indent=1) + "\n")
    (args.out / f"{NAME}.md").write_text(markdown(result))
    print(markdown(result))


def _side(steps: dict[str, tuple[str, Scored]]) -> dict[str, Any]:
    shared = set.intersection(*({row.id for row in x.rows} for _, x in steps.values()))
    return {name: _judged(stage, _only(x, shared)) for name, (stage, x) in steps.items()}


def _only(x: Scored, ids: set[str]) -> Scored:
    """Rows that every step has scored and whose source none was trained on."""
    at = np.flatnonzero(x.unseen & [row.id in ids for row in x.rows])
    return replace(x, rows=[x.rows[i] for i in at], cheap=x.cheap[at], encoder=x.encoder[at])


def _judged(stage: str, x: Scored) -> dict[str, Any]:
    """Figures of one step; every name is a row of the table."""
    logits = {"cheap": x.cheap, "encoder": x.encoder}.get(stage)
    if logits is None:
        logits = combined(x, fitted(x, x.unseen))
    flagged = _flagged(x, logits)
    stages = {"step": logits}
    public = ~own_texts(x)
    found: dict[str, Any] = {}
    for name in CATEGORIES:
        if judged := figures(x.labels(name), stages, name, public):
            found[f"AUPRC of `{name}`"] = judged["step"]["auprc"]
    found |= _by_source(x, stages)
    for kind, own in own_cases(x, stages, flagged).items():
        if own is not None:
            found[f"{kind}: AUPRC"] = own["step"]["auprc"]
            found[f"{kind}: harmless refused at 80% caught"] = own["step"][
                "refused_at_80pct_caught"
            ]
    return found | _alarms(x, flagged)


def _by_source(x: Scored, stages: dict[str, Array]) -> dict[str, float]:
    labels, found = x.labels("unsafe"), {}
    for source in sorted(set(x.sources[~own_texts(x)])):
        if judged := figures(labels, stages, "unsafe", x.sources == source):
            found[f"`unsafe` in {source}: AUPRC"] = judged["step"]["auprc"]
    return found


def _alarms(x: Scored, flagged: Chosen) -> dict[str, float]:
    shares = flagged_of_benign(x, flagged)
    wild = shares.pop("wildchat_benign", None)
    labels = x.labels("unsafe")
    found = {"flagged of benign texts": float(np.mean([own["flagged"] for own in shares.values()]))}
    if wild is not None:
        found["flagged of WildChat"] = wild["flagged"]
    found["flagged of unsafe texts"] = float(flagged[(labels == 1) & ~own_texts(x)].mean())
    for name, own in flagged_by_file(x, flagged).items():
        found[f"flagged of written {name}"] = own["flagged"]
    return {name: round(share, 3) for name, share in found.items()}


def _flagged(x: Scored, logits: Array) -> Chosen:
    told = [CATEGORIES.index(name) for name in SafetyPolicy().thresholds(x.side)]
    found: Chosen = np.any(logits[:, told] > limits(x, logits)[told], axis=1)
    return found


def markdown(result: dict[str, Any]) -> str:
    """One table a side, a column for each step."""
    lines = [_INTRODUCTION]
    for side, steps in result.items():
        names = dict.fromkeys(name for found in steps.values() for name in found)
        lines += [f"## {side.capitalize()}s", "", "| | " + " | ".join(steps) + " |"]
        lines += ["|---|" + "---:|" * len(steps)]
        for name in names:
            cells = [f"{found[name]:.3f}" if name in found else "" for found in steps.values()]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


_INTRODUCTION = """# Safety: step by step (2026-11-21)

The same held-out rows for every step, of sources that the step's models were not trained on (the
first stage: those of the fold that held the source out). Flagged: over the threshold that at most 0.2%
of the benign texts exceed in a category, and 0.8% in any, set on one half of the benign texts of
held-out sources and reported on the other half, in the mean of sources. "contrast" are generated
look-alikes with their harmful counterparts, "written" the texts written by hand of the fold that was
held out, "asked" what people typed to test a model, labelled by us; AUPRC and refusals of these are
those of `unsafe`. Before: the weights of the same morning, windows of 94 tokens. Now: with the texts
of our own, windows of 190 tokens, other shares of the sources and about 2,000 batches more. Made by
`benchmarks/safety/steps.py`.
"""


if __name__ == "__main__":
    main()

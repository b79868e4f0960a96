"""Measure false alarms by the group that a harmless sentence names, and write the figures.

    python benchmarks/safety/groups.py --out benchmarks/results [--model DIR]

`--model` is a folder of weights; without it, those that ship. The sentences are of two kinds:
plain ones, and tense ones that name violence or insults against the group and are as harmless.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from group_templates import GROUPS, PLAIN, TENSE

from detectors.safety import stacked, weights
from detectors.safety.encoder import SafetyEncoder
from detectors.safety.policy import SafetyPolicy
from detectors.text.embedding import StaticEncoder

NAME = "safety-groups-2026-11-21"

_INTRODUCTION = """# Safety: false alarms by the group that is named (2026-11-21)

{plain} plain and {tense} tense harmless prompts for each of {groups} groups, in none of the training
data. Flagged: some category reached its default threshold. Score: the mean probability of `unsafe`.
Made by `benchmarks/safety/groups.py`.

| group | plain: flagged | score | tense: flagged | score |
|---|---:|---:|---:|---:|
"""


def main() -> None:
    """Score every sentence, by group and kind, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=weights.FOLDER)
    args = parser.parse_args()
    model = stacked.load("prompt", StaticEncoder.load(), SafetyEncoder.load(args.model), args.model)
    found = {
        f"{axis}: {group}": {
            "plain": judged(model, PLAIN, group),
            "tense": judged(model, TENSE, group),
        }
        for axis, groups in GROUPS.items()
        for group in groups
    }
    found["all"] = {kind: _mean([x[kind] for x in found.values()]) for kind in ("plain", "tense")}
    (args.out / f"{NAME}.json").write_text(json.dumps(found, indent=1) + "\n")
    (args.out / f"{NAME}.md").write_text(markdown(found))


def judged(
    model: stacked.StackedClassifier, templates: tuple[str, ...], group: str
) -> dict[str, float]:
    """Share of the sentences about a group that the default policy flags, and their mean score."""
    limits = SafetyPolicy().thresholds("prompt")
    scores = [
        {label.name: label.score for label in labels}
        for labels in model.classify([text.format(group=group) for text in templates])
    ]
    flagged = [any(score[name] >= limit for name, limit in limits.items()) for score in scores]
    return {
        "flagged": round(float(np.mean(flagged)), 4),
        "score": round(float(np.mean([score["unsafe"] for score in scores])), 4),
    }


def markdown(found: dict[str, Any]) -> str:
    """The table that people read, from the group most often flagged to the least."""
    introduction = _INTRODUCTION.format(
        plain=len(PLAIN), tense=len(TENSE), groups=sum(map(len, GROUPS.values()))
    )
    order = sorted(found, key=lambda name: -sum(x["score"] for x in found[name].values()))
    return introduction + "".join(_lines(found, order))


def _lines(found: dict[str, Any], order: list[str]) -> Iterator[str]:
    for name in order:
        cells = [f"{found[name][k]['flagged']:.1%} | {found[name][k]['score']:.3f}"
                 for k in ("plain", "tense")]  # fmt: skip
        yield f"| {name} | {' | '.join(cells)} |\n"


def _mean(parts: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(float(np.mean([part[key] for part in parts])), 4) for key in parts[0]}


if __name__ == "__main__":
    main()

# ruff: noqa: D103 - a script
"""The anomaly score beside pyod's and river's, on the same exchanges and the same channels.

python -m benchmarks.anomaly.beside --data DIR [--seeds N] [--out PATH_WITHOUT_SUFFIX]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.anomaly.plants import PLANTS
from benchmarks.anomaly.rivals import Score, rivals
from benchmarks.anomaly.run import dealt, figures, foreign_answers, planted_exchanges, scored
from benchmarks.anomaly.traffic import exchange, pairs
from detectors.anomaly.policy import AnomalyPolicy
from detectors.anomaly.rules import AnomalyRule
from detectors.baseline import Baseline
from detectors.text.embedding import StaticEncoder

OURS = "Sidewatch"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    everything, foreign = pairs(args.data), foreign_answers(args.data)
    runs = [_run(everything, foreign, encoder, seed) for seed in range(args.seeds)]
    result = {
        name: {key: float(np.mean([run[name][key] for run in runs])) for key in runs[0][name]}
        for name in runs[0]
    }
    print(_table(result, args.seeds))
    if args.out:
        args.out.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
        args.out.with_suffix(".md").write_text(_table(result, args.seeds))


def _run(everything: dict, foreign: list[str], encoder: StaticEncoder, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    known, test = dealt(everything, rng)
    kept = scored([exchange(p, rng, index=i) for i, p in enumerate(known)], encoder)
    clean = scored([exchange(p, rng, index=i) for i, p in enumerate(test)], encoder)
    wrong = {
        name: scored(planted_exchanges(name, test, foreign, rng, system=True), encoder)
        for name in PLANTS
    }
    baseline = Baseline.build(kept, name="b", encoder=encoder.name, created=0.0)
    rule = AnomalyRule(AnomalyPolicy(), baseline)
    methods: dict[str, Score] = {
        OURS: lambda xs: np.array([rule.observe(x).scores["anomaly"] for x in xs]),
        **rivals(baseline, seed=seed),
    }
    return {name: _figures(score, clean, wrong) for name, score in methods.items()}


def _figures(score: Score, clean: list, wrong: dict) -> dict:
    started = time.process_time()
    usual = score(clean)
    cost = (time.process_time() - started) / len(clean)
    found = figures(np.inf, usual, {name: score(xs) for name, xs in wrong.items()})
    kept = ("recall_at_0.001", "recall_at_0.01", "auroc")
    return {key: found[key] for key in kept} | {"us_per_exchange": cost * 1e6}


def _table(result: dict, seeds: int) -> str:
    lines = [
        "# Anomaly: beside public implementations",
        "",
        (
            f"Means of {seeds} seeds over eighteen types of planted exchanges; the same baseline, "
            "exchanges and channels for all. Sidewatch also has what it fits to the baseline's "
            "embeddings and categories, and knows the system prompt. Times are those of scoring alone; "
            "pyod's are of a whole batch at once."
        ),
        "",
        "| | recall at 0.1% | recall at 1% | AUROC | µs an exchange |",
        "|---|---|---|---|---|",
    ]
    for name, row in result.items():
        lines.append(
            f"| {name} | {row['recall_at_0.001']:.2f} | {row['recall_at_0.01']:.2f} "
            f"| {row['auroc']:.3f} | {row['us_per_exchange']:.0f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()

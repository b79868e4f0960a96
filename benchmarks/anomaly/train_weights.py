# ruff: noqa: ANN001, ANN202, D103 - a script
"""Learn how much each factor counts in the sum of all, `detectors.anomaly.weights`.

    python -m benchmarks.anomaly.train_weights --data DIR [--seeds 100,101,102,103]

A logistic regression with weights of 0 or more tells planted exchanges from ordinary ones by the
surprises of their factors; every type of plant counts the same. The seeds are not those of the
benchmark: which pairs are baseline and which are planted, and how, differ. Prints the weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.anomaly.plants import PLANTS
from benchmarks.anomaly.run import dealt, foreign_answers, planted_exchanges, scored
from benchmarks.anomaly.traffic import exchange, pairs
from detectors.anomaly.factors import FACTORS, FITTED
from detectors.anomaly.model import AnomalyModel
from detectors.anomaly.policy import AnomalyPolicy
from detectors.anomaly.together import counted
from detectors.baseline import Baseline
from detectors.text.embedding import StaticEncoder

ALL = (*FACTORS, *FITTED)
STEPS, RATE, SHRINK = 1_500, 0.03, 1e-3
LEAST = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", default="100,101,102,103")
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    everything, foreign = pairs(args.data), foreign_answers(args.data)
    parts = [_part(everything, foreign, encoder, int(seed)) for seed in args.seeds.split(",")]
    weights = learnt(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    for factor, weight in sorted(zip(ALL, weights, strict=True), key=lambda each: -each[1]):
        if weight >= LEAST:
            print(f"    ({factor.channel!r}, {factor.sign}): {weight:.1f},")


def _part(everything, foreign, encoder, seed: int):
    """Surprises, whether planted, and how much each row counts."""
    rng = np.random.default_rng(seed)
    known, test = dealt(everything, rng)
    kept, clean = (
        [exchange(p, rng, index=i) for i, p in enumerate(some)] for some in (known, test)
    )
    baseline = Baseline.build(scored(kept, encoder), name="b", encoder=encoder.name, created=0.0)
    model = AnomalyModel.fit(baseline, AnomalyPolicy())
    rows = [_surprises(model, scored(clean, encoder))]
    rows += [
        _surprises(model, scored(planted_exchanges(name, test, foreign, rng, system=True), encoder))
        for name in PLANTS
    ]
    shares = [0.5, *[0.5 / len(PLANTS)] * len(PLANTS)]
    return (
        np.concatenate(rows),
        np.repeat([0.0, *[1.0] * len(PLANTS)], [len(some) for some in rows]),
        np.concatenate([np.full(len(s), w / len(s)) for s, w in zip(rows, shares, strict=True)]),
    )


def _surprises(model: AnomalyModel, observations) -> np.ndarray:
    found = np.zeros((len(observations), len(ALL)))
    for row, x in zip(found, observations, strict=True):
        judgement = model.judge(x, 0.0)
        for place, surprise in judgement.looked.raw:
            row[ALL.index(judgement.group.factors[place])] = surprise
    return counted(found)


def learnt(rows: np.ndarray, planted: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Weights of 0 or more, by Adam (Kingma and Ba, 2015), projected after each step."""
    rows = np.column_stack([rows, np.ones(len(rows))])
    counts = counts / counts.sum()
    weights = np.full(rows.shape[1], 0.1)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        error = 1.0 / (1.0 + np.exp(-rows @ weights)) - planted
        slope = rows.T @ (counts * error) + SHRINK * weights
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        move = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        weights -= RATE * move
        weights[:-1] = np.maximum(weights[:-1], 0.0)
    return weights[:-1]


if __name__ == "__main__":
    main()

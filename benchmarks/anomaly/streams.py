# ruff: noqa: ANN001, D103 - a script
"""Streams of 10,000 exchanges: with 150 planted of each type, and with none.

    python -m benchmarks.anomaly.streams --data DIR [--seeds N] [--out PATH_WITHOUT_SUFFIX]

DIR holds the developer data. Each seed deals the pairs into baseline and test; both streams are
drawn from the test pairs, each of which comes about twice, with new times.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.anomaly.plants import PLANTS
from benchmarks.anomaly.run import dealt, figures, foreign_answers, planted_exchanges, scored
from benchmarks.anomaly.traffic import Pair, exchange, pairs
from detectors.anomaly.policy import AnomalyPolicy
from detectors.anomaly.rules import AnomalyRule
from detectors.baseline import Baseline
from detectors.observation import Observation
from detectors.text.embedding import StaticEncoder

LENGTH = 10_000
OF_EACH = 150
ASKED = 0.001
T_9 = 2.262
"""97.5% quantile of Student's law with nine degrees of freedom, for ten seeds."""


@dataclass(frozen=True)
class Seen:
    """What the rule said of a stream: scores, and whether there was a finding."""

    scores: np.ndarray
    found: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    everything, foreign = pairs(args.data), foreign_answers(args.data)
    runs = []
    for seed in range(args.seeds):
        runs.append(_run(everything, foreign, encoder, seed))
        print(seed, {k: v for k, v in runs[-1].items() if k != "types"}, flush=True)
    report = _report(runs)
    print(report)
    if args.out:
        args.out.with_suffix(".json").write_text(json.dumps(runs, indent=1) + "\n")
        args.out.with_suffix(".md").write_text(report)


def _run(everything, foreign, encoder, seed: int) -> dict:
    rng = np.random.default_rng((seed, LENGTH))
    known, test = dealt(everything, rng)
    kept = [exchange(pair, rng, index=i) for i, pair in enumerate(known)]
    baseline = Baseline.build(scored(kept, encoder), name="b", encoder=encoder.name, created=0.0)
    rule = AnomalyRule(AnomalyPolicy(), baseline)
    planted = {
        name: planted_exchanges(name, test, foreign, rng, system=True, count=OF_EACH)
        for name in PLANTS
    }
    clean = _drawn(test, LENGTH - OF_EACH * len(PLANTS), rng)
    kinds = np.repeat(["", *planted], [len(clean), *map(len, planted.values())])
    stream = [*clean, *(x for some in planted.values() for x in some)]
    order = rng.permutation(LENGTH)
    seen = _watched(rule, [stream[i] for i in order], encoder)
    kinds = kinds[order]
    free = _watched(rule, _drawn(test, LENGTH, rng), encoder)
    by_type = {name: seen.scores[kinds == name] for name in PLANTS}
    result = figures(rule.threshold, seen.scores[kinds == ""], by_type)
    for name, figure in result["types"].items():
        figure["found"] = float(np.mean(seen.found[kinds == name]))
    return result | {
        "found": float(np.mean([figure["found"] for figure in result["types"].values()])),
        "free_over_threshold": float(np.mean(free.scores > rule.threshold)),
        "free_findings": float(np.mean(free.found)),
    }


def _drawn(test: list[Pair], count: int, rng) -> list[Observation]:
    """Ordinary exchanges; every pair comes as often as any other, give or take one."""
    order = np.concatenate([rng.permutation(len(test)) for _ in range(-(-count // len(test)))])
    return [exchange(test[place], rng, index=i) for i, place in enumerate(order[:count])]


def _watched(rule: AnomalyRule, stream: list[Observation], encoder) -> Seen:
    verdicts = [rule.observe(x) for x in scored(stream, encoder)]
    return Seen(
        np.array([verdict.scores["anomaly"] for verdict in verdicts]),
        np.array([bool(verdict.detections) for verdict in verdicts]),
    )


def _report(runs: list[dict]) -> str:
    types = {
        name: {key: _mean(runs, lambda run, n=name, k=key: run["types"][n][k]) for key in figure}
        for name, figure in runs[0]["types"].items()
    }
    keys = ("recall_at_0.001", "recall_at_0.01", "found", "auroc")
    types["**all types**"] = {key: _mean(runs, lambda run, k=key: run[k]) for key in keys}
    lines = [
        "# Anomaly: streams of 10,000 exchanges",
        "",
        f"Means of {len(runs)} seeds. Each stream has {OF_EACH} planted exchanges (1.5%) of each of",
        f"{len(PLANTS)} types in random order; recall at the scores that 1 and 10 of 1,000 of its other",
        "exchanges exceed, the share that was a finding by the rule's own thresholds, and AUROC.",
        "",
        "| planted | recall at 1 in 1,000 | at 10 in 1,000 | found | AUROC |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {t['recall_at_0.001']:.2f} | {t['recall_at_0.01']:.2f} "
            f"| {t['found']:.2f} | {t['auroc']:.3f} |"
            for name, t in types.items()
        ),
        "",
        "On streams of the same length without anything planted, where 1 in 1,000 was asked for:",
        "",
        f"- over the threshold: {_interval(runs, 'free_over_threshold')}",
        f"- findings, with those by absolute signs alone: {_interval(runs, 'free_findings')}",
        "",
    ]
    return "\n".join(lines)


def _mean(runs: list[dict], read) -> float:
    return float(np.mean([read(run) for run in runs]))


def _interval(runs: list[dict], key: str) -> str:
    """The mean per 1,000 with its 95% interval by the spread of the seeds, and each seed's."""
    rates = 1_000.0 * np.array([run[key] for run in runs])
    half = T_9 * rates.std(ddof=1) / np.sqrt(len(rates)) if len(rates) > 1 else np.nan
    each = ", ".join(f"{rate:.1f}" for rate in rates)
    return (
        f"{rates.mean():.2f} per 1,000 (95% interval {max(rates.mean() - half, 0.0):.2f} to "
        f"{rates.mean() + half:.2f}; {rates.mean() / ASKED / 1_000:.1f} times the rate asked for; by "
        f"seed {each})"
    )


if __name__ == "__main__":
    main()

# ruff: noqa: ANN001, D103 - a script
"""Recall of planted anomalies, false alarms on what is ordinary, and what an exchange costs.

    python -m benchmarks.anomaly.run --data DIR [--seeds N] [--out PATH_WITHOUT_SUFFIX]

DIR holds the developer data. Pairs are dealt into baseline and test by seed; plants are made from
test pairs. "by system prompt" gives every application its own system prompt, "all together" none.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.anomaly.plants import PLANTS, SLOW, Source
from benchmarks.anomaly.traffic import APPLICATIONS, Pair, exchange, pairs, rows
from detectors.anomaly.policy import AnomalyPolicy
from detectors.anomaly.rules import AnomalyRule
from detectors.baseline import Baseline
from detectors.observation import Observation
from detectors.text.channels import categories, channels
from detectors.text.embedding import StaticEncoder

PER_TYPE = 140
BASELINE_SHARE = 0.55
RATES = (0.001, 0.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--settings", default="by system prompt,no baseline,all together")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    everything = pairs(args.data)
    foreign = foreign_answers(args.data)
    results = {}
    for setting in args.settings.split(","):
        runs = []
        for seed in range(args.seeds):
            runs.append(_run(everything, foreign, encoder, seed, setting))
            results[setting] = _mean(runs)
            if args.out:
                _write(args.out, results)
        print(_table(setting, results[setting]), flush=True)


def _write(out: Path, results: dict) -> None:
    out.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
    text = "\n".join(_table(name, result) for name, result in results.items())
    out.with_suffix(".md").write_text(_PREFACE + text)


def foreign_answers(data: Path) -> list[str]:
    return [
        row["text"]
        for row in rows(data, "benign/xquad_en_de_es_zh_ar_hi")
        if row["role"] == "response" and row["lang"] != "en"
    ]


def _run(everything, foreign, encoder, seed: int, setting: str) -> dict:
    rng = np.random.default_rng(seed)
    known, test = dealt(everything, rng)
    system = setting != "all together"
    kept = [exchange(p, rng, index=i, system=system) for i, p in enumerate(known)]
    clean = [exchange(p, rng, index=i, system=system) for i, p in enumerate(test)]
    baseline = Baseline.build(scored(kept, encoder), name="b", encoder=encoder.name, created=0.0)
    started = time.perf_counter()
    rule = AnomalyRule(AnomalyPolicy(), None if setting == "no baseline" else baseline)
    fit_seconds = time.perf_counter() - started
    clean_scores, cost = _scores(rule, scored(clean, encoder))
    planted = {
        name: _scores(
            rule, scored(planted_exchanges(name, test, foreign, rng, system=system), encoder)
        )[0]
        for name in PLANTS
    }
    return figures(rule.threshold, clean_scores, planted) | {
        "us_per_exchange": cost * 1e6,
        "fit_seconds": fit_seconds,
        "baseline_rows": float(len(kept)),
        "clean_rows": float(len(clean)),
    }


def dealt(everything: dict[str, list[Pair]], rng) -> tuple[list[Pair], list[Pair]]:
    """Baseline and test pairs; the same prompt never in both. Each in random order."""
    known, test = [], []
    for found in everything.values():
        prompts = list(dict.fromkeys(pair.prompt for pair in found))
        rng.shuffle(prompts)
        chosen = set(prompts[: int(BASELINE_SHARE * len(prompts))])
        known += [pair for pair in found if pair.prompt in chosen]
        test += [pair for pair in found if pair.prompt not in chosen]
    rng.shuffle(known)
    rng.shuffle(test)
    return known, test


def planted_exchanges(
    name: str, test: list[Pair], foreign: list[str], rng, *, system, count: int = PER_TYPE
) -> list[Observation]:
    long_enough = [p for p in test if len(p.response.split()) >= 8]
    sources = {
        application: Source(
            [p for p in long_enough if p.application == application],
            [p for p in long_enough if p.application != application],
            foreign,
        )
        for application in APPLICATIONS
    }
    made = []
    for index, place in enumerate(rng.choice(len(long_enough), size=count, replace=False)):
        pair = long_enough[place]
        plant = PLANTS[name](pair, sources[pair.application], rng)
        x = exchange(plant, rng, index=index, system=system, slow=SLOW.get(name, 1.0))
        made.append(replace(x, finish_reason="stop"))
    return made


def scored(observations, encoder) -> list[Observation]:
    prompts = encoder.encode([x.prompt or "" for x in observations])
    responses = encoder.encode([x.response or "" for x in observations])
    found = []
    for x, prompt, response in zip(observations, prompts, responses, strict=True):
        embedded = replace(x, prompt_embedding=prompt, response_embedding=response)
        found.append(
            replace(embedded, channels=channels(embedded), categories=categories(embedded))
        )
    return found


def _scores(rule: AnomalyRule, observations) -> tuple[np.ndarray, float]:
    started = time.process_time()
    scores = np.array([rule.observe(x).scores["anomaly"] for x in observations])
    return scores, (time.process_time() - started) / len(observations)


def figures(threshold: float, clean: np.ndarray, planted: dict[str, np.ndarray]) -> dict:
    lines = {rate: float(np.quantile(clean, 1 - rate, method="higher")) for rate in RATES}
    types = {
        name: {
            **{f"recall_at_{rate}": float(np.mean(s > line)) for rate, line in lines.items()},
            "recall_at_threshold": float(np.mean(s > threshold)),
            "auroc": _auroc(clean, s),
        }
        for name, s in planted.items()
    }
    overall = {key: float(np.mean([t[key] for t in types.values()])) for key in types["empty"]}
    return overall | {
        "threshold": threshold,
        "line_at_0.001": lines[0.001],
        "false_positive_rate": float(np.mean(clean > threshold)),
        "types": types,
    }


def _auroc(clean: np.ndarray, planted: np.ndarray) -> float:
    ordered = np.sort(clean)
    below = np.searchsorted(ordered, planted, side="left")
    upto = np.searchsorted(ordered, planted, side="right")
    return float(np.mean(below + upto) / (2 * len(clean)))


def _mean(runs: list[dict]) -> dict:
    """Mean of every figure over the runs, and the false-positive rate of each."""
    found = {k: float(np.mean([r[k] for r in runs])) for k in runs[0] if k != "types"}
    found["false_positive_rates"] = [r["false_positive_rate"] for r in runs]
    found["types"] = {
        name: {k: float(np.mean([r["types"][name][k] for r in runs])) for k in figures}
        for name, figures in runs[0]["types"].items()
    }
    return found


_PREFACE = """# Anomaly: recall of planted exchanges

Means over the seeds, of which there are as many as false-positive rates in brackets: which pairs
are baseline and which test, all plants and all times differ.
The recall columns take the score that 0.1% or 1% of the clean test exchanges exceed;
`at threshold` takes the rule's own, set on the baseline alone for 1 false alarm in 1,000; the rule
also speaks at a clear absolute sign below it, which that column leaves out.

"""


def _table(setting: str, result: dict) -> str:
    rates = ", ".join(f"{rate:.2%}" for rate in result["false_positive_rates"])
    lines = [
        f"## {setting}",
        "",
        (
            f"Baseline {result['baseline_rows']:.0f} exchanges, clean test {result['clean_rows']:.0f}, "
            f"{PER_TYPE} of each type. Threshold {result['threshold']:.1f}; false-positive rate at it "
            f"{result['false_positive_rate']:.2%} ({rates}). "
            f"{result['us_per_exchange']:.0f} µs per exchange; fitting {result['fit_seconds']:.1f} s."
        ),
        "",
        "| planted | recall at 0.1% | recall at 1% | at threshold | AUROC |",
        "|---|---|---|---|---|",
    ]
    both = {**result["types"], "**all types**": result}
    for name, t in both.items():
        lines.append(
            f"| {name} | {t['recall_at_0.001']:.2f} | {t['recall_at_0.01']:.2f} "
            f"| {t['recall_at_threshold']:.2f} | {t['auroc']:.3f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()

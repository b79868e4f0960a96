"""Measure explanations: whether the score hangs on the words they name, and what they cost.

    python benchmarks/safety/faithfulness.py --data DIR --out benchmarks/results [--texts 300]

Texts are taken from the tenth of each source that the shipped models were not trained on: those that
both stages give a probability over one half in some category. For each, the spans with the largest
shares are removed one after the other, and as many spans at random, and the log-odds read again (a
deletion curve; Petsiuk et al., 2018). What shares by words of the first stage alone would remove is
measured beside it. Writes `explain-2026-11-21.json` and `.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpus import Row
from texts import OWN, all_rows

from detectors.observation import Side
from detectors.safety import builtin, weights
from detectors.safety.attribution.case import Case, case_of, first_of
from detectors.safety.attribution.explanation import Explanation
from detectors.safety.attribution.occlusion import Occlusion
from detectors.safety.attribution.shapley import shapley
from detectors.safety.categories import CATEGORIES
from detectors.safety.classifier import SafetyClassifier
from detectors.safety.encoder import MODEL
from detectors.safety.explain import Explainer
from detectors.text.embedding import StaticEncoder

Array = npt.NDArray[np.float64]

NAME = "explain-2026-11-21"
SIDES: tuple[Side, ...] = ("prompt", "response")
REMOVED = (1, 2, 3, 5)
BUDGETS = (64, 128, 256, 512)
MANY = 4096
LEAST = 0.5
FEWEST_SPANS = 6
LONGEST = 4000
_NEVER = ("toxic", "refusal")


@dataclass(frozen=True, slots=True)
class Measured:
    """One explained text: log-odds left after removing spans, by who chose them."""

    side: str
    left: dict[str, list[float]]
    told: Explanation
    wall: float
    processor: float


def main() -> None:
    """Choose, explain, remove, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--budget-texts", type=int, default=24)
    args = parser.parse_args()
    encoder = StaticEncoder.load()
    classifiers = builtin.load(encoder)
    both = Explainer(classifiers)
    chosen = list(texts(all_rows(args.data), both, args.texts))
    measured = [one for row in chosen if (one := measure(row, both))]
    long = [x for x in chosen if len(x.text.split()) > FEWEST_SPANS * 2][: args.budget_texts]
    result = figures(measured) | {"encoder": _encoder(), "budget_texts": len(long)}
    result["budgets"] = budgets(long, both)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{NAME}.json").write_text(json.dumps(result, indent=1) + "\n")
    (args.out / f"{NAME}.md").write_text(markdown(result))
    print(markdown(result))


def _encoder() -> str:
    """Which encoder was explained: the beginning of its checksum."""
    sums = (weights.FOLDER / weights.CHECKSUMS).read_text(encoding="ascii").splitlines()
    return next(line[:12] for line in sums if line.endswith(f"  {MODEL}"))


def texts(rows: list[Row], explainer: Explainer, count: int) -> Iterator[Row]:
    """Held-out texts over one half, in turn from every source, until there are enough of a side."""
    for side in SIDES:
        queues: dict[str, list[Row]] = {}
        for row in rows:
            if row.role == side and row.is_dev and not row.source.startswith(OWN):
                queues.setdefault(row.source, []).append(row)
        wanted, turn = count * (3 if side == "prompt" else 1) // 4, 0
        while wanted and any(len(queue) > turn for queue in queues.values()):
            for queue in queues.values():
                if wanted and len(queue) > turn and over(queue[turn], explainer):
                    wanted -= 1
                    yield queue[turn]
            turn += 1


def over(row: Row, explainer: Explainer) -> bool:
    """Whether a text has a category over one half, and spans enough to remove some."""
    if len(row.text.split()) < FEWEST_SPANS or len(row.text) > LONGEST:
        return False
    context = [row.context] if row.role == "response" else None
    (labels,) = explainer.classifiers[side_of(row)].classify([row.text], None, context)
    return any(label.score > LEAST for label in labels if label.name not in _NEVER)


def side_of(row: Row) -> Side:
    """The side that a text is of."""
    return "response" if row.role == "response" else "prompt"


def measure(row: Row, both: Explainer) -> Measured | None:
    """Explain a text, and remove spans by three rankings; None where there are too few."""
    side = side_of(row)
    wall, processor = time.perf_counter(), time.process_time()
    told = both.explain(side, row.text, context=row.context)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if told is None or len(told.spans) < FEWEST_SPANS:
        return None
    classifier = both.classifiers[side]
    case = case_of(classifier, row.text, told.category, row.context)
    assert case is not None
    shares = np.array([span.share for span in told.spans])
    draw = np.random.default_rng(len(row.text))
    ranked = {"shares": np.argsort(-shares), "random": draw.permutation(len(shares))}
    ranked["first stage's shares"] = np.argsort(-_by_first(first_of(classifier), case))
    left = {name: removed(case, order) for name, order in ranked.items()}
    return Measured(side, left, told, wall, processor)


def _by_first(first: SafetyClassifier, case: Case) -> Array:
    """Shares of the same spans in what the first stage alone would say."""
    game = Occlusion(first, CATEGORIES.index(case.category), case.parts, [])
    shares = shapley(game, len(case.parts), passes=MANY // 2, seed=0)
    return shares.values[[part.read for part in case.parts]]


def removed(case: Case, order: npt.NDArray[np.int64]) -> list[float]:
    """Log-odds of the text whole, and with the first spans of an order removed, by their number."""
    kept = np.ones((len(REMOVED) + 1, len(case.parts)), dtype=bool)
    places = np.flatnonzero([part.read for part in case.parts])
    for row, count in enumerate(REMOVED, start=1):
        kept[row, places[order[:count]]] = False
    found: list[float] = case.game(kept).tolist()
    return found


def figures(measured: list[Measured]) -> dict[str, Any]:
    """Of all texts: drops by ranking, errors, deltas and times."""
    result: dict[str, Any] = {"texts": {side: _count(measured, side) for side in SIDES}}
    result["drop"] = {
        ranking: _drop([x.left[ranking] for x in measured if ranking in x.left])
        for ranking in ("shares", "first stage's shares", "random")
    }
    result["share_of_removed"] = _agreement(measured)
    result["standard_error"] = _spread([max(s.error for s in x.told.spans) for x in measured])
    result["delta"] = _spread([abs(x.told.delta) for x in measured])
    result["seconds"] = _spread([x.wall for x in measured])
    result["processor_seconds"] = _spread([x.processor for x in measured])
    result["passes"] = _spread([x.told.passes for x in measured])
    result["context_of_responses"] = _spread(
        [abs(x.told.context) for x in measured if x.told.context is not None]
    )
    return result


def _count(measured: list[Measured], side: str) -> int:
    return sum(x.side == side for x in measured)


def _drop(left: list[list[float]]) -> dict[str, Any]:
    table = np.array(left)
    drops = table[:, :1] - table[:, 1:]
    under = (table[:, 1:] < 0.0).mean(axis=0)
    return {
        "texts": len(left),
        "mean": dict(zip(map(str, REMOVED), drops.mean(axis=0).round(3).tolist(), strict=True)),
        "median": dict(
            zip(map(str, REMOVED), np.median(drops, axis=0).round(3).tolist(), strict=True)
        ),
        "under_half": dict(zip(map(str, REMOVED), under.round(3).tolist(), strict=True)),
    }


def _agreement(measured: list[Measured]) -> float:
    """In how many texts the top three by shares drop it further than three at random."""
    third = 1 + REMOVED.index(3)
    better = [x.left["shares"][third] < x.left["random"][third] for x in measured]
    return round(float(np.mean(better)), 3)


def _spread(values: list[float]) -> dict[str, float]:
    found = np.quantile(np.array(values, dtype=float), (0.5, 0.95, 1.0)) if values else [np.nan] * 3
    return {name: float(f"{x:.3g}") for name, x in zip(("p50", "p95", "max"), found, strict=True)}


def budgets(rows: list[Row], explainer: Explainer) -> dict[str, dict[str, float]]:
    """How far shares are from those of very many passes, and whether the top three are the same."""
    found: dict[str, list[tuple[float, float, float]]] = {str(n): [] for n in BUDGETS}
    for row in rows:
        side = side_of(row)
        true = explainer.explain(side, row.text, context=row.context, passes=MANY)
        assert true is not None
        for passes in BUDGETS:
            told = explainer.explain(
                side, row.text, category=true.category, context=row.context, passes=passes
            )
            assert told is not None
            found[str(passes)].append(_apart(told, true))
    names = ("mean_error", "worst_error", "same_top_three")
    return {
        passes: dict(zip(names, np.mean(rows, axis=0).round(3).tolist(), strict=True))
        for passes, rows in found.items()
    }


def _apart(told: Explanation, true: Explanation) -> tuple[float, float, float]:
    one, other = (np.array([span.share for span in x.spans]) for x in (told, true))
    off = np.abs(one - other)
    same = len(set(np.argsort(-one)[:3]) & set(np.argsort(-other)[:3])) / 3
    return float(off.mean()), float(off.max()), same


_SPREADS = (
    ("standard_error", "largest standard error of a text's shares"),
    ("delta", "convergence delta"),
    ("context_of_responses", "what a response's prompt adds, up or down"),
    ("passes", "passes"),
    ("seconds", "seconds"),
    ("processor_seconds", "seconds of processor time"),
)


def markdown(result: dict[str, Any]) -> str:
    """Tables of all that was measured."""
    tables = (_removed(result), _spreads(result), _budgets(result))
    end = f"Made by `benchmarks/safety/faithfulness.py`, of the encoder {result['encoder']}; many other"
    end += "\nprograms ran beside it, so processor time says more than seconds.\n"
    return "\n\n".join(["# Explanations", *("\n".join(table) for table in tables), end])


def _removed(result: dict[str, Any]) -> Iterator[str]:
    count = result["texts"]
    yield f"{count['prompt']} prompts and {count['response']} responses over one half in some category,"
    yield "of the tenth of each source that the shipped models were not trained on. Log-odds lost when"
    yield "spans are removed, in the mean, and the share of texts that fall under one half:"
    yield ""
    yield "| ranked by | " + " | ".join(f"{n} removed" for n in REMOVED) + " |"
    yield "|---|" + "---:|" * len(REMOVED)
    for ranking, found in result["drop"].items():
        drops, under = found["mean"], found["under_half"]
        cells = (f"{drops[str(n)]:.2f} ({under[str(n)]:.0%})" for n in REMOVED)
        yield f"| {ranking} | " + " | ".join(cells) + " |"
    yield ""
    yield "Removing the three spans with the largest shares lowers the score further than three at"
    yield f"random in {result['share_of_removed']:.0%} of the texts."


def _spreads(result: dict[str, Any]) -> Iterator[str]:
    yield "| | p50 | p95 | max |"
    yield "|---|---:|---:|---:|"
    for name, title in _SPREADS:
        cells = (f"{result[name][q]:.3g}" for q in ("p50", "p95", "max"))
        yield f"| {title} | " + " | ".join(cells) + " |"


def _budgets(result: dict[str, Any]) -> Iterator[str]:
    yield f"By the number of passes, against {MANY} of them, for {result['budget_texts']} texts of more"
    yield f"than {FEWEST_SPANS * 2} words:"
    yield ""
    yield "| passes | mean error of a share | worst of a text | same top three |"
    yield "|---:|---:|---:|---:|"
    for passes, found in result["budgets"].items():
        errors = f"{found['mean_error']:.3f} | {found['worst_error']:.3f}"
        yield f"| {passes} | {errors} | {found['same_top_three']:.0%} |"


if __name__ == "__main__":
    main()

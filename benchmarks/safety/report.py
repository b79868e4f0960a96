"""Write the figures as tables that people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_COLUMNS = ("positives", "negatives", "auprc", "auroc", "recall_at_1pct_fp", "recall_at_5pct_fp")
_TITLES = ("positives", "negatives", "AUPRC", "AUROC", "recall at 1% FP", "recall at 5% FP")

_INTRODUCTION = """# Safety classifier, held out by source (2026-11-21)

Every figure is of models trained without the source of the text they judge, without its twins and
without the same text in another source. AUPRC depends on the share of positives, which is that of
the sets named, not of any traffic. Labels that we inferred are not judged by. "Flagged" means: at
least one category reached the default threshold. Made by `benchmarks/safety/evaluate.py`.
"""


def markdown(result: dict[str, Any]) -> str:
    """All tables of both sides."""
    lines = [_INTRODUCTION]
    for side, found in result.items():
        lines += [f"## {side.capitalize()}s", "", "All held-out sources together, by category:", ""]
        lines += _table("category", found["categories"])
        lines += ["", "`unsafe` by source (against the source's own negatives; a source without "]
        lines[-1] += "any is set against the benign texts of its fold):"
        lines += ["", *_table("source", found["unsafe_by_source"]), ""]
        lines += [*_benign(found["benign"]), "", *_contrast(found["contrast"]), ""]
    return "\n".join(lines)


def _table(first: str, rows: dict[str, dict[str, float]]) -> Iterator[str]:
    yield f"| {first} | " + " | ".join(_TITLES) + " |"
    yield "|---|" + "---:|" * len(_TITLES)
    for name, figures in rows.items():
        yield f"| {name} | " + " | ".join(str(figures[column]) for column in _COLUMNS) + " |"


def _benign(rows: dict[str, dict[str, float]]) -> Iterator[str]:
    yield "False alarms on benign sources:"
    yield ""
    yield "| source | texts | flagged |"
    yield "|---|---:|---:|"
    for name, figures in rows.items():
        yield f"| {name} | {figures['texts']} | {figures['flagged']:.2%} |"
    mean = sum(figures["flagged"] for figures in rows.values()) / max(1, len(rows))
    yield f"| mean of sources | | {mean:.2%} |"


def _contrast(figures: dict[str, float]) -> Iterator[str]:
    yield (
        "Generated contrast cases, templates held out: flagged "
        f"{figures['flagged_of_harmful']:.1%} of the harmful and "
        f"{figures['flagged_of_harmless']:.1%} of the harmless ones that sound alike; "
        f"`unsafe` AUROC {figures.get('auroc', float('nan'))}."
    )

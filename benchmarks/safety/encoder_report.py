"""Write the comparison of cheap stage, encoder and both as tables that people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_STAGES = ("cheap", "encoder", "both")
_MEASURES = {"auprc": "AUPRC", "recall_at_1pct_fp": "recall at 1% FP",
             "recall_at_5pct_fp": "recall at 5% FP"}  # fmt: skip

_KINDS = {"contrast": "generated", "written": "written by hand"}

_INTRODUCTION = """# Safety: cheap stage, encoder, and both (2026-11-21)

Sources that neither stage was trained on. The encoder's are `encoder_examples.HELD_OUT`; the cheap
stage is judged by the model of the fold that held the source out. "Both" is 0.3 of the one and 0.7
of the other, in log-odds; a quarter of what the content categories say is added to `unsafe`. The
encoder is measured as it is served: int8, a response with its prompt. Labels that we inferred are
not judged by. Thresholds: at most 0.2% of benign texts in a category and 0.8% in any, in the mean of the
held-out sources (WildChat apart, where some texts called benign are attacks), by one half of each; what
the default policy flags is of the other half. Of the largest sources 3,000 texts are scored. The
calibration error is that of curves fitted on other sources, at one unsafe text in ten. Three figures
each: cheap, encoder, both. Made by `benchmarks/safety/stack_encoder.py`.
"""


def markdown(result: dict[str, Any]) -> str:
    """All tables of both sides."""
    lines = [_INTRODUCTION]
    for side, found in result.items():
        lines += [f"## {side.capitalize()}s", "", "By category:", ""]
        lines += [*_table("category", found["categories"]), "", "`unsafe` by source:", ""]
        lines += [*_table("source", found["unsafe_by_source"]), ""]
        lines += ["The held-out tenth of sources that were trained on:", ""]
        lines += [*_table("category", found["seen_sources"]), ""]
        lines += [*_thresholds(found), "", *_benign(found["flagged_of_benign"]), ""]
        lines += [*_own(found), ""]
        lines += [f"Calibration error of `unsafe` (ECE): {found['calibration_error']}.", ""]
        lines += [*_reliability(found), ""]
        lines += _shipped(found["shipped"]) if "shipped" in found else []
    return "\n".join(lines)


def _table(first: str, rows: dict[str, Any]) -> Iterator[str]:
    yield f"| {first} | positives | negatives | " + " | ".join(_MEASURES.values()) + " |"
    yield "|---|" + "---:|" * (2 + len(_MEASURES))
    for name, figures in rows.items():
        cells = [
            " / ".join(f"{figures[stage][measure]:.3f}" for stage in _STAGES)
            for measure in _MEASURES
        ]
        yield f"| {name} | {figures['positives']} | {figures['negatives']} | {' | '.join(cells)} |"


def _thresholds(found: dict[str, Any]) -> Iterator[str]:
    yield "| category | suggested threshold | F1 at the default threshold |"
    yield "|---|---:|---:|"
    for name, limit in found["suggested_thresholds"].items():
        yield f"| {name} | {limit} | {found['f1'].get(name, '')} |"


def _benign(rows: dict[str, Any]) -> Iterator[str]:
    yield "| benign source | texts | flagged by the default policy |"
    yield "|---|---:|---:|"
    for name, figures in rows.items():
        yield f"| {name} | {figures['texts']} | {figures['flagged']:.2%} |"
    mean = sum(figures["flagged"] for figures in rows.values()) / max(1, len(rows))
    yield f"| mean of sources | | {mean:.2%} |"


def _own(found: dict[str, Any]) -> Iterator[str]:
    yield (
        "| texts of our own, held out | harmful | harmless | AUPRC | AUROC | harmless over the "
        "threshold that catches 80% | flagged of the harmful | of the harmless |"
    )
    yield "|---|" + "---:|" * 7
    for kind, figures in found["own"].items():
        if figures is None:
            continue
        told = [
            " / ".join(f"{figures[stage][measure]:.3f}" for stage in _STAGES)
            for measure in ("auprc", "auroc", "refused_at_80pct_caught")
        ]
        counts = f"{figures['positives']} | {figures['negatives']}"
        shares = f"{figures['flagged_of_harmful']:.1%} | {figures['flagged_of_harmless']:.1%}"
        yield f"| {_KINDS[kind]} | {counts} | {' | '.join(told)} | {shares} |"
    yield ""
    yield "| written texts, held out | texts | flagged by the default policy |"
    yield "|---|---:|---:|"
    for name, share in found["flagged_of_written"].items():
        yield f"| {name} | {share['texts']} | {share['flagged']:.1%} |"


def _reliability(found: dict[str, Any]) -> Iterator[str]:
    yield "| score of `unsafe`, mean of the bin | share unsafe | share of texts |"
    yield "|---:|---:|---:|"
    for b in found["reliability"]:
        yield f"| {b['score']} | {b['unsafe']} | {b['weight']:.2%} |"


def _shipped(found: dict[str, Any]) -> Iterator[str]:
    yield (
        "The encoder that ships was trained on these sources too. It and the shipped cheap stage on "
        "the tenth of every source that neither was trained on:"
    )
    yield ""
    yield from _table("category", found["categories"])
    yield ""
    yield from _table("`unsafe` in", found["unsafe_by_source"])
    yield ""
    yield from _benign(found["flagged_of_benign"])
    yield ""

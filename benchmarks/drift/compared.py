"""The comparison as a Markdown table and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from monitor.bench.svg import bars
from monitor.bench.svg import page as panels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.drift.compare import Figures

_HEADS = (
    *("method", "setting", "geometric mean delay", "missed", "found within 200"),
    *("false alarms per 10,000", "in rhythm", "µs an exchange"),
)
_NAMES = 205


def table(
    found: Sequence[Figures],
    *,
    clean: Mapping[str, int] | None = None,
    itself: Mapping[str, float] | None = None,
    fit_seconds: float | None = None,
) -> str:
    """Lay out the methods, then every change by method, as far as they are given."""
    lines = ["| " + " | ".join(_HEADS) + " |", "|---" * len(_HEADS) + "|"]
    lines += [
        f"| {f.method} | {f.setting} | {f.geometric_mean_delay:.0f} | {f.missed:.0%} | "
        f"{f.found_within_200:.0%} | {f.false_alarms:g} | {f.false_alarms_in_rhythm:g} | "
        f"{f.microseconds:,.0f} |"
        for f in found
    ]
    if clean is not None and itself is not None and fit_seconds is not None:
        lines += ["", *_notes(clean, itself, fit_seconds), "", *_by_change(found)]
    return "\n".join(lines) + "\n"


def page(found: Sequence[Figures]) -> str:
    """Four panels of bars: delay, misses, false alarms, cost."""
    named = {
        f.method.replace(", windows of", "") + ("" if f.setting == "default" else ", tuned"): f
        for f in found
    }
    figures = {
        "geometric mean delay, exchanges": {n: f.geometric_mean_delay for n, f in named.items()},
        "missed, %": {n: 100 * f.missed for n, f in named.items()},
        "false alarms per 10,000 exchanges": {n: f.false_alarms for n, f in named.items()},
        "µs an exchange, features apart": {n: f.microseconds for n, f in named.items()},
    }
    return panels([bars(title, each, left=_NAMES) for title, each in figures.items()])


def _notes(clean: Mapping[str, int], itself: Mapping[str, float], fit_seconds: float) -> list[str]:
    counted = ", ".join(f"{name} {count:,}" for name, count in clean.items())
    without = (
        f"Exchanges without a change: {counted}. Calibration took {fit_seconds:.1f} s of processor "
        "time a baseline."
    )
    evidently = (
        f"Evidently itself, on one window of 1,000 and {itself['columns']:.0f} numeric columns: "
        f"{itself['cpu_seconds']:.1f} s of processor time and {itself['import_seconds']:.1f} s to "
        f"import; {itself['share']:.3f} of the columns drifted, by the rule as it runs here "
        f"{itself['share_here']:.3f}."
    )
    return [without, "", evidently]


def _by_change(found: Sequence[Figures]) -> list[str]:
    """Delays by change: medians over the seeds, a miss counted as never."""
    # The last of each method is the tuned one, or its default where nothing else was better.
    chosen = list({f.method: f for f in found}.values())
    names = [f.method for f in chosen]
    lines = ["Median delay by change; the others as tuned:", ""]
    lines += ["| change | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for change in chosen[0].delays:
        cells = " | ".join(_median(f.delays[change]) for f in chosen)
        lines.append(f"| {change} | {cells} |")
    return lines


def _median(delays: Sequence[int | None]) -> str:
    middle = float(np.median([np.inf if d is None else d for d in delays]))
    return "-" if np.isinf(middle) else f"{middle:.0f}"

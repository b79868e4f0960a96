"""The safety report: scores by category, what was flagged, and whether labels bear them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.safety.evaluation.calibration import Bin, expected_error, reliability
from monitor.reports.errors import ReportError
from monitor.reports.facts import FEWEST, Facts
from monitor.reports.page import Heading, times, with_heading
from monitor.reports.scores import FLAGGED, LABEL
from monitor.reports.table import Table

_DIGITS = 4
_UNSAFE = "unsafe"


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """What labels say of the probability of `unsafe`, over the texts of a side that have one."""

    texts: int
    unsafe: int
    expected_error: float
    bins: list[Bin]


class SideReport(msgspec.Struct, frozen=True, kw_only=True):
    """One side. `categories` holds the mean, 95th percentile and largest probability of each."""

    scored: int
    flagged: int
    flagged_share: float
    categories: dict[str, dict[str, float]]
    labelled: Labelled | None = None


class SafetySummary(msgspec.Struct, frozen=True, kw_only=True):
    """The report. Times are in seconds since the epoch."""

    facts: Facts
    exchanges: int
    first: float
    last: float
    sides: dict[str, SideReport]
    versions: dict[str, str]


def make_safety(window: Table, facts: Facts) -> tuple[str, SafetySummary]:
    """The HTML page and the summary.

    Raises
    ------
    ReportError
        The window is too small, or nothing in it was scored.
    """
    if window.size < FEWEST:
        raise ReportError(f"a report needs {FEWEST} exchanges and got {window.size}")
    sides = {
        key.removesuffix(FLAGGED): _side(window, key.removesuffix(FLAGGED))
        for key in window.nominal
        if key.endswith(FLAGGED)
    }
    if not sides:
        raise ReportError("nobody judged a text of these exchanges")
    from monitor.reports.evidently import VERSION, scores_page  # noqa: PLC0415 - it takes seconds

    summary = SafetySummary(
        facts=facts,
        exchanges=window.size,
        first=float(window.at.min()),
        last=float(window.at.max()),
        sides=sides,
        versions={"evidently": VERSION},
    )
    return with_heading(scores_page(_shown(window)), _heading(summary)), summary


def _side(window: Table, side: str) -> SideReport:
    flags = window.nominal[f"{side}{FLAGGED}"]
    scored = sum(flag != "" for flag in flags)
    return SideReport(
        scored=scored,
        flagged=flags.count("yes"),
        flagged_share=round(flags.count("yes") / max(1, scored), _DIGITS),
        categories={
            name.partition(".")[2]: _statistics(window, name)
            for name in window.names
            if name.startswith(f"{side}.")
        },
        labelled=_labelled(window, side),
    )


def _statistics(window: Table, name: str) -> dict[str, float]:
    column = _column(window, name)
    there = column[np.isfinite(column)]
    found = {"mean": there.mean(), "p95": np.quantile(there, 0.95), "max": there.max()}
    return {key: round(float(value), _DIGITS) for key, value in found.items()}


def _labelled(window: Table, side: str) -> Labelled | None:
    name = f"{side}.{_UNSAFE}"
    if name not in window.names:
        return None
    labels, scores = np.array(window.nominal[f"{side}{LABEL}"]), _column(window, name)
    known = (labels != "") & np.isfinite(scores)
    if not known.any():
        return None
    unsafe = labels[known] == "yes"
    bins = reliability(unsafe, scores[known])
    return Labelled(
        texts=int(known.sum()),
        unsafe=int(unsafe.sum()),
        expected_error=round(expected_error(bins), _DIGITS),
        bins=bins,
    )


def _shown(window: Table) -> dict[str, Any]:
    """Columns by label: `unsafe` of a side before its categories, and what was flagged of it."""
    order = sorted(
        window.names, key=lambda name: (name.partition(".")[0], _UNSAFE not in name, name)
    )
    columns: dict[str, Any] = {_label(name): _column(window, name) for name in order}
    for key, words in window.nominal.items():
        if key.endswith(FLAGGED):
            columns[f"{key.removesuffix(FLAGGED).capitalize()}: flagged"] = words
    return columns


def _label(name: str) -> str:
    side, _, category = name.partition(".")
    return f"{side.capitalize()}: probability of {category.replace('_', ' ')}"


def _column(window: Table, name: str) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = window.values[:, window.names.index(name)].astype(np.float64)
    return found


def _heading(summary: SafetySummary) -> Heading:
    model = summary.facts.model
    return Heading(
        title=f"Safety{model and ' of ' + model}",
        lines=[f"{summary.exchanges} exchanges{times(summary.first, summary.last)}."],
        items=[line for side in summary.sides.items() for line in _lines(*side)],
    )


def _lines(side: str, found: SideReport) -> Iterator[str]:
    yield f"{side}: {found.flagged} of {found.scored} flagged ({found.flagged_share:.1%})"
    labelled = found.labelled
    if labelled is not None:
        yield (
            f"{side}: {labelled.unsafe} of {labelled.texts} labelled unsafe; expected calibration "
            f"error {labelled.expected_error:.3f}"
        )
        for each in labelled.bins:
            yield f"{side}: {each.texts} scored {each.score:.2f} on average, {each.positive:.0%} unsafe"

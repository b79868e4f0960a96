"""An evaluation as tables of words, for a terminal and for a page alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detectors.observation import Side
from detectors.safety.evaluation.figures import FALSE_POSITIVE_RATES, Figures, Ranked
from detectors.safety.evaluation.intervals import Interval, Rate
from monitor.evaluation.report import Flagged, Report, SideReport

NOTHING = "-"
_CATEGORY = (
    "positives",
    "negatives",
    "unscored",
    "AUPRC",
    "AUROC",
    *(f"recall at {100 * rate:g}% FP" for rate in FALSE_POSITIVE_RATES),
    "ECE",
    "threshold",
    "hits",
    "false alarms",
)
_FLAGGED = ("hits", "of unsafe", "false alarms", "of not unsafe", "unscored")


@dataclass(frozen=True, slots=True)
class Cell:
    """A word or a number, and the interval that goes with it, if there is room."""

    word: str
    interval: str = ""

    @property
    def whole(self) -> str:
        """Both together."""
        return f"{self.word} ({self.interval})" if self.interval else self.word


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; the first column names the row."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def tables(report: Report) -> Iterator[Table]:
    """Every table of a report that has a row, in the order to read them."""
    for side, one in report.sides.items():
        yield from _side_tables(side, one)


def unscored(side: Side, one: SideReport) -> str:
    """How many texts of a side were not scored, and why; empty where all were."""
    if not one.unscored:
        return ""
    why = ", ".join(f"{count} {reason}" for reason, count in one.unscored_by_reason.items())
    return (
        f"{one.unscored} of {one.texts} {side}s were not scored ({why}): "
        "they are in no figure but those of their languages, and not taken for clean"
    )


def gap(side: Side, one: SideReport) -> str:
    """Between which groups false alarms differ most, and whether that is more than chance."""
    found = one.group_gap
    if found is None or not found.difference:
        return ""
    sure = "more than chance explains" if found.certain else "the intervals meet: perhaps by chance"
    return (
        f"False alarms on {side}s differ most between {found.most} and {found.least}, "
        f"by {100 * found.difference:.1f} percentage points; {sure}"
    )


def _side_tables(side: Side, one: SideReport) -> Iterator[Table]:
    name = f"{side}s".capitalize()
    if one.categories:
        rows = [(Cell(c), *_figures(f)) for c, f in one.categories.items()]
        yield Table(f"{name} by category", ("category", *_CATEGORY), rows)
        flagged = [(Cell("all texts"), *_flagged(one.flagged))]
        yield Table(f"{name}: flagged by the policy", ("", *_FLAGGED), flagged)
    if one.foreign:
        rows = [(Cell(code), *_flagged(own)) for code, own in one.foreign.items()]
        yield Table(f"{name} in languages out of scope", ("language", *_FLAGGED), rows)
    for key, parts in one.by.items():
        rows = [
            (Cell(value), Cell(c), *_figures(f))
            for value, own in parts.items()
            for c, f in own.items()
        ]
        yield Table(f"{name} by {key}", (key, "category", *_CATEGORY), rows)
    if one.groups:
        rows = [(Cell(group), *_flagged(own)) for group, own in one.groups.items()]
        yield Table(f"{name} by identity group", ("group", *_FLAGGED), rows)
    yield from _over_refusal(name, one)


def _over_refusal(name: str, one: SideReport) -> Iterator[Table]:
    found = one.over_refusal
    if found is None:
        return
    header = ("threshold", "unsafe caught", "safe refused", "unscored")
    row = (
        Cell(f"{found.threshold:.3f}"),
        _rate(found.caught),
        _rate(found.refused),
        Cell(str(one.contrast_unscored)),
    )
    yield Table(f"{name} in contrast pairs: over-refusal", header, [row])


def _figures(own: Figures) -> tuple[Cell, ...]:
    return (
        Cell(str(own.positives)),
        Cell(str(own.negatives)),
        Cell(str(own.unscored)),
        *_ranked(own.ranked),
        _number(own.ece),
        Cell(NOTHING if own.threshold is None else f"{own.threshold:g}"),
        _rate(own.hits),
        _rate(own.false_alarms),
    )


def _ranked(own: Ranked | None) -> tuple[Cell, ...]:
    if own is None:
        return (Cell(NOTHING),) * (2 + len(FALSE_POSITIVE_RATES))
    return (
        _number(own.auprc, own.auprc_interval),
        _number(own.auroc, own.auroc_interval),
        *(_number(value) for value in own.recall_at.values()),
    )


def _flagged(own: Flagged) -> tuple[Cell, ...]:
    hits, alarms = own.hits, own.false_alarms
    return (
        _rate(hits),
        Cell(str(hits.of)),
        _rate(alarms),
        Cell(str(alarms.of)),
        Cell(str(own.unscored)),
    )


def _rate(rate: Rate | None) -> Cell:
    if rate is None or rate.share is None or rate.interval is None:
        return Cell(NOTHING)
    return Cell(f"{rate.share:.1%}", f"{rate.interval.low:.1%}-{rate.interval.high:.1%}")


def _number(value: float | None, interval: Interval | None = None) -> Cell:
    if value is None:
        return Cell(NOTHING)
    return Cell(f"{value:.3f}", f"{interval.low:.2f}-{interval.high:.2f}" if interval else "")

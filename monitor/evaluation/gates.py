"""Limits that an evaluation must keep, for a build that shall fail otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.errors import MonitorError
from monitor.evaluation.report import Report, SideReport


class GateError(MonitorError):
    """A limit was asked for that this set cannot measure."""


@dataclass(frozen=True, slots=True)
class Gates:
    """Each holds for every side that the set can measure it on; None is no limit."""

    min_auprc: float | None = None
    """Of the category `unsafe`."""
    max_fpr: float | None = None
    """Share of the texts labelled not `unsafe` that the policy flags."""
    max_unscored: float | None = None
    """Share of the labelled texts that were not scored."""


def not_met(report: Report, gates: Gates) -> list[str]:
    """One sentence for each limit that a side does not keep.

    Raises
    ------
    GateError
        No side has the labels that a limit needs.
    """
    return [
        *_missed(report, "--min-auprc", gates.min_auprc, _auprc, least=True),
        *_missed(report, "--max-fpr", gates.max_fpr, _fpr, least=False),
        *_missed(report, "--max-unscored", gates.max_unscored, _unscored, least=False),
    ]


def _missed(
    report: Report,
    option: str,
    limit: float | None,
    measure: Callable[[SideReport], float | None],
    *,
    least: bool,
) -> Iterator[str]:
    if limit is None:
        return
    found = {side: measure(one) for side, one in report.sides.items()}
    measured = {side: value for side, value in found.items() if value is not None}
    if not measured:
        raise GateError(
            f"{option}: no side has scored texts with the labels that it needs: "
            "`unsafe` true and false for --min-auprc, false for --max-fpr"
        )
    for side, value in measured.items():
        if (value < limit) if least else (value > limit):
            yield f"{option} {limit:g} is not met by {side}s: {value:.4g}"


def _auprc(side: SideReport) -> float | None:
    own = side.categories.get("unsafe")
    return None if own is None or own.ranked is None else own.ranked.auprc


def _fpr(side: SideReport) -> float | None:
    return side.flagged.false_alarms.share


def _unscored(side: SideReport) -> float | None:
    return side.unscored / side.texts

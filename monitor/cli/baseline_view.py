"""Baselines for a person's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.spans import shown

if TYPE_CHECKING:
    from detectors.comparison.result import Comparison, Distance
    from monitor.access.audit import AuditEntry
    from monitor.store.base import BaselineRecord

_EVERY = "all others"
_WHOLE = {"name", "what", "channel", "digest", "made", "when", "size"}
_UNMOVED = 10


def baseline_table(records: list[BaselineRecord]) -> Table:
    """Stored baselines, with who uses them."""
    table = _table("name", "exchanges", "made", "from", "model", "used by", "digest", "size")
    for record in records:
        origin = record.details.get("origin", {})
        name = Text(record.name)
        if record.provisional:
            name.append(" provisional", style="yellow")
        table.add_row(
            name,
            str(record.size),
            shown(record.created),
            origin.get("how", ""),
            record.model or "all",
            "; ".join([*(model or _EVERY for model in record.used_by), *map(str, record.used_for)]),
            record.digest,
            _bytes(record.bytes),
        )
    return table


def print_baseline(to: Console, told: dict[str, Any]) -> None:
    """What `Baseline.describe` gives, as tables."""
    to.print(_facts(told))
    channels = _table("channel", "median", "5%", "95%", "present")
    for name, each in told["channels"].items():
        quantiles = (f"{each[key]:.4g}" for key in ("median", "p05", "p95"))
        channels.add_row(name, *quantiles, f"{each['present']:.0%}")
    to.print(channels)
    values = _table("feature", "most common")
    for name, counts in told["categories"].items():
        values.add_row(name, _counts(counts))
    to.print(values)


def print_comparison(to: Console, found: Comparison) -> None:
    """What moved, and then what did not."""
    to.print(f"{found.a} ({found.size_a} exchanges) and {found.b} ({found.size_b})")
    table = _table("", "what", found.a, found.b, "unit", "KS", "noise", "PSI", "noise")
    unmoved = [each for each in found.distances if not each.moved]
    for each in (*found.moved, *unmoved[:_UNMOVED]):
        style = "bold" if each.moved else "dim"
        table.add_row(*_cells(each), style=style)
    to.print(table)
    if len(unmoved) > _UNMOVED:
        to.print(f"and {len(unmoved) - _UNMOVED} more that did not move", style="dim")
    moved = ", ".join(each.name for each in found.moved)
    to.print(f"moved beyond chance: {moved}" if moved else "nothing moved beyond chance")


def audit_table(entries: list[AuditEntry]) -> Table:
    """Who changed what."""
    table = _table("when", "who", "what", "baseline", "before", "model", "note")
    for entry in entries:
        told = entry.details
        table.add_row(
            shown(entry.at),
            entry.by,
            entry.action.removeprefix("baseline."),
            entry.subject,
            told.get("before", ""),
            told.get("model", "") or "all",
            told.get("note", ""),
        )
    return table


def _facts(told: dict[str, Any]) -> Table:
    origin, season = told["origin"], told["season"]
    facts = Table.grid(padding=(0, 2))
    rows = {
        "name": f"{told['name']}, {told['digest']}",
        "exchanges": f"{told['size']} from {shown(told['first'])} to {shown(told['last'])}",
        "made from": _made_from(origin),
        "left out": _counts(origin.get("skipped", {})),
        "redaction": _redaction(origin),
        "models": _counts(told["models"]),
        "routes": _counts(told["routes"]),
        "encoder, safety": f"{told['encoder']}, {origin.get('screen', 'unknown')}",
        "policy, version": f"{origin.get('policy', '')}, {origin.get('sidewatch', '')}",
        "thresholds": _thresholds(told["thresholds"]),
        "season": (
            f"{season['hours_of_week']} of 168 hours of the week, "
            f"{season['hours_of_day']} of 24 hours of the day, over {season['days']:g} days"
        ),
        "replaces": f"{origin.get('replaces', '')} {origin.get('incident', '')}".strip(),
    }
    for name, value in rows.items():
        if value.strip(", "):
            facts.add_row(name, value)
    return facts


def _made_from(origin: dict[str, Any]) -> str:
    chosen = [f"{key} {origin[key]}" for key in ("model", "route", "tenant") if origin.get(key)]
    read = f"{origin['read']} read" if origin.get("read") else ""
    return ", ".join(part for part in (origin.get("source", ""), *chosen, read) if part)


def _redaction(origin: dict[str, Any]) -> str:
    if not origin.get("redaction"):
        return ""
    return f"{origin['redaction']}; {origin.get('masked', 0)} exchanges had something masked"


def _thresholds(told: dict[str, Any] | None) -> str:
    if told is None:
        return "computed when it is used"
    return (
        f"{told['threshold']:g} for {told['false_alarms_per_10000']:g} false alarms per 10,000, "
        f"over {told['statistics']} statistics"
    )


def _cells(each: Distance) -> tuple[str, ...]:
    return (
        "moved" if each.moved else "",
        f"{each.name} {each.value}".strip(),
        *("" if value is None else f"{value:.4g}" for value in (each.a, each.b)),
        each.unit,
        *(f"{value:.3f}" for value in (each.ks, each.ks_noise, each.psi, each.psi_noise)),
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name or '(none)'}" for name, count in counts.items())


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size else ""


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in _WHOLE)
    return table

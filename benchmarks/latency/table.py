"""The results as Markdown."""

from __future__ import annotations

from typing import Any


def markdown(results: dict[str, Any]) -> str:
    """Lay the results out as tables, with what they are of."""
    seeds = results["seeds"]
    lines = [
        f"# Slowdowns found, {results['date']}",
        "",
        f"`python -m benchmarks.latency.run`: invented streams on {seeds} seeds, two routes, four",
        f"replicas, a baseline of {results['baseline']:,} exchanges, the default policy. First tokens",
        "scatter log-normally by 0.35, later ones by 0.15. Delays are in exchanges of all traffic",
        "since the change, of 2,500 at most; *named* is how often the right type was among the",
        "findings, *early* counts findings in the 500 exchanges before.",
        "",
        "| change | found | median delay | longest | named | early |",
        "|---|---|---|---|---|---|",
        *(_slower(row, seeds) for row in results["slower"]),
        "",
        "What is no slowdown:",
        "",
        "| change | exchanges | findings |",
        "|---|---|---|",
        *(
            f"| {r['name']} | {r['exchanges']:,} | {_counts(r['alarms'])} |"
            for r in results["other"]
        ),
        "",
        "With smaller baselines (median delay, found of all; findings where nothing changes):",
        "",
        "| baseline | first token +20% | decoding +20% | nothing changed | the same, bursty load |",
        "|---|---|---|---|---|",
        *(_size(row, seeds) for row in results["sizes"]),
        "",
        f"Processor time an exchange: {results['microseconds']['shift']} µs for `latency.shift`,",
        f"{results['microseconds']['all']} µs for all latency rules ({results['machine']}).",
        "",
    ]
    return "\n".join(lines)


def _slower(row: dict[str, Any], seeds: int) -> str:
    delays = f"{_number(row['median'])} | {_number(row['slowest'])}"
    return (
        f"| {row['name']} | {row['found']}/{seeds} | {delays} | {row['named']}/{row['found']} "
        f"| {row['early']} |"
    )


def _size(row: dict[str, Any], seeds: int) -> str:
    told = (
        f"{_number(each['median'])}, {each['found']}/{seeds}"
        for each in (row["first"], row["decoding"])
    )
    return (
        f"| {row['baseline']:,} | {' | '.join(told)} | {_counts(row['nothing']['alarms'])} "
        f"| {_counts(row['bursty']['alarms'])} |"
    )


def _counts(alarms: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in alarms.items()) or "none"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"

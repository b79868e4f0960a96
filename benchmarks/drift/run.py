"""Measure drift: delay, misses, false alarms, cost.

    python -m benchmarks.drift.run --data DIR [--rows 3000] [--seeds 3] [--clean] [--out FILE.json]

Every stream is drawn without replacement from texts that its baseline does not hold, but for the
answers of one model, of which there are few. The delay of a miss counts as the whole stretch of
changed exchanges. The random numbers are seeded.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.cases import CHANGED, cases
from benchmarks.drift.scored import ScoredTraffic
from benchmarks.drift.sources import sources

if TYPE_CHECKING:
    from benchmarks.drift.cases import Case

_HEADS = (
    *("geometric_mean_delay", "missed", "found_within_200", "false_alarms_per_10000"),
    *("clean_exchanges", "cpu_microseconds_per_exchange", "fit_cpu_seconds"),
)


@dataclass
class Result:
    """What one kind of traffic gave."""

    delays: dict[str, list[int | None]] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    clean: int = 0
    false_alarms: int = 0
    fit_cpu_seconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    updates: int = 0

    def add(self, case: Case) -> None:
        """Take one stream."""
        self.clean += case.clean
        self.false_alarms += case.ours.false_alarms
        if case.change:
            self.delays.setdefault(case.change, []).append(case.ours.delay)
            self.kinds.setdefault(case.change, []).append(case.ours.kind or "missed")
            return
        self.fit_cpu_seconds.append(case.fit_seconds)
        self.seconds += case.seconds
        self.updates += case.clean


def summary(result: Result) -> dict[str, object]:
    """Put a result into the figures that are compared."""
    return _delays(result) | {
        "false_alarms_per_10000": round(1e4 * result.false_alarms / result.clean, 2),
        "false_alarms": result.false_alarms,
        "clean_exchanges": result.clean,
        "cpu_microseconds_per_exchange": round(1e6 * result.seconds / result.updates, 0),
        "fit_cpu_seconds": round(float(np.mean(result.fit_cpu_seconds)), 2),
        "changes": {
            name: {"delays": each, "kinds": sorted(set(result.kinds[name]))}
            for name, each in result.delays.items()
        },
    }


def _delays(result: Result) -> dict[str, object]:
    """Sum up the delays; nothing where no change was planted."""
    delays = [d for each in result.delays.values() for d in each]
    if not delays:
        return dict.fromkeys(_HEADS[:3])
    counted = [CHANGED if d is None else d for d in delays]
    return {
        "geometric_mean_delay": round(math.exp(float(np.mean(np.log(counted)))), 1),
        "missed": round(sum(d is None for d in delays) / len(delays), 3),
        "found_within_200": round(sum(d is not None and d <= 200 for d in delays) / len(delays), 3),
    }


def table(found: dict[str, dict[str, object]]) -> str:
    """Lay the figures out as Markdown."""
    lines = ["| traffic | " + " | ".join(h.replace("_", " ") for h in _HEADS) + " |"]
    lines.append("|---" * (len(_HEADS) + 1) + "|")
    lines += [
        f"| {name} | " + " | ".join("-" if each[h] is None else str(each[h]) for h in _HEADS) + " |"
        for name, each in found.items()
    ]
    for name, each in found.items():
        if not each["changes"]:
            continue
        lines += ["", f"{name}: delay in exchanges for each seed (- is a miss)", ""]
        lines += ["| change | delays | reported as |", "|---|---|---|"]
        changed = each["changes"]
        assert isinstance(changed, dict)
        for change, seen in changed.items():
            delays = ", ".join("-" if d is None else str(d) for d in seen["delays"])
            lines.append(f"| {change} | {delays} | {', '.join(seen['kinds'])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="developer data")
    parser.add_argument("--rows", type=int, nargs="+", default=[3_000], help="baseline sizes")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="kinds of traffic with this in their name")
    parser.add_argument("--clean", action="store_true", help="plant no changes: false alarms alone")
    parser.add_argument("--without", nargs="+", default=[], help="channels to leave out")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "drift.pickle")
    parser.add_argument("--out", type=Path, help="JSON; a Markdown table is put beside it")
    given = parser.parse_args()
    traffic = ScoredTraffic(given.data, given.cache)
    traffic.left_out = frozenset(given.without)
    found = {}
    for source in sources(traffic):
        if given.only not in source.name:
            continue
        for rows in given.rows:
            result = Result()
            if given.clean:
                source = replace(source, planted=[])  # noqa: PLW2901 - the same, without changes
            for seed in range(given.seeds):
                for case in cases(traffic, source, rows, seed):
                    result.add(case)
            found[f"{source.name}, baseline {rows}"] = summary(result)
    traffic.save()
    print(table(found))
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n")
        given.out.with_suffix(".md").write_text(table(found))


if __name__ == "__main__":
    main()

"""Compare drift with fixed windows and with river's detectors, on the same streams and columns.

    python -m benchmarks.drift.compare --data DIR [--rows 3000] [--seeds 2] [--out FILE.json]

Every method reads the same numbers. Each rival runs with its defaults, and with the least strict
setting that keeps the promised rate of false alarms on the very streams of the table, which is
more than a user could know. A table in Markdown and a picture are put beside the JSON file.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.cases import CHANGED, CLEAN_BEFORE, Case, Found, cases
from benchmarks.drift.compared import page, table
from benchmarks.drift.rivals import Rival
from benchmarks.drift.rivals.kswin import kswin
from benchmarks.drift.rivals.streaming import adwin, page_hinkley, tolerant_page_hinkley
from benchmarks.drift.rivals.windows import distance_windows, drifted_share, test_windows
from benchmarks.drift.scored import ScoredTraffic
from benchmarks.drift.sources import sources
from detectors.drift.policy import DriftPolicy
from detectors.safety.builtin import screen_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.rivals import Watch

_SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_LEVELS = (0.05, 1e-3, 1e-5, 1e-7, 1e-9, 1e-12, 1e-16)

RIVALS = (
    *(
        Rival(f"Evidently's defaults, windows of {length}", distance_windows(length), 0.5, _SHARES)
        for length in (500, 1_000)
    ),
    *(
        Rival(f"K-S and chi-square, windows of {length}", test_windows(length), 0.05, _LEVELS)
        for length in (500, 1_000)
    ),
    Rival("ADWIN", adwin, 0.002, (2e-4, 2e-6, 2e-8, 2e-10, 2e-13, 2e-17)),
    Rival("Page-Hinkley", page_hinkley, 50.0, (100.0, 200.0, 400.0, 800.0, 1_600.0)),
    Rival("Page-Hinkley, tolerant", tolerant_page_hinkley, 50.0, (30.0, 75.0, 120.0, 200.0, 400.0)),
    Rival("KSWIN", kswin, 0.005, (0.005, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """How one method did; rates are for 10,000 exchanges without a change."""

    method: str
    setting: str
    geometric_mean_delay: float
    missed: float
    found_within_200: float
    false_alarms: float
    false_alarms_in_rhythm: float
    microseconds: float
    delays: dict[str, list[int | None]]


def ours(all_cases: Sequence[Case]) -> Figures:
    """Give the figures of our own method, which ran as the cases were made."""
    clean = [case for case in all_cases if not case.change]
    spent = sum(case.seconds for case in clean) / sum(case.clean for case in clean)
    return _figures("Sidewatch", "default", [(c, c.ours) for c in all_cases], spent)


def rivals(rival: Rival, all_cases: Sequence[Case], promised: float) -> list[Figures]:
    """Run a method with its default, and tuned; once where that is the same."""
    steady = [case for case in all_cases if case.steady and not case.change]
    tuned = _tuned(rival, steady, promised)
    found = [_run(rival, all_cases, rival.default, "default")]
    if tuned is None or tuned == rival.default:
        return found
    return [*found, _run(rival, all_cases, tuned, f"tuned, {tuned:g}")]


def _tuned(rival: Rival, clean: Sequence[Case], promised: float) -> float | None:
    """Find the least strict setting that raises no more alarms than promised; None if none does."""
    exchanges = sum(case.clean for case in clean)
    for setting in rival.settings:
        alarms = sum(len(list(rival.watch(c.reference, c.stream, setting))) for c in clean)
        if 1e4 * alarms / exchanges <= promised:
            return setting
    return None


def _run(rival: Rival, all_cases: Sequence[Case], setting: float, told: str) -> Figures:
    found, spent, read = [], 0.0, 0
    for case in all_cases:
        started = time.process_time()
        found.append((case, _watched(rival.watch, case, setting)))
        if not case.change:
            spent += time.process_time() - started
            read += len(case.stream)
    return _figures(rival.name, told, found, spent / read)


def _watched(watch: Watch, case: Case, setting: float) -> Found:
    false_alarms = 0
    for place in watch(case.reference, case.stream, setting):
        if case.change and place >= CLEAN_BEFORE:
            return Found(false_alarms, place - CLEAN_BEFORE + 1)
        false_alarms += 1
    return Found(false_alarms)


def _figures(
    method: str, setting: str, found: Sequence[tuple[Case, Found]], spent: float
) -> Figures:
    delays: dict[str, list[int | None]] = {}
    for case, told in found:
        if case.change:
            delays.setdefault(f"{case.source}: {case.change}", []).append(told.delay)
    every = [delay for each in delays.values() for delay in each]
    return Figures(
        method=method,
        setting=setting,
        geometric_mean_delay=round(
            math.exp(float(np.mean([math.log(CHANGED if d is None else d) for d in every]))), 1
        ),
        missed=round(sum(d is None for d in every) / len(every), 3),
        found_within_200=round(sum(d is not None and d <= 200 for d in every) / len(every), 3),
        false_alarms=_rate([each for each in found if each[0].steady]),
        false_alarms_in_rhythm=_rate([each for each in found if not each[0].steady]),
        microseconds=round(1e6 * spent, 1),
        delays=delays,
    )


def _rate(found: Sequence[tuple[Case, Found]]) -> float:
    exchanges = sum(case.clean for case, _ in found)
    alarms = sum(told.false_alarms for _, told in found)
    return round(1e4 * alarms / exchanges, 2) if exchanges else math.nan


def evidently_itself(case: Case) -> dict[str, float]:
    """Run Evidently on one window of a case, beside the same rule as the table has it."""
    window = type(case.stream)(case.stream.numeric[:1_000], case.stream.nominal[:1_000, :0])
    reference = type(window)(case.reference.numeric, case.reference.nominal[:, :0])
    # Columns with absent values are left out: Evidently drops those rows for all columns.
    whole = ~np.isnan(window.numeric).any(axis=0) & ~np.isnan(reference.numeric).any(axis=0)
    # What takes five values or fewer Evidently judges as names.
    both = np.concatenate([reference.numeric, window.numeric])
    varied = np.array([len(np.unique(column)) > 5 for column in both.T])
    chosen = np.flatnonzero(whole & varied)
    reference = type(window)(reference.numeric[:, chosen], reference.nominal)
    window = type(window)(window.numeric[:, chosen], window.nominal)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.npz"
        names = np.array([f"c{i}" for i in chosen])
        np.savez(path, reference=reference.numeric, window=window.numeric, names=names)
        command = [sys.executable, "-m", "benchmarks.drift.evidently_windows", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told | {"columns": float(len(chosen)), "share_here": drifted_share(reference, window)}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="developer data")
    parser.add_argument("--rows", type=int, default=3_000, help="size of the baselines")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument(
        "--clean", type=int, default=1_000_000, help="most clean exchanges a stream"
    )
    parser.add_argument("--only", nargs="+", default=[], help="kinds of traffic; all without")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "drift.pickle")
    parser.add_argument("--out", type=Path, help="JSON; a Markdown table and a picture beside it")
    given = parser.parse_args()
    traffic = ScoredTraffic(given.data, given.cache)
    all_cases = [
        case
        for source in sources(traffic)
        if not given.only or source.name in given.only
        for seed in range(given.seeds)
        for case in cases(traffic, source, given.rows, seed, most_clean=given.clean)
    ]
    traffic.save()
    promised = DriftPolicy().false_alarms
    found = [ours(all_cases)]
    print(table(found), flush=True)
    for rival in RIVALS:
        found += rivals(rival, all_cases, promised)
        print(table(found[-2:]), flush=True)
    itself = evidently_itself(next(case for case in all_cases if not case.change))
    fitted = [case.fit_seconds for case in all_cases if not case.change]
    clean = _clean_by_source(all_cases)
    text = (
        f"Baselines of {given.rows} exchanges, {given.seeds} of each kind of traffic; weights "
        f"{screen_version()} of the cheap safety stage, whose scores are channels.\n\n"
    ) + table(found, clean=clean, itself=itself, fit_seconds=float(np.mean(fitted)))
    print(text)
    if given.out:
        told = {
            "rows": given.rows,
            "seeds": given.seeds,
            "screen": screen_version(),
            "clean_exchanges": clean,
            "fit_cpu_seconds": round(float(np.mean(fitted)), 2),
            "evidently": itself,
            "methods": [asdict(each) for each in found],
        }
        given.out.write_text(json.dumps(told, indent=1) + "\n")
        given.out.with_suffix(".md").write_text(text)
        given.out.with_suffix(".svg").write_text(page(found))


def _clean_by_source(all_cases: Sequence[Case]) -> dict[str, int]:
    found: dict[str, int] = {}
    for case in all_cases:
        found[case.source] = found.get(case.source, 0) + case.clean
    return found


if __name__ == "__main__":
    main()

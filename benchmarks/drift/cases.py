"""The streams that methods are compared on: a baseline's table, what follows it, where it changes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.table import Columns
from detectors.baseline import Baseline
from detectors.drift.frame import Frame
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.drift.bursts import Drawn
    from benchmarks.drift.changes import Change
    from benchmarks.drift.sources import Source
    from benchmarks.drift.table import Table
    from benchmarks.drift.traffic import Traffic
    from detectors.observation import Observation

CLEAN_BEFORE = 200
CHANGED = 1_500


@dataclass(frozen=True, slots=True)
class Found:
    """What a method said of one stream: alarms without a change, and how late the first after it."""

    false_alarms: int
    delay: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One stream, with or without a change after CLEAN_BEFORE exchanges, and what ours said of it.

    `seconds` is the processor time that ours took, `fit_seconds` that of its calibration.
    """

    source: str
    seed: int
    change: str
    steady: bool
    reference: Table
    stream: Table
    ours: Found
    seconds: float
    fit_seconds: float = 0.0

    @property
    def clean(self) -> int:
        """Exchanges before any change."""
        return CLEAN_BEFORE if self.change else len(self.stream)


def cases(
    traffic: Traffic, source: Source, rows: int, seed: int, *, most_clean: int = 1_000_000
) -> Iterator[Case]:
    """Give the stream without a change, then one for each planted change."""
    rng = np.random.default_rng(seed)
    drawn = source.draw(rng)
    known = [source.observe(traffic, each, i, rng) for i, each in enumerate(drawn[:rows])]
    baseline = Baseline.build(known, name="bench", encoder="wordllama-256", created=0.0)
    columns = Columns.of(Frame(baseline))
    rest = drawn[rows : rows + most_clean]
    started = time.process_time()
    rule = DriftRule(DriftPolicy(), baseline)
    fit_seconds = time.process_time() - started
    # The clock of the rest goes on where the baseline's ended, so that hours stay hours.
    clean = [source.observe(traffic, each, rows + i, rng) for i, each in enumerate(rest)]
    ours, seconds = _ours(rule, clean, None)
    yield Case(
        source.name,
        seed,
        "",
        not source.in_order,
        columns.reference,
        columns.read(clean),
        ours,
        seconds,
        fit_seconds,
    )
    for number, change in enumerate(source.planted):
        draw = np.random.default_rng([seed, number])
        stream = list(_changed(traffic, source, change, drawn[rows:], rows=rows, rng=draw))
        ours, seconds = _ours(DriftRule(DriftPolicy(), baseline), stream, CLEAN_BEFORE)
        yield Case(
            source.name,
            seed,
            change.name,
            not source.in_order,
            columns.reference,
            columns.read(stream),
            ours,
            seconds,
        )


def _changed(
    traffic: Traffic,
    source: Source,
    change: Change,
    rest: list[Drawn],
    *,
    rows: int,
    rng: np.random.Generator,
) -> Iterator[Observation]:
    order, start = source.again(rest, rng)
    for index in range(CLEAN_BEFORE + CHANGED):
        age = index - CLEAN_BEFORE
        yield source.observe(
            traffic,
            order[index % len(order)],
            rows + start + index,
            rng,
            change=change if age >= 0 else None,
            age=age,
        )


def _ours(
    rule: DriftRule, stream: list[Observation], changed_at: int | None
) -> tuple[Found, float]:
    false_alarms, delay, kind = 0, None, ""
    started = time.process_time()
    for index, x in enumerate(stream):
        found = rule.observe(x).detections
        if found and (changed_at is None or index < changed_at):
            false_alarms += len(found)
            if changed_at is not None:
                rule = DriftRule(rule.policy, rule.baseline)
        elif found and changed_at is not None:
            delay, kind = index - changed_at + 1, found[0].detection_type
            break
    return Found(false_alarms, delay, kind), time.process_time() - started

"""What `sidewatch report safety` reports on: scores of a recording, or those that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import msgspec

from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from monitor.exchange.jsonl import STDIN
from monitor.exchange.model import Exchange
from monitor.pipeline.observe import observe
from monitor.pipeline.replay import observations
from monitor.pipeline.report import score_line
from monitor.pipeline.score import SIDES, ScoreStage
from monitor.record import ExchangeRecord
from monitor.reports.scores import Scored

_UNSAFE = "unsafe"

Labels = dict[str, dict[str, bool | None]]
"""What a person said of a side, by category, as `sidewatch eval safety` reads it."""


class _Line(msgspec.Struct):
    labels: Labels = {}


_decode = msgspec.json.Decoder(_Line).decode


def scored(
    exchanges: Iterable[Exchange], policy: SafetyPolicy, labels: Iterable[Labels], *, model: str
) -> Iterator[Scored]:
    """Exchanges judged by the policy's models, each with its line's labels."""
    judged = observations(exchanges, ScoreStage.load(policy))
    for x, own in zip(judged, labels, strict=False):
        if not model or x.model == model:
            yield _scored(x, policy, own)


def stored(records: Iterable[ExchangeRecord], policy: SafetyPolicy) -> Iterator[Scored]:
    """Stored exchanges with the scores that they got then, flagged as the policy now says."""
    for record in records:
        scores = {str(side): record.scores[side] for side in SIDES if side in record.scores}
        x = replace(observe(record.exchange), scores=scores, unscored=record.unscored)
        yield _scored(x, policy, {})


def labels_of(file: str) -> Iterator[Labels]:
    """The labels of each line that is not blank; without end and empty for standard input."""
    if file == STDIN:
        yield from repeat({})
        return
    with Path(file).open("rb") as lines:
        for line in lines:
            if line.strip():
                yield _labels(line)


def _labels(line: bytes) -> Labels:
    try:
        return _decode(line).labels
    except msgspec.MsgspecError:
        return {}  # what is wrong with the exchange itself is told where it is read


def _scored(x: Observation, policy: SafetyPolicy, labels: Labels) -> Scored:
    line = score_line(x, policy)
    known = {side: own.get(_UNSAFE) for side, own in labels.items()}
    return Scored(
        at=x.at,
        scores={side: x.scores[side] for side in SIDES if side in x.scores},
        flagged={side: line[side]["flagged"] for side in SIDES if line[side]},
        labels={side: label for side, label in known.items() if label is not None},
    )

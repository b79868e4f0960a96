"""Recorded traffic through the same two stages, on the records' own clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from detectors.baseline import Baseline
from detectors.errors import DetectorError
from detectors.observation import Observation
from detectors.safety.builtin import screen_version
from monitor.exchange.model import Exchange
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.watch import Finding, Scores, WatchStage
from monitor.policy import Policy

BATCH = 256


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was found at one exchange. `index` is its 0-based place in the recording."""

    index: int
    observation: Observation
    scores: Scores
    findings: list[Finding]


def replay(
    exchanges: Iterable[Exchange],
    stage: ScoreStage,
    policy: Policy,
    *,
    baseline: Baseline | None = None,
    warmup: int = 0,
) -> Iterator[Replayed]:
    """Judge a recording, in its order; the same input gives the same findings.

    With a baseline all traffic is judged against it, whatever model it names; without one, each
    model's first `warmup` ordinary exchanges become its own.

    Raises
    ------
    DetectorError
        The baseline was made with another encoder, or another version of the safety model.
    """
    watch = watch_for(stage, policy, baseline=baseline, warmup=warmup)
    for index, x in enumerate(observations(exchanges, stage)):
        scores, findings = watch.observe(x)
        yield Replayed(index, x, scores, findings)


def watch_for(
    stage: ScoreStage, policy: Policy, *, baseline: Baseline | None = None, warmup: int = 0
) -> WatchStage:
    """The watch stage of a recording, as `replay` says.

    Raises
    ------
    DetectorError
        The baseline was made with another encoder, or another version of the safety model.
    """
    if baseline is not None:
        misfit = baseline.misfit(
            encoder=stage.encoder.name, screen=screen_version(), added=stage.added.names
        )
        if misfit:
            raise DetectorError(misfit)
    return WatchStage(
        policy,
        lambda _model: baseline,
        encoder=stage.encoder.name,
        warmup=0 if baseline else warmup,
        one_stream=baseline is not None,
    )


def observations(exchanges: Iterable[Exchange], stage: ScoreStage) -> Iterator[Observation]:
    """Every exchange scored, in order, a batch at a time."""
    source = iter(exchanges)
    while batch := list(islice(source, BATCH)):
        yield from stage.score(batch)

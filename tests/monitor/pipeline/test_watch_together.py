"""Observations judged together are judged as one by one, whatever the batches."""

from dataclasses import replace

import pytest
from exchanges import HARM, make_exchange

from monitor.pipeline.codec import encode_state
from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy

WARMUP = 110
BATCHES = (1, 7, 64, 1_000)


@pytest.fixture(scope="module")
def traffic(stage):
    """Two models, one of which gets its baseline on the way; something unsafe; one client that left."""
    exchanges = [
        make_exchange(n, model="mn"[n % 5 == 0], **({"prompt": HARM} if n % 40 == 9 else {}))
        for n in range(190)
    ]
    scored = stage.score(exchanges)
    return [replace(x, error="client_closed") if i == 33 else x for i, x in enumerate(scored)]


def watching(stage):
    return WatchStage(Policy(), lambda _model: None, encoder=stage.encoder.name, warmup=WARMUP)


@pytest.fixture(scope="module")
def singly(stage, traffic):
    watch = watching(stage)
    told = []
    for x in traffic:
        scores, findings = watch.observe(x)
        told.append((scores, [each.detection for each in findings], watch.recovered))
        watch.recovered = []
    assert [name for name, baseline in watch.baselines().items() if baseline] == ["m"]
    assert any(findings for _, findings, _ in told)
    return told, encode_state(watch.state())


@pytest.mark.parametrize("size", BATCHES)
def test_a_batch_is_judged_as_one_by_one(stage, traffic, singly, size):
    watch = watching(stage)
    judged = [
        each
        for start in range(0, len(traffic), size)
        for each in watch.observe_all(traffic[start : start + size])
    ]
    told, state = singly
    assert [each.x.id for each in judged] == [x.id for x in traffic]
    assert [
        (each.scores, [f.detection for f in each.findings], each.recoveries) for each in judged
    ] == told
    assert encode_state(watch.state()) == state

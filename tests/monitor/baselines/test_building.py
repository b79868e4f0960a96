"""What a baseline is made from is counted, and texts that are gone are not made up."""

from dataclasses import replace
from itertools import pairwise

import pytest
from baselines import store_exchanges
from exchanges import make_exchange

from detectors.drift.kept import made_by
from detectors.drift.rules import fit
from detectors.errors import DetectorError
from detectors.origin import Origin
from detectors.safety.builtin import screen_version
from monitor.baselines.building import Selection, build
from monitor.baselines.stored import MOST, NoTextsError, stored
from monitor.exchange.model import Response
from monitor.pipeline.replay import replay
from monitor.pipeline.score import ScoreStage
from monitor.policy import Policy

POLICY = Policy(detectors=["drift"])
FROM_FILE = Origin(how="file", source="a.jsonl")


def traffic(count, **changed):
    return [make_exchange(n, **changed) for n in range(count)]


def test_what_was_left_out_is_counted_by_reason():
    odd = [
        make_exchange(900, error="upstream_closed"),
        make_exchange(901, response=Response(text="No.", status=500)),
        make_exchange(902, model="n"),
        make_exchange(903, tenant="acme"),
        make_exchange(904, state="stalled"),
    ]
    chosen = Selection(model="m", tenant="")
    baseline = build([*traffic(120), *odd], "b", POLICY, origin=FROM_FILE, selection=chosen)
    assert baseline.size == 121
    assert (baseline.origin.read, baseline.origin.model) == (125, "m")
    assert baseline.origin.skipped == {
        "another model": 1,
        "broken off": 1,
        "refused": 1,
        "unfinished": 1,
    }


def test_the_same_exchanges_make_the_same_baseline():
    first, second = (build(traffic(120), "b", POLICY, origin=FROM_FILE) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    assert (first.origin.screen, first.origin.policy) == (screen_version(), POLICY.version)


def test_its_thresholds_are_those_that_drift_would_compute():
    baseline = build(traffic(150), "b", POLICY, origin=FROM_FILE)
    bare = build(traffic(150), "b", Policy(detectors=["anomaly"]), origin=FROM_FILE)
    kept, computed = baseline.scale, fit(bare, 0.5).scale
    assert bare.scale is None
    assert (kept.made_by, kept.false_alarms) == (made_by(), 0.5)
    assert (kept.threshold, kept.sides) == (computed.threshold, computed.sides)
    assert (kept.tail, kept.excess) == (tuple(computed.tail), tuple(computed.excess))
    assert fit(baseline, 0.5).scale.threshold == computed.threshold
    assert fit(baseline, 2.0).scale.threshold < computed.threshold


def test_a_baseline_of_another_safety_model_is_refused_with_a_remedy():
    baseline = build(traffic(120), "b", POLICY, origin=FROM_FILE)
    other = replace(baseline, origin=replace(baseline.origin, screen="0123456789ab"))
    stage = ScoreStage.load(judge=False)
    with pytest.raises(DetectorError, match=r"0123456789ab.*sidewatch baseline build"):
        list(replay(traffic(5), stage, POLICY, baseline=other))
    assert len(list(replay(traffic(5), stage, POLICY, baseline=baseline))) == 5


async def taken(store, *, since=0.0, until=2e9, most=MOST, **chosen):
    how = Origin(how="store", source="all")
    selection = Selection(**chosen)
    return await stored(store, since=since, until=until, how=how, selection=selection, most=most)


async def test_of_a_time_range_both_ends_are_included(store):
    exchanges = await store_exchanges(store, 10)
    found = await taken(store, since=exchanges[2].ts, until=exchanges[7].ts)
    assert [x.id for x in found.exchanges] == [x.id for x in exchanges[2:8]]
    assert (found.origin.since, found.origin.until) == (exchanges[2].ts, exchanges[7].ts)


async def test_of_a_long_time_every_exchange_is_read_once(store):
    exchanges = await store_exchanges(store, 2_500)
    await store_exchanges(store, 600, start=500, model="n", ts=exchanges[700].ts)
    found = await taken(store, model="m")
    assert [x.id for x in found.exchanges] == [
        x.id for x in exchanges if not 500 <= int(x.id[1:]) < 1_100
    ]
    assert (found.origin.read, found.origin.skipped) == (2_500, {"another model": 600})


async def test_of_too_many_stretches_from_all_of_the_time_are_taken(store):
    exchanges = await store_exchanges(store, 2_400)
    span = {"since": exchanges[0].ts, "until": exchanges[-1].ts}
    found = await taken(store, most=800, **span)
    numbers = [int(x.id[1:]) for x in found.exchanges]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 800
    assert [sum(n // 600 == part for n in numbers) for part in range(4)] == [200] * 4
    assert sum(b - a == 1 for a, b in pairwise(numbers)) >= 550
    assert "evenly spread" in found.origin.source
    assert "evenly" not in (await taken(store, most=2_400, **span)).origin.source


async def test_masked_texts_are_counted(store):
    await store_exchanges(store, 3, prompt="Write to ada@example.org, please.")
    await store_exchanges(store, 4, start=10)
    found = await taken(store)
    assert (len(found.exchanges), found.origin.masked) == (7, 3)
    assert "redacted" in found.origin.redaction


async def test_without_texts_there_is_nothing_to_make_a_baseline_of(store):
    await store_exchanges(store, 3, mode="none")
    with pytest.raises(NoTextsError, match=r"privacy\.store_text"):
        await taken(store)
    await store_exchanges(store, 2, start=10)
    found = await taken(store)
    assert (len(found.exchanges), found.origin.skipped) == (2, {"without text": 3})


async def test_traffic_that_names_no_model_is_taken_by_itself(store):
    await store_exchanges(store, 3, model="")
    await store_exchanges(store, 2, start=10)
    found = await taken(store, unnamed=True)
    assert [x.model for x in found.exchanges] == [""] * 3

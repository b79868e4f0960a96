"""Parts of a model's traffic that are watched for drift by a baseline of their own."""

import pytest
from exchanges import make_exchange

from detectors.base import Detection
from detectors.origin import Origin
from detectors.safety.builtin import screen_version
from monitor.baselines.building import build
from monitor.baselines.traffic import Traffic
from monitor.pipeline.codec import decode_state, encode_state
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.watch import WatchStage, models_of
from monitor.policy import Policy

POLICY = Policy(detectors=["drift"])
ACME = Traffic("m", tenant="acme")
ONE_IN = 15
GERMAN = "Wie lange muss der Kuchen in den Ofen, bis er fertig ist?"


def exchange(n):
    """One in fifteen is of a tenant that asks in German from the 1,200th exchange on."""
    if n % ONE_IN:
        return make_exchange(n, tenant="globex")
    return make_exchange(n, tenant="acme", **({"prompt": GERMAN} if n >= 1200 else {}))


@pytest.fixture(scope="module")
def whole():
    ordinary = [exchange(n) for n in range(600)]
    return build(ordinary, "whole", POLICY, origin=Origin(how="file"))


@pytest.fixture(scope="module")
def own():
    ordinary = [make_exchange(n, tenant="acme") for n in range(600)]
    return build(ordinary, "own", POLICY, origin=Origin(how="file"))


@pytest.fixture(scope="module")
def observed():
    stage = ScoreStage.load(judge=False)
    exchanges = [exchange(n) for n in range(600, 2100)]
    return [x for n in range(0, len(exchanges), 100) for x in stage.score(exchanges[n : n + 100])]


def watching(whole):
    return WatchStage(POLICY, lambda _model: whole, encoder=whole.encoder, screen=screen_version())


def seen(watch: WatchStage, xs) -> list[tuple[int, Detection]]:
    return [(n, each.detection) for n, x in enumerate(xs) for each in watch.observe(x)[1]]


def test_a_change_of_one_tenant_is_found_by_its_own_baseline_and_named(whole, own, observed):
    watch = watching(whole)
    watch.narrow.use("m", {ACME: own})
    found = seen(watch, observed)
    of_acme = [(n, each) for n, each in found if Traffic.of(each) == ACME]
    first, detection = of_acme[0]
    assert detection.detection_type == "input_drift"
    # It changed with the 600th observation; one in fifteen is of the tenant.
    assert 600 <= first <= 600 + 40 * ONE_IN


def test_a_restart_in_between_changes_nothing(whole, own, observed):
    through = watching(whole)
    through.narrow.use("m", {ACME: own})
    expected = seen(through, observed)
    first, second = watching(whole), watching(whole)
    first.narrow.use("m", {ACME: own})
    found = seen(first, observed[:777])
    state = decode_state(encode_state(first.state()))
    assert models_of(state) == ["m"]
    second.narrow.use("m", {ACME: own})
    second.restore(state)
    found += [(777 + n, each) for n, each in seen(second, observed[777:])]
    assert found == expected
    assert second.narrow.began_anew == []


def test_what_was_open_is_told_to_be_over_when_the_part_is_no_longer_watched(whole, own, observed):
    watch = watching(whole)
    watch.narrow.use("m", {ACME: own})
    seen(watch, observed[:30])
    watch.narrow.use("m", {})
    assert watch.narrow.began_anew == [ACME]
    assert models_of(watch.state()) == list(watch.state())
    later = watching(whole)
    later.narrow.restore({ACME.key: {"baseline": "gone", "rules": {}}})
    assert later.narrow.began_anew == [ACME]


def test_nothing_is_watched_where_the_policy_has_no_drift(own, observed):
    watch = WatchStage(Policy(detectors=["latency"]), lambda _model: None)
    watch.narrow.use("m", {ACME: own})
    seen(watch, observed[:10])
    assert ACME.key not in watch.state()


def test_two_findings_of_one_exchange_about_whole_and_part_have_ids_of_their_own():
    told = {"rule": "drift.input", "detector": "drift", "detection_type": "input_drift"}
    numbers = {"score": 1.0, "threshold": 0.5, "evidence": (), "at": 1.0, "exchange_id": "x"}
    whole = Detection(**told, **numbers, model="m")
    part = Detection(**told, **numbers, model="m", tenant="acme")
    assert whole.id != part.id

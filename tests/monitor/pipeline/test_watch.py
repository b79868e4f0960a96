import pytest
from exchanges import HARM, make_exchange

from monitor.pipeline import rules
from monitor.pipeline.codec import decode_state, encode_state
from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy

WARMUP = 120


@pytest.fixture(scope="module")
def traffic(stage):
    return stage.score([make_exchange(n) for n in range(WARMUP + 40)])


def watching(stage, **more):
    return WatchStage(Policy(), lambda _model: None, encoder=stage.encoder.name, **more)


def test_the_first_ordinary_exchanges_become_a_provisional_baseline(stage, traffic):
    watch = watching(stage, warmup=WARMUP)
    for x in traffic[: WARMUP - 1]:
        watch.observe(x)
    assert watch.baselines() == {"m": ""}
    watch.observe(traffic[WARMUP - 1])
    ((model, baseline),) = watch.built
    assert (model, baseline.size) == ("m", WARMUP)
    assert watch.baselines() == {"m": baseline.name}


def test_what_was_found_unsafe_is_not_taken_into_the_baseline(stage, exchange):
    watch = watching(stage, warmup=WARMUP)
    (harm,) = stage.score([exchange(0, prompt=HARM)])
    _, found = watch.observe(harm)
    assert found
    assert watch.progress() == {"m": 0}


def test_every_model_is_watched_by_rules_of_its_own(stage, exchange):
    watch = watching(stage, warmup=WARMUP)
    for x in stage.score([exchange(1, model="a"), exchange(2, model="b"), exchange(3, model="a")]):
        watch.observe(x)
    assert watch.progress() == {"a": 2, "b": 1}


def test_a_rule_that_raises_costs_the_others_nothing(stage, exchange, monkeypatch):
    class Raising:
        name = "raising"
        detector = "anomaly"

        def observe(self, x):
            raise RuntimeError("broken")

        def state(self):
            return {}

        def restore(self, state):
            pass

    monkeypatch.setitem(rules.FAMILIES, "raising", lambda policy, baseline: [Raising()])
    watch = WatchStage(Policy(detectors=["raising", "safety"]), lambda _model: None)
    (harm,) = stage.score([exchange(0, prompt=HARM)])
    _, found = watch.observe(harm)
    assert [finding.detection.detector for finding in found] == ["safety"]
    assert watch.failures == {"raising": 1}


@pytest.mark.parametrize("stop", [10, WARMUP - 1, WARMUP + 10])
def test_a_restart_in_mid_stream_changes_nothing(stage, traffic, stop):
    def verdicts(watch, xs):
        return [watch.observe(x)[0] for x in xs]

    whole = watching(stage, warmup=WARMUP)
    expected = verdicts(whole, traffic)

    first = watching(stage, warmup=WARMUP)
    before = verdicts(first, traffic[:stop])
    kept = dict(first.built)
    second = WatchStage(Policy(), kept.get, encoder=stage.encoder.name, warmup=WARMUP)
    second.restore(decode_state(encode_state(first.state())))
    assert before + verdicts(second, traffic[stop:]) == expected


def test_scores_of_all_detectors_come_with_a_finding(stage, traffic, exchange):
    watch = watching(stage, warmup=WARMUP)
    for x in traffic:
        watch.observe(x)
    (harm,) = stage.score([exchange(999, prompt=HARM)])
    _, found = watch.observe(harm)
    assert {"safety", "anomaly"} <= found[0].scores.keys()

"""A worker that is stopped and started again anywhere finds what one finds that never was."""

import pytest
from exchanges import HARM, make_exchange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.origin import Origin
from detectors.safety.builtin import screen_version
from monitor.baselines.building import build
from monitor.pipeline.codec import decode_state, encode_state
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy

POLICY = Policy(detectors=["drift", "anomaly", "latency"])
NORMAL, CHANGED, AFTER = 120, 120, 60
LOOP = "very good " * 60


def recorded():
    """Ordinary exchanges with something odd now and then, a change of language, and its end."""
    count = NORMAL + CHANGED + AFTER
    for n in range(count):
        changed = {"prompt": "Wie lange muss der Kuchen in den Ofen, bis er fertig ist?"}
        is_changed = NORMAL <= n < NORMAL + CHANGED
        odd = {"answer": LOOP} if n % 40 == 17 else {"prompt": HARM} if n % 40 == 33 else {}
        yield make_exchange(10_000 + n, **{**(changed if is_changed else {}), **odd})


@pytest.fixture(scope="module")
def observed():
    """A baseline, the observations, and what one worker without a break makes of them."""
    stage = ScoreStage.load(judge=False)
    ordinary = [make_exchange(n) for n in range(300)]
    baseline = build(ordinary, "b", POLICY, origin=Origin(how="file"))
    xs = [x for n in range(0, 300, 100) for x in stage.score(list(recorded())[n : n + 100])]
    return baseline, xs, told(watching(baseline), xs)


def watching(baseline):
    return WatchStage(
        POLICY, lambda _model: baseline, encoder=baseline.encoder, screen=screen_version()
    )


def told(watch, xs):
    """Scores, detections and recoveries of each observation."""
    found = []
    for x in xs:
        scores, findings = watch.observe(x)
        found.append((scores, [each.detection for each in findings], watch.recovered[:]))
        watch.recovered.clear()
    return found


def test_the_recording_has_findings_of_both_detectors(observed):
    _, _, expected = observed
    assert {d.detector for _, detections, _ in expected for d in detections} >= {
        "drift",
        "anomaly",
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cuts=st.lists(st.integers(0, NORMAL + CHANGED + AFTER), min_size=1, max_size=4))
def test_restarts_anywhere_change_nothing(observed, cuts):
    baseline, xs, expected = observed
    found, watch, behind = [], watching(baseline), 0
    for cut in [*sorted(cuts), len(xs)]:
        found += told(watch, xs[behind:cut])
        state, behind = decode_state(encode_state(watch.state())), cut
        watch = watching(baseline)
        watch.restore(state)
        assert watch.began_anew == []
    assert found == expected


def test_a_state_of_another_baseline_is_left_and_told(observed):
    baseline, xs, _ = observed
    watch = watching(baseline)
    told(watch, xs[:50])
    other = build(
        [make_exchange(n) for n in range(1_000, 1_200)], "b", POLICY, origin=Origin(how="file")
    )
    after = watching(other)
    after.restore(decode_state(encode_state(watch.state())))
    assert after.began_anew == ["m"]
    fresh = watching(other)
    assert told(after, xs[:20])[-1][0]["drift"] == told(fresh, xs[:20])[-1][0]["drift"]

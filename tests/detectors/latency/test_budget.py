"""Error budgets: what burns too fast is told over the right windows, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.latency.budget import ALERTS, Budget
from detectors.latency.burn import BudgetRule
from detectors.latency.policy import LatencyPolicy, Objective
from detectors.latency.sketch import ACCURACY, Sketch
from detectors.latency.slices import Counted, Slices
from detectors.observation import Observation, Timing

POLICY = LatencyPolicy(objectives=(Objective(ttft=1.0, target=0.99),))
HOUR = 3_600.0
times = st.floats(1e-5, 1e5)


def sketch(seconds):
    made = Sketch()
    for each in seconds:
        made.add(each)
    return made


@given(st.lists(st.lists(times), min_size=1), st.randoms())
def test_sketches_add_up_however_they_were_divided(parts, rng):
    whole = sketch([each for part in parts for each in part])
    rng.shuffle(parts)
    cut = len(parts) // 2
    halves = [Sketch.merged(map(sketch, half)) for half in (parts[:cut], parts[cut:])]
    restored = [Sketch.restored(half.state()) for half in halves]
    assert Sketch.merged(restored) == Sketch.merged(reversed(halves)) == whole
    assert Sketch.merged(restored).total == whole.total


@given(st.lists(times, min_size=1), st.floats(0.0, 1.0))
def test_a_quantile_is_as_close_as_promised(seconds, q):
    exact = sorted(seconds)[int(q * (len(seconds) - 1))]
    assert sketch(seconds).quantile(q) == pytest.approx(exact, rel=ACCURACY * 1.001)


def test_a_sketch_has_few_bins_whatever_it_takes():
    made = sketch([0.0, 1e-300, 1e300, *np.logspace(-9, 9, 50_000)])
    assert len(made.state()["places"]) < 720
    assert Sketch().quantile(0.5) is None


@given(st.lists(st.tuples(st.floats(0, 5_000), st.booleans()), max_size=60))
def test_slices_count_what_came_within_the_window(came):
    slices = Slices(60.0, 60)
    for at, bad in sorted(came):
        slices.add(at, bad=bad)
    now = max((at for at, _ in came), default=0.0)
    within = [bad for at, bad in came if at // 60 > now // 60 - 10]
    assert slices.last(600.0, now) == Counted(len(within), sum(within))


def test_what_comes_late_counts_in_its_own_slice():
    slices = Slices(60.0, 60)
    for at in (1_000.0, 2_000.0, 1_010.0, 10.0):
        slices.add(at, bad=True)
    assert slices.last(60.0, 2_000.0).total == 1
    assert slices.last(3_600.0, 2_000.0).total == 4


def traffic(hours, bad_share, *, first=0.0, per_hour=600, seed=0):
    rng = np.random.default_rng(seed)
    for i in range(int(hours * per_hour)):
        yield first + i * HOUR / per_hour, bool(rng.random() < bad_share)


def filled(*parts):
    budget, now = Budget(0.01), 0.0
    for part in parts:
        for at, bad in part:
            budget.add(at, 2.0 if bad else 0.2, bad=bad)
            now = at
    return budget, now


@pytest.mark.parametrize(
    ("hours", "share", "place"), [(2, 0.3, 0), (8, 0.09, 1), (30, 0.045, 2), (80, 0.02, 3)]
)
def test_each_pace_sets_off_its_own_alert(hours, share, place):
    budget, now = filled(traffic(hours, share))
    assert budget.burning(now).alert == ALERTS[place]


def test_a_budget_that_lasts_is_silent():
    budget, now = filled(traffic(100, 0.007))
    assert budget.burning(now) is None
    assert 0.1 < budget.left(now) < 0.5


def test_an_alert_ends_soon_after_the_trouble_does():
    budget, now = filled(traffic(2, 0.3), traffic(0.2, 0.0, first=2 * HOUR))
    assert budget.burning(now) is None or budget.burning(now).alert != ALERTS[0]
    assert budget.left(now) < 0


def test_the_last_hour_says_what_the_times_are():
    budget, now = filled(traffic(3, 0.0), traffic(1.5, 0.5, first=3 * HOUR))
    assert budget.times(now).quantile(0.1) == pytest.approx(0.2, rel=0.03)
    assert budget.times(now).quantile(0.99) == pytest.approx(2.0, rel=0.03)
    assert budget.times(now).total <= 600


def exchange(i, at, ttft, **fields):
    timing = Timing(ttft=ttft, duration=ttft + 1.0)
    fields = {"model": "m", "route": "/r", "status": 200, "stream": True, **fields}
    return Observation(id=f"x{i}", at=at, timing=timing, output_tokens=20, **fields)


def found(rows, policy=POLICY):
    rule = BudgetRule(policy)
    return [d for x in rows for d in rule.observe(x).detections]


def test_a_burning_budget_is_told_with_its_pace_and_what_is_left():
    rows = [exchange(i, at, 2.0 if bad else 0.2) for i, (at, bad) in enumerate(traffic(1, 0.3))]
    first = found(rows)[0]
    shown = {(e.name, e.unit): e.value for e in first.evidence}
    assert (first.detection_type, first.severity, first.route) == ("budget_ttft", "critical", "/r")
    assert first.at >= 300.0
    assert shown["burn_rate", "over 1 h"] >= first.threshold == 14.4
    assert shown["budget_left", "of 30 days' traffic so far"] < 0
    assert shown["ttft_p99", "s, last hour"] == pytest.approx(2.0, rel=0.03)


def test_each_route_has_a_budget_of_its_own():
    rows = [
        exchange(i, at, 2.0 if bad and i % 2 else 0.2, route=f"/{i % 2}")
        for i, (at, bad) in enumerate(traffic(1, 0.5))
    ]
    assert {d.route for d in found(rows)} == {"/1"}


def test_failures_have_a_budget_too():
    rows = [
        exchange(i, at, 0.2, status=500 if bad else 200)
        for i, (at, bad) in enumerate(traffic(1, 0.9))
    ]
    assert {d.detection_type for d in found(rows)} == {"budget_errors"}


def test_ten_misses_in_a_thousand_are_within_the_budget():
    rows = [
        exchange(i, at, 2.0 if i % 100 == 0 else 0.2) for i, (at, _) in enumerate(traffic(24, 0))
    ]
    assert found(rows) == []


def test_it_is_told_again_only_after_the_cooldown():
    rows = [exchange(i, at, 2.0) for i, (at, _) in enumerate(traffic(1, 0))]
    told = [d.at for d in found(rows)]
    assert min(np.diff(told)) >= POLICY.cooldown


def judged(rows, policy=POLICY, *, restart_at=None):
    """What is told and what is over, in order, with the time of each."""
    rule, said = BudgetRule(policy), []
    for i, x in enumerate(rows):
        if i == restart_at:
            saved, rule = rule.state(), BudgetRule(policy)
            rule.restore(saved)
        verdict = rule.observe(x)
        said += [(d.at, d.detection_type, d.route) for d in verdict.detections]
        said += [(r.at, f"no {r.detection_type}", r.route) for r in verdict.recoveries]
    return said


def burnt_out(bad_share=0.5):
    """An hour in which a budget burns, and four in which nothing misses."""
    parts = (traffic(1, bad_share), traffic(4, 0.0, first=HOUR))
    return [
        exchange(i, at, 2.0 if bad else 0.2)
        for i, (at, bad) in enumerate(each for part in parts for each in part)
    ]


def test_a_burn_that_has_stopped_is_over_once():
    said = judged(burnt_out())
    ends = [(at, route) for at, kind, route in said if kind == "no budget_ttft"]
    assert [kind for _, kind, _ in said].count("no budget_ttft") == 1
    assert said[-1] == (ends[0][0], "no budget_ttft", "/r")
    # The long windows remember the hour; the short one of the gravest alert that still held is over.
    assert HOUR + 300.0 <= ends[0][0] <= 5 * HOUR


def test_a_restart_changes_nothing_of_what_is_told_or_over():
    rows = burnt_out()
    assert judged(rows, restart_at=400) == judged(rows, restart_at=900) == judged(rows)


def test_a_burn_that_lasts_is_not_over():
    rows = [exchange(i, at, 2.0) for i, (at, _) in enumerate(traffic(3, 0))]
    assert not [kind for _, kind, _ in judged(rows) if kind.startswith("no")]


def test_what_comes_back_is_told_again():
    parts = (traffic(1, 0.5), traffic(4, 0.0, first=HOUR), traffic(1, 0.5, first=5 * HOUR))
    rows = [
        exchange(i, at, 2.0 if bad else 0.2)
        for i, (at, bad) in enumerate(each for part in parts for each in part)
    ]
    order = [kind for _, kind, _ in judged(rows)]
    again = order[order.index("no budget_ttft") :]
    assert "budget_ttft" in again


def test_the_end_of_one_budget_is_not_that_of_another():
    rows = [
        exchange(i, at, 2.0 if bad else 0.2, status=500 if at > 2 * HOUR and i % 2 else 200)
        for i, (at, bad) in enumerate(
            each for part in (traffic(1, 0.5), traffic(5, 0.0, first=HOUR)) for each in part
        )
    ]
    ended = {kind for _, kind, _ in judged(rows) if kind.startswith("no")}
    assert ended == {"no budget_ttft"}

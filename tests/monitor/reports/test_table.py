from dataclasses import replace

import numpy as np
import pytest

from detectors.baseline import Baseline
from monitor.baselines.traffic import Traffic
from monitor.reports.errors import ReportError
from monitor.reports.recent import Recent
from monitor.reports.table import Table


def same(a, b):
    return (a.names, a.nominal) == (b.names, b.nominal) and all(
        np.array_equal(getattr(a, key), getattr(b, key), equal_nan=True)
        for key in ("values", "prompt_embeddings", "response_embeddings", "at")
    )


def test_a_table_comes_back_as_it_was(moved):
    assert same(Table.from_bytes(moved.to_bytes()), moved)


@pytest.mark.parametrize("data", [b"", b"SIDEWATCH-BASELINE-1\nx", b"SIDEWATCH-REPORT-TABLE-1\nxx"])
def test_anything_else_is_refused(data):
    with pytest.raises(ReportError, match="cannot be read"):
        Table.from_bytes(data)


def test_exchanges_make_the_same_table_as_their_baseline(observations):
    xs = observations(120)
    baseline = Baseline.build(xs, name="b", encoder="e", created=0.0)
    assert same(Table.of_observations(xs), Table.of_baseline(baseline))


def test_failed_exchanges_are_left_out_and_the_order_is_that_of_time(observations):
    xs = observations(4)
    failed = replace(xs[1], status=500)
    assert Table.of_observations([xs[3], failed, xs[0], xs[2]]).at.tolist() == [
        xs[n].at for n in (0, 2, 3)
    ]


def test_no_exchanges_make_an_empty_table():
    assert Table.of_observations([]).size == 0


def test_a_text_is_in_no_table(moved):
    recent = Recent(10)
    assert b"never" not in moved.to_bytes()
    assert "never" not in repr(moved) + repr(recent)


def test_the_latest_exchanges_are_kept_and_no_more(baseline, observations):
    xs = observations(50, seed=2)
    recent = Recent(30)
    assert recent.count(Traffic("m")) == 0
    assert all(recent.take(x, Traffic(x.model), baseline) for x in xs)
    assert not recent.take(replace(xs[0], error="timeout"), Traffic("m"), baseline)
    found, table = recent.latest(Traffic("m"), 99)
    assert found is baseline
    assert same(table, Table.of_observations(xs[-30:]))
    assert recent.latest(Traffic("m"), 10)[1].at.tolist() == [x.at for x in xs[-10:]]


def test_models_do_not_mix_and_another_baseline_begins_anew(baseline, observations):
    recent = Recent(30)
    mine, other = observations(2, seed=2, model="a"), observations(3, seed=3, model="b")
    for x in (*mine, *other):
        recent.take(x, Traffic(x.model), baseline)
    assert [recent.count(Traffic(model)) for model in "ab"] == [2, 3]
    promoted = replace(baseline, name="tuesday")
    recent.take(mine[0], Traffic("a"), promoted)
    assert recent.latest(Traffic("a"), 9)[0] is promoted
    assert recent.count(Traffic("a")) == 1


def test_the_model_that_was_silent_longest_is_forgotten_first(baseline, observations):
    recent = Recent(5)
    (x,) = observations(1)
    for number in range(64):
        recent.take(x, Traffic(f"m{number}"), baseline)
    recent.take(x, Traffic("m0"), baseline)
    recent.take(x, Traffic("m0", tenant="acme"), baseline)
    assert [recent.count(Traffic(model)) for model in ("m0", "m1")] == [2, 0]
    assert recent.count(Traffic("m0", tenant="acme")) == 1

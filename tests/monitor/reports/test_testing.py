import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from monitor.reports.testing import limit, nominal, numeric


def test_reports_about_nothing_seldom_name_a_column():
    rng = np.random.default_rng(1)
    columns, reports = 20, 100
    named = 0
    for _ in range(reports):
        found = [numeric(rng.normal(size=300), rng.normal(size=100)) for _ in range(columns - 5)]
        found += [
            nominal(rng.choice(["a", "b", "c"], 300), rng.choice(["a", "b", "c"], 100))
            for _ in range(5)
        ]
        named += any(each.p_value < limit(columns) for each in found)
    assert named <= 0.08 * reports


def test_a_value_that_the_reference_happens_not_to_hold_is_no_change():
    found = nominal(["en"] * 3_000, ["en"] * 999 + ["fi"])
    assert found.p_value > 0.01
    assert found.distance == pytest.approx(0.001)


def test_a_value_that_has_come_is_a_change():
    found = nominal(["en"] * 300, ["en"] * 70 + ["de"] * 30)
    assert found.p_value < 1e-9
    assert found.distance == pytest.approx(0.3)


def test_absent_values_are_left_out():
    a, b = np.array([1.0, np.nan, 2.0, 3.0]), np.array([2.0, 3.0, 4.0, np.nan])
    expected = ks_2samp([1, 2, 3], [2, 3, 4], method="asymp")
    assert numeric(a, b).distance == expected.statistic
    assert numeric(a, b).p_value == expected.pvalue


values = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60)


@given(values, values)
def test_a_distance_is_a_share_and_the_same_both_ways(before, after):
    found, back = nominal(before, after), nominal(after, before)
    assert 0.0 <= found.distance <= 1.0
    assert 0.0 <= found.p_value <= 1.0
    assert found.distance == pytest.approx(back.distance)
    assert nominal(before, before).distance == 0.0

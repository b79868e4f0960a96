"""The soak's checks, each on figures that are right and on figures that are not."""

import pytest

from monitor.bench.accounts import Accounts
from monitor.bench.soak.ledger import Ledger
from monitor.bench.soak.sampling import Sample, growth
from monitor.bench.soak.verdict import accounted, flat, untouched

METRICS = """\
# HELP sidewatch_gateway_exchanges_seen_total Exchanges that passed.
# TYPE sidewatch_gateway_exchanges_seen_total counter
sidewatch_gateway_exchanges_seen_total {seen}.0
sidewatch_gateway_exchanges_recorded_total {recorded}.0
sidewatch_gateway_exchanges_dropped_total{{reason="queue_full"}} {dropped}.0
sidewatch_gateway_exchanges_dropped_total{{reason="error"}} 1.0
sidewatch_gateway_queue_depth 2.0
sidewatch_gateway_spool_exchanges 3.0
"""


def accounts(seen=10, recorded=3, dropped=1):
    return Accounts(METRICS.format(seen=seen, recorded=recorded, dropped=dropped))


def ledger(reached=10, ids=("a", "b", "c", "d")):
    return Ledger(reached=reached, ids=set(ids))


def goods(found=("a", "b", "c"), said=None, told=None):
    return [check.good for check in accounted(told or ledger(), said or accounts(), set(found))]


def test_an_account_that_adds_up_is_good():
    assert goods() == [True, True, True, True]


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        (0, {"told": ledger(reached=11)}),
        (1, {"said": accounts(dropped=0)}),
        (2, {"found": ("a", "b", "c", "d")}),
        (3, {"told": ledger(ids="abcdefghijklmnop")}),
    ],
)
def test_each_check_of_the_account_can_fail(place, changed):
    expected = [True] * 4
    expected[place] = False
    assert goods(**changed) == expected


def test_an_answer_that_differs_is_wrong():
    seen = ledger()
    assert untouched(seen).good
    seen.blame("one byte more")
    assert not untouched(seen).good


def samples(resident, *, every=10.0, files=20):
    return [
        Sample(n * every, value, value, files, 0, 0, 0, 0, 0, 0, 0)
        for n, value in enumerate(resident)
    ]


@pytest.mark.parametrize(
    ("resident", "good"),
    [
        ([30e6, 40e6, *[50e6, 51e6] * 50], True),
        ([50e6 * (1 + 0.001 * n) for n in range(100)], False),
    ],
)
def test_memory_that_grows_after_the_warm_up_is_told(resident, good):
    taken = samples(resident)
    assert flat(taken, taken[-1])[0].good is good


def test_a_short_run_does_not_say_that_memory_is_flat():
    taken = samples([50e6] * 5)
    assert flat(taken, taken[-1])[0].good is None


def test_files_that_stay_open_are_told():
    before = samples([50e6] * 5)
    after = samples([50e6] * 5, files=200)
    assert flat(before, before[-1])[1].good
    assert not flat(before, after[-1])[1].good


def test_growth_is_that_of_the_fitted_line_over_the_last_four_fifths():
    xs = list(range(100))
    assert growth(xs, [100 + x for x in xs]) == pytest.approx(79 / 120)
    assert growth(xs, [0] * 20 + [7] * 80) == 0
    assert growth([1], [1]) == 0


def test_metrics_are_summed_and_told_by_label():
    read = accounts(dropped=4)
    assert read["exchanges_dropped_total"] == 5
    assert read["nothing_of_the_kind"] == 0
    assert read.by_reason("exchanges_dropped_total") == {
        'reason="queue_full"': 4.0,
        'reason="error"': 1.0,
    }
    assert read.all()['exchanges_dropped_total{reason="queue_full"}'] == 4.0

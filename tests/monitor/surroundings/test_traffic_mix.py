import pytest

from monitor.surroundings.traffic_mix import FEWEST, Seen, Share, changed_shares


def seen(**numbers):
    return [Seen(tenant=tenant) for tenant, number in numbers.items() for _ in range(number)]


def test_a_tenant_that_came_and_one_that_sends_more_are_named_the_most_changed_first():
    before, after = seen(acme=90, globex=10), seen(acme=20, globex=10, initech=70)
    assert changed_shares("tenant", before, after) == [
        Share("tenant", "acme", 0.9, 0.2),
        Share("tenant", "initech", 0.0, 0.7),
    ]


def test_what_stays_as_it_was_is_not_named():
    assert changed_shares("tenant", seen(acme=50, globex=50), seen(acme=50, globex=50)) == []


@pytest.mark.parametrize("number", [40, 100])
def test_what_chance_may_do_is_not_named(number):
    before, after = seen(acme=number // 2, globex=number // 2), seen(acme=26, globex=14)
    assert changed_shares("tenant", before, after) == []


def test_a_change_that_is_sure_but_small_is_not_named():
    before, after = seen(acme=10_000, globex=100), seen(acme=10_000, globex=900)
    assert changed_shares("tenant", before, after) == []


@pytest.mark.parametrize(("then", "now"), [(FEWEST - 1, 500), (500, FEWEST - 1), (0, 0)])
def test_few_exchanges_say_nothing(then, now):
    assert changed_shares("tenant", seen(acme=then), seen(globex=now)) == []


def test_many_values_that_changed_are_not_all_named():
    before = seen(**{f"t{number}": 50 for number in range(4)})
    after = seen(**{f"u{number}": 50 for number in range(4)})
    assert len(changed_shares("tenant", before, after)) == 3

"""Whose traffic a baseline judges."""

import pytest
from exchanges import make_exchange

from monitor.baselines.traffic import Traffic

PARTS = [
    Traffic(),
    Traffic("m"),
    Traffic("m", "/v1/chat/completions"),
    Traffic("m", tenant="acme"),
    Traffic("", "/v1/completions", "acme"),
]


@pytest.mark.parametrize("traffic", PARTS, ids=str)
def test_its_key_tells_it_whole(traffic):
    assert Traffic.of_key(traffic.key) == traffic


def test_the_key_of_whole_traffic_is_the_models_name():
    assert Traffic("m").key == "m"
    assert [each.is_narrow for each in PARTS] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("traffic", "holds"),
    [
        (Traffic(), True),
        (Traffic("m"), True),
        (Traffic("other"), False),
        (Traffic("m", tenant="acme"), True),
        (Traffic("m", tenant="globex"), False),
        (Traffic("", "/v1/chat/completions", "acme"), True),
        (Traffic("m", "/v1/completions", "acme"), False),
    ],
)
def test_it_holds_what_has_all_that_it_names(traffic, holds):
    exchange = make_exchange(1, model="m", route="/v1/chat/completions", tenant="acme")
    assert traffic.holds(exchange) is holds


def test_a_person_reads_what_it_is():
    assert str(Traffic("", tenant="acme")) == "every model, tenant acme"
    assert str(Traffic()) == "every model without its own"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.whatif.difference import Changed, Found, Tally, difference

FOUND = st.builds(
    Found,
    exchange_id=st.sampled_from(["x1", "x2", "x3"]),
    rule=st.sampled_from(["safety.prompt.hate", "safety.response.pii", "latency.ttft"]),
    detector=st.just("safety"),
    category=st.sampled_from(["hate", "pii"]),
    severity=st.sampled_from(["info", "warning", "critical"]),
    score=st.just(0.5),
    model=st.just("m"),
    tenant=st.sampled_from(["", "acme"]),
    at=st.just(1.0),
)


def found(exchange="x1", rule="safety.prompt.hate", severity="warning", tenant=""):
    return Found(
        exchange_id=exchange,
        rule=rule,
        detector="safety",
        category=rule.rpartition(".")[2],
        severity=severity,
        score=0.5,
        model="m",
        tenant=tenant,
        at=1.0,
    )


def test_what_only_one_finds_is_new_or_gone():
    stays, goes, comes = found("x1"), found("x2"), found("x3", tenant="acme")
    told = difference([stays, goes], [stays, comes], exchanges=9)
    assert (told.new, told.gone, told.changed) == ([comes], [goes], [])
    assert told.by_tenant == {"": Tally(2, 1, 0, 1), "acme": Tally(0, 1, 1)}
    assert (told.exchanges, told.flagged_before, told.flagged_after) == (9, 2, 2)


def test_another_severity_is_a_change_and_neither_new_nor_gone():
    now = found(severity="critical")
    told = difference([found()], [now], exchanges=1)
    assert told.changed == [Changed(now, "warning")]
    assert told.total == Tally(1, 1, 0, 0, 1)
    assert told.by_category == {"safety.hate": told.total}


def test_two_categories_of_one_exchange_are_two_findings_and_one_exchange():
    told = difference([found()], [found(rule="safety.prompt.violence")], exchanges=1)
    assert (len(told.new), len(told.gone), told.flagged_after) == (1, 1, 1)


@given(st.lists(FOUND), st.lists(FOUND))
def test_the_numbers_add_up(before, after):
    told = difference(before, after, exchanges=3)
    assert told.total.after == told.total.before + told.total.new - told.total.gone
    for name in ("before", "after", "new", "gone", "changed"):
        for tallies in (told.by_category, told.by_tenant):
            whole = sum(getattr(tally, name) for tally in tallies.values())
            assert whole == getattr(told.total, name)


@given(st.lists(FOUND))
def test_the_same_findings_are_no_difference(findings):
    told = difference(findings, findings, exchanges=3)
    assert (told.new, told.gone, told.changed) == ([], [], [])


@pytest.mark.parametrize("findings", [[], [found()]])
def test_no_traffic_before_is_all_new(findings):
    assert difference([], findings, exchanges=1).new == findings

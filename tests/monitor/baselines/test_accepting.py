"""The traffic since a change becomes the baseline, and the incident is over."""

import pytest
from baselines import make_baseline, store_exchanges
from incidents import make_incident

from monitor.baselines.accepting import NotAcceptableError, accept
from monitor.baselines.building import build
from monitor.baselines.keeping import fetch, keep
from monitor.baselines.promoting import Change
from monitor.policy import Policy

NOW = 1_764_100_000.0
BY_ADA = Change(by="ada", at=NOW, note="Cooking is out.")
POLICY = Policy(detectors=["drift"])


async def make(exchanges, name, origin, selection):
    return build(exchanges, name, POLICY, origin=origin, selection=selection)


@pytest.fixture
async def drifted(store):
    """An incident of drift on model m since its exchange 100, and traffic of another model."""
    exchanges = await store_exchanges(store, 250)
    await store_exchanges(store, 30, start=1_000, model="n")
    await store.promote_baseline(
        (await keep(store, make_baseline("provisional-m", seed=1), provisional=True)).name,
        model="m",
        provisional=True,
    )
    incident = make_incident(
        "i1", seen=exchanges[100].ts, detector="drift", kind="input_drift", rule="drift.input"
    )
    await store.save_incident(incident, expected_version=0)
    return store


async def test_the_new_normal_is_promoted_and_the_incident_resolved(drifted):
    accepted = await accept(drifted, "i1", build=make, change=BY_ADA)
    assert (accepted.baseline.name, accepted.baseline.used_by) == ("m@1", ["m"])
    assert await drifted.active_baseline("m") == "m@1"
    assert accepted.incident == await drifted.get_incident("i1")
    assert (accepted.incident.status, accepted.incident.owner) == ("resolved", "ada")
    assert "new normal by ada: baseline m@1. Cooking is out." in accepted.incident.note


async def test_the_baseline_tells_that_it_was_accepted_and_from_what(drifted):
    await accept(drifted, "i1", build=make, change=BY_ADA, name="cooking")
    record, baseline = await fetch(drifted, "cooking")
    origin = baseline.origin
    assert (origin.how, origin.incident, origin.replaces) == (
        "accepted",
        "i1",
        "provisional-m@1",
    )
    assert (baseline.size, origin.read, origin.skipped) == (150, 180, {"another model": 30})
    assert record.details["thresholds"]["false_alarms_per_10000"] == 0.5
    (entry, *_) = await drifted.audit(limit=1)
    assert (entry.by, entry.subject, entry.details["before"]) == (
        "ada",
        "cooking@1",
        "provisional-m@1",
    )
    assert "accepted incident i1" in entry.details["note"]


async def test_too_little_traffic_since_is_refused_and_changes_nothing(drifted):
    young = make_incident("i2", seen=NOW - 1.0, detector="drift", fingerprint="g")
    await drifted.save_incident(young, expected_version=0)
    with pytest.raises(NotAcceptableError, match=r"i2 is too young.*100 more are needed"):
        await accept(drifted, "i2", build=make, change=BY_ADA)
    assert (await drifted.get_incident("i2")).status == "open"
    assert await drifted.active_baseline("m") == "provisional-m@1"
    assert await drifted.audit(limit=9) == []


@pytest.mark.parametrize(
    ("incident", "told"),
    [
        ({"detector": "safety"}, "only a drift"),
        ({"detector": "drift", "status": "resolved"}, "is resolved"),
    ],
)
async def test_only_an_open_drift_can_be_accepted(store, incident, told):
    await store.save_incident(make_incident("i3", **incident), expected_version=0)
    with pytest.raises(NotAcceptableError, match=told):
        await accept(store, "i3", build=make, change=BY_ADA)
    with pytest.raises(NotAcceptableError, match="no incident"):
        await accept(store, "i9", build=make, change=BY_ADA)
